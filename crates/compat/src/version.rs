//! The smallest correct version of a contract after another one, and whether the declared one is that.

use crate::changes::{changes, is_removal, not_comparable, weighs};
use crate::live::names;
use crate::{CompatError, ContractDocument, Scene};
use seam_contract::finding::Finding as Change;
use seam_model::{Finding, Stack, codes};
use seam_registry::RegisteredContract;
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
    let takes = |change: &Change| weighs(change) || is_removal(change) || change.rule.ends_with("-optional-removed");
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
fn smallest(last: &Version, step: Step) -> Version {
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
fn is_enough(version: &Version, wanted: &Version) -> bool {
    let core = |version: &Version| Version::new(version.major, version.minor, version.patch);
    core(version) >= core(wanted)
}

/// The declared version is too small for what changed since the last one, or taken.
pub fn wrong_version(
    scene: &Scene,
    stack: &Stack,
    document: &ContractDocument,
) -> Result<Option<Finding>, CompatError> {
    let digest = document.digest();
    let mut registered: Vec<(Version, RegisteredContract)> = Vec::new();
    for name in names(scene, &scene.workspace.system, &stack.name) {
        let known = scene.registry.contracts(scene.workspace.system.clone(), name)?;
        let parsed = |one: RegisteredContract| Some((one.version.as_deref()?.parse().ok()?, one));
        registered.extend(known.into_iter().filter_map(parsed));
    }
    if registered.iter().any(|(_, known)| known.digest == digest) {
        return Ok(None);
    }
    let declared: Option<Version> = document.version.as_deref().and_then(|version| version.parse().ok());
    // A release of an older line follows the last one of that line; one below all lines follows none of them.
    registered.sort_by(|one, other| one.0.cmp(&other.0));
    let is_before =
        |(known, _): &&(Version, RegisteredContract)| declared.as_ref().is_none_or(|declared| known <= declared);
    let of_its_line = registered.iter().rfind(is_before);
    let Some((last, known)) = of_its_line.or(registered.last()) else { return Ok(None) };
    let mut before = None;
    for name in names(scene, &scene.workspace.system, &stack.name) {
        before = before.or(scene.registry.contract(scene.workspace.system.clone(), name, known.digest.clone())?);
    }
    let Some(before) = before.map(ContractDocument::of_json).transpose()? else { return Ok(None) };
    let named = |error| Box::new(not_comparable(&scene.workspace.root, &error));
    let changes = changes(&before, document, ("", scene.today)).map_err(named)?;
    let wanted = smallest(last, step(&changes, &before.json, &document.json));
    let changed = in_short(&changes);
    let help = format!("write `version: {wanted}`: it is the smallest correct one after {last}");
    let finding = match declared {
        None => Finding::error(
            codes::VERSION_TOO_SMALL,
            format!("the contract of {} has no version any more, and {last} is on record", stack.name),
        ),
        Some(declared) if registered.iter().any(|(known, _)| *known == declared) => {
            let message = format!(
                "version {declared} of the contract of {} is on record with another content{changed}",
                stack.name
            );
            Finding::error(codes::VERSION_TAKEN, message)
        }
        Some(declared) if is_enough(&declared, &wanted) => return Ok(None),
        Some(declared) => {
            let message = format!(
                "version {declared} of the contract of {} is too small for what changed since {last}{changed}",
                stack.name
            );
            Finding::error(codes::VERSION_TOO_SMALL, message)
        }
    };
    Ok(Some(finding.at(&stack.place).help(help)))
}

/// The heaviest changes in words, after a colon; nothing where only prose changed.
fn in_short(changes: &[Change]) -> String {
    const TOLD_MAX: usize = 3;
    let breaking = changes.iter().any(weighs);
    let mut told: Vec<&Change> = changes.iter().filter(|change| weighs(change) || !breaking).collect();
    told.sort_by_key(|change| change.severity);
    let more = told.len().saturating_sub(TOLD_MAX);
    let words: Vec<String> = told.into_iter().take(TOLD_MAX).map(Change::message).collect();
    match (words.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", words.join("; ")),
        (false, more) => format!(": {}; and {more} more", words.join("; ")),
    }
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
