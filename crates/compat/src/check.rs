//! What `seam check` says of contracts: of those that the workspace declares, what speaks against them; of
//! those that it relies on, whether they promise that.

use crate::admission::admission;
use crate::misspelt::misspellings;
use crate::promised::unmet;
use crate::schemas::escaped;
use crate::windows::leads_nowhere;
use crate::{CompatError, Scene, read_version};
use seam_contract::document::Position;
use seam_model::{Finding, Name, Place, Severity, Stack, codes};
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
    let is_asked = |name: &Name| environment.is_none_or(|asked| name == asked);
    let admission = admission(scene, stack, is_asked, None)?;
    if !admission.unreadable.is_empty() {
        return Ok(Err(admission.unreadable));
    }
    let stacks = || scene.workspace.stacks.keys().map(Name::as_str);
    let mut findings = Vec::new();
    if let Some(document) = scene.contracts.of(stack)? {
        findings.extend(misspellings(&scene.workspace.root, &document));
        findings.extend(leads_nowhere(&scene.workspace.root, &document, stacks()));
    }
    findings.extend(admission.findings());
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
