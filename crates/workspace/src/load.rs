//! Loads a whole workspace: every file, every finding.

use crate::check::check_file;
use crate::code::{CodeReader, file_names};
use crate::code_check::check_code;
use crate::cross_check::{check_config, check_default_backend, check_known, config_inputs, unique};
use crate::decode::seam::{SeamFile, decode_seam};
use crate::decode::stack::{Draft, Roots, decode_stack};
use crate::layers::{read_layer, read_text, stack_layers};
use crate::node::Node;
use crate::path::file;
use crate::report::Report;
use crate::shape::Mapping;
use crate::shape::seam::SEAM;
use crate::shape::stack::STACK;
use crate::text::Text;
use crate::yaml;
use crate::{git, walk};
use seam_model::{Finding, Name, Place, Stack, Tool, Workspace, codes, nearest};
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
    let workspace = if let Some((text, Some(node))) = read_yaml(root, "seam.yaml", &SEAM, &mut findings) {
        Some(load_stacks(roots, &text, &node, &folders, &mut findings))
    } else {
        for folder in &folders {
            read_yaml(root, &file(folder, "stack.yaml"), &STACK, &mut findings);
        }
        None
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
