//! `seam plan`: what an apply or a destroy would do.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::{Exit, exit_of_all};
use crate::failure::Failure;
use crate::render::plan::{Hints, Next};
use crate::render::progress::{Progress, Style};
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{jobs, print, project, render, session};
use seam_model::PlannedStep;
use seam_run::{Goal, PlanRequest};
use std::num::NonZeroUsize;

const EXAMPLES: &str = "\
Examples:
  seam plan -e dev              one line a stack
  seam plan -e dev --full       every input, output and resource, with what of it changes
  seam plan -e dev api          the same of one stack
  seam plan -e dev 'api...,!network'
  seam plan -e prod --json --detailed-exitcode";

/// Shows what an apply would do. Inputs that nobody knows yet are real unknowns, never mocks.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Plan {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Show what a destroy would do
    #[arg(long)]
    destroy: bool,
    /// With --destroy: as if nobody outside of the selection used what would be destroyed
    #[arg(long, requires = "destroy")]
    ignore_uses: bool,
    /// Show every change with the attributes that change; a plan of one stack does so anyway
    #[arg(long)]
    full: bool,
    /// Plan steps although nothing that they read changed
    #[arg(long)]
    force: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// Exit with 2 where there is something to apply
    #[arg(long)]
    detailed_exitcode: bool,
    /// How many steps at once; by cores and memory when left out
    #[arg(long, env = "SEAM_JOBS", value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

/// Runs it.
pub fn run(args: &Plan, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Whole)?;
    let environment = project.environment(&args.environment)?;
    let instances = project.select(&args.selection, Some(&environment))?;
    let whole = args.full || !args.selection.selection.is_empty() && instances.len() == 1;
    let approve = project.workspace.environments[&environment].approve;
    let next = if approve { Next::Approve } else { Next::Apply };
    let session = session::open(settings, project, Access::Read, GRACE)?;
    let signals = crate::signals::listen(&session.stop)?;
    let request = PlanRequest {
        goal: if args.destroy { Goal::Destroy } else { Goal::Apply },
        environment,
        instances,
        attributes: whole,
        force: args.force,
        ignore_uses: args.ignore_uses,
        jobs: args.jobs.map_or_else(jobs::default, NonZeroUsize::get),
    };
    let progress = Progress::new(settings, Style::of(settings, false), &session.stop);
    let result = seam_run::plan(&session, &request, &mut |event| progress.event(&event));
    progress.finish();
    drop(signals);
    let (plan, failures) = result?;
    if args.json {
        let mut document = render::json::plan(&plan);
        document["failures"] = render::json::failures(&failures);
        print::line(document)?;
    } else {
        let selection = args.selection.selection.clone();
        let failed = failures.iter().map(|(address, _)| address.stack.clone()).collect();
        let hints = Hints { next, whole, selection, force: args.force, ignore_uses: args.ignore_uses, failed };
        print::out(render::plan::text(&plan, settings.out, &hints))?;
    }
    print::err(render::failures(&failures, settings.err));
    print::err(render::findings(&plan.refused, settings.err));
    let pending = plan.steps.iter().any(PlannedStep::is_pending);
    Ok(match exit_of_all(&plan.refused) {
        _ if session.stop.requests() > 0 => Exit::Interrupted,
        Exit::Refused => Exit::Refused,
        _ if !failures.is_empty() => Exit::Failed,
        Exit::Done if args.detailed_exitcode && pending => Exit::ChangesPending,
        exit => exit,
    })
}
