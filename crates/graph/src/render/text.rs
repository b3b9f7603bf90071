//! The graph as a tree for people.

use super::view::{Edge, Node, View};
use crate::Graph;
use seam_model::{Address, Name, Pattern};
use std::collections::{BTreeMap, BTreeSet};

/// Names that end before this column have their links in one column.
const COLUMN_MAX: usize = 40;

/// The `shown` instances as a tree, each stack once, under the deepest of its providers, with the
/// links that it reads, in lines of `width` columns where that can be. Several environments are drawn as
/// their union.
pub fn text(graph: &Graph, shown: &BTreeSet<Address>, width: usize) -> String {
    let view = View::new(graph, shown);
    let rows = rows(&view);
    let widths = rows.iter().map(|row| row.head.chars().count());
    let column = widths.filter(|width| *width < COLUMN_MAX).max().unwrap_or(0) + 2;
    let lines = rows.iter().map(|row| row.lines(column, width));
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
    /// The branches that go on below it.
    below: String,
    /// Each with its input.
    links: Vec<String>,
}

impl Row {
    /// The links stand in `column`, or behind a long name; what has no room is below, between two links.
    fn lines(&self, column: usize, width: usize) -> String {
        let start = column.max(self.head.chars().count() + 2);
        let mut lines: Vec<String> = Vec::new();
        for link in &self.links {
            match lines.last_mut() {
                Some(line) if start + line.chars().count() + 3 + link.chars().count() <= width => {
                    line.push_str(" · ");
                    line.push_str(link);
                }
                _ => lines.push(link.clone()),
            }
        }
        let (first, more) = lines.split_first().map_or(("", &[][..]), |(first, more)| (first.as_str(), more));
        let more: String = more.iter().map(|line| format!("{:start$}{line}\n", self.below)).collect();
        let first = format!("{:start$}{first}", self.head);
        format!("{}\n{more}", first.trim_end())
    }
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
        let own = children.get(&Some(at)).map_or(&[][..], Vec::as_slice);
        let head = format!("{branch}{}{}", stack.name, view.stack_label(stack));
        let bar = if own.is_empty() { "" } else { "│" };
        rows.push(Row { head, below: format!("{below}{bar}"), links: links(stack) });
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

/// `vpc_id ← network.vpc_id`, `urls ← api.url, backend.url`, ``calls `getOrder` of orders``, `(after monitoring)`
fn links(stack: &Node) -> Vec<String> {
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
    let order = parts.iter().position(|part| part.starts_with('(')).unwrap_or(parts.len());
    let more = stack.external.iter().map(|link| link.words()).chain(stack.uses.iter().map(|link| link.words()));
    parts.splice(order..order, more);
    parts
}

fn is_order(edge: &Edge) -> bool {
    edge.link.pattern == Pattern::After
}
