//! `seam.yaml`: the system, its environments, and what holds for every stack.

use super::backend::decode_backend;
use super::{names, text, texts};
use crate::form::parse_duration;
use crate::layers::{layer_file, read_layer};
use crate::node::{Entry, Node};
use crate::path::resolve;
use crate::report::Report;
use crate::text::Text;
use seam_model::{Backend, Environment, Name, Place, RegistryPlace, Tool, Value, codes};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60 * 60);

/// `seam.yaml`, decoded.
pub(crate) struct SeamFile {
    pub(crate) system: Name,
    pub(crate) registry: RegistryPlace,
    pub(crate) environments: BTreeMap<Name, Environment>,
    pub(crate) defaults: Defaults,
    /// Team: its stacks, each with its place.
    pub(crate) teams: BTreeMap<Name, Vec<(Name, Place)>>,
    pub(crate) pass_env: Vec<String>,
    pub(crate) mirror_exclude: Vec<String>,
    pub(crate) config: Value,
    /// Was every layer readable?
    pub(crate) config_complete: bool,
    /// The files of the layers.
    pub(crate) layers: Vec<String>,
}

/// What holds for every stack that does not say otherwise.
pub(crate) struct Defaults {
    pub(crate) tool: Option<Tool>,
    pub(crate) timeout: Duration,
    pub(crate) backend: Option<Backend>,
}

/// Decodes `seam.yaml`, and reads the configuration layers of workspace and environments.
pub(crate) fn decode_seam(root: &Path, node: &Node, text: &Text, findings: &mut Vec<seam_model::Finding>) -> SeamFile {
    let mut config_complete = true;
    let mut layers = Vec::new();
    let mut layer = |file: Option<String>, findings: &mut Vec<_>| match file {
        None => empty(),
        Some(file) => {
            let value = read_layer(root, &file, findings);
            config_complete &= value.is_some();
            layers.push(file);
            value.unwrap_or_else(empty)
        }
    };
    let is_file = |file: &str| root.join(file).is_file();
    let config = layer(layer_file("config/defaults", is_file, findings), findings);
    let mut environments = BTreeMap::new();
    for entry in node.get("environments").map(Node::entries).unwrap_or_default() {
        let Ok(name) = Name::new(&entry.key) else { continue };
        let file = match entry.value.get("config").and_then(Node::text) {
            Some(_) => declared_layer(root, &entry.value, text, findings),
            None => layer_file(&format!("config/{name}"), is_file, findings),
        };
        let config = layer(file, findings);
        environments.insert(name.clone(), decode_environment(name, entry, config, text));
    }
    let mut report = Report { text, findings };
    SeamFile {
        system: system(node),
        registry: decode_registry(node, &mut report),
        environments,
        defaults: decode_defaults(node, &mut report),
        teams: decode_teams(node, text),
        pass_env: texts(node, "pass_env"),
        mirror_exclude: texts(node, "mirror_exclude"),
        config,
        config_complete,
        layers,
    }
}

fn empty() -> Value {
    Value::Object(BTreeMap::new())
}

/// The system's name; a name that stands in where it is missing, which is a finding already.
fn system(node: &Node) -> Name {
    let name = node.get("system").and_then(|node| Name::new(node.text()?).ok());
    name.unwrap_or_else(|| Name::new("unnamed").expect("a name"))
}

fn declared_layer(
    root: &Path,
    environment: &Node,
    text: &Text,
    findings: &mut Vec<seam_model::Finding>,
) -> Option<String> {
    let node = environment.get("config")?;
    let file = resolve(Path::new(""), Path::new(node.text()?));
    if root.join(&file).is_file() {
        return Some(file.to_string_lossy().into_owned());
    }
    let message = format!("there is no file `{}`", file.display());
    Report { text, findings }.error(codes::MISSING_FILE, message, &node.span).help("the path is relative to seam.yaml");
    None
}

fn decode_environment(name: Name, entry: &Entry, config: Value, source: &Text) -> Environment {
    let node = &entry.value;
    Environment {
        name,
        account: text(node, "account"),
        region: text(node, "region"),
        zone: text(node, "zone"),
        labels: text_map(node, "labels"),
        env: text_map(node, "env"),
        approve: node.get("approve").is_some_and(Node::is_true),
        local_state: node.get("local_state").is_some_and(Node::is_true),
        maps: text_map(node, "maps")
            .into_iter()
            .filter_map(|(system, environment)| Some((Name::new(&system).ok()?, Name::new(&environment).ok()?)))
            .collect(),
        config,
        place: source.place(&entry.span),
    }
}

fn text_map(node: &Node, key: &str) -> BTreeMap<String, String> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.value.text()?.to_owned()))).collect()
}

fn decode_registry(node: &Node, report: &mut Report) -> RegistryPlace {
    let written = node.get("registry");
    match written.and_then(Node::text) {
        Some(place) if place.contains("://") => {
            let span = written.map(|node| node.span.clone()).unwrap_or_default();
            report
                .error(codes::NOT_YET, format!("a registry at `{place}` is known, and not built yet"), &span)
                .help("use a file for now; shared registries come later");
            RegistryPlace::File(PathBuf::from(".seam/registry.db"))
        }
        Some(file) => RegistryPlace::File(resolve(Path::new(""), Path::new(file))),
        None => RegistryPlace::File(PathBuf::from(".seam/registry.db")),
    }
}

fn decode_defaults(node: &Node, report: &mut Report) -> Defaults {
    let empty = Node::empty();
    let defaults = node.get("defaults").unwrap_or(&empty);
    Defaults {
        tool: defaults.get("tool").and_then(|tool| Tool::parse(tool.text()?)),
        timeout: defaults.get("timeout").and_then(|limit| parse_duration(limit.text()?)).unwrap_or(TIMEOUT_DEFAULT),
        backend: defaults
            .get("terraform")
            .filter(|terraform| terraform.get("backend").is_some_and(|backend| backend.get("type").is_some()))
            .and_then(|terraform| decode_backend(terraform, None, report)),
    }
}

fn decode_teams(node: &Node, source: &Text) -> BTreeMap<Name, Vec<(Name, Place)>> {
    let empty = Node::empty();
    let teams = node.get("teams").unwrap_or(&empty);
    teams
        .entries()
        .iter()
        .filter_map(|team| {
            let stacks = names(teams, &team.key).into_iter();
            let stacks = stacks.map(|(stack, node)| (stack, source.place(&node.span))).collect();
            Some((Name::new(&team.key).ok()?, stacks))
        })
        .collect()
}
