//! What `seam check` says of contracts: of those that the workspace declares, whether they can be read,
//! have the right version and break nobody; of those that it relies on, whether they promise that.

use crate::breaks::{breaks, told};
use crate::changes::{changes, not_comparable, weighs};
use crate::consumers::consumers_of;
use crate::live::{live_at, names};
use crate::misspelt::misspellings;
use crate::promised::unmet;
use crate::readable::unreadable;
use crate::schemas::escaped;
use crate::version::{is_enough, smallest, step};
use crate::windows::leads_nowhere;
use crate::{CompatError, ContractDocument, Scene, read_version};
use seam_contract::document::Position;
use seam_contract::finding::Finding as Change;
use seam_model::{Finding, Name, Place, Severity, Stack, codes};
use seam_registry::RegisteredContract;
use semver::{Version, VersionReq};
use std::collections::BTreeSet;

/// Every finding about contracts, of one environment or of all. `in_files` are the errors of the files
/// themselves: what they say of a contract with one of them is not compared.
pub fn check(scene: &Scene, environment: Option<&Name>, in_files: &[Finding]) -> Result<Vec<Finding>, CompatError> {
    let mut findings = Vec::new();
    let mut not_read = BTreeSet::new();
    for stack in scene.workspace.stacks.values() {
        if is_faulty(scene, stack, in_files) {
            not_read.insert(&stack.name);
            continue;
        }
        let found = match declared(scene, stack, environment) {
            Err(CompatError::Contract(finding)) => Err(vec![*finding]),
            found => found?,
        };
        if found.is_err() {
            not_read.insert(&stack.name);
        }
        findings.extend(found.unwrap_or_else(|faults| faults));
    }
    // Contracts may share a file.
    let mut named = BTreeSet::new();
    findings.retain(|finding| finding.code != codes::MISSPELT || named.insert(finding.place.clone()));
    findings.extend(unmet(scene, environment, &not_read)?);
    Ok(findings)
}

/// What is found of the contract that a stack declares; `Err` with what of it cannot be read.
fn declared(
    scene: &Scene,
    stack: &Stack,
    environment: Option<&Name>,
) -> Result<Result<Vec<Finding>, Vec<Finding>>, CompatError> {
    let root = &scene.workspace.root;
    let Some(document) = scene.contracts.of(stack)? else {
        let is_asked = |name: &Name| environment.is_none_or(|asked| name == asked);
        return Ok(Ok(gone(scene, stack, is_asked)?.into_iter().collect()));
    };
    let faults = unreadable(root, &document);
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let mut findings = misspellings(root, &document);
    findings.extend(leads_nowhere(root, &document, scene.workspace.stacks.keys().map(Name::as_str)));
    findings.extend(version(scene, stack, &document)?);
    let is_asked = |live: &crate::Live| environment.is_none_or(|asked| live.address.environment == *asked);
    let breaks = breaks(scene, (&scene.workspace.system, &stack.name), &document, is_asked, None)?;
    findings.extend(told(scene, (&stack.name, &stack.place, Some(stack)), breaks)?);
    findings.extend(ranges(scene, stack, &document, environment)?);
    Ok(Ok(findings))
}

/// Has the contract of a stack, or all of its file, an error of the file itself (S00)?
fn is_faulty(scene: &Scene, stack: &Stack, in_files: &[Finding]) -> bool {
    let file = &stack.place.file;
    let own = in_files.iter().filter(|one| one.severity == Severity::Error && one.code.id.starts_with("S00"));
    let places: Vec<&Place> = own.filter_map(|one| one.place.as_ref()).filter(|place| place.file == *file).collect();
    if places.is_empty() {
        return false;
    }
    let Ok(version) = read_version(&scene.workspace.root, file) else { return true };
    let keys = version.document.value.as_object().into_iter().flat_map(|members| members.keys());
    let positions = version.document.positions(&keys.map(|key| format!("/{}", escaped(key))).collect());
    let Some(start) = positions.get("/contract") else { return false };
    let end = positions.values().filter(|position| *position > start).min();
    let at = |place: &&Place| Position { line: place.line, column: place.column };
    places.iter().map(at).any(|at| at >= *start && end.is_none_or(|end| at < *end))
}

/// A contract that was on record and is declared no more.
pub fn gone(scene: &Scene, stack: &Stack, is_asked: impl Fn(&Name) -> bool) -> Result<Option<Finding>, CompatError> {
    for name in names(scene, &scene.workspace.system, &stack.name) {
        let live = scene.registry.live(scene.workspace.system.clone(), name)?;
        for address in live.into_iter().filter(|address| is_asked(&address.environment)) {
            let has_contract = live_at(scene, &address)?.iter().any(|live| live.digest.is_some());
            if has_contract && !consumers_of(scene, &address)?.is_empty() {
                let message = format!("{} has no contract any more, and others use what it promised", stack.name);
                let help = "put `contract:` back, and take away in it what goes: then it is known whom that breaks";
                return Ok(Some(Finding::error(codes::VERSION_TOO_SMALL, message).at(&stack.place).help(help)));
            }
        }
    }
    Ok(None)
}

/// Consumers that do not accept the version: what they have goes on, and their next plan is refused.
fn ranges(
    scene: &Scene,
    stack: &Stack,
    document: &ContractDocument,
    environment: Option<&Name>,
) -> Result<Vec<Finding>, CompatError> {
    let version: Option<Version> = document.version.as_deref().and_then(|version| version.parse().ok());
    let Some(version) = version else { return Ok(Vec::new()) };
    let mut refusing = BTreeSet::new();
    for name in names(scene, &scene.workspace.system, &stack.name) {
        for address in scene.registry.live(scene.workspace.system.clone(), name)? {
            if environment.is_some_and(|asked| address.environment != *asked) {
                continue;
            }
            for consumer in consumers_of(scene, &address)? {
                let range = consumer.range.as_deref().and_then(|range| VersionReq::parse(range).ok());
                refusing.extend(
                    range
                        .filter(|range| !range.matches(&version))
                        .map(|range| (consumer.words.clone(), range.to_string())),
                );
            }
        }
    }
    let told = |(consumer, range): (String, String)| {
        let message =
            format!("{consumer} accepts {range} of {}, and this is {version}: its next plan is refused", stack.name);
        let help = "have its team widen `version:` before this is deployed there";
        Finding::warning(codes::VERSION_REFUSED, message).at(&stack.place).help(help)
    };
    Ok(refusing.into_iter().map(told).collect())
}

/// Is the declared version large enough for what changed since the last one?
pub fn version(scene: &Scene, stack: &Stack, document: &ContractDocument) -> Result<Option<Finding>, CompatError> {
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
    // A release of an older line follows the last one of that line.
    let is_before =
        |(known, _): &&(Version, RegisteredContract)| declared.as_ref().is_none_or(|declared| known <= declared);
    let Some((last, known)) = registered.iter().filter(is_before).max_by(|one, other| one.0.cmp(&other.0)) else {
        return Ok(None);
    };
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
