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

/// Jaro-Winkler does not see that letters of a short word are swapped: one edit is always alike.
fn likeness(wanted: &str, candidate: &str) -> f64 {
    const ONE_EDIT: f64 = 0.8;
    let score = strsim::jaro_winkler(wanted, candidate);
    let one_edit = wanted.chars().count() > 2 && strsim::osa_distance(wanted, candidate) == 1;
    if one_edit { score.max(ONE_EDIT) } else { score }
}

#[cfg(test)]
mod tests {
    #[test]
    fn typos_are_found_and_strangers_are_not() {
        assert_eq!(super::nearest("inputz", ["inputs", "tags", "after"]), Some("inputs"));
        assert_eq!(super::nearest("idd", ["id", "cidr", "subnets"]), Some("id"));
        assert_eq!(super::nearest("dve", ["dev", "prod"]), Some("dev"));
        assert_eq!(super::nearest("zebra", ["inputs", "tags"]), None);
    }
}
