//! The graph in Graphviz's DOT language.

use super::view::View;
use crate::Graph;
use seam_model::{Address, Pattern};
use std::collections::BTreeSet;

/// The `shown` instances as a DOT digraph; arrows go from the provider to the consumer, as values
/// do. `after` is dotted, `run` bold, what is used without an input dashed; what is not itself shown has a dashed frame.
pub fn dot(graph: &Graph, shown: &BTreeSet<Address>) -> String {
    let view = View::new(graph, shown);
    let names: BTreeSet<String> = view.stacks.iter().map(|stack| stack.name.to_string()).collect();
    let mut lines = vec![
        format!("digraph {} {{", quoted(view.system.as_str())),
        "  rankdir=LR;".into(),
        "  node [shape=box];".into(),
    ];
    for stack in &view.stacks {
        let name = stack.name.as_str();
        lines.push(match &*view.stack_label(stack) {
            "" => format!("  {};", quoted(name)),
            label => format!("  {} [label={}];", quoted(name), quoted(&format!("{name}{label}"))),
        });
    }
    let edges = || view.stacks.iter().flat_map(|stack| stack.edges.iter().map(move |edge| (stack, edge)));
    let uses = || view.stacks.iter().flat_map(|stack| stack.uses.iter().map(move |link| (stack, link)));
    let provider = edges().map(|(_, edge)| edge.provider()).chain(uses().map(|(_, link)| link.provider()));
    let outside: BTreeSet<String> = provider.filter(|provider| !names.contains(provider)).collect();
    lines.extend(outside.iter().map(|provider| format!("  {} [style=dashed];", quoted(provider))));
    let states = || view.stacks.iter().flat_map(|stack| stack.external.iter().map(move |link| (stack, link)));
    let named: BTreeSet<&String> = states().map(|(_, link)| &link.provider).collect();
    lines.extend(named.into_iter().map(|state| format!("  {} [style=dashed];", quoted(state))));
    for (stack, edge) in edges() {
        let style = match edge.link.pattern {
            Pattern::Run => ", style=bold",
            Pattern::After => ", style=dotted",
            _ => "",
        };
        let label = quoted(&format!("{}{}", edge.short_words(), stack.edge_label(edge)));
        let (from, to) = (quoted(&edge.provider()), quoted(stack.name.as_str()));
        lines.push(format!("  {from} -> {to} [label={label}{style}];"));
    }
    for (stack, link) in uses() {
        let (from, to) = (quoted(&link.provider()), quoted(stack.name.as_str()));
        lines.push(format!("  {from} -> {to} [label={}, style=dashed];", quoted(&link.short_words())));
    }
    for (stack, link) in states() {
        let (from, to) = (quoted(&link.provider), quoted(stack.name.as_str()));
        lines.push(format!("  {from} -> {to} [label={}];", quoted(&link.short_words())));
    }
    lines.push("}\n".into());
    lines.join("\n")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
