//! What a shell offers while a command is typed: stacks, environments and runs of the workspace that the
//! shell is in. What cannot be read offers nothing.

use crate::project::{self, Project};
use crate::session;
use crate::settings::{Colour, Settings};
use clap_complete::CompletionCandidate as Candidate;
use clap_complete::engine::{PathCompleter, ValueCompleter as _};
use seam_model::Name;
use std::ffi::OsStr;
use std::path::PathBuf;

/// Items of a selection: stacks, tags, teams and folders, behind what is typed before them.
pub fn selections(current: &OsStr) -> Vec<Candidate> {
    let Some(text) = current.to_str() else { return Vec::new() };
    let last = text.rsplit(',').next().unwrap_or_default();
    let item = last.trim_start_matches(['!', '^', '.']);
    if item.starts_with('/') {
        return PathCompleter::dir().complete(current);
    }
    let Some((_, project)) = here() else { return Vec::new() };
    let before = &text[..text.len() - item.len()];
    let workspace = &project.workspace;
    let tags = workspace.stacks.values().flat_map(|stack| &stack.tags).map(|tag| format!("tag:{tag}"));
    let teams = workspace.teams.keys().map(|team| format!("team:{team}"));
    let mut items: Vec<String> = workspace.stacks.keys().map(Name::to_string).chain(tags).chain(teams).collect();
    items.sort();
    items.dedup();
    items.into_iter().filter(|name| name.starts_with(item)).map(|name| format!("{before}{name}").into()).collect()
}

/// The stacks.
pub fn stacks() -> Vec<Candidate> {
    here()
        .map(|(_, project)| project.workspace.stacks.keys().map(|name| name.as_str().into()).collect())
        .unwrap_or_default()
}

/// The environments.
pub fn environments() -> Vec<Candidate> {
    let names = |project: Project| project.workspace.environments.keys().map(|name| name.as_str().into()).collect();
    here().map(|(_, project)| names(project)).unwrap_or_default()
}

/// The addresses of the workspace's own instances.
pub fn addresses() -> Vec<Candidate> {
    here()
        .map(|(_, project)| project.graph.instances().iter().map(|one| one.to_string().into()).collect())
        .unwrap_or_default()
}

/// The runs of which there is a log, the newest first.
pub fn runs() -> Vec<Candidate> {
    let Some((settings, project)) = here() else { return Vec::new() };
    let folders = std::fs::read_dir(session::places(&settings, &project.workspace).runs());
    let names = folders.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut runs: Vec<u64> = names.filter_map(|name| name.parse().ok()).collect();
    runs.sort_unstable();
    let numbered = runs.into_iter().rev().enumerate();
    numbered.map(|(at, run)| Candidate::new(run.to_string()).display_order(Some(at))).collect()
}

fn here() -> Option<(Settings, Project)> {
    let mut settings = Settings::read(None, Colour::Never).ok()?;
    if let Some(named) = settings.var("SEAM_DIR").map(PathBuf::from) {
        settings.folder = settings.folder.join(named);
    }
    let project = project::inspect(&settings).ok()?.0?;
    Some((settings, project))
}
