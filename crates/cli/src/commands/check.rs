//! `seam check`: every mistake in the workspace's files, at once. Runs nothing.

use crate::args::EnvironmentArgs;
use crate::exit::{Exit, exit_of_all};
use crate::failure::Failure;
use crate::project::Project;
use crate::session::{Access, GRACE};
use crate::settings::{Settings, today};
use crate::{print, project, render, session};
use seam_compat::{Contracts, Scene};
use seam_model::{Finding, Pattern};
use seam_run::RunFailure;

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
    #[command(flatten)]
    environment: EnvironmentArgs,
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
    let is_alone = project.as_ref().is_some_and(|project| is_alone(settings, project));
    if let Some(project) = project {
        let more = on_record(args, settings, project, &findings)?;
        findings.extend(more);
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
    if is_alone {
        print::err("There is no registry yet: contracts were compared with nobody's uses.\n");
    }
    if stacks == 0 {
        print::err("There is no stack: a stack is a folder with a stack.yaml, below that of seam.yaml.\n");
    }
    Ok(match exit_of_all(&findings) {
        exit @ (Exit::Done | Exit::Refused) => exit,
        _ => Exit::Failed,
    })
}

/// Are there contracts, and nothing on record that they could be compared with?
fn is_alone(settings: &Settings, Project { workspace, .. }: &Project) -> bool {
    let has_contracts = workspace.stacks.values().any(|stack| stack.contract.is_some());
    has_contracts && !session::registry_file(settings, workspace).exists()
}

/// What is found where the files and the registry are seen together: contracts that cannot be read, or
/// break somebody, providers that do not promise what is read, lookups that do not find any more what they
/// look for.
fn on_record(
    args: &Check,
    settings: &Settings,
    project: Project,
    in_files: &[Finding],
) -> Result<Vec<Finding>, Failure> {
    let environment = project.named_environment(&args.environment)?;
    let Project { workspace, graph, .. } = &project;
    let (registry, today) = (session::read_registry(settings, workspace)?, today());
    let contracts = Contracts::new(&workspace.root);
    let scene = Scene { workspace, contracts: &contracts, graph, registry: &registry, today: &today };
    let mut findings = seam_compat::check(&scene, environment.as_ref(), in_files).map_err(RunFailure::from)?;
    let searches = graph.links().iter().any(|link| link.pattern == Pattern::Lookup);
    if searches && !seam_model::has_errors(in_files) && session::registry_file(settings, workspace).exists() {
        let session = session::open(settings, project, Access::Read, GRACE)?;
        findings.extend(seam_run::unmet_lookups(&session)?);
    }
    Ok(findings)
}
