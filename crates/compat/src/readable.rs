//! Schemas of a contract that are none: found when it is declared, and not when it first changes. A contract
//! that cannot be compared would be in everybody's way for ever once it is on record.

use crate::changes::compared;
use crate::schemas::{Parts, escaped};
use crate::windows::unreadable_windows;
use crate::{ContractDocument, place};
use seam_contract::diff::Options;
use seam_contract::document::Document;
use seam_contract::openapi::Operations;
use seam_contract::witness::Judge;
use seam_model::{Finding, codes};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;

/// What of a contract of the workspace at `root` cannot be read.
pub fn unreadable(root: &Path, contract: &ContractDocument) -> Vec<Finding> {
    let schemas = contract.schemas();
    let mut findings = faults(root, (&schemas.stack, &contract.stack.document), &of_contract(contract));
    findings.extend(unreadable_windows(root, contract));
    let Some(api) = &contract.api else { return findings };
    // Every operation is new then, so that each is read.
    if let Err(error) = compared(&contract.without_api(), contract, &Options::default()) {
        findings.push(crate::changes::not_comparable(root, &error));
        return findings;
    }
    if let Some((parts, operations)) = &schemas.api {
        findings.extend(faults(root, (parts, &api.document), &of_api(parts, operations)));
    }
    findings
}

fn faults(root: &Path, (parts, document): (&Parts, &Document), pointers: &[String]) -> Vec<Finding> {
    let Parts { name, documents, .. } = parts;
    let all = pointers.iter().map(|pointer| (name.as_str(), pointer.as_str()));
    if Judge::new(documents, all).is_ok() {
        return Vec::new();
    }
    let refused = pointers.iter().filter_map(|pointer| {
        let error = Judge::new(documents, [(name.as_str(), pointer.as_str())]).err()?;
        let positions = document.positions(&BTreeSet::from([pointer.clone()]));
        let finding = Finding::error(codes::UNREADABLE_CONTRACT, error.to_string());
        Some(match positions.get(pointer) {
            Some(position) => finding.at(&place(root, name, *position)),
            None => finding.help(format!("see {name}#{pointer}")),
        })
    });
    refused.collect()
}

/// The pointers of the schemas of outputs, events and columns.
pub fn of_contract(contract: &ContractDocument) -> Vec<String> {
    let names = |pointer: &str| -> Vec<String> {
        let members = contract.part(pointer).and_then(Json::as_object);
        let below = |name: &String| format!("{pointer}/{}", escaped(name));
        members.into_iter().flat_map(|members| members.keys().map(below)).collect()
    };
    let events = names("/events").into_iter().map(|event| format!("{event}/schema"));
    let columns = names("/tables").into_iter().flat_map(|table| names(&format!("{table}/columns")));
    let all = names("/outputs").into_iter().chain(events).chain(columns);
    let written = all.filter(|pointer| contract.part(pointer).is_some());
    written.map(|pointer| format!("/contract{pointer}")).collect()
}

/// The pointers of the schemas of an API: its components', and those of the messages of its operations.
fn of_api(parts: &Parts, operations: &Operations) -> Vec<String> {
    let components = parts.documents[&parts.name].pointer("/components/schemas").and_then(Json::as_object);
    let named = components.into_iter().flat_map(|schemas| schemas.keys());
    let components = named.map(|name| format!("/components/schemas/{}", escaped(name)));
    let written: BTreeSet<String> = operations.iter().flat_map(|one| one.schemas.iter().cloned()).collect();
    components.chain(written).collect()
}
