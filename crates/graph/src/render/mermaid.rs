//! The graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.

use super::view::View;
use crate::Graph;
use seam_model::{Address, Pattern};
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

/// The `shown` instances as a Mermaid flowchart; arrows go from the provider to the consumer, as
/// values do. `after` and what is used without an input are dotted, `run` is thick; what is not itself shown has round corners.
pub fn mermaid(graph: &Graph, shown: &BTreeSet<Address>) -> String {
    let view = View::new(graph, shown);
    // Names are labels, never ids: `end` is a word of Mermaid's.
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = vec!["flowchart LR".to_owned()];
    for (id, stack) in view.stacks.iter().enumerate() {
        ids.insert(stack.name.to_string(), id);
        lines.push(format!("  n{id}[{}]", quoted(&format!("{}{}", stack.name, view.stack_label(stack)))));
    }
    let mut outside = |name: String, lines: &mut Vec<String>| {
        let next = ids.len();
        match ids.entry(name) {
            Entry::Vacant(free) => {
                lines.push(format!("  n{next}({})", quoted(free.key())));
                *free.insert(next)
            }
            Entry::Occupied(known) => *known.get(),
        }
    };
    for (to, stack) in view.stacks.iter().enumerate() {
        for edge in &stack.edges {
            let from = outside(edge.provider(), &mut lines);
            let arrow = match edge.link.pattern {
                Pattern::Run => "==>",
                Pattern::After => "-.->",
                _ => "-->",
            };
            let label = quoted(&format!("{}{}", edge.short_words(), stack.edge_label(edge)));
            lines.push(format!("  n{from} {arrow}|{label}| n{to}"));
        }
        for link in &stack.uses {
            let from = outside(link.provider(), &mut lines);
            lines.push(format!("  n{from} -.->|{}| n{to}", quoted(&link.short_words())));
        }
        for link in &stack.external {
            let from = outside(link.provider.clone(), &mut lines);
            lines.push(format!("  n{from} -->|{}| n{to}", quoted(&link.short_words())));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "#quot;"))
}
