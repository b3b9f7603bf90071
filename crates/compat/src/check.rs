//! What `seam check` says of contracts: of those that the workspace declares, whether they can be read,
//! have the right version and break nobody; of those that it relies on, whether they promise that.

use crate::breaks::{breaks, told};
use crate::changes::{changes, not_comparable};
use crate::live::names;
use crate::promised::unmet;
use crate::version::{smallest, step};
use crate::{CompatError, ContractDocument, Scene, place};
use seam_model::{Finding, Name, Stack, codes};
use seam_registry::RegisteredContract;
use semver::Version;
use std::collections::BTreeSet;

/// Every finding about contracts, of one environment or of all.
pub fn check(scene: &Scene, environment: Option<&Name>) -> Result<Vec<Finding>, CompatError> {
    let mut findings = Vec::new();
    for stack in scene.workspace.stacks.values() {
        let document = match ContractDocument::of_stack(&scene.workspace.root, stack) {
            Ok(Some(document)) => document,
            Ok(None) => continue,
            Err(finding) => {
                findings.push(*finding);
                continue;
            }
        };
        // A schema that cannot be read would be found at the first change only.
        if let Err(error) = changes(&document, &document, ("", scene.today)) {
            findings.push(not_comparable(&scene.workspace.root, &error));
            continue;
        }
        let unreadable = document.unreadable();
        if !unreadable.is_empty() {
            findings
                .extend(unreadable.into_iter().map(|(pointer, words)| no_schema(scene, &document, &pointer, &words)));
            continue;
        }
        findings.extend(version(scene, stack, &document)?);
        let is_asked = |live: &crate::Live| environment.is_none_or(|asked| live.address.environment == *asked);
        let breaks = breaks(scene, (&scene.workspace.system, &stack.name), &document, is_asked, None)?;
        findings.extend(told(scene, (&stack.name, &stack.place, Some(stack)), breaks)?);
    }
    findings.extend(unmet(scene, environment)?);
    Ok(findings)
}

/// A schema that is none, with its place.
fn no_schema(scene: &Scene, document: &ContractDocument, pointer: &str, words: &str) -> Finding {
    let positions = document.stack.document.positions(&BTreeSet::from([pointer.to_owned()]));
    let finding = Finding::error(codes::UNREADABLE_CONTRACT, words);
    match positions.get(pointer) {
        Some(position) => finding.at(&place(&scene.workspace.root, &document.stack.document.name, *position)),
        None => finding,
    }
}

/// Is the declared version large enough for what changed since the last one?
fn version(scene: &Scene, stack: &Stack, document: &ContractDocument) -> Result<Option<Finding>, CompatError> {
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
    let Some((last, known)) = registered.iter().max_by(|one, other| one.0.cmp(&other.0)) else { return Ok(None) };
    let mut before = None;
    for name in names(scene, &scene.workspace.system, &stack.name) {
        before = before.or(scene.registry.contract(scene.workspace.system.clone(), name, known.digest.clone())?);
    }
    let Some(before) = before.map(ContractDocument::of_json).transpose()? else { return Ok(None) };
    let named = |error| Box::new(not_comparable(&scene.workspace.root, &error));
    let changes = changes(&before, document, ("", scene.today)).map_err(named)?;
    let wanted = smallest(last, step(&changes, &before.json, &document.json));
    let declared: Option<Version> = document.version.as_deref().and_then(|version| version.parse().ok());
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
