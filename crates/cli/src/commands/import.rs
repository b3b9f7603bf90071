//! `seam import`: takes existing states in, and moves them to where they belong.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::deployment::ask;
use crate::exit::{Exit, exit_of};
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{jobs, print, project, render, session};
use seam_model::{Finding, RunEvent, RunResult, Tool, codes};
use seam_run::{Import as Request, ImportEnd, Imported, Stop};
use std::num::NonZeroUsize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  seam import -e dev                     looks at every state, shows what it would do, and asks
  seam import -e dev network --yes       for scripts
  seam import -e dev db --from db.tfstate    a state that was pulled, or a backup
  seam import -e prod --tool opentofu    the stacks say `tool: opentofu` now, and were Terraform's
  seam import -e prod --move-home        the repository has another origin or folder now";

/// Takes existing states in: their outputs are published, and nothing is applied. A state is looked for
/// where the stack's backend is, in .seam/state, and beside the code; one that lies elsewhere than it
/// belongs is moved, and the old one stays as a backup.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags, each of its own")]
pub struct Import {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Do it without asking; never suffices to move a state where the environment says `approve: true`
    #[arg(long)]
    yes: bool,
    /// The tool that the stacks say now, where another one is on record
    #[arg(long, value_parser = ["terraform", "opentofu"])]
    tool: Option<String>,
    /// Make this repository and folder the home of instances that were run from another
    #[arg(long)]
    move_home: bool,
    /// The file that the state of the one selected instance is in; it stays
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Take the state of this lineage, although another one is on record
    #[arg(long)]
    lineage: Option<String>,
    /// Take a state although a later one of it is on record: where the later one is lost
    #[arg(long)]
    older: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// How many instances at once; by cores and memory when left out
    #[arg(long, env = "SEAM_JOBS", value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

/// Runs it.
pub fn run(args: &Import, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Whole)?;
    print::err(render::findings(&project.warnings, settings.err));
    let environment = project.environment(&args.environment)?;
    let instances = project.select(&args.selection, Some(&environment))?;
    let stop = Stop::default();
    let session = session::open(settings, project, Access::Write, GRACE)?.stopped_by(&stop);
    let signals = crate::signals::listen(&stop)?;
    let asks = |proposals: &[Imported]| {
        print::err(render::import::proposals(proposals, settings.err));
        if args.json || !settings.terminal {
            let finding = Finding::error(codes::NEEDS_YES, "nobody said yes to taking states in");
            return Err(Box::new(finding.help("pass `--yes`: nothing is applied, and old copies of states stay")));
        }
        match ask("Take this in?", &stop) {
            true => Ok(()),
            false => Err(Box::new(Finding::error(codes::DECLINED, "nothing was taken in: the answer was no"))),
        }
    };
    let request = Request {
        environment,
        selection: args.selection.selection.join(" "),
        instances,
        tool: args.tool.as_deref().map(|tool| if tool == "opentofu" { Tool::OpenTofu } else { Tool::Terraform }),
        move_home: args.move_home,
        from: args.from.as_ref().map(|file| settings.folder.join(file)),
        lineage: args.lineage.clone(),
        older: args.older,
        ask: if args.yes { None } else { Some(&asks) },
        jobs: args.jobs.map_or_else(jobs::default, NonZeroUsize::get),
    };
    let result = seam_run::import(&session, &request, &mut |event| {
        if let RunEvent::Diagnostic { address, error, text } = event {
            let stack = address.map_or_else(String::new, |address| format!("{}: ", address.stack));
            print::err(format_args!("{}{stack}{text}\n", if error { "error: " } else { "warning: " }));
        }
    });
    drop(signals);
    let end = result?;
    if args.json {
        print::line(render::json::import(&end, &request.environment))?;
    } else {
        print::out(render::import::text(&end, &request.environment, settings.out))?;
    }
    print::err(render::failures(&end.failures, settings.err));
    session.say_created_key();
    Ok(exit(&end))
}

fn exit(end: &ImportEnd) -> Exit {
    let first = end.failures.iter().flat_map(|(_, failure)| &failure.findings).next();
    match (end.result, first) {
        (RunResult::Interrupted, _) => Exit::Interrupted,
        (_, Some(finding)) => exit_of(finding.code),
        (_, None) => Exit::Done,
    }
}
