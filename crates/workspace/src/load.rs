//! Loads a whole workspace: every file, every finding.

use crate::check::check_file;
use crate::code::{CodeReader, file_names};
use crate::code_check::check_code;
use crate::decode::seam::{SeamFile, decode_seam};
use crate::decode::stack::{Draft, Roots, decode_stack};
use crate::decode::template::{check_templates, scopes};
use crate::layers::{read_layer, read_text, stack_layers};
use crate::path::file;
use crate::report::Report;
use crate::shape::Mapping;
use crate::shape::seam::SEAM;
use crate::shape::stack::STACK;
use crate::text::Text;
use crate::yaml::{self, Node};
use crate::{git, walk};
use seam_model::{Environment, Finding, Name, Place, Stack, Tool, Workspace, codes, nearest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A workspace and what was found while it was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// `None` only where `seam.yaml` cannot be read. With errors among the findings it is as
    /// complete as it can be, and nothing may be run with it.
    pub workspace: Option<Workspace>,
    /// Of every file, sorted by file and line.
    pub findings: Vec<Finding>,
}

/// Reads the workspace in the folder `root`, which is absolute and holds `seam.yaml`.
pub fn load(root: &Path) -> Loaded {
    let mut findings = Vec::new();
    let folders = walk::stack_folders(root, &mut findings);
    let repository = git::repository(root).map_or_else(|| root.to_owned(), |repository| repository.root);
    let roots = Roots { workspace: root, repository: &repository };
    let workspace = match read_yaml(root, "seam.yaml", &SEAM, &mut findings) {
        Some((text, Some(node))) => Some(load_stacks(roots, &text, &node, &folders, &mut findings)),
        _ => {
            for folder in &folders {
                read_yaml(root, &file(folder, "stack.yaml"), &STACK, &mut findings);
            }
            None
        }
    };
    findings.sort_by(|a, b| a.place.cmp(&b.place));
    Loaded { workspace, findings }
}

/// The text of a file and its checked tree; no tree after a syntax error, nothing where there is no text.
fn read_yaml(
    root: &Path,
    file: &str,
    mapping: &'static Mapping,
    findings: &mut Vec<Finding>,
) -> Option<(Text, Option<Node>)> {
    let text = read_text(root, file, findings)?;
    let node = yaml::parse(&text, findings);
    if let Some(node) = &node {
        check_file(node, mapping, &mut Report { text: &text, findings });
    }
    Some((text, node))
}

fn load_stacks(roots: Roots, text: &Text, node: &Node, folders: &[PathBuf], findings: &mut Vec<Finding>) -> Workspace {
    let seam = decode_seam(roots.workspace, node, text, findings);
    let mut drafts: Vec<Draft> =
        folders.iter().filter_map(|folder| load_stack(roots, folder, &seam, findings)).collect();
    read_code(roots, &mut drafts, findings);
    check_default_backend(node, text, &seam, &drafts, findings);
    let names = unique(drafts.iter().map(|draft| &draft.stack), findings);
    check_known(&seam, &drafts, &names, findings);
    let config_places = config_inputs(&seam, &drafts);
    let workspace = assemble(roots, seam, drafts);
    check_config(&workspace, &config_places, findings);
    workspace
}

fn load_stack(roots: Roots, folder: &Path, seam: &SeamFile, findings: &mut Vec<Finding>) -> Option<Draft> {
    let path = file(folder, "stack.yaml");
    let (text, node) =
        read_yaml(roots.workspace, &path, &STACK, findings).unwrap_or_else(|| (Text::new(path, ""), None));
    let mut draft = decode_stack(roots, folder, node.as_ref(), seam, &mut Report { text: &text, findings })?;
    load_layers(roots, folder, seam, &mut draft, findings);
    Some(draft)
}

fn load_layers(roots: Roots, folder: &Path, seam: &SeamFile, draft: &mut Draft, findings: &mut Vec<Finding>) {
    let layers = stack_layers(folder, &file_names(&roots.workspace.join(folder)), findings);
    if let Some(own) = layers.own {
        match read_layer(roots.workspace, &own, findings) {
            Some(config) => draft.stack.config = config,
            None => draft.config_complete = false,
        }
    }
    for (environment, file) in layers.by_environment {
        match Name::new(&environment).ok().filter(|name| seam.environments.contains_key(name)) {
            None => findings.push(stray_layer(&environment, &file, seam)),
            Some(name) => match read_layer(roots.workspace, &file, findings) {
                Some(config) => drop(draft.stack.environment_config.insert(name, config)),
                None => draft.config_complete = false,
            },
        }
    }
}

fn stray_layer(environment: &str, file: &str, seam: &SeamFile) -> Finding {
    let message = format!("there is no environment `{environment}` that this layer could be for");
    let finding = Finding::error(codes::UNDECLARED_ENVIRONMENT, message).at(&Place::file(file));
    match nearest(environment, seam.environments.keys().map(Name::as_str)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("rename the file, or declare the environment in seam.yaml"),
    }
}

fn read_code(roots: Roots, drafts: &mut [Draft], findings: &mut Vec<Finding>) {
    let mut reader = CodeReader::new(roots);
    for draft in drafts {
        let Stack { source, tool, .. } = &draft.stack;
        let is_terraform = matches!(tool, Tool::Terraform | Tool::OpenTofu);
        if !is_terraform || !roots.workspace.join(source).is_dir() {
            continue;
        }
        match reader.stack_code(source, *tool, findings) {
            Some(code) => {
                findings.extend(check_code(draft, &code));
                draft.stack.code = Some(code.code);
            }
            None if reader.is_empty(source, *tool, findings) => {
                let message = format!("there is no {} code in `{}`", tool.as_str(), crate::path::display(source));
                findings.push(
                    Finding::error(codes::MISSING_FILE, message)
                        .at(&draft.stack.place)
                        .help("put *.tf files there, or say with `source:` where they are"),
                );
            }
            None => {}
        }
    }
}

/// The identifiers in `defaults.terraform.backend`, in the environments of the stacks that it holds for.
fn check_default_backend(node: &Node, text: &Text, seam: &SeamFile, drafts: &[Draft], findings: &mut Vec<Finding>) {
    let backend = node.get("defaults").and_then(|it| it.get("terraform")).and_then(|it| it.get("backend"));
    let (Some(backend), Some(default)) = (backend, &seam.defaults.backend) else { return };
    let users: Vec<&Stack> = drafts
        .iter()
        .map(|draft| &draft.stack)
        .filter(|stack| stack.backend.as_ref().is_some_and(|own| own.kind == default.kind))
        .collect();
    let Some(any) = users.first() else { return };
    let is_used = |environment: &&Environment| users.iter().any(|user| user.environments.contains(&environment.name));
    let scopes = scopes(&seam.system, &any.name, seam.environments.values().filter(is_used));
    check_templates(backend, &scopes, &mut Report { text, findings });
}

/// The place of each stack by name; a second stack of one name is a finding (S0014).
fn unique<'d>(stacks: impl Iterator<Item = &'d Stack>, findings: &mut Vec<Finding>) -> BTreeMap<Name, Place> {
    let mut places: BTreeMap<Name, Place> = BTreeMap::new();
    for stack in stacks {
        match places.get(&stack.name) {
            Some(first) => {
                let message = format!("a second stack is called `{}`", stack.name);
                let finding = Finding::error(codes::DUPLICATE_STACK, message)
                    .at(&stack.place)
                    .related(first, "the first one")
                    .help("give one of them another `name`");
                findings.push(finding);
            }
            None => drop(places.insert(stack.name.clone(), stack.place.clone())),
        }
    }
    places
}

/// The stacks that `after` and `teams` name.
fn check_known(seam: &SeamFile, drafts: &[Draft], names: &BTreeMap<Name, Place>, findings: &mut Vec<Finding>) {
    let after = drafts.iter().flat_map(|draft| &draft.stack.after);
    for (name, place) in after.chain(seam.teams.values().flatten()) {
        if !names.contains_key(name) {
            let finding = Finding::error(codes::UNKNOWN_STACK, format!("there is no stack `{name}`")).at(place);
            findings.push(match nearest(name.as_str(), names.keys().map(Name::as_str)) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding,
            });
        }
    }
}

/// A `config` input whose layers were all readable: stack, input, and where its key stands.
type ConfigInput = (Name, String, Place);

fn config_inputs(seam: &SeamFile, drafts: &[Draft]) -> Vec<ConfigInput> {
    let complete = drafts.iter().filter(|draft| seam.config_complete && draft.config_complete);
    complete
        .flat_map(|draft| {
            let places = draft.config_places.iter();
            places.map(|(input, place)| (draft.stack.name.clone(), input.clone(), place.clone()))
        })
        .collect()
}

fn check_config(workspace: &Workspace, inputs: &[ConfigInput], findings: &mut Vec<Finding>) {
    for (stack, input, place) in inputs {
        let Some(stack) = workspace.stacks.get(stack) else { continue };
        let Some(input) = stack.inputs.get(input).filter(|input| !input.optional) else { continue };
        let seam_model::Source::Config(key) = &input.source else { continue };
        let lacks = |name: &&Name| {
            let environment = workspace.environments.get(name);
            environment.is_some_and(|environment| workspace.config_value(stack, environment, key).is_none())
        };
        let missing: Vec<&str> = stack.environments.iter().filter(lacks).map(Name::as_str).collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!("no layer of the configuration sets `{key}` in {}", missing.join(", "));
        let help = if missing.len() == stack.environments.len() {
            format!("set it in config/defaults.yaml, or in {}", file(&stack.folder, "config.yaml"))
        } else {
            format!("set it in config/{}.yaml, or in config/defaults.yaml", missing[0])
        };
        findings.push(Finding::error(codes::CONFIG_MISSING, message).at(place).help(help));
    }
}

fn assemble(roots: Roots, seam: SeamFile, drafts: Vec<Draft>) -> Workspace {
    let mut stacks = BTreeMap::new();
    for draft in drafts {
        stacks.entry(draft.stack.name.clone()).or_insert(draft.stack);
    }
    Workspace {
        root: roots.workspace.to_owned(),
        repository: roots.repository.to_owned(),
        system: seam.system,
        registry: seam.registry,
        environments: seam.environments,
        stacks,
        teams: seam
            .teams
            .into_iter()
            .map(|(team, stacks)| (team, stacks.into_iter().map(|(stack, _)| stack).collect()))
            .collect(),
        pass_env: seam.pass_env,
        mirror_exclude: seam.mirror_exclude,
        config: seam.config,
    }
}
