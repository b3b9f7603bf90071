//! `seam check`: every mistake in the workspace's files, at once. Runs nothing.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::settings::Settings;
use crate::{print, project, render, session};

const EXAMPLES: &str = "\
Examples:
  seam check                    all findings, each with its line
  seam check --json             {\"format\": …, \"findings\": [{\"code\", \"severity\", \"file\", \"line\", …}]}";

/// Reads every file of the workspace and says everything that is wrong with them.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Check, settings: &Settings) -> Result<Exit, Failure> {
    let (project, mut findings) = project::inspect(settings)?;
    if let Some(Project { workspace, graph, .. }) = &project {
        let states = session::places(settings, workspace).states();
        findings.extend(seam_run::shared_states(workspace, graph, &states));
        findings.extend(seam_run::unprotected_states(workspace, graph, &states));
    }
    if args.json {
        print::line(render::json::check(&findings))?;
    } else {
        let stacks = project.map_or(0, |project| project.workspace.stacks.len());
        print::err(render::findings(&findings, settings.err));
        print::err(format_args!("{}\n", render::check_summary(&findings, stacks)));
        if stacks == 0 {
            print::err("There is no stack: a stack is a folder with a stack.yaml, below that of seam.yaml.\n");
        }
    }
    Ok(if seam_model::has_errors(&findings) { Exit::Failed } else { Exit::Done })
}
