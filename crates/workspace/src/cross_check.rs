//! Checks that need more than one file: names that must be unique or known, configuration keys
//! that a layer must set, templates in defaults.

use crate::decode::seam::SeamFile;
use crate::decode::stack::Draft;
use crate::decode::template::{check_templates, scopes};
use crate::node::Node;
use crate::path::file;
use crate::report::Report;
use crate::text::Text;
use seam_model::{Environment, Finding, Name, Place, Source, Stack, Tool, Workspace, codes, nearest};
use std::collections::BTreeMap;

/// The identifiers in `defaults.terraform.backend`, in the environments of the stacks that it holds for.
pub(crate) fn check_default_backend(
    node: &Node,
    text: &Text,
    seam: &SeamFile,
    drafts: &[Draft],
    findings: &mut Vec<Finding>,
) {
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

/// The identifiers in the variables of each environment. They are resolved for each stack, and know the
/// same names in all of them.
pub(crate) fn check_environments(node: &Node, text: &Text, seam: &SeamFile, findings: &mut Vec<Finding>) {
    for entry in node.get("environments").map(Node::entries).unwrap_or_default() {
        let environment = seam.environments.values().find(|environment| environment.name.as_str() == entry.key);
        if let (Some(env), Some(environment)) = (entry.value.get("env"), environment) {
            check_templates(env, &scopes(&seam.system, &seam.system, [environment]), &mut Report { text, findings });
        }
    }
}

/// The place of each stack by name; a second stack of one name is a finding (S0014).
pub(crate) fn unique<'d>(
    stacks: impl Iterator<Item = &'d Stack>,
    findings: &mut Vec<Finding>,
) -> BTreeMap<Name, Place> {
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
pub(crate) fn check_known(
    seam: &SeamFile,
    drafts: &[Draft],
    names: &BTreeMap<Name, Place>,
    findings: &mut Vec<Finding>,
) {
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

/// The names that stacks say they had before (S0111): no stack has one now, and one stack had it.
pub(crate) fn check_formerly(drafts: &[Draft], names: &BTreeMap<Name, Place>, findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&Name, (&Name, &Place)> = BTreeMap::new();
    for stack in drafts.iter().map(|draft| &draft.stack) {
        for (former, place) in &stack.formerly {
            let refused = |message: String| Finding::error(codes::FORMER_NAME, message).at(place);
            if stack.tool == Tool::External {
                let message = format!("others publish `{}`, under the name that they give it", stack.name);
                findings.push(refused(message).help("remove `formerly`; they publish under the new name"));
            } else if *former == stack.name {
                let message = format!("`{former}` is the name of this stack");
                findings.push(refused(message).help("name the one that it had before"));
            } else if let Some(other) = names.get(former) {
                let finding = refused(format!("`{former}` is a stack of this workspace")).related(other, "this one");
                findings.push(finding.help("a former name is one that no stack has any more"));
            } else if let Some((other, claimed)) = first.insert(former, (&stack.name, place)) {
                let finding = refused(format!("`{former}` is said to have been `{other}` and `{}`", stack.name));
                findings.push(
                    finding.related(claimed, "said here too").help("what is deployed as it goes on as one stack"),
                );
            }
        }
    }
}

/// A `config` input whose layers were all readable: its stack, its place, and where its key stands.
pub(crate) type ConfigInput = (Name, Place, Place);

pub(crate) fn config_inputs(seam: &SeamFile, drafts: &[Draft]) -> Vec<ConfigInput> {
    let complete = drafts.iter().filter(|draft| seam.config_complete && draft.config_complete);
    complete
        .flat_map(|draft| {
            let places = draft.config_places.iter();
            places.map(|(input, key)| (draft.stack.name.clone(), input.clone(), key.clone()))
        })
        .collect()
}

pub(crate) fn check_config(workspace: &Workspace, inputs: &[ConfigInput], findings: &mut Vec<Finding>) {
    for (stack, input, place) in inputs {
        let Some(stack) = workspace.stacks.get(stack) else { continue };
        let declared = stack.declared_inputs().into_iter().find(|(one, _)| one.place == *input && !one.optional);
        let Some((input, environments)) = declared else { continue };
        let Source::Config(key) = &input.source else { continue };
        let lacks = |name: &&Name| {
            let environment = workspace.environments.get(name);
            environment.is_some_and(|environment| workspace.config_value(stack, environment, key).is_none())
        };
        let missing: Vec<&str> = environments.iter().copied().filter(lacks).map(Name::as_str).collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!("no layer of the configuration sets `{key}` in {}", missing.join(", "));
        let help = if missing.len() == environments.len() {
            format!("set it in config/defaults.yaml, or in {}", file(&stack.folder, "config.yaml"))
        } else {
            format!("set it in config/{}.yaml, or in config/defaults.yaml", missing[0])
        };
        findings.push(Finding::error(codes::CONFIG_MISSING, message).at(place).help(help));
    }
}
