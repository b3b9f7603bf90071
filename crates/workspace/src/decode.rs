//! From nodes that have their shape to the nouns of the model. What has not its shape is a
//! finding already and is left out here.

pub(crate) mod backend;
mod contract;
mod differences;
mod input;
mod program;
pub(crate) mod seam;
pub(crate) mod stack;
pub(crate) mod template;
mod uses;

use crate::node::Node;
use seam_model::Name;

/// The string at `key`.
fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key)?.text().map(str::to_owned)
}

/// The list of strings at `key`; empty where there is none.
fn texts(node: &Node, key: &str) -> Vec<String> {
    node.get(key).map(items_of_text).unwrap_or_default()
}

fn items_of_text(list: &Node) -> Vec<String> {
    list.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect()
}

/// The names in the list at `key`, each with its node.
fn names<'n>(node: &'n Node, key: &str) -> Vec<(Name, &'n Node)> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| Some((Name::new(item.text()?).ok()?, item))).collect()
}
