//! What `seam check` says of contracts: of those that the workspace declares, whether they can be read,
//! have the right version and break nobody; of those that it relies on, whether they promise that.

use crate::breaks::{breaks, told};
use crate::changes::{changes, not_comparable};
use crate::consumers::consumers_of;
use crate::live::{live_at, names};
use crate::promised::unmet;
use crate::readable::unreadable;
use crate::version::{smallest, step};
use crate::{CompatError, ContractDocument, Scene};
use seam_model::{Finding, Name, Stack, codes};
use seam_registry::RegisteredContract;
use semver::{Version, VersionReq};
use std::collections::BTreeSet;

/// Every finding about contracts, of one environment or of all.
pub fn check(scene: &Scene, environment: Option<&Name>) -> Result<Vec<Finding>, CompatError> {
    let mut findings = Vec::new();
    for stack in scene.workspace.stacks.values() {
        let document = match scene.contracts.of(stack) {
            Ok(Some(document)) => document,
            Ok(None) => {
                findings.extend(gone(scene, stack, |name| environment.is_none_or(|asked| name == asked))?);
                continue;
            }
            Err(finding) => {
                findings.push(*finding);
                continue;
            }
        };
        let faults = unreadable(&scene.workspace.root, &document);
        if !faults.is_empty() {
            findings.extend(faults);
            continue;
        }
        match version(scene, stack, &document) {
            Err(CompatError::Contract(finding)) => {
                findings.push(*finding);
                continue;
            }
            found => findings.extend(found?),
        }
        let is_asked = |live: &crate::Live| environment.is_none_or(|asked| live.address.environment == *asked);
        let breaks = match breaks(scene, (&scene.workspace.system, &stack.name), &document, is_asked, None) {
            Err(CompatError::Contract(finding)) => {
                findings.push(*finding);
                continue;
            }
            breaks => breaks?,
        };
        findings.extend(told(scene, (&stack.name, &stack.place, Some(stack)), breaks)?);
        findings.extend(ranges(scene, stack, &document, environment)?);
    }
    findings.extend(unmet(scene, environment)?);
    Ok(findings)
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
    let help = format!("write `version: {wanted}`: it is the smallest correct one after {last}");
    let finding = match declared {
        None => Finding::error(
            codes::VERSION_TOO_SMALL,
            format!("the contract of {} has no version any more, and {last} is on record", stack.name),
        ),
        Some(declared) if declared >= wanted => return Ok(None),
        Some(declared) if registered.iter().any(|(known, _)| *known == declared) => {
            let message =
                format!("version {declared} of the contract of {} is on record with another content", stack.name);
            Finding::error(codes::VERSION_TAKEN, message)
        }
        Some(declared) => {
            let message = format!(
                "version {declared} of the contract of {} is too small for what changed since {last}",
                stack.name
            );
            Finding::error(codes::VERSION_TOO_SMALL, message)
        }
    };
    Ok(Some(finding.at(&stack.place).help(help)))
}
