//! `uses:` of a stack: what it uses of others beside its inputs.

use super::{text, texts};
use crate::node::Node;
use crate::report::Report;
use seam_model::{DeclaredUse, Name, UsedPart, codes};

/// Decodes the list at `uses`. What names nothing that can be is a finding.
pub(super) fn decode_uses(node: &Node, report: &mut Report) -> Vec<DeclaredUse> {
    let items = node.get("uses").map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| decode_use(item, report)).collect()
}

fn decode_use(node: &Node, report: &mut Report) -> Option<DeclaredUse> {
    let kind = ["api", "event", "table"].into_iter().find(|kind| node.get(kind).is_some())?;
    let named = node.get(kind)?;
    let written = named.text()?;
    let Some((system, stack, name)) = parse(kind, written) else {
        let form = if kind == "api" { "[SYSTEM/]STACK" } else { "[SYSTEM/]STACK.NAME" };
        let message = format!("`{written}` is not what `{kind}` takes");
        report.error(codes::BAD_REFERENCE, message, &named.span).help(format!("write it as {form}"));
        return None;
    };
    check_keys(node, kind, named, report);
    if let (true, Some(system)) = (kind == "table", &system) {
        let message = format!("a table of the system `{system}` is not shared: tables stay inside of a system");
        report.error(codes::BAD_REFERENCE, message, &named.span).help("use its API or its events");
    }
    let fields = texts(node, "fields");
    let what = match kind {
        "api" => {
            let operations = texts(node, "operations").iter().map(|name| name.as_str().into()).collect();
            UsedPart::Api { operations, fields }
        }
        "event" => UsedPart::Event { event: name, fields },
        _ => UsedPart::Table { table: name, columns: texts(node, "columns") },
    };
    Some(DeclaredUse { system, stack, what, range: text(node, "version"), place: report.place(&named.span) })
}

/// Keys that belong to another kind, and the one that must be there.
fn check_keys(node: &Node, kind: &str, named: &Node, report: &mut Report) {
    for (key, belongs) in [("operations", kind == "api"), ("fields", kind != "table"), ("columns", kind == "table")] {
        if let Some(entry) = node.entry(key).filter(|_| !belongs) {
            let message = format!("`{key}` does not belong to `{kind}`");
            report.error(codes::BAD_VALUE, message, &entry.span).help("remove it");
        }
    }
    if kind == "api" && node.get("operations").is_none() {
        let message = "which operations are called is not said";
        report.error(codes::MISSING_KEY, message, &named.span).help("add `operations: [getOrder]`");
    }
}

/// `[SYSTEM/]STACK`, with `.NAME` behind it for all but an API.
fn parse(kind: &str, written: &str) -> Option<(Option<Name>, Name, String)> {
    let (system, rest) = match written.split_once('/') {
        Some((system, rest)) => (Some(Name::new(system).ok()?), rest),
        None => (None, written),
    };
    let (stack, name) = if kind == "api" { (rest, "") } else { rest.split_once('.')? };
    Some((system, Name::new(stack).ok()?, name.to_owned()))
}
