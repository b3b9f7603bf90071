//! `seam plan`: shows what an apply or a destroy would do. It records nothing, so it works with
//! read access.

use crate::Session;
use crate::contracts;
use crate::dead_run::wait_for_orphans;
use crate::drive::Failures;
use crate::failure::RunFailure;
use crate::leftover::none_running;
use crate::plan::Planning;
use crate::preflight;
use crate::rename::{say_former, say_left_behind, under_recorded_addresses};
use crate::run_folder::{self, RunFolder};
use crate::secrets::Secrets;
use crate::steps::{run_by_us, scheduler, steps};
use crate::uses::{say_ignored, still_used};
use seam_model::{Address, Finding, Name, Plan, RunEvent, Verb, codes};
use seam_tools::terraform::Goal;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be planned.
pub struct PlanRequest {
    /// To apply, or to destroy.
    pub goal: Goal,
    /// Where.
    pub environment: Name,
    /// The selected instances.
    pub instances: BTreeSet<Address>,
    /// Will somebody look at what of each resource changes?
    pub attributes: bool,
    /// Plan although nothing changed.
    pub force: bool,
    /// Do uses of what is to be destroyed count for nothing?
    pub ignore_uses: bool,
    /// How many steps at once.
    pub jobs: usize,
}

/// Plans, and says which steps could not be planned.
pub fn plan(
    session: &Session,
    request: &PlanRequest,
    report: &mut dyn FnMut(RunEvent),
) -> Result<(Plan, Failures), RunFailure> {
    let instances = run_by_us(session, &request.instances);
    let known = preflight::recorded(session, &instances)?;
    let secrets = Secrets::fetch(session, &instances);
    preflight::check(session, &instances, request.goal, &known, &secrets)?;
    match request.ignore_uses {
        true => say_ignored(session, &instances, report)?,
        false if request.goal == Goal::Destroy => still_used(session, &instances)?,
        false => {}
    }
    let states = under_recorded_addresses(&instances, &known);
    let states: Vec<_> = states.iter().collect();
    none_running(session, &states)?;
    wait_for_orphans(session, &states, report)?;
    if request.goal == Goal::Apply {
        say_former(session, &instances, &known, report);
        say_left_behind(session, &request.environment, report)?;
    }
    let refused = match request.goal {
        Goal::Apply => contracts::breaks_of(session, &instances, report)?,
        Goal::Destroy => Vec::new(),
    };
    let steps = steps(session, &instances, request.goal, &known);
    let folder = RunFolder::make(&session.places.plans, &folder_name(session), &session.caller.command)?;
    report(RunEvent::Started {
        run: None,
        verb: Verb::Plan,
        environment: request.environment.clone(),
        steps: steps.clone(),
        took: BTreeMap::new(),
        jobs: request.jobs,
    });
    let read = match request.goal {
        Goal::Apply => session.states.read_by_tools(session, &folder, &instances, &known.recorded),
        Goal::Destroy => Ok(()),
    };
    let mut planning = Planning::new(session, &folder, request.goal, known, &secrets, &steps);
    (planning.attributes, planning.force) = (request.attributes, request.force);
    let planned = read.and_then(|()| scheduler(session, &steps, request.jobs)).and_then(|scheduler| {
        let failures = planning.drive(scheduler, report);
        Ok((Plan { refused, ..planning.document(&steps, &request.environment)? }, failures))
    });
    drop(planning);
    let tidied = run_folder::end_plan(&folder.path).and_then(|()| run_folder::prune_plans(&session.places.plans));
    tidied.map_err(|error| {
        let message = format!("cannot tidy {}: {error}", session.places.plans.display());
        RunFailure::from(vec![Finding::error(codes::UNREADABLE, message)])
    })?;
    planned
}

/// Sorts by time; the process tells two of one instant apart.
fn folder_name(session: &Session) -> String {
    format!("plan-{:020}-{}", (session.caller.clock)(), session.caller.pid)
}
