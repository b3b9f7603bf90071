//! One input of a stack, in its short form (a reference) or its long one.

use super::template::{Scopes, check_templates};
use super::{items_of_text, text};
use crate::layers::value;
use crate::node::{Entry, Node};
use crate::path::resolve;
use crate::report::Report;
use seam_model::{
    Backend, ExternalState, Input, Lookup, Name, Path as At, Reference, Search, Secret, Source, Tagged, Target,
    Transform, codes, expand,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What an input needs to know of its stack.
pub(super) struct Surroundings<'a> {
    pub(super) folder: &'a Path,
    pub(super) system: &'a Name,
    /// The environments that `seam.yaml` declares.
    pub(super) declared: &'a BTreeSet<&'a str>,
    pub(super) scopes: &'a Scopes,
}

/// Decodes the input at `entry`. `None` where it has no source that is built.
pub(super) fn decode_input(entry: &Entry, around: &Surroundings, report: &mut Report) -> Option<Input> {
    let node = &entry.value;
    if let Some(reference) = node.text() {
        let target = decode_target(reference, None, node, report)?;
        return Some(input(entry, Source::Registry(target), report));
    }
    let source = decode_source(node, around, report)?;
    check_companions(node, &source, report);
    check_environment(node, &source, around, report);
    Some(Input {
        environment: node.get("environment").and_then(|name| Name::new(name.text()?).ok()),
        version: text(node, "version"),
        optional: node.get("optional").is_some_and(Node::is_true),
        transform: Transform {
            select: decode_select(node, report),
            join: text(node, "join"),
            format: decode_format(node, report),
        },
        ..input(entry, source, report)
    })
}

fn input(entry: &Entry, source: Source, report: &Report) -> Input {
    Input {
        name: entry.key.clone(),
        source,
        environment: None,
        version: None,
        optional: false,
        transform: Transform::default(),
        place: report.place(&entry.value.span),
    }
}

fn decode_source(node: &Node, around: &Surroundings, report: &mut Report) -> Option<Source> {
    if let Some(reference) = node.get("registry") {
        decode_target(reference.text()?, Some(node), reference, report).map(Source::Registry)
    } else if let Some(reference) = node.get("run") {
        decode_target(reference.text()?, Some(node), reference, report).map(Source::Run)
    } else if let Some(state) = node.get("state") {
        decode_state(node, state, around, report)
    } else if let Some(lookup) = node.get("lookup") {
        decode_lookup(lookup, around, report).map(Source::Lookup)
    } else if let Some(key) = node.get("config") {
        Some(Source::Config(key.text()?.to_owned()))
    } else if let Some(literal) = node.get("value") {
        check_templates(literal, around.scopes, report);
        Some(Source::Value(value(literal)))
    } else {
        decode_secret(node.get("secret")?, around, report).map(Source::Secret)
    }
}

/// `long` is the mapping of the long form, which has `many` and `as`.
fn decode_target(reference: &str, long: Option<&Node>, at: &Node, report: &mut Report) -> Option<Target> {
    let many = long.is_some_and(|long| long.get("many").is_some_and(Node::is_true));
    let as_map = long.and_then(|long| long.entry("as"));
    let Some(tagged) = reference.strip_prefix("tag:") else {
        if let Some(entry) = long.and_then(|long| long.entry("many")).filter(|_| many).or(as_map) {
            let message = format!("`{}` belongs to a fan-in, and this names one stack", entry.key);
            report.error(codes::BAD_VALUE, message, &entry.span).help("a fan-in is written `tag:NAME.OUTPUT`");
        }
        return Some(Target::Output(reference.parse().ok()?));
    };
    let parsed: Reference = tagged.parse().ok()?;
    if !many {
        report
            .error(codes::BAD_VALUE, "a tag may match any number of stacks, and `many` is not set", &at.span)
            .help(format!("write {{registry: \"{reference}\", many: true}}"));
    }
    Some(Target::Tagged(Tagged {
        tag: parsed.stack,
        output: parsed.output,
        path: parsed.path,
        as_map: as_map.is_some(),
    }))
}

/// `long` is the mapping of the input, which has `output` beside a place.
fn decode_state(long: &Node, state: &Node, around: &Surroundings, report: &mut Report) -> Option<Source> {
    if let Some(reference) = state.text() {
        if reference.starts_with("tag:") {
            report
                .error(codes::BAD_VALUE, "a fan-in does not read states", &state.span)
                .help(format!("write {{registry: \"{reference}\", many: true}}"));
        }
        return reference.parse().ok().map(Source::State);
    }
    let kind = text(state, "backend")?;
    let Some(output) = long.get("output") else {
        report
            .error(codes::MISSING_KEY, "nothing says which output of the state is meant", &state.span)
            .help("add `output: NAME` beside `state`");
        return None;
    };
    let Ok(Reference { output, path, .. }) = format!("state.{}", output.text()?).parse() else {
        report
            .error(codes::BAD_REFERENCE, "this is not an output with a path", &output.span)
            .help("write it like vpc_id or subnets[0].id");
        return None;
    };
    let config = state.get("config");
    if let Some(config) = config {
        check_templates(config, around.scopes, report);
    }
    let settings = config.map(Node::entries).unwrap_or_default();
    let settings = settings.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect();
    let backend = Backend { kind, settings, place: report.place(&state.span) };
    Some(Source::ExternalState(ExternalState { backend, output, path }))
}

fn decode_lookup(node: &Node, around: &Surroundings, report: &mut Report) -> Option<Search> {
    for node in [node.get("name"), node.get("tags")].into_iter().flatten() {
        check_templates(node, around.scopes, report);
    }
    let from = match node.get("from") {
        Some(from) => Some(decode_stack_of(from, around, report)?),
        None => None,
    };
    let tags = node.get("tags").map(Node::entries).unwrap_or_default();
    Some(Search {
        lookup: Lookup {
            kind: text(node, "kind")?,
            name: text(node, "name"),
            tags: tags.iter().filter_map(|tag| Some((tag.key.clone(), tag.value.text()?.to_owned()))).collect(),
        },
        many: node.get("many").is_some_and(Node::is_true),
        from,
    })
}

/// `[SYSTEM/]STACK`; the own system is none.
fn decode_stack_of(node: &Node, around: &Surroundings, report: &mut Report) -> Option<(Option<Name>, Name)> {
    let text = node.text()?;
    let (system, stack) = text.split_once('/').map_or((None, text), |(system, stack)| (Some(system), stack));
    let parsed = system.map(Name::new).transpose().and_then(|system| Ok((system, Name::new(stack)?)));
    match parsed {
        Ok((system, stack)) => Some((system.filter(|system| system != around.system), stack)),
        Err(error) => {
            report.error(codes::BAD_NAME, error.to_string(), &node.span).help("write STACK, or SYSTEM/STACK");
            None
        }
    }
}

/// `id`, `tags.tier`: a path whose first dot is left out.
fn decode_select(node: &Node, report: &mut Report) -> Option<At> {
    let select = node.get("select")?;
    let text = select.text()?;
    let dot = if text.starts_with(['.', '[']) { "" } else { "." };
    let path = format!("{dot}{text}").parse().ok();
    if path.is_none() {
        let help = "write it like id, tags.tier or [0].id";
        report.error(codes::BAD_VALUE, format!("`{text}` is not a path"), &select.span).help(help);
    }
    path
}

fn decode_secret(node: &Node, around: &Surroundings, report: &mut Report) -> Option<Secret> {
    if let Some(name) = node.get("env") {
        check_templates(name, around.scopes, report);
        Some(Secret::Env(name.text()?.to_owned()))
    } else if let Some(file) = node.get("file") {
        check_templates(file, around.scopes, report);
        let file = resolve(around.folder, Path::new(file.text()?));
        Some(Secret::File(file.to_string_lossy().into_owned()))
    } else {
        let command = node.get("command")?;
        check_templates(command, around.scopes, report);
        Some(Secret::Command(items_of_text(command)))
    }
}

/// `format` knows `{value}` alone.
fn decode_format(node: &Node, report: &mut Report) -> Option<String> {
    let format = node.get("format")?;
    let text = format.text()?;
    let known = BTreeMap::from([("value".to_owned(), String::new())]);
    if let Err(bad) = expand(text, &known) {
        let place = report.text.place_of(&format!("{{{}}}", bad.identifier), &format.span);
        report.error_at(codes::TEMPLATE, bad.to_string(), &place).help("`format` knows `{value}` alone");
    } else if !text.contains("{value}") {
        report
            .error(codes::BAD_VALUE, "`format` does not say where the value goes", &format.span)
            .help("write `{value}` where it goes, or use `value:` for a text of its own");
    }
    Some(text.to_owned())
}

/// Keys that mean nothing beside this source.
fn check_companions(node: &Node, source: &Source, report: &mut Report) {
    let (word, strangers): (_, &[&str]) = match source {
        Source::Registry(_) => ("`registry`", &["output"]),
        Source::State(_) => ("the state of a stack", &["version", "many", "as", "output"]),
        Source::ExternalState(_) => ("the place of a state", &["environment", "version", "many", "as"]),
        Source::Lookup(_) => ("`lookup`", &["version", "many", "as", "output"]),
        Source::Run(_) => ("`run`", &["version", "output"]),
        Source::Secret(_) => ("`secret`", &["environment", "version", "many", "as", "select", "output"]),
        Source::Config(_) => ("`config`", &["environment", "version", "many", "as", "output"]),
        Source::Value(_) => ("`value`", &["environment", "version", "many", "as", "optional", "output"]),
    };
    for entry in node.entries().iter().filter(|entry| strangers.contains(&entry.key.as_str())) {
        let message = format!("`{}` means nothing beside {word}", entry.key);
        let inside = matches!(source, Source::Lookup(_)) && entry.key == "many";
        let help = if inside { "write it inside `lookup`" } else { "remove it" };
        report.error(codes::BAD_VALUE, message, &entry.span).help(help);
    }
}

/// The environments of other systems are not known here.
fn check_environment(node: &Node, source: &Source, around: &Surroundings, report: &mut Report) {
    let other = match source {
        Source::Registry(Target::Output(reference)) | Source::Run(Target::Output(reference)) => {
            reference.system.as_ref().is_some_and(|system| system != around.system)
        }
        Source::Lookup(Search { from: Some((system, _)), .. }) => system.is_some(),
        Source::Registry(_) | Source::Run(_) | Source::State(_) | Source::Lookup(_) => false,
        _ => return,
    };
    let Some(environment) = node.get("environment") else { return };
    let Some(name) = environment.text() else { return };
    if !other && !around.declared.contains(name) {
        report
            .error(codes::UNDECLARED_ENVIRONMENT, format!("there is no environment `{name}`"), &environment.span)
            .nearest(name, around.declared.iter().copied());
    }
}
