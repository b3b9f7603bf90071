//! `contract:` of a stack.

use super::{items_of_text, text};
use crate::node::{Content, Entry, Node};
use crate::report::Report;
use seam_model::{Contract, ContractOutput, Name, Schema};
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
    }
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
