//! Checks the identifiers in braces of strings, for each environment that they will be resolved in.

use crate::node::{Content, Node};
use crate::report::Report;
use seam_model::{Attributes, BadTemplate, Environment, Name, codes, expand};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Each environment of a stack with what identifiers stand for in it.
pub(crate) type Scopes = Vec<(Name, Attributes)>;

/// The scopes of `stack` in `environments`.
pub(crate) fn scopes<'e>(
    system: &Name,
    stack: &Name,
    environments: impl IntoIterator<Item = &'e Environment>,
) -> Scopes {
    environments
        .into_iter()
        .map(|environment| (environment.name.clone(), environment.attributes(system, stack)))
        .collect()
}

/// Reports each unknown identifier in the strings of `node` (S0011).
pub(crate) fn check_templates(node: &Node, scopes: &Scopes, report: &mut Report) {
    match &node.content {
        Content::Text(text) if text.contains('{') => check_text(text, node, scopes, report),
        Content::List(items) => items.iter().for_each(|item| check_templates(item, scopes, report)),
        Content::Map(entries) => entries.iter().for_each(|entry| check_templates(&entry.value, scopes, report)),
        _ => {}
    }
}

fn check_text(text: &str, node: &Node, scopes: &Scopes, report: &mut Report) {
    let mut unknown: BTreeMap<String, (BadTemplate, Vec<&str>)> = BTreeMap::new();
    for (environment, attributes) in scopes {
        let mut attributes = Cow::Borrowed(attributes);
        while let Err(bad) = expand(text, &attributes) {
            attributes.to_mut().insert(bad.identifier.clone(), String::new());
            let (_, environments) = unknown.entry(bad.identifier.clone()).or_insert_with(|| (bad, Vec::new()));
            environments.push(environment.as_str());
        }
    }
    for (identifier, (bad, environments)) in unknown {
        let braced = format!("{{{identifier}}}");
        let place = report.text.place_of(&braced, &node.span);
        if environments.len() < scopes.len() {
            let message = format!("`{braced}` is not known in {}", environments.join(", "));
            let help = format!("give {} `{identifier}` in seam.yaml, as the others have it", environments.join(", "));
            report.error_at(codes::TEMPLATE, message, &place).help(help);
        } else {
            report.findings.push(bad.finding(&place));
        }
    }
}
