//! The workspace that a command works on, found from the folder it was started in.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::commands::schema;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{print, render};
use seam_graph::{Graph, Selection};
use seam_model::{Address, Finding, Name, Severity, Workspace, codes, nearest};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A workspace and its graph.
pub struct Project {
    /// The workspace.
    pub workspace: Workspace,
    /// Its graph.
    pub graph: Graph,
    /// Warnings about its files.
    pub warnings: Vec<Finding>,
    /// Errors in files that the command can do without.
    pub errors: Vec<Finding>,
    /// The folder the command was started in, relative to the workspace.
    here: PathBuf,
}

/// What a command needs of the workspace's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// All of them without an error: it plans or runs, and a plan is honest with the whole graph alone.
    Whole,
    /// Stacks and links. What is wrong with the code of stacks, or with values, changes nothing there.
    Links,
    /// `seam.yaml`, which says where the registry is: it shows what is on record.
    Records,
}

impl Need {
    fn tolerates(self, finding: &Finding) -> bool {
        match self {
            Self::Whole => false,
            Self::Links => finding.code.id.starts_with("S02") || finding.code == codes::CONFIG_MISSING,
            Self::Records => finding.place.as_ref().is_some_and(|place| place.file != "seam.yaml"),
        }
    }
}

/// Said below the errors of a workspace in which something is to be run.
const WHY_ALL: &str = "Nothing is planned or run before these are mended: what a stack waits for, and who waits for \
                       it, is known from all files together.";

/// The folder of the nearest `seam.yaml`.
pub fn root(settings: &Settings) -> Result<PathBuf, Failure> {
    seam_workspace::find(&settings.folder).ok_or_else(|| {
        Finding::error(codes::NO_WORKSPACE, format!("no seam.yaml in {} or above", settings.folder.display()))
            .help("`seam init` makes a small workspace; `-C DIR` names another folder")
            .into()
    })
}

/// Every finding of every file, and the project where it can be used.
pub fn inspect(settings: &Settings) -> Result<(Option<Project>, Vec<Finding>), Failure> {
    let root = root(settings)?;
    let loaded = seam_workspace::load(&root);
    if loaded.names_schema {
        schema::make_missing(&root);
    }
    let mut findings = loaded.findings;
    let Some(workspace) = loaded.workspace else { return Ok((None, findings)) };
    let (graph, of_graph) = Graph::build(&workspace);
    findings.extend(of_graph);
    findings.sort_by(|a, b| (&a.place, a.code).cmp(&(&b.place, b.code)));
    let here = settings.folder.strip_prefix(&root).unwrap_or(Path::new("")).to_owned();
    Ok((Some(Project { workspace, graph, warnings: Vec::new(), errors: Vec::new(), here }), findings))
}

/// Findings with their files as the host of the repository names them: from its root, which may be
/// above that of the workspace.
pub fn in_repository(settings: &Settings, findings: &[Finding]) -> Vec<Finding> {
    let below = root(settings).ok().and_then(|root| {
        let repository = seam_workspace::git::repository(&root)?;
        root.strip_prefix(repository.root).ok().map(Path::to_owned)
    });
    let below = below.unwrap_or_default();
    let mut findings = findings.to_owned();
    for finding in &mut findings {
        let places = finding.place.iter_mut().chain(finding.related.iter_mut().map(|(place, _)| place));
        places.for_each(|place| place.file = below.join(&place.file).display().to_string());
    }
    findings
}

/// The project, without errors in what the command needs.
pub fn load(settings: &Settings, need: Need) -> Result<Project, Failure> {
    let (project, findings) = inspect(settings)?;
    let (errors, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(|one| one.severity == Severity::Error);
    match project {
        Some(project) if errors.iter().all(|error| need.tolerates(error)) => {
            Ok(Project { warnings, errors, ..project })
        }
        _ => {
            let mut failure = Failure::of_files(errors);
            failure.words.extend((need == Need::Whole).then(|| WHY_ALL.to_owned()));
            Err(failure)
        }
    }
}

impl Project {
    /// Names the files with errors that the command did without.
    pub fn say_errors(&self, settings: &Settings) {
        let Some(first) = self.errors.first() else { return };
        let files: BTreeSet<&str> = self.broken_files().collect();
        let files = files.into_iter().collect::<Vec<_>>().join(", ");
        let finding = Finding::warning(first.code, format!("errors in {files}; this is shown all the same"))
            .help("`seam check` shows them");
        print::err(render::findings(&[finding], settings.err));
    }

    /// Has this stack errors in its files? What they say about it is not to be relied on.
    pub fn is_broken(&self, stack: &Name) -> bool {
        let stack = self.workspace.stacks.get(stack);
        stack.is_none_or(|stack| {
            self.broken_files()
                .any(|file| [&stack.folder, &stack.source].iter().any(|it| Path::new(file).starts_with(it)))
        })
    }

    fn broken_files(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().filter_map(|error| error.place.as_ref()).map(|place| place.file.as_str())
    }

    /// The environment that is meant: the named one, or the only one.
    pub fn environment(&self, args: &EnvironmentArgs) -> Result<Name, Failure> {
        let declared = &self.workspace.environments;
        match self.named_environment(args)? {
            Some(named) => Ok(named),
            None if declared.len() == 1 => Ok(declared.keys().next().cloned().unwrap_or_else(|| unreachable!())),
            None if declared.is_empty() => Err(Finding::error(codes::USAGE, "seam.yaml declares no environment")
                .help("add one: `environments: {dev: {}}`")
                .into()),
            None => Err(Finding::error(codes::USAGE, "which environment?")
                .help(format!("-e takes one of {}", self.environments()))
                .into()),
        }
    }

    /// The environment that is named, if one is.
    pub fn named_environment(&self, args: &EnvironmentArgs) -> Result<Option<Name>, Failure> {
        let named = args.environment.as_deref().filter(|named| !named.is_empty());
        named.map(|named| self.declared_environment(named)).transpose()
    }

    fn declared_environment(&self, named: &str) -> Result<Name, Failure> {
        let declared = &self.workspace.environments;
        if let Some(name) = declared.keys().find(|name| name.as_str() == named) {
            return Ok(name.clone());
        }
        let finding =
            Finding::error(codes::UNDECLARED_ENVIRONMENT, format!("seam.yaml declares no environment `{named}`"));
        Err(match nearest(named, declared.keys().map(Name::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("it declares {}", self.environments())),
        }
        .into())
    }

    fn environments(&self) -> String {
        self.workspace.environments.keys().map(Name::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The instances that a selection means, in one environment or in all.
    pub fn select(&self, args: &SelectionArgs, environment: Option<&Name>) -> Result<BTreeSet<Address>, Failure> {
        let selection = Selection::parse(&args.selection, &self.here).map_err(|bad| {
            Finding::error(codes::SELECTION, bad.to_string()).help("`seam help plan` shows what a selection is")
        })?;
        selection.select(&self.graph, &self.workspace, environment).map_err(|none| {
            let finding = Finding::error(codes::NO_MATCH, none.to_string());
            match none.nearest {
                Some(near) => finding.help(format!("did you mean `{near}`?")).into(),
                None => finding.into(),
            }
        })
    }

    /// The address of a stack in an environment.
    pub fn address(&self, stack: &str, environment: &Name) -> Result<Address, Failure> {
        let stacks = &self.workspace.stacks;
        if let Some(stack) = stacks.values().find(|one| one.name.as_str() == stack) {
            if stack.environments.contains(environment) {
                return Ok(Address::new(self.workspace.system.clone(), stack.name.clone(), environment.clone()));
            }
            let message = format!("{} is not deployed to {environment}", stack.name);
            let where_it_is = stack.environments.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
            return Err(Finding::error(codes::NO_MATCH, message)
                .at(&stack.place)
                .help(format!("it is deployed to {where_it_is}"))
                .into());
        }
        let finding = Finding::error(codes::NO_MATCH, format!("no stack `{stack}` in this workspace"));
        Err(match nearest(stack, stacks.keys().map(Name::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")).into(),
            None => finding.into(),
        })
    }
}
