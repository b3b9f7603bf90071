//! The selection language: which instances a command is about. Items are joined with `,`, and
//! `!item` takes out.

use crate::Graph;
use crate::matching::Here;
use seam_model::{Address, Name, Workspace};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// A selection as it was written: the union of its items without those that are taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    wanted: Vec<Item>,
    taken_out: Vec<Item>,
}

/// One item: `app`, `app...`, `...app`, `tag:pci`, `team:net`, `./stacks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The item as it was written.
    pub(crate) text: String,
    pub(crate) named: Named,
    /// `ITEM...`: with dependencies.
    pub(crate) down: bool,
    /// `...ITEM`: with dependents.
    pub(crate) up: bool,
    /// `^`: without the named ones themselves.
    pub(crate) without_named: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A stack, or a pattern of stacks in which `*` matches any text.
    Stack(String),
    Tag(String),
    Team(String),
    /// The stacks in a folder and below it; relative to the workspace.
    Folder(PathBuf),
}

/// A selection that cannot be read (code S0105).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{item}` is not a selection: {reason}")]
pub struct BadSelection {
    /// The item.
    pub item: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A selection that matches nothing (code S0106).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoMatch {
    /// What was looked for, and where.
    pub message: String,
    /// The nearest that there is, as it is written in a selection.
    pub nearest: Option<String>,
}

impl Selection {
    /// Reads the arguments of a command; several are as if joined with `,`. None selects all. An
    /// empty one is refused, because it is a variable that somebody forgot to set. Folders start at
    /// `here`, which is relative to the workspace.
    pub fn parse(arguments: &[String], here: &Path) -> Result<Self, BadSelection> {
        let mut selection = Self::default();
        for text in arguments.iter().flat_map(|argument| argument.split(',')).map(str::trim) {
            match text.strip_prefix('!') {
                Some(item) => selection.taken_out.push(Item::parse(item.trim(), here)?),
                None => selection.wanted.push(Item::parse(text, here)?),
            }
        }
        Ok(selection)
    }

    /// The instances it means in `environment`, or in all of them. Dependencies and dependents are
    /// followed inside an environment when one is given.
    pub fn select(
        &self,
        graph: &Graph,
        workspace: &Workspace,
        environment: Option<&Name>,
    ) -> Result<BTreeSet<Address>, NoMatch> {
        let here = Here { graph, workspace, environment };
        let mut selected = BTreeSet::new();
        if self.wanted.is_empty() {
            selected.extend(graph.instances().iter().filter(|address| here.has(address)).cloned());
        }
        for item in &self.wanted {
            let named = here.named(item)?;
            if named.is_empty() {
                return Err(here.not_deployed(item));
            }
            selected.extend(here.expand(item, named));
        }
        for item in &self.taken_out {
            let named = here.named(item)?;
            for address in here.expand(item, named) {
                selected.remove(&address);
            }
        }
        Ok(selected)
    }
}

impl Item {
    fn parse(text: &str, here: &Path) -> Result<Self, BadSelection> {
        let bad = |reason: &str| BadSelection { item: text.to_owned(), reason: reason.to_owned() };
        if text.is_empty() {
            return Err(bad("it is empty; leave it out to mean every stack"));
        }
        if text.starts_with("changed(") {
            return Err(bad("`changed(REVISION)` is known, and not built yet"));
        }
        if text == "...." {
            return Err(bad("`./...` is this folder with its dependencies, `..../` with its dependents"));
        }
        let (rest, up, without_up) = match text.strip_prefix("...") {
            Some(rest) => (rest.strip_prefix('^').unwrap_or(rest), true, rest.starts_with('^')),
            None => (text, false, false),
        };
        let (rest, down, without_down) = match rest.strip_suffix("...") {
            Some(rest) => (rest.strip_suffix('^').unwrap_or(rest), true, rest.ends_with('^')),
            None => (rest, false, false),
        };
        let without_named = without_up || without_down;
        if rest == "." || rest == ".." || rest.contains('/') {
            let folder = below(here, rest).ok_or_else(|| bad("a folder of the workspace is relative to this one"))?;
            return Ok(Self { text: text.to_owned(), named: Named::Folder(folder), down, up, without_named });
        }
        let named = match rest.split_once(':') {
            Some(("tag", tag)) => Named::Tag(tag.to_owned()),
            Some(("team", team)) => Named::Team(team.to_owned()),
            Some(_) => return Err(bad("before the colon stands `tag` or `team`")),
            None => Named::Stack(rest.to_owned()),
        };
        let name = match &named {
            Named::Stack(pattern) => pattern.replace('*', "0"),
            Named::Tag(name) | Named::Team(name) => name.clone(),
            Named::Folder(_) => return Err(bad(SHAPES)),
        };
        if Name::new(&name).is_err() {
            return Err(bad(SHAPES));
        }
        Ok(Self { text: text.to_owned(), named, down, up, without_named })
    }
}

const SHAPES: &str = "items look like `app`, `app-*`, `app...`, `...app`, `app^...`, `tag:pci`, `team:net`, `./folder`";

/// `path` from `here`, without `.` and `..`; `None` where it leads out of the workspace.
fn below(here: &Path, path: &str) -> Option<PathBuf> {
    let mut folder = here.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => folder.push(name),
            Component::ParentDir if folder.pop() => {}
            _ => return None,
        }
    }
    Some(folder)
}
