//! Loads a whole workspace: every file, every finding.

use crate::check::check_file;
use crate::code::{CodeReader, file_names};
use crate::code_check::check_code;
use crate::config_check::check_layers;
use crate::cross_check::{
    check_config, check_default_backend, check_environments, check_formerly, check_known, config_inputs, unique,
};
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
use crate::value_check::check_values;
use crate::yaml;
use crate::{git, walk};
use seam_model::{Finding, Name, Place, Stack, Tool, Workspace, codes, nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A workspace and what was found while it was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// `None` only where `seam.yaml` cannot be read. With errors among the findings it is as
    /// complete as it can be, and nothing may be run with it.
    pub workspace: Option<Workspace>,
    /// Of every file, sorted by file and line.
    pub findings: Vec<Finding>,
    /// Does a file tell editors that its schema is one in `.seam/schema`?
    pub names_schema: bool,
}

/// Reads the workspace in the folder `root`, which is absolute and holds `seam.yaml`.
pub fn load(root: &Path) -> Loaded {
    let mut findings = Vec::new();
    let folders = walk::stack_folders(root, &mut findings);
    let repository = git::repository(root).map_or_else(|| root.to_owned(), |repository| repository.root);
    let roots = Roots { workspace: root, repository: &repository };
    let mut names_schema = false;
    let workspace = if let Some((text, Some(node))) = read_yaml(root, "seam.yaml", &SEAM, &mut findings) {
        names_schema = text.names_schema();
        let (workspace, of_stacks) = load_stacks(roots, &text, &node, &folders, &mut findings);
        names_schema |= of_stacks;
        Some(workspace)
    } else {
        for folder in &folders {
            read_yaml(root, &file(folder, "stack.yaml"), &STACK, &mut findings);
        }
        None
    };
    findings.sort_by(|a, b| a.place.cmp(&b.place));
    Loaded { workspace, findings, names_schema }
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

/// The workspace with its stacks, and whether one of their files names a schema.
fn load_stacks(
    roots: Roots,
    text: &Text,
    node: &Node,
    folders: &[PathBuf],
    findings: &mut Vec<Finding>,
) -> (Workspace, bool) {
    let seam = decode_seam(roots.workspace, node, text, findings);
    let mut drafts: Vec<Draft> =
        folders.iter().filter_map(|folder| load_stack(roots, folder, &seam, findings)).collect();
    read_code(roots, &mut drafts, findings);
    check_default_backend(node, text, &seam, &drafts, findings);
    check_environments(node, text, &seam, findings);
    let names = unique(drafts.iter().map(|draft| &draft.stack), findings);
    check_known(&seam, &drafts, &names, findings);
    check_formerly(&drafts, &names, findings);
    let config_places = config_inputs(&seam, &drafts);
    let names_schema = drafts.iter().any(|draft| draft.names_schema);
    let workspace = assemble(roots, seam, drafts);
    check_config(&workspace, &config_places, findings);
    check_values(&workspace, findings);
    check_layers(&workspace, findings);
    (workspace, names_schema)
}

fn load_stack(roots: Roots, folder: &Path, seam: &SeamFile, findings: &mut Vec<Finding>) -> Option<Draft> {
    let path = file(folder, "stack.yaml");
    let before = findings.len();
    let (text, node) =
        read_yaml(roots.workspace, &path, &STACK, findings).unwrap_or_else(|| (Text::new(path, ""), None));
    let mut draft = decode_stack(roots, folder, node.as_ref(), seam, &mut Report { text: &text, findings })?;
    // Where `inputs` is misspelt, every variable that nothing sets is a consequence of that.
    let is_misspelt = findings[before..].iter().any(|finding| finding.code == codes::UNKNOWN_KEY);
    draft.complete &= !is_misspelt || node.is_some_and(|node| node.get("inputs").is_some());
    load_layers(roots, folder, seam, &mut draft, findings);
    Some(draft)
}

fn load_layers(roots: Roots, folder: &Path, seam: &SeamFile, draft: &mut Draft, findings: &mut Vec<Finding>) {
    let layers = stack_layers(folder, &file_names(&roots.workspace.join(folder)), findings);
    draft.layers.extend(layers.own.iter().chain(layers.by_environment.iter().map(|(_, file)| file)).cloned());
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
    let mut own_files: BTreeSet<PathBuf> = seam.layers.iter().map(PathBuf::from).collect();
    own_files.insert("seam.yaml".into());
    for draft in drafts {
        own_files.extend(draft.layers.into_iter().chain([draft.file]).map(PathBuf::from));
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
        own_files,
    }
}
