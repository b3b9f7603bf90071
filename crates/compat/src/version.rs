//! The smallest correct version of a contract after another one.

use crate::changes::weighs;
use seam_contract::finding::Finding as Change;
use semver::Version;

/// How much a change of a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Nothing that anybody could notice: words, examples.
    Patch,
    /// More than before is promised.
    Minor,
    /// Something is promised no more, or nobody knows.
    Major,
}

/// What the changes there and back come to: where nothing breaks either way, nothing is new.
pub fn step(forth: &[Change], back: &[Change]) -> Step {
    let is_announced = |change: &Change| change.rule.ends_with("-deprecated") || change.rule.ends_with("-added");
    match (forth.iter().any(weighs), back.iter().any(weighs) || forth.iter().any(is_announced)) {
        (true, _) => Step::Major,
        (false, true) => Step::Minor,
        (false, false) => Step::Patch,
    }
}

/// The smallest version after `last` that says so. Before 1.0 a break is the next minor version and
/// anything else the next patch.
pub fn smallest(last: &Version, step: Step) -> Version {
    let Version { major, minor, patch, .. } = *last;
    match (step, major) {
        (Step::Major, 0) => Version::new(0, minor + 1, 0),
        (Step::Major, _) => Version::new(major + 1, 0, 0),
        (Step::Minor, 1..) => Version::new(major, minor + 1, 0),
        (Step::Minor | Step::Patch, _) => Version::new(major, minor, patch + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, smallest};

    #[test]
    fn a_break_is_major_and_before_1_0_minor() {
        for (last, step, wanted) in [
            ("1.4.2", Step::Patch, "1.4.3"),
            ("1.4.2", Step::Minor, "1.5.0"),
            ("1.4.2", Step::Major, "2.0.0"),
            ("0.4.2", Step::Minor, "0.4.3"),
            ("0.4.2", Step::Major, "0.5.0"),
        ] {
            assert_eq!(smallest(&last.parse().unwrap(), step).to_string(), wanted);
        }
    }
}
