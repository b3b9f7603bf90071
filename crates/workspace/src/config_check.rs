//! Layers of the configuration that nobody reads, and keys in them: warnings, because what reads a
//! file of that name may be somebody else.

use crate::layers::{ENDINGS, read_text};
use crate::node::Node;
use crate::text::Text;
use crate::{code, yaml};
use seam_model::{Finding, Name, Place, Source, Stack, Workspace, codes, nearest};
use std::collections::BTreeSet;
use std::path::Path;

/// Files in `config/` that are for no environment (S0015), and keys of the YAML layers that are like one
/// that is read, and are not read themselves (S0022).
pub(crate) fn check_layers(workspace: &Workspace, findings: &mut Vec<Finding>) {
    strays(workspace, findings);
    let inputs = workspace.stacks.values().flat_map(Stack::declared_inputs).map(|(input, _)| input);
    let read: BTreeSet<&str> = inputs
        .filter_map(|input| match &input.source {
            Source::Config(key) => Some(key.as_str()),
            _ => None,
        })
        .collect();
    let is_layer = |file: &&Path| !file.ends_with("stack.yaml") && *file != Path::new("seam.yaml");
    for file in workspace.own_files.iter().map(std::path::PathBuf::as_path).filter(is_layer) {
        if file.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        // What is wrong with the file was found when its values were read.
        let Some(text) = read_text(&workspace.root, &file.to_string_lossy(), &mut Vec::new()) else { continue };
        if let Some(node) = yaml::parse(&text, &mut Vec::new()) {
            unread(&node, "", &read, &text, findings);
        }
    }
}

fn strays(workspace: &Workspace, findings: &mut Vec<Finding>) {
    let declared = || workspace.environments.keys().map(Name::as_str);
    for name in code::file_names(&workspace.root.join("config")) {
        let Some(stem) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) else { continue };
        let file = Path::new("config").join(&name);
        if stem == "defaults" || Name::new(stem).is_err() || declared().any(|it| it == stem) {
            continue;
        }
        if !workspace.own_files.contains(&file) {
            let message = format!("nobody reads this layer: seam.yaml declares no environment `{stem}`");
            let help = match nearest(stem, declared()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "declare the environment, or name the file in one with `config:`".to_owned(),
            };
            let place = Place::file(file.to_string_lossy());
            findings.push(Finding::warning(codes::UNDECLARED_ENVIRONMENT, message).at(&place).help(help));
        }
    }
}

/// `prefix` is empty, or ends with a dot.
fn unread(node: &Node, prefix: &str, read: &BTreeSet<&str>, text: &Text, findings: &mut Vec<Finding>) {
    let below = |path: &str, key: &str| path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    for entry in node.entries() {
        let key = format!("{prefix}{}", entry.key);
        if read.contains(key.as_str()) {
            continue;
        }
        if read.iter().any(|path| below(path, &key)) {
            unread(&entry.value, &format!("{key}."), read, text, findings);
            continue;
        }
        let wanted = read.iter().filter_map(|path| path.strip_prefix(prefix)?.split('.').next());
        let absent = wanted.filter(|wanted| node.entry(wanted).is_none());
        if let Some(near) = nearest(&entry.key, absent) {
            let finding = Finding::warning(codes::CONFIG_UNREAD, format!("no input reads the key `{key}`"));
            findings.push(finding.at(&text.place(&entry.span)).help(format!("did you mean `{prefix}{near}`?")));
        }
    }
}
