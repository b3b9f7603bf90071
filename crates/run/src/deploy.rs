//! Applies or destroys: what is refused before anything runs, the plan that is said yes to, then step
//! by step what it says.

use crate::Session;
use crate::act::Acting;
use crate::consent::{self, Consent};
use crate::contracts;
use crate::cover::Yes;
use crate::drive::{Failures, drive};
use crate::failure::RunFailure;
use crate::lifecycle::{Lifecycle, Start};
use crate::plan::Planning;
use crate::preflight;
use crate::rename::{say_former, say_left_behind};
use crate::secrets::Secrets;
use crate::steps::{durations, run_by_us, scheduler, steps};
use crate::uses::{broken, ignore, say_ignored, still_used};
use seam_model::{Address, Name, RunEvent, RunResult, RunStatus, StepState, Verb, codes};
use seam_tools::terraform::Goal;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

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
    /// Why uses of what is destroyed count for nothing; `None`: they do count.
    pub ignore_uses: Option<String>,
    /// The folder of the run that is resumed: its living tools are adopted.
    pub resumes: Option<PathBuf>,
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
) -> Result<Deployed, RunFailure> {
    consent::possible(session, request)?;
    let instances = run_by_us(session, &request.instances);
    let known = preflight::recorded(session, &instances)?;
    let secrets = Secrets::fetch(session, &instances);
    preflight::check(session, &instances, request.goal, &known, &secrets)?;
    if request.goal == Goal::Destroy && request.ignore_uses.is_none() {
        still_used(session, &instances)?;
    }
    if request.goal == Goal::Apply {
        contracts::refuse_breaks(session, &instances, report)?;
    }
    let start = Start {
        verb: request.verb(),
        environment: &request.environment,
        selection: &request.selection,
        resumes: request.resumes.is_some(),
    };
    let run = Lifecycle::begin(session, &start, &instances, &known, report)?;
    let mut status = RunStatus::default();
    let ended = go(session, request, &run, (&instances, &secrets), &mut |event| {
        status.fold(&event);
        report(event);
    });
    let result = match &ended {
        Ok(failures) => result_of(session, failures),
        Err(_) if session.stop.requests() > 0 => RunResult::Interrupted,
        Err(_) => RunResult::Refused,
    };
    if request.goal == Goal::Apply {
        warn_of_broken_uses(session, &status, report);
    }
    if ended.is_ok() {
        report(RunEvent::Ended { result });
    }
    let number = run.number;
    run.end(result, &status, report);
    ended.map(|failures| Deployed { run: number, result, failures })
}

/// Says who used an output that this run published no more.
fn warn_of_broken_uses(session: &Session, status: &RunStatus, report: &mut dyn FnMut(RunEvent)) {
    let published = status.steps.iter().filter(|(_, step)| step.state == StepState::Published);
    let published: Vec<Address> = published.map(|(address, _)| address.clone()).collect();
    if published.is_empty() {
        return;
    }
    match broken(session, published) {
        Ok(uses) => uses.into_iter().for_each(|(address, text)| {
            report(RunEvent::Diagnostic { address: Some(address), error: false, text });
        }),
        Err(error) => report(RunEvent::Diagnostic { address: None, error: true, text: error.to_string() }),
    }
}

/// Reads what is on record now that nobody else can change it, gets the yes, and acts.
fn go<'s>(
    session: &'s Session,
    request: &'s Deployment,
    run: &'s Lifecycle,
    (instances, secrets): (&BTreeSet<Address>, &'s Secrets),
    tell: &mut dyn FnMut(RunEvent),
) -> Result<Failures, RunFailure> {
    match &request.ignore_uses {
        None if request.goal == Goal::Destroy => still_used(session, instances)?,
        None => {}
        Some(_) => say_ignored(session, instances, tell)?,
    }
    let known = run.recorded()?;
    if request.goal == Goal::Apply {
        say_former(session, instances, &known, tell);
        say_left_behind(session, &request.environment, tell)?;
        session.states.read_by_tools(session, &run.folder, instances, &known.recorded)?;
    }
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
    let (mut known, mut ready) = (known, BTreeMap::new());
    let mut yes = match &request.consent {
        Consent::Kept(yes, _) => yes.clone(),
        _ => Yes::Everything,
    };
    if request.consent.wants_plan() {
        tell(started(Verb::Plan));
        let mut planning = Planning::new(session, &run.folder, request.goal, known, secrets, &steps);
        (planning.force, planning.lock, planning.adopt) = (request.force, true, request.resumes.is_some());
        planning.attributes = matches!(request.consent, Consent::Ask(..));
        let failures = planning.drive(scheduler(session, &steps, request.jobs)?, tell);
        if !failures.is_empty() || session.stop.requests() > 0 {
            return Ok(failures);
        }
        let plan = planning.document(&steps, &request.environment)?;
        tell(RunEvent::Planned(plan.clone()));
        consent::ask(request, &plan)?;
        yes = Yes::to(planning.planned.values().map(|planned| (&planned.step, planned.own.as_str())));
        (known, ready) = (planning.known, planning.planned);
    }
    // Somebody may have come to use what goes while the yes was waited for.
    contracts::refuse_new_breaks(session, instances, request.goal)?;
    run.keep(&yes)?;
    if let Some(resumed) = &request.resumes {
        // It is this run's yes now: nobody goes on with that one again.
        Yes::forget(resumed);
    }
    for address in run.rename(&known, tell)? {
        session.states.forget(&address);
        // It is planned again, where its state is now.
        ready.remove(&address);
    }
    if let Some(why) = &request.ignore_uses {
        ignore(session, run.number, instances, why)?;
    }
    // Every step waits, again where it was planned.
    tell(started(request.verb()));
    let known = preflight::recorded(session, instances)?;
    let mut acting = Acting { session, request, run, known, secrets, ready, yes: &yes };
    Ok(drive(session, scheduler(session, &steps, request.jobs)?, &mut acting, tell))
}

fn result_of(session: &Session, failures: &Failures) -> RunResult {
    let refused = |failure: &RunFailure| failure.findings.iter().all(|finding| finding.code == codes::NOT_COVERED);
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
