//! `in:` of a `stack.yaml`: what differs in some environments.

use super::input::{Surroundings, decode_input};
use super::seam::SeamFile;
use super::template::Scopes;
use crate::node::Node;
use crate::pattern::matches_pattern;
use crate::report::Report;
use crate::text::Span;
use seam_model::{Input, Name, Place, codes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Inputs = BTreeMap<String, Input>;

/// What is said under one pattern.
pub(super) struct Part {
    pattern: String,
    environments: BTreeSet<Name>,
    inputs: Inputs,
    /// Of each declared input, also of those that could not be decoded.
    keys: Vec<(String, Place)>,
    /// For each `config` input, by its own place, the place of its key.
    pub(super) config_places: BTreeMap<Place, Place>,
}

impl Part {
    /// The key of each input with its environments.
    pub(super) fn keys(self) -> impl Iterator<Item = (String, Place, BTreeSet<Name>)> {
        self.keys.into_iter().map(move |(name, place)| (name, place, self.environments.clone()))
    }
}

/// Decodes `in:` of a stack that is deployed to `environments`.
pub(super) fn decode_in(
    folder: &Path,
    node: &Node,
    seam: &SeamFile,
    (environments, scopes): (&BTreeSet<Name>, &Scopes),
    report: &mut Report,
) -> Vec<Part> {
    let mut parts = Vec::new();
    for entry in node.get("in").map(Node::entries).unwrap_or_default() {
        let matching = matching(&entry.key, &entry.span, seam, report);
        let deployed: BTreeSet<Name> = matching.intersection(environments).cloned().collect();
        if deployed.is_empty() && !matching.is_empty() {
            let there = environments.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
            let message = format!("the stack is deployed to no environment that `{}` matches", entry.key);
            let added = report.error(codes::UNDECLARED_ENVIRONMENT, message, &entry.span);
            added
                .label(format!("it is deployed to {there}"))
                .help("remove it, or add the environment to `environments`");
        }
        let scopes = scopes.iter().filter(|(name, _)| deployed.contains(name)).cloned().collect();
        let inputs = entry.value.get("inputs");
        let (inputs, config_places, keys) = match inputs {
            Some(inputs) => {
                let (decoded, config_places) = decode_inputs(folder, inputs, seam, &scopes, report);
                let keys = inputs.entries().iter().map(|entry| (entry.key.clone(), report.place(&entry.span)));
                (decoded, config_places, keys.collect())
            }
            None => (Inputs::new(), BTreeMap::new(), Vec::new()),
        };
        parts.push(Part { pattern: entry.key.clone(), environments: deployed, inputs, keys, config_places });
    }
    parts
}

/// Decodes the mapping `inputs`, and for each `config` input, by its own place, the place of its key.
pub(super) fn decode_inputs(
    folder: &Path,
    inputs: &Node,
    seam: &SeamFile,
    scopes: &Scopes,
    report: &mut Report,
) -> (Inputs, BTreeMap<Place, Place>) {
    let declared = seam.environments.keys().map(Name::as_str).collect();
    let around = Surroundings { folder, system: &seam.system, declared: &declared, scopes };
    let mut decoded = Inputs::new();
    let mut config_places = BTreeMap::new();
    for entry in inputs.entries() {
        if let Some(input) = decode_input(entry, &around, report) {
            if let Some(key) = entry.value.get("config") {
                config_places.insert(input.place.clone(), report.place(&key.span));
            }
            decoded.insert(entry.key.clone(), input);
        }
    }
    (decoded, config_places)
}

/// The inputs by environment. Two patterns that set one input in one environment are a finding (S0023).
pub(super) fn merge(parts: &[Part], report: &mut Report) -> BTreeMap<Name, Inputs> {
    let mut merged: BTreeMap<Name, Inputs> = BTreeMap::new();
    let mut first: BTreeMap<(&Name, &str), (&Part, &Place)> = BTreeMap::new();
    let mut said: BTreeSet<&Place> = BTreeSet::new();
    for part in parts {
        for environment in &part.environments {
            merged.entry(environment.clone()).or_default().extend(part.inputs.clone());
            for (name, place) in &part.keys {
                let Some((other, there)) = first.insert((environment, name), (part, place)) else { continue };
                if !said.insert(place) {
                    continue;
                }
                let message = format!("`{}` and `{}` both set `{name}` in {environment}", other.pattern, part.pattern);
                let help =
                    format!("set it once, under `{environment}`, or let the patterns match different environments");
                let added = report.error_at(codes::TWO_PATTERNS, message, place);
                added.related(there, "here it is set too").help(help);
            }
        }
    }
    merged
}

/// The declared environments that `pattern` matches; none is a finding (S0015).
pub(super) fn matching(pattern: &str, span: &Span, seam: &SeamFile, report: &mut Report) -> BTreeSet<Name> {
    let declared = seam.environments.keys();
    let matching: BTreeSet<Name> =
        declared.clone().filter(|name| matches_pattern(pattern, name.as_str())).cloned().collect();
    if matching.is_empty() {
        let is_pattern = pattern.contains(['*', '{']);
        let verb = if is_pattern { "no environment matches" } else { "there is no environment" };
        let declared = declared.map(Name::as_str);
        let list = declared.clone().collect::<Vec<_>>().join(", ");
        let added = report.error(codes::UNDECLARED_ENVIRONMENT, format!("{verb} `{pattern}`"), span);
        let added = if list.is_empty() { added } else { added.label(format!("seam.yaml declares {list}")) };
        if !is_pattern {
            added.nearest(pattern, declared);
        }
    }
    matching
}
