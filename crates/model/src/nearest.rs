//! The nearest known name to one that is not known, for "did you mean".

/// The candidate most like `wanted`, if any is alike enough to be what was meant.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    candidates
        .into_iter()
        .map(|candidate| (likeness(wanted, candidate), candidate))
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The known keyword of which `word` is a slip of the fingers: letters of another case, or one edit (two in
/// a long word). Much less than [`nearest`] admits, for places where other words are allowed.
pub fn misspelt<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const SHORT: usize = 3;
    const LONG: usize = 10;
    let lower = word.to_lowercase();
    let edits_max = if word.chars().count() < LONG { 1 } else { 2 };
    let slips = known.into_iter().filter(|known| known.chars().count() > SHORT);
    let slips = slips.map(|known| (strsim::osa_distance(&lower, &known.to_lowercase()), known));
    slips.filter(|(edits, _)| *edits <= edits_max).min_by_key(|(edits, _)| *edits).map(|(_, known)| known)
}

/// Jaro-Winkler does not see that letters of a short word are swapped, nor that a word was put before
/// others: one edit is always alike, and so is a name with words more or less at one of its ends.
fn likeness(wanted: &str, candidate: &str) -> f64 {
    const ALIKE_TOO: f64 = 0.8;
    let score = strsim::jaro_winkler(wanted, candidate);
    let one_edit = wanted.chars().count() > 2 && strsim::osa_distance(wanted, candidate) == 1;
    let longer = has_at_an_end(wanted, candidate) || has_at_an_end(candidate, wanted);
    if one_edit || longer { score.max(ALIKE_TOO) } else { score }
}

/// Does `name` begin or end with the words of `part`? A short word is in too many names.
fn has_at_an_end(name: &str, part: &str) -> bool {
    const CHARACTERS_MIN: usize = 4;
    let between = |rest: Option<&str>, ends: fn(&str) -> bool| rest.is_some_and(ends);
    part.chars().count() >= CHARACTERS_MIN
        && (between(name.strip_prefix(part), |rest| rest.starts_with(['_', '-']))
            || between(name.strip_suffix(part), |rest| rest.ends_with(['_', '-'])))
}

#[cfg(test)]
mod tests {
    #[test]
    fn typos_are_found_and_strangers_are_not() {
        assert_eq!(super::nearest("inputz", ["inputs", "tags", "after"]), Some("inputs"));
        assert_eq!(super::nearest("idd", ["id", "cidr", "subnets"]), Some("id"));
        assert_eq!(super::nearest("dve", ["dev", "prod"]), Some("dev"));
        assert_eq!(super::nearest("subnet_ids", ["vpc_id", "private_subnet_ids"]), Some("private_subnet_ids"));
        assert_eq!(super::nearest("id", ["private_subnet_id"]), None);
        assert_eq!(super::nearest("zebra", ["inputs", "tags"]), None);
    }

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["$ref", "type", "items", "required", "properties", "additionalProperties", "minLength", "not"];
        for (word, meant) in [
            ("requird", Some("required")),
            ("propertes", Some("properties")),
            ("minLenght", Some("minLength")),
            ("minlength", Some("minLength")),
            ("addtionalPropertis", Some("additionalProperties")),
            ("ref", Some("$ref")),
            ("note", None),
            ("unit", None),
            ("propertyOrder", None),
        ] {
            assert_eq!(super::misspelt(word, known), meant, "{word}");
        }
    }
}
