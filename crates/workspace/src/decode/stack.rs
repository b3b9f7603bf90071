//! One `stack.yaml`, with the configuration layers beside it.

use super::backend::decode_backend;
use super::contract::decode_contract;
use super::differences::{Part, decode_in, decode_inputs, matching, merge};
use super::program::check_programs;
use super::seam::SeamFile;
use super::template::{check_templates, scopes};
use super::uses::decode_uses;
use super::{items_of_text, names, text, texts};
use crate::form::parse_duration;
use crate::node::Node;
use crate::path::{display, is_inside, resolve};
use crate::report::Report;
use seam_model::{ExecCommands, Name, Place, Stack, Tool, Value, codes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A stack and what later checks ask of its file.
pub(crate) struct Draft {
    pub(crate) stack: Stack,
    /// `stack.yaml`, relative to the workspace.
    pub(crate) file: String,
    /// Was the file readable? What an unreadable one lacks is no finding.
    pub(crate) complete: bool,
    /// The key of each declared input, also of those that could not be decoded.
    pub(crate) input_keys: BTreeMap<String, Place>,
    /// The same of the inputs of some environments alone.
    pub(crate) input_keys_in: Vec<(String, Place, BTreeSet<Name>)>,
    /// For each `config` input, by its own place, the place of its key.
    pub(crate) config_places: BTreeMap<Place, Place>,
    /// Was each of its configuration layers readable?
    pub(crate) config_complete: bool,
    /// The files of those layers.
    pub(crate) layers: Vec<String>,
    /// Does its file name a schema in `.seam/schema`?
    pub(crate) names_schema: bool,
}

/// Where the workspace lies.
#[derive(Clone, Copy)]
pub(crate) struct Roots<'a> {
    /// The folder of `seam.yaml`, absolute.
    pub(crate) workspace: &'a Path,
    /// The root of the git repository around it.
    pub(crate) repository: &'a Path,
}

/// Decodes the `stack.yaml` of `folder`. `node` is `None` where it could not be read: then an
/// empty stack stands in, so that those who name it are not told that it is missing.
pub(crate) fn decode_stack(
    roots: Roots,
    folder: &Path,
    node: Option<&Node>,
    seam: &SeamFile,
    report: &mut Report,
) -> Option<Draft> {
    let empty = Node::empty();
    let complete = node.is_some();
    let node = node.unwrap_or(&empty);
    let name = decode_name(roots, folder, node, complete, report)?;
    let environments = decode_environments(node, seam, report);
    let scopes = scopes(&seam.system, &name, environments.iter().filter_map(|name| seam.environments.get(name)));
    let written = node.get("inputs").unwrap_or(&empty);
    let (inputs, mut config_places) = decode_inputs(folder, written, seam, &scopes, report);
    let parts = decode_in(folder, node, seam, (&environments, &scopes), report);
    let inputs_in = merge(&parts, report);
    config_places.extend(parts.iter().flat_map(|part| part.config_places.clone()));
    let tool = decode_tool(node, seam, complete, report);
    let is_terraform = matches!(tool, Tool::Terraform | Tool::OpenTofu);
    for node in [node.get("backend"), node.get("workspace"), node.get("exec")].into_iter().flatten() {
        check_templates(node, &scopes, report);
    }
    let below = seam.defaults.backend.as_ref();
    let stack = Stack {
        folder: folder.to_owned(),
        tool,
        source: decode_source(roots, folder, node, tool, report),
        environments,
        inputs,
        inputs_in,
        formerly: decode_formerly(node, report),
        after: names(node, "after").into_iter().map(|(name, node)| (name, report.place(&node.span))).collect(),
        tags: names(node, "tags").into_iter().map(|(tag, _)| tag).collect(),
        sources: decode_sources(roots, folder, node, report),
        timeout: node.get("timeout").and_then(|limit| parse_duration(limit.text()?)).unwrap_or(seam.defaults.timeout),
        backend: if is_terraform { decode_backend(node, below, report) } else { None },
        workspace: text(node, "workspace"),
        exec: node.get("exec").map(decode_exec),
        contract: node.get("contract").map(|contract| decode_contract(folder, contract, report)),
        uses: decode_uses(node, report),
        code: None,
        config: Value::Object(BTreeMap::new()),
        environment_config: BTreeMap::new(),
        place: node.get("name").map_or_else(|| Place::file(&report.text.file), |name| report.place(&name.span)),
        name,
    };
    check_tool_keys(node, &stack, complete, report);
    if tool == Tool::Exec {
        check_programs(roots, node, &stack.source, report);
    }
    let keys = node.get("inputs").map(Node::entries).unwrap_or_default();
    Some(Draft {
        stack,
        file: report.text.file.clone(),
        complete,
        input_keys: keys.iter().map(|entry| (entry.key.clone(), report.place(&entry.span))).collect(),
        input_keys_in: parts.into_iter().flat_map(Part::keys).collect(),
        config_places,
        config_complete: true,
        layers: Vec::new(),
        names_schema: report.text.names_schema(),
    })
}

fn decode_name(roots: Roots, folder: &Path, node: &Node, complete: bool, report: &mut Report) -> Option<Name> {
    if let Some(name) = node.get("name") {
        return Name::new(name.text()?).ok();
    }
    let name = resolve(roots.workspace, folder);
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match Name::new(&name) {
        Ok(name) => Some(name),
        Err(_) if !complete => None,
        Err(error) => {
            let place = Place::file(&report.text.file);
            report
                .error_at(codes::BAD_NAME, format!("the folder's name is no stack's: {error}"), &place)
                .help("add `name:`");
            None
        }
    }
}

fn decode_environments(node: &Node, seam: &SeamFile, report: &mut Report) -> BTreeSet<Name> {
    let Some(list) = node.get("environments") else { return seam.environments.keys().cloned().collect() };
    let patterns = list.items().iter().filter_map(|item| Some((item.text()?, item)));
    patterns.flat_map(|(pattern, item)| matching(pattern, &item.span, seam, report)).collect()
}

/// The stack's tool. Where none is known it counts as external: nothing more is asked of it.
fn decode_tool(node: &Node, seam: &SeamFile, complete: bool, report: &mut Report) -> Tool {
    let written = node.get("tool");
    match (written, seam.defaults.tool) {
        (Some(word), _) => word.text().and_then(Tool::parse).unwrap_or(Tool::External),
        (None, Some(tool)) => tool,
        (None, None) => {
            if complete {
                let place = Place::file(&report.text.file);
                report.error_at(codes::MISSING_KEY, "nothing says what deploys this stack", &place).help(
                    "add `tool: terraform` (or opentofu, exec, external) here, or `defaults: {tool: …}` to seam.yaml",
                );
            }
            Tool::External
        }
    }
}

fn decode_source(roots: Roots, folder: &Path, node: &Node, tool: Tool, report: &mut Report) -> PathBuf {
    let Some((written, source)) = node.get("source").and_then(|node| Some((node, node.text()?))) else {
        return folder.to_owned();
    };
    let resolved = resolve(folder, Path::new(source));
    if !is_inside(roots.workspace, &resolved, roots.repository) {
        report
            .error(codes::BAD_VALUE, "the folder lies outside of the repository", &written.span)
            .help("code that a stack runs lies beside it in the repository");
    } else if tool != Tool::External && !roots.workspace.join(&resolved).is_dir() {
        let message = format!("there is no folder `{}`", display(&resolved));
        report.error(codes::MISSING_FILE, message, &written.span).help("the path is relative to this file");
    }
    resolved
}

fn decode_sources(roots: Roots, folder: &Path, node: &Node, report: &mut Report) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for item in node.get("sources").map(Node::items).unwrap_or_default() {
        let Some(source) = item.text() else { continue };
        let resolved = resolve(folder, Path::new(source));
        if is_inside(roots.workspace, &resolved, roots.repository) {
            sources.push(resolved);
        } else {
            report
                .error(codes::BAD_VALUE, "the path leads out of the repository", &item.span)
                .help("only files of the repository are copied to where the tool runs");
        }
    }
    sources
}

/// One name, or several.
fn decode_formerly(node: &Node, report: &Report) -> Vec<(Name, Place)> {
    let Some(written) = node.get("formerly") else { return Vec::new() };
    let one = written.text().map(|_| written);
    let names = one.into_iter().chain(written.items());
    names.filter_map(|item| Some((Name::new(item.text()?).ok()?, report.place(&item.span)))).collect()
}

fn decode_exec(node: &Node) -> ExecCommands {
    ExecCommands {
        plan: node.get("plan").map(items_of_text),
        apply: texts(node, "apply"),
        destroy: node.get("destroy").map(items_of_text),
        plan_unknown: node.get("plan_unknown").is_some_and(Node::is_true),
        verify: node.get("verify").map(items_of_text),
        idempotent: node.get("idempotent").is_some_and(Node::is_true),
    }
}

/// Keys that belong to one kind of tool.
fn check_tool_keys(node: &Node, stack: &Stack, complete: bool, report: &mut Report) {
    let tool = stack.tool;
    let is_known = text(node, "tool").is_none_or(|word| Tool::parse(&word).is_some());
    if !is_known {
        return;
    }
    if tool == Tool::Exec && node.entry("exec").is_none() && complete {
        let place = node.get("tool").map_or_else(|| Place::file(&report.text.file), |tool| report.place(&tool.span));
        report
            .error_at(codes::MISSING_KEY, "the required key `exec` is missing", &place)
            .help("add `exec: {apply: [PROGRAM, ARGUMENT, …]}`");
    }
    let is_terraform = matches!(tool, Tool::Terraform | Tool::OpenTofu);
    for (key, belongs, to) in [
        ("exec", tool == Tool::Exec, "tool: exec"),
        ("backend", is_terraform, "terraform and opentofu"),
        ("workspace", is_terraform, "terraform and opentofu"),
    ] {
        if let Some(entry) = node.entry(key).filter(|_| !belongs) {
            let message = format!("`{key}` belongs to {to}, and this stack's tool is {}", tool.as_str());
            report.error(codes::BAD_VALUE, message, &entry.span).help("remove it, or change `tool`");
        }
    }
}
