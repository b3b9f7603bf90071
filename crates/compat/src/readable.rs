//! Schemas of a contract that are none: found when it is declared, and not when it first changes. A contract
//! that cannot be compared would be in everybody's way for ever once it is on record.

use crate::changes::{compared, without_api};
use crate::operations::operations;
use crate::parts::escaped;
use crate::{ContractDocument, place};
use seam_contract::diff::{Options, Version};
use seam_contract::openapi::lift_document;
use seam_contract::witness::Judge;
use seam_model::{Finding, codes};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;

/// What of a contract of the workspace at `root` cannot be read.
pub fn unreadable(root: &Path, contract: &ContractDocument) -> Vec<Finding> {
    let mut findings = faults(root, &contract.stack, &of_contract(contract));
    let Some(api) = &contract.api else { return findings };
    // Every operation is new then, so that each is read.
    if let Err(error) = compared(&without_api(contract), contract, &Options::default()) {
        findings.push(crate::changes::not_comparable(root, &error));
        return findings;
    }
    let mut lifted = api.clone();
    if lift_document(&mut lifted.document).is_ok() {
        findings.extend(faults(root, &lifted, &of_api(&lifted.document.value)));
    }
    findings
}

fn faults(root: &Path, version: &Version, pointers: &[String]) -> Vec<Finding> {
    let name = version.document.name.as_str();
    let mut documents = version.others.clone();
    documents.insert(name.to_owned(), version.document.value.clone());
    let all = pointers.iter().map(|pointer| (name, pointer.as_str()));
    if Judge::new(&documents, all).is_ok() {
        return Vec::new();
    }
    let refused = pointers.iter().filter_map(|pointer| {
        let error = Judge::new(&documents, [(name, pointer.as_str())]).err()?;
        let positions = version.document.positions(&BTreeSet::from([pointer.clone()]));
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

/// The pointers of the schemas of an API: its components', and those that its operations write out.
fn of_api(api: &Json) -> Vec<String> {
    let components = api.pointer("/components/schemas").and_then(Json::as_object);
    let named = components.into_iter().flat_map(|schemas| schemas.keys());
    let mut pointers: Vec<String> = named.map(|name| format!("/components/schemas/{}", escaped(name))).collect();
    for (title, operation) in operations(api) {
        let Some((method, path)) = title.split_once(' ') else { continue };
        let at = format!("/paths/{}/{}", escaped(path), method.to_lowercase());
        let contents = |part: &Json, at: String| -> Vec<String> {
            let media = part.get("content").and_then(Json::as_object);
            let written = media.into_iter().flatten().filter(|(_, media)| media.get("schema").is_some());
            written.map(|(name, _)| format!("{at}/content/{}/schema", escaped(name))).collect()
        };
        pointers.extend(
            operation.get("requestBody").into_iter().flat_map(|body| contents(body, format!("{at}/requestBody"))),
        );
        let answers = operation.get("responses").and_then(Json::as_object);
        let answers = answers.into_iter().flatten();
        pointers.extend(answers.flat_map(|(status, answer)| contents(answer, format!("{at}/responses/{status}"))));
        let parameters = operation.get("parameters").and_then(Json::as_array).into_iter().flatten().enumerate();
        let written = parameters.filter(|(_, parameter)| parameter.get("schema").is_some());
        pointers.extend(written.map(|(number, _)| format!("{at}/parameters/{number}/schema")));
    }
    pointers
}
