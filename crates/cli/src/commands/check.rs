//! `seam check`: every mistake in the workspace's files, at once. Runs nothing.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{print, project, render, session};
use seam_model::{Finding, Pattern};

const EXAMPLES: &str = "\
Examples:
  seam check                    all findings, each with its line
  seam check --json             {\"format\": …, \"findings\": [{\"code\", \"severity\", \"file\", \"line\", …}]}
  seam check --format sarif > seam.sarif       for code scanning
  seam check --format junit > seam.xml         for a build server
  seam check --format github                   beside the lines of a change, in GitHub Actions";

/// Reads every file of the workspace and says everything that is wrong with them.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print one JSON document: the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// XML of JUnit
    Junit,
    /// Workflow commands of GitHub Actions
    Github,
}

/// Runs it.
pub fn run(args: &Check, settings: &Settings) -> Result<Exit, Failure> {
    let (project, mut findings) = project::inspect(settings)?;
    if let Some(Project { workspace, graph, .. }) = &project {
        let states = session::places(settings, workspace).states();
        findings.extend(seam_run::shared_states(workspace, graph, &states));
        findings.extend(seam_run::unprotected_states(workspace, graph, &states));
    }
    let stacks = project.as_ref().map_or(0, |project| project.workspace.stacks.len());
    if let Some(project) = project.filter(|_| !seam_model::has_errors(&findings)) {
        findings.extend(lookups(settings, project)?);
    }
    let in_repository = || project::in_repository(settings, &findings);
    match if args.json { Format::Json } else { args.format } {
        Format::Text => print::err(render::findings(&findings, settings.err)),
        Format::Json => print::line(render::json::check(&findings))?,
        Format::Sarif => print::line(render::sarif::report(&in_repository()))?,
        Format::Junit => print::line(render::junit::report(&findings))?,
        Format::Github => print::out(render::github::report(&in_repository()))?,
    }
    print::err(format_args!("{}\n", render::check_summary(&findings, stacks)));
    if stacks == 0 {
        print::err("There is no stack: a stack is a folder with a stack.yaml, below that of seam.yaml.\n");
    }
    Ok(if seam_model::has_errors(&findings) { Exit::Failed } else { Exit::Done })
}

/// Lookups that do not find any more what they look for, where there is a registry that says so.
fn lookups(settings: &Settings, project: Project) -> Result<Vec<Finding>, Failure> {
    let searches = project.graph.links().iter().any(|link| link.pattern == Pattern::Lookup);
    if !searches || !session::registry_file(settings, &project.workspace).exists() {
        return Ok(Vec::new());
    }
    let session = session::open(settings, project, Access::Read, GRACE)?;
    Ok(seam_run::unmet_lookups(&session)?)
}
