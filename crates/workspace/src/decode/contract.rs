//! `contract:` of a stack.

use super::{items_of_text, text};
use crate::node::{Content, Entry, Node};
use crate::report::Report;
use seam_model::{Contract, ContractOutput, LookupRule, Name, Schema};
use serde_json::{Map, json};

/// Decodes the mapping at `contract`.
pub(super) fn decode_contract(node: &Node, report: &Report) -> Contract {
    let outputs = node.get("outputs").map(Node::entries).unwrap_or_default();
    Contract {
        version: text(node, "version"),
        outputs: outputs
            .iter()
            .filter(|entry| Name::new(&entry.key).is_ok())
            .map(|entry| (entry.key.clone(), decode_output(entry, report)))
            .collect(),
        lookups: node
            .get("lookups")
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| Some((entry.key.clone(), decode_rule(&entry.value)?)))
            .collect(),
    }
}

fn decode_rule(node: &Node) -> Option<LookupRule> {
    let tags = node.get("tags").map(Node::entries).unwrap_or_default().iter().map(|entry| {
        let values = entry.value.text().map_or_else(|| items_of_text(&entry.value), |one| vec![one.to_owned()]);
        (entry.key.clone(), values)
    });
    Some(LookupRule { kind: text(node, "kind")?, tags: tags.collect() })
}

fn decode_output(entry: &Entry, report: &Report) -> ContractOutput {
    let node = &entry.value;
    let mut schema = Map::new();
    match node.get("type").map(|types| (&types.content, types)) {
        Some((Content::Text(one), _)) => schema.insert("type".to_owned(), json!(one)),
        Some((Content::List(_), many)) => schema.insert("type".to_owned(), json!(items_of_text(many))),
        _ => None,
    };
    if let Some(description) = text(node, "description") {
        schema.insert("description".to_owned(), json!(description));
    }
    ContractOutput {
        schema: Schema(schema.into()),
        sensitive: node.get("sensitive").is_some_and(Node::is_true),
        place: report.place(&entry.span),
    }
}
