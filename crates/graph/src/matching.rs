//! What the items of a selection mean in a workspace.

use crate::Graph;
use crate::selection::{Item, Named, NoMatch};
use seam_model::{Address, Name, Stack, Workspace, nearest};
use std::collections::BTreeSet;

/// Where a selection is looked up.
pub(crate) struct Here<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) workspace: &'a Workspace,
    /// `None`: all of them.
    pub(crate) environment: Option<&'a Name>,
}

impl Here<'_> {
    pub(crate) fn has(&self, address: &Address) -> bool {
        self.environment.is_none_or(|environment| *environment == address.environment)
    }

    /// The instances that `item` names itself; empty where its stacks are not deployed here.
    pub(crate) fn named(&self, item: &Item) -> Result<BTreeSet<Address>, NoMatch> {
        let stacks = self.stacks(&item.named);
        if stacks.is_empty() {
            return Err(self.unknown(&item.named));
        }
        let instances = stacks.into_iter().flat_map(|stack| {
            stack
                .environments
                .iter()
                .map(|environment| Address::new(self.workspace.system.clone(), stack.name.clone(), environment.clone()))
        });
        Ok(instances.filter(|address| self.has(address)).collect())
    }

    /// `named` with the dependencies and dependents that `item` asks for.
    pub(crate) fn expand(&self, item: &Item, named: BTreeSet<Address>) -> BTreeSet<Address> {
        let mut expanded = BTreeSet::new();
        for (asked, up) in [(item.down, false), (item.up, true)] {
            if asked {
                expanded.extend(self.graph.reach(&named, up, |address| self.has(address)).into_iter().cloned());
            }
        }
        if item.without_named {
            expanded.retain(|address| !named.contains(address));
        } else {
            expanded.extend(named);
        }
        expanded
    }

    pub(crate) fn not_deployed(&self, item: &Item) -> NoMatch {
        let environments: BTreeSet<&Name> =
            self.stacks(&item.named).into_iter().flat_map(|stack| &stack.environments).collect();
        let elsewhere = environments.into_iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
        let here = self.environment.map_or("any environment", Name::as_str);
        let message = if elsewhere.is_empty() {
            format!("nothing that `{}` names is deployed to any environment", item.text)
        } else {
            format!("nothing that `{}` names is deployed to {here}; it is deployed to {elsewhere}", item.text)
        };
        NoMatch { message, nearest: None }
    }

    fn stacks(&self, named: &Named) -> Vec<&Stack> {
        let stacks = &self.workspace.stacks;
        match named {
            Named::Stack(pattern) => stacks.values().filter(|stack| matches(pattern, stack.name.as_str())).collect(),
            Named::Folder(folder) => stacks.values().filter(|stack| stack.folder.starts_with(folder)).collect(),
            Named::Tag(tag) => stacks.values().filter(|stack| stack.tags.iter().any(|t| t.as_str() == tag)).collect(),
            Named::Team(team) => {
                let members = self.workspace.teams.iter().find(|(name, _)| name.as_str() == team);
                members.into_iter().flat_map(|(_, names)| names).filter_map(|name| stacks.get(name)).collect()
            }
        }
    }

    fn unknown(&self, named: &Named) -> NoMatch {
        let stacks = self.workspace.stacks.values();
        match named {
            Named::Stack(pattern) if pattern.contains('*') => {
                NoMatch { message: format!("no stack's name matches `{pattern}`"), nearest: None }
            }
            Named::Stack(name) => NoMatch {
                message: format!("there is no stack `{name}`"),
                nearest: nearest(name, stacks.map(|stack| stack.name.as_str())).map(str::to_owned),
            },
            Named::Folder(folder) if folder.as_os_str().is_empty() => {
                NoMatch { message: "the workspace has no stack".to_owned(), nearest: None }
            }
            Named::Folder(folder) => NoMatch {
                message: format!("no stack lies in the folder {} of the workspace", folder.display()),
                nearest: None,
            },
            Named::Tag(tag) => NoMatch {
                message: format!("no stack has the tag `{tag}`"),
                nearest: nearest(tag, stacks.flat_map(|stack| &stack.tags).map(Name::as_str))
                    .map(|tag| format!("tag:{tag}")),
            },
            Named::Team(team) if self.workspace.teams.keys().any(|name| name.as_str() == team) => {
                NoMatch { message: format!("the team `{team}` has no stack"), nearest: None }
            }
            Named::Team(team) => NoMatch {
                message: format!("there is no team `{team}`"),
                nearest: nearest(team, self.workspace.teams.keys().map(Name::as_str))
                    .map(|team| format!("team:{team}")),
            },
        }
    }
}

/// Does `text` match `pattern`, in which each `*` stands for any text?
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
}
