//! The smallest correct version of a contract after another one.

use crate::changes::{is_removal, weighs};
use seam_contract::finding::Finding as Change;
use semver::Version;
use serde_json::Value as Json;

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

/// What changes come to between two contracts as they are registered.
pub fn step(changes: &[Change], old: &Json, new: &Json) -> Step {
    let takes = |change: &Change| weighs(change) || is_removal(change);
    match (changes.iter().any(takes), without_prose(old) == without_prose(new)) {
        (true, _) => Step::Major,
        (false, false) => Step::Minor,
        (false, true) => Step::Patch,
    }
}

/// A contract without its own version and what is only read by people. A member of such a name that is an
/// object is something else: a property, an output.
fn without_prose(json: &Json) -> Json {
    const PROSE: [&str; 7] = ["version", "description", "title", "summary", "example", "examples", "$comment"];
    match json {
        Json::Array(items) => items.iter().map(without_prose).collect(),
        Json::Object(members) => {
            let kept = members.iter().filter(|(name, member)| member.is_object() || !PROSE.contains(&name.as_str()));
            kept.map(|(name, member)| (name.clone(), without_prose(member))).collect()
        }
        other => other.clone(),
    }
}

/// The smallest version after `last` that says so. Before 1.0 a break is the next minor version and
/// anything else the next patch.
pub fn smallest(last: &Version, step: Step) -> Version {
    let Version { major, minor, patch, .. } = *last;
    if !last.pre.is_empty() {
        return Version::new(major, minor, patch);
    }
    match (step, major) {
        (Step::Major, 0) => Version::new(0, minor + 1, 0),
        (Step::Major, _) => Version::new(major + 1, 0, 0),
        (Step::Minor, 1..) => Version::new(major, minor + 1, 0),
        (Step::Minor | Step::Patch, _) => Version::new(major, minor, patch + 1),
    }
}

/// Is a version large enough where `wanted` is the smallest? A pre-release is, of that one and of later ones.
pub fn is_enough(version: &Version, wanted: &Version) -> bool {
    let core = |version: &Version| Version::new(version.major, version.minor, version.patch);
    core(version) >= core(wanted)
}

#[cfg(test)]
mod tests {
    use super::{Step, is_enough, smallest};

    #[test]
    fn a_candidate_of_a_version_is_as_large_as_that() {
        for (version, wanted, enough) in [
            ("2.0.0-rc.2", "2.0.0", true),
            ("2.1.0", "2.0.0", true),
            ("1.9.9", "2.0.0", false),
            ("2.0.0-rc.1", "2.0.1", false),
        ] {
            assert_eq!(is_enough(&version.parse().unwrap(), &wanted.parse().unwrap()), enough, "{version}");
        }
    }

    #[test]
    fn a_break_is_major_and_before_1_0_minor() {
        for (last, step, wanted) in [
            ("2.0.0-rc.1", Step::Major, "2.0.0"),
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
