//! Applies or destroys: number and lease first, then the plan that is said yes to, then step by
//! step what it says, and the end of the run on record.

use crate::Session;
use crate::act_step::{ActTask, act_step};
use crate::consent::{self, Consent};
use crate::drive::{Conductor, Failures, Job, StepFailure, drive};
use crate::inputs::{Inputs, Known, values};
use crate::leftover::{
    Left, bury, clear_run, dead_runs, held_by, none_held, none_running, tidy, unrecorded_ends, wait_for_orphans,
};
use crate::plan::{Planning, Steps, step_inputs};
use crate::plan_step::Planned;
use crate::preflight;
use crate::run_folder::{RunFolder, highest_run};
use crate::secrets::Secrets;
use crate::uses::still_used;
use seam_graph::Scheduler;
use seam_model::{
    Address, Finding, Name, Plan, PlannedStep, RunEvent, RunResult, RunStatus, StepAction, StepState, Tool, Verb, codes,
};
use seam_registry::{Command, InstanceState, Refusal, RegistryError, Reply, RunStart};
use seam_tools::terraform::Goal;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

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
    let begun = begin(session, request, &instances, &known, report)?;
    let mut status = RunStatus::default();
    let leased = leased_steps(session, request.goal, &instances);
    let (steps, took) = match leased {
        Ok(leased) => leased,
        Err(failure) => {
            end(session, &begun, RunResult::Refused, &status, report);
            return Err(failure);
        }
    };
    let mut tell = |event: RunEvent| {
        status.fold(&event);
        report(event);
    };
    let verb = if request.consent.wants_plan() { Verb::Plan } else { verb(request.goal) };
    let started = |verb| RunEvent::Started {
        run: Some(begun.number),
        verb,
        environment: request.environment.clone(),
        steps: steps.clone(),
        took: took.clone(),
        jobs: request.jobs,
    };
    tell(started(verb));
    let ended = go(session, request, (begun.number, &begun.folder), (&steps, &secrets), &started, &mut tell);
    let (result, failures) = match ended {
        Ok(failures) => (result_of(session, &failures), failures),
        Err(failure) => {
            end(session, &begun, RunResult::Refused, &status, report);
            return Err(failure);
        }
    };
    tell(RunEvent::Ended { result });
    end(session, &begun, result, &status, report);
    Ok(Deployed { run: begun.number, result, failures })
}

/// The steps, and what they took before, by what is on record now that nobody else can change it.
fn leased_steps(
    session: &Session,
    goal: Goal,
    instances: &BTreeSet<Address>,
) -> Result<(Steps, BTreeMap<Address, Duration>), StepFailure> {
    if goal == Goal::Destroy {
        still_used(session, instances)?;
    }
    let steps = steps(session, instances, goal, &preflight::recorded(session, instances)?);
    let took = durations(session, &steps)?;
    Ok((steps, took))
}

/// Stacks that others run have no steps.
pub fn run_by_us(session: &Session, instances: &BTreeSet<Address>) -> BTreeSet<Address> {
    instances.iter().filter(|address| session.instance(address).0.tool != Tool::External).cloned().collect()
}

/// The steps in the order of the goal. Nothing is to be destroyed of an instance that was never
/// applied.
pub fn steps(session: &Session, instances: &BTreeSet<Address>, goal: Goal, known: &Known) -> Steps {
    match goal {
        Goal::Apply => session.graph.steps(instances),
        Goal::Destroy => {
            let deployed = |address: &&Address| {
                let state = &known.recorded[*address];
                state.success.is_some() || state.open_step.is_some() || state.publication.is_some()
            };
            session.graph.steps_of_destroy(&instances.iter().filter(deployed).cloned().collect())
        }
    }
}

fn verb(goal: Goal) -> Verb {
    match goal {
        Goal::Apply => Verb::Apply,
        Goal::Destroy => Verb::Destroy,
    }
}

/// A run that has its number, its folder and its leases.
struct Begun {
    number: u64,
    folder: RunFolder,
    instances: Vec<Address>,
}

/// Record first, then folder and lock, then the leases.
fn begin(
    session: &Session,
    request: &Deployment,
    instances: &BTreeSet<Address>,
    known: &Known,
    report: &mut dyn FnMut(RunEvent),
) -> Result<Begun, StepFailure> {
    let states: Vec<&InstanceState> = instances.iter().map(|address| &known.recorded[address]).collect();
    none_held(session, &states)?;
    none_running(session, &states)?;
    wait_for_orphans(session, instances, report)?;
    let dead = dead_runs(session, instances)?;
    let ends = unrecorded_ends(session, &states)?;
    let start = RunStart {
        verb: verb(request.goal),
        environment: request.environment.clone(),
        actor: session.caller.actor.clone(),
        host: session.caller.host.clone(),
        pid: session.caller.pid,
        runs_folder: session.runs_folder().display().to_string(),
        selection: request.selection.clone(),
        instances: instances.iter().cloned().collect(),
        at_least: highest_run(&session.runs_folder()),
    };
    let mut replies = session.registry.submit(ends.into_iter().chain([Command::StartRun(start)]).collect())?;
    let number = match replies.pop() {
        Some(Ok(Reply::Run(number))) => number,
        Some(Err(refusal)) => return Err(refusal.into()),
        _ => return Err(vec![Finding::error(codes::REGISTRY_IO, "the registry gave the run no number")].into()),
    };
    let folder = RunFolder::make(&session.runs_folder(), &number.to_string(), &session.caller.command)?;
    let begun = Begun { number, folder, instances: instances.iter().cloned().collect() };
    let evidence = || "run lock free, step locks free".to_owned();
    let dead_runs = dead.iter().map(|dead| seam_registry::DeadRun { run: dead.run, evidence: evidence() }).collect();
    let lease = Command::TakeLeases { run: number, instances: instances.iter().cloned().collect(), dead_runs };
    for reply in session.registry.submit(vec![lease])? {
        if let Err(refusal) = reply {
            end(session, &begun, RunResult::Refused, &RunStatus::default(), report);
            return Err(match refusal {
                Refusal::Held { address, lease } => vec![held_by(session, &address, &lease)].into(),
                refusal => refusal.into(),
            });
        }
    }
    // Their leases are ours: what they left is cleared, and their locks keep nobody out any more.
    bury(session, &dead)?;
    Ok(begun)
}

fn go<'s>(
    session: &'s Session,
    request: &'s Deployment,
    (number, folder): (u64, &'s RunFolder),
    (steps, secrets): (&'s Steps, &'s Secrets),
    started: &dyn Fn(Verb) -> RunEvent,
    tell: &mut dyn FnMut(RunEvent),
) -> Result<Failures, StepFailure> {
    let instances: BTreeSet<Address> = steps.iter().map(|(address, _)| address.clone()).collect();
    let known = preflight::recorded(session, &instances)?;
    let mut shown = None;
    let mut ready = BTreeMap::new();
    if request.consent.wants_plan() {
        let mut planning = Planning::new(session, folder, request.goal, known, secrets, steps);
        (planning.force, planning.lock) = (request.force, true);
        let failures = planning.drive(scheduler(session, steps, request.jobs)?, tell);
        if !failures.is_empty() || session.stop.requests() > 0 {
            return Ok(failures);
        }
        let plan = planning.document(steps, &request.environment)?;
        tell(RunEvent::Planned(plan.clone()));
        consent::ask(request, &plan)?;
        ready = planning.planned;
        shown = Some(plan);
        // Every step waits again.
        tell(started(verb(request.goal)));
    }
    let known = preflight::recorded(session, &instances)?;
    let shown = shown.map(by_address).unwrap_or_default();
    let mut acting = Acting { session, request, number, folder, known, secrets, ready, shown };
    Ok(drive(session, scheduler(session, steps, request.jobs)?, &mut acting, tell))
}

fn by_address(plan: Plan) -> BTreeMap<Address, PlannedStep> {
    plan.steps.into_iter().map(|step| (step.address.clone(), step)).collect()
}

/// A scheduler that prefers the longest remaining path by the durations of earlier runs.
pub fn scheduler(session: &Session, steps: &Steps, jobs: usize) -> Result<Scheduler, StepFailure> {
    let took = durations(session, steps)?;
    let weighted: Vec<_> = steps
        .iter()
        .map(|(address, waits_for)| {
            (address.clone(), waits_for.clone(), took.get(address).map_or(0.0, Duration::as_secs_f64))
        })
        .collect();
    Ok(Scheduler::new(&weighted, jobs))
}

/// How long the last apply of each step took, where one is on record.
fn durations(session: &Session, steps: &Steps) -> Result<BTreeMap<Address, Duration>, RegistryError> {
    let addresses: Vec<Address> = steps.iter().map(|(address, _)| address.clone()).collect();
    let durations = session.registry.durations(addresses.clone())?;
    Ok(addresses.into_iter().zip(durations).filter_map(|(address, took)| Some((address, took?))).collect())
}

/// The conductor of the part that changes the world.
struct Acting<'s> {
    session: &'s Session,
    request: &'s Deployment<'s>,
    number: u64,
    folder: &'s RunFolder,
    known: Known,
    secrets: &'s Secrets,
    ready: BTreeMap<Address, Planned<'s>>,
    shown: BTreeMap<Address, PlannedStep>,
}

impl<'s> Conductor<'s, bool> for Acting<'s> {
    fn begin(&mut self, address: &Address) -> Result<Job<'s, bool>, StepFailure> {
        let prior = self.known.recorded[address].clone();
        let inputs = step_inputs(self.session, address, self.request.goal, &self.known, &prior, self.secrets)?;
        let planned = self.ready.remove(address);
        if let Some(skip) = planned.as_ref().filter(|planned| same_values(&planned.inputs, &inputs)).and_then(skip) {
            return Ok(skip);
        }
        let ready = planned.filter(|planned| same_values(&planned.inputs, &inputs)).and_then(|planned| planned.ready);
        let task = ActTask {
            session: self.session,
            run: self.folder,
            number: self.number,
            address: address.clone(),
            inputs,
            prior,
            goal: self.request.goal,
            force: self.request.force,
            shown: self.shown.get(address).cloned(),
            ask: self.request.consent.asks_for_more(),
            ready,
        };
        Ok(Box::new(move |reporter| act_step(task, reporter)))
    }

    /// Only what changed is read again: a run in which nothing changes asks little.
    fn finish(&mut self, address: &Address, changed: bool) -> Result<(), StepFailure> {
        if changed {
            let states = self.session.registry.instances(vec![address.clone()])?;
            self.known.recorded.extend(states.into_iter().map(|state| (address.clone(), state)));
        }
        Ok(())
    }
}

/// A step that was shown as skipped, and whose inputs are what they were, is skipped.
fn skip<'s>(planned: &Planned) -> Option<Job<'s, bool>> {
    let reason = planned.step.reason.clone();
    (planned.step.action == StepAction::Skip).then(|| {
        let job: Job<'s, bool> =
            Box::new(move |_| Ok(crate::drive::StepEnd { state: StepState::Skipped, reason, value: false }));
        job
    })
}

fn same_values(before: &Inputs, now: &Inputs) -> bool {
    values(before) == values(now)
}

fn result_of(session: &Session, failures: &Failures) -> RunResult {
    let refused = |failure: &StepFailure| failure.findings.iter().all(|finding| finding.code == codes::NOT_COVERED);
    if session.stop.requests() > 0 {
        RunResult::Interrupted
    } else if failures.is_empty() {
        RunResult::Done
    } else if failures.iter().all(|(_, failure)| refused(failure)) {
        RunResult::Refused
    } else {
        RunResult::Failed
    }
}

/// Nothing secret left in any folder of the run, then its end on record. While a tool of it still
/// runs neither is done: the next command that meets the run looks after it. What goes wrong here is
/// said, and changes nothing about how the run ended.
fn end(session: &Session, begun: &Begun, result: RunResult, status: &RunStatus, report: &mut dyn FnMut(RunEvent)) {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for step in status.steps.values() {
        *counts.entry(step.state.as_str().to_owned()).or_default() += 1;
    }
    let end = || -> Result<(), StepFailure> {
        let states = session.registry.instances(begun.instances.clone())?;
        if clear_run(session, begun.number, &begun.folder.path, &states)? < Left::Process {
            session.registry.submit(vec![Command::EndRun { run: begun.number, result, counts }])?;
        }
        tidy(session)
    };
    for finding in end().err().into_iter().flat_map(|failure| failure.findings) {
        report(RunEvent::Diagnostic { address: None, error: true, text: finding.message });
    }
}
