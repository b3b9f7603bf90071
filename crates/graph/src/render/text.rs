//! The graph as a tree for people.

use super::view::{Edge, Node, View};
use crate::Graph;
use seam_model::{Address, Name, Pattern};
use std::collections::{BTreeMap, BTreeSet};

/// Names that end before this column have their links in one column.
const COLUMN_MAX: usize = 40;

/// The `shown` instances as a tree, each stack once, under the deepest of its providers, with the
/// links that it reads. Several environments are drawn as their union.
pub fn text(graph: &Graph, shown: &BTreeSet<Address>) -> String {
    let view = View::new(graph, shown);
    let rows = rows(&view);
    let widths = rows.iter().map(|row| row.head.chars().count());
    let column = widths.filter(|width| *width < COLUMN_MAX).max().unwrap_or(0) + 2;
    let lines = rows.iter().map(|Row { head, links }| {
        let gap = if links.is_empty() { 0 } else { column.saturating_sub(head.chars().count()).max(2) };
        format!("{head}{:gap$}{links}\n", "")
    });
    std::iter::once(headline(&view)).chain(lines).collect()
}

fn headline(view: &View) -> String {
    let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let environments = view.environments.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    format!(
        "{} · {}, {} · {environments}\n",
        view.system,
        count(view.stacks.len(), "stack"),
        count(view.links(), "link")
    )
}

struct Row {
    /// Branches and name.
    head: String,
    links: String,
}

/// The rows of the tree, from top to bottom.
fn rows(view: &View) -> Vec<Row> {
    let children = children(view);
    let mut rows = Vec::with_capacity(view.stacks.len());
    // What is still to be drawn, the next one last: stack, its own branch, the branch of what is below it.
    let mut open: Vec<(usize, String, String)> = Vec::new();
    let roots = children.get(&None).into_iter().flatten();
    open.extend(roots.rev().map(|at| (*at, String::new(), String::new())));
    while let Some((at, branch, below)) = open.pop() {
        let stack = &view.stacks[at];
        rows.push(Row { head: format!("{branch}{}{}", stack.name, view.stack_label(stack)), links: links(stack) });
        let own = children.get(&Some(at)).map_or(&[][..], Vec::as_slice);
        for (place, child) in own.iter().rev().enumerate() {
            let (branch, rest) = if place == 0 { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            open.push((*child, format!("{below}{branch}"), format!("{below}{rest}")));
        }
    }
    rows
}

/// Who is drawn under whom, in deployment order. Only who comes earlier in that order can be a
/// parent, so the tree has no circles although the union of two environments may have.
fn children(view: &View) -> BTreeMap<Option<usize>, Vec<usize>> {
    let mut earlier: BTreeMap<&Name, usize> = BTreeMap::new();
    let mut depths: Vec<usize> = Vec::with_capacity(view.stacks.len());
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, stack) in view.stacks.iter().enumerate() {
        let data = stack.edges.iter().filter(|edge| edge.link.pattern != Pattern::After);
        let providers = data.filter_map(|edge| earlier.get(edge.near_provider()?).copied());
        let parent = providers.max_by_key(|provider| (depths[*provider], std::cmp::Reverse(*provider)));
        depths.push(parent.map_or(0, |parent| depths[parent] + 1));
        children.entry(parent).or_default().push(at);
        earlier.insert(stack.name, at);
    }
    children
}

/// `vpc_id ← network.vpc_id · urls ← api.url, backend.url · (after monitoring)`
fn links(stack: &Node) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut input_before = None;
    for edge in &stack.edges {
        let words = format!("{}{}", edge.words(), stack.edge_label(edge));
        let input = edge.link.input.as_deref();
        match (parts.last_mut(), words.split_once(" ← ")) {
            (Some(part), Some((_, provider))) if input == input_before => {
                part.push_str(", ");
                part.push_str(provider);
            }
            _ => parts.push(if is_order(edge) { format!("({words})") } else { words }),
        }
        input_before = input;
    }
    parts.join(" · ")
}

fn is_order(edge: &Edge) -> bool {
    edge.link.pattern == Pattern::After
}
