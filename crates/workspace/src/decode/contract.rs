//! `contract:` of a stack.

use super::{items_of_text, text, texts};
use crate::layers::value;
use crate::node::{Entry, Node};
use crate::path::resolve;
use crate::report::Report;
use seam_model::{
    Contract, ContractEvent, ContractFile, ContractOutput, ContractTable, Deprecation, LookupRule, Schema,
};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::path::Path;

/// Decodes the mapping at `contract` of the stack in `folder`.
pub(super) fn decode_contract(folder: &Path, node: &Node, report: &Report) -> Contract {
    let decode_api = |api: &Node| {
        let path = resolve(folder, Path::new(api.text()?));
        Some(ContractFile { path, place: report.place(&api.span) })
    };
    Contract {
        version: text(node, "version"),
        outputs: each(node, "outputs", |entry| Some(decode_output(entry, report))),
        lookups: each(node, "lookups", |entry| decode_rule(&entry.value)),
        api: node.get("api").and_then(decode_api),
        events: each(node, "events", |entry| decode_event(entry, report)),
        tables: each(node, "tables", |entry| Some(decode_table(entry, report))),
    }
}

/// What `decode` makes of each entry of the mapping at `key`, by its name.
fn each<T>(node: &Node, key: &str, decode: impl Fn(&Entry) -> Option<T>) -> BTreeMap<String, T> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.clone(), decode(entry)?))).collect()
}

fn decode_rule(node: &Node) -> Option<LookupRule> {
    let values = |entry: &Entry| {
        Some(entry.value.text().map_or_else(|| items_of_text(&entry.value), |one| vec![one.to_owned()]))
    };
    Some(LookupRule { kind: text(node, "kind")?, name: text(node, "name"), tags: each(node, "tags", values) })
}

fn decode_output(entry: &Entry, report: &Report) -> ContractOutput {
    let node = &entry.value;
    let keywords = node.entries().iter().filter(|entry| !["sensitive", "deprecated"].contains(&entry.key.as_str()));
    let schema: Map<_, _> = keywords.map(|entry| (entry.key.clone(), json(&entry.value))).collect();
    ContractOutput {
        schema: Schema(schema.into()),
        sensitive: node.get("sensitive").is_some_and(Node::is_true),
        deprecated: decode_deprecation(node),
        place: report.place(&entry.span),
    }
}

fn decode_event(entry: &Entry, report: &Report) -> Option<ContractEvent> {
    let node = &entry.value;
    Some(ContractEvent {
        kind: text(node, "type")?,
        key: text(node, "key"),
        schema: node.get("schema").map_or_else(Schema::any, |schema| Schema(json(schema))),
        deprecated: decode_deprecation(node),
        place: report.place(&entry.span),
    })
}

fn decode_table(entry: &Entry, report: &Report) -> ContractTable {
    let node = &entry.value;
    ContractTable {
        columns: each(node, "columns", |column| Some(Schema(json(&column.value)))),
        key: texts(node, "key"),
        deprecated: decode_deprecation(node),
        place: report.place(&entry.span),
    }
}

fn decode_deprecation(node: &Node) -> Option<Deprecation> {
    let deprecated = node.get("deprecated")?;
    let [since, instead, sunset] = ["since", "use", "sunset"].map(|key| text(deprecated, key));
    Some(Deprecation { since, instead, sunset })
}

/// What is written, as it is written.
fn json(node: &Node) -> Json {
    value(node).to_json().unwrap_or_default()
}
