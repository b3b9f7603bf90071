//! Patterns: `prod-*` and `prod-{eu,us}`.

/// Does `name` match `pattern`? `*` matches any text, `{a,b}` either of its parts.
pub fn matches_pattern(pattern: &str, name: &str) -> bool {
    match alternatives(pattern) {
        Some((before, parts, after)) => {
            parts.split(',').any(|part| matches_pattern(&format!("{before}{}{after}", part.trim()), name))
        }
        None => matches_stars(pattern, name),
    }
}

/// Splits at the first `{…}`.
fn alternatives(pattern: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = pattern.split_once('{')?;
    let (parts, after) = rest.split_once('}')?;
    Some((before, parts, after))
}

fn matches_stars(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches_stars(after, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches_pattern;

    #[test]
    fn stars_and_sets() {
        for (pattern, name) in
            [("dev", "dev"), ("*", "dev"), ("prod-*", "prod-eu"), ("prod-{eu, us}", "prod-us"), ("*-eu*", "a-eu")]
        {
            assert!(matches_pattern(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("dev", "dev2"), ("prod-*", "prod"), ("prod-{eu,us}", "prod-pci"), ("a*b*c", "abd")] {
            assert!(!matches_pattern(pattern, name), "{pattern} {name}");
        }
    }
}
