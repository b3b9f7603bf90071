//! Applies or destroys: what is refused before anything runs, the plan that is said yes to, then step
//! by step what it says.

use crate::Session;
use crate::act::Acting;
use crate::consent::{self, Consent};
use crate::drive::{Failures, StepFailure, drive};
use crate::lifecycle::Lifecycle;
use crate::plan::Planning;
use crate::preflight;
use crate::secrets::Secrets;
use crate::steps::{durations, run_by_us, scheduler, steps};
use crate::uses::still_used;
use seam_model::{Address, Name, Plan, PlannedStep, RunEvent, RunResult, RunStatus, Verb, codes};
use seam_tools::terraform::Goal;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done.
pub struct Deployment<'a> {
    /// Apply or destroy.
    pub goal: Goal,
    /// Where.
    pub environment: Name,
    /// The selection as it was written.
    pub selection: String,
    /// What it came to.
    pub instances: BTreeSet<Address>,
    /// Who says yes.
    pub consent: Consent<'a>,
    /// How many steps at once.
    pub jobs: usize,
    /// Run although nothing changed.
    pub force: bool,
}

impl Deployment<'_> {
    /// What the run does.
    pub fn verb(&self) -> Verb {
        match self.goal {
            Goal::Apply => Verb::Apply,
            Goal::Destroy => Verb::Destroy,
        }
    }
}

/// How it ended.
#[derive(Debug)]
pub struct Deployed {
    /// The run's number.
    pub run: u64,
    /// How it ended.
    pub result: RunResult,
    /// Steps that failed or were refused, and why.
    pub failures: Failures,
}

/// Does it. An error means that nothing was applied or destroyed.
pub fn deploy(
    session: &Session,
    request: &Deployment,
    report: &mut dyn FnMut(RunEvent),
) -> Result<Deployed, StepFailure> {
    consent::possible(session, request)?;
    let instances = run_by_us(session, &request.instances);
    let known = preflight::recorded(session, &instances)?;
    let secrets = Secrets::fetch(session, &instances);
    preflight::check(session, &instances, request.goal, &known, &secrets)?;
    if request.goal == Goal::Destroy {
        still_used(session, &instances)?;
    }
    let run = Lifecycle::begin(session, request, &instances, &known, report)?;
    let mut status = RunStatus::default();
    let mut tell = |event: RunEvent| {
        status.fold(&event);
        report(event);
    };
    let ended = go(session, request, &run, (&instances, &secrets), &mut tell);
    let result = ended.as_ref().map_or(RunResult::Refused, |failures| result_of(session, failures));
    if ended.is_ok() {
        tell(RunEvent::Ended { result });
    }
    run.end(result, &status, report);
    ended.map(|failures| Deployed { run: run.number, result, failures })
}

/// Reads what is on record now that nobody else can change it, gets the yes, and acts.
fn go<'s>(
    session: &'s Session,
    request: &'s Deployment,
    run: &'s Lifecycle,
    (instances, secrets): (&BTreeSet<Address>, &'s Secrets),
    tell: &mut dyn FnMut(RunEvent),
) -> Result<Failures, StepFailure> {
    if request.goal == Goal::Destroy {
        still_used(session, instances)?;
    }
    let known = preflight::recorded(session, instances)?;
    let steps = steps(session, instances, request.goal, &known);
    let took = durations(session, &steps)?;
    let started = |verb| RunEvent::Started {
        run: Some(run.number),
        verb,
        environment: request.environment.clone(),
        steps: steps.clone(),
        took: took.clone(),
        jobs: request.jobs,
    };
    let (mut shown, mut ready) = (BTreeMap::new(), BTreeMap::new());
    if request.consent.wants_plan() {
        tell(started(Verb::Plan));
        let mut planning = Planning::new(session, &run.folder, request.goal, known, secrets, &steps);
        (planning.force, planning.lock) = (request.force, true);
        let failures = planning.drive(scheduler(session, &steps, request.jobs)?, tell);
        if !failures.is_empty() || session.stop.requests() > 0 {
            return Ok(failures);
        }
        let plan = planning.document(&steps, &request.environment)?;
        tell(RunEvent::Planned(plan.clone()));
        consent::ask(request, &plan)?;
        (shown, ready) = (by_address(plan), planning.planned);
    }
    // Every step waits, again where it was planned.
    tell(started(request.verb()));
    let known = preflight::recorded(session, instances)?;
    let mut acting = Acting { session, request, run, known, secrets, ready, shown };
    Ok(drive(session, scheduler(session, &steps, request.jobs)?, &mut acting, tell))
}

fn by_address(plan: Plan) -> BTreeMap<Address, PlannedStep> {
    plan.steps.into_iter().map(|step| (step.address.clone(), step)).collect()
}

fn result_of(session: &Session, failures: &Failures) -> RunResult {
    let refused = |failure: &StepFailure| failure.findings.iter().all(|finding| finding.code == codes::NOT_COVERED);
    if failures.iter().any(|(_, failure)| failure.is_lost()) {
        RunResult::Lost
    } else if session.stop.requests() > 0 {
        RunResult::Interrupted
    } else if failures.is_empty() {
        RunResult::Done
    } else if failures.iter().all(|(_, failure)| refused(failure)) {
        RunResult::Refused
    } else {
        RunResult::Failed
    }
}
