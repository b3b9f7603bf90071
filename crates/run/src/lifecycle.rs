//! The life of a run on record: its number, its folder and lock, its leases; and at the end nothing
//! secret left behind, and how it ended.

use crate::Session;
use crate::cover::Yes;
use crate::dead_run::{DeadRun, Left, bury, clear_run, dead_runs, tidy, wait_for_orphans};
use crate::driver::{held_by, none_held};
use crate::failure::RunFailure;
use crate::inputs::Known;
use crate::leftover::{none_running, unrecorded_ends};
use crate::preflight;
use crate::rename;
use crate::run_folder::{RunFolder, highest_run};
use seam_model::{Address, Finding, Name, RunEvent, RunResult, RunStatus, Verb, codes};
use seam_process::Identity;
use seam_registry::{Command, InstanceState, Refusal, Reply, RunStart};
use std::collections::{BTreeMap, BTreeSet};

/// What a run is on record as.
pub struct Start<'a> {
    /// What it does.
    pub verb: Verb,
    /// Where.
    pub environment: &'a Name,
    /// The selection as it was written.
    pub selection: &'a str,
    /// Does it go on with another one, whose tools may still be at work?
    pub resumes: bool,
}

/// A run that has its number, its folder and its leases.
pub struct Lifecycle<'s> {
    session: &'s Session,
    /// Its number.
    pub number: u64,
    /// Its folder, whose lock it holds.
    pub folder: RunFolder,
    instances: BTreeSet<Address>,
    resumes: bool,
    /// Dead runs whose instances it took over, and whose tools are at work still.
    dead: Vec<DeadRun>,
}

impl<'s> Lifecycle<'s> {
    /// Record first, then folder and lock, then the leases, of former addresses too. Refused while anybody
    /// is at one of the instances; what dead runs left there is looked after.
    pub fn begin(
        session: &'s Session,
        start: &Start,
        instances: &BTreeSet<Address>,
        known: &Known,
        report: &mut dyn FnMut(RunEvent),
    ) -> Result<Self, RunFailure> {
        let states = rename::under_recorded_addresses(instances, known);
        let states: Vec<&InstanceState> = states.iter().collect();
        none_held(session, &states)?;
        if !start.resumes {
            none_running(session, &states)?;
        }
        wait_for_orphans(session, &states, report)?;
        let held: BTreeSet<Address> =
            instances.iter().chain(states.iter().map(|state| &state.address)).cloned().collect();
        let dead = dead_runs(session, &held, &states)?;
        let ends = unrecorded_ends(session, &states)?;
        let number = record_start(session, start, instances, ends)?;
        let folder = RunFolder::make(&session.places.runs(), &number.to_string(), &session.caller.command)?;
        let mut run = Self { session, number, folder, instances: instances.clone(), resumes: start.resumes, dead };
        if let Err(failure) = run.lease(held) {
            run.end(RunResult::Refused, &RunStatus::default(), report);
            return Err(failure);
        }
        // Their leases are ours: what they left is cleared, and the lock of one whose tools still work
        // is held until they ended.
        run.dead = bury(session, run.dead)?;
        Ok(run)
    }

    /// What is on record now that nobody else can change it.
    pub fn recorded(&self) -> Result<Known, RunFailure> {
        let known = preflight::recorded(self.session, &self.instances)?;
        let refused = rename::refused(self.session, Some(self.number), &self.instances, &known);
        if refused.is_empty() { Ok(known) } else { Err(refused.into()) }
    }

    /// Records the renames that are due, once somebody said yes, and moves local states to where they
    /// belong. The instances that are somewhere else now: a plan of one that was made before is stale.
    pub fn rename(&self, known: &Known, report: &mut dyn FnMut(RunEvent)) -> Result<BTreeSet<Address>, RunFailure> {
        rename::carry_out(self.session, self.number, &self.instances, known, report)
    }

    /// Keeps what was said yes to, for whoever resumes the run.
    pub fn keep(&self, yes: &Yes) -> Result<(), RunFailure> {
        let folder = &self.folder.path;
        yes.keep(folder).map_err(|error| {
            let message = format!("cannot write into {}: {error}", folder.display());
            vec![Finding::error(codes::UNREADABLE, message)].into()
        })
    }

    fn lease(&self, instances: BTreeSet<Address>) -> Result<(), RunFailure> {
        let dead = self.dead.iter();
        let dead_runs = dead.map(|dead| seam_registry::DeadRun { run: dead.run, evidence: dead.evidence.clone() });
        let dead_runs = dead_runs.collect();
        let lease = Command::TakeLeases { run: self.number, instances: instances.into_iter().collect(), dead_runs };
        for reply in self.session.registry.submit(vec![lease])? {
            match reply {
                Err(Refusal::Held { address, lease }) => {
                    return Err(vec![held_by(self.session, &address, &lease)].into());
                }
                reply => reply.map(drop)?,
            }
        }
        Ok(())
    }

    /// Nothing secret left in any folder of the run, then its end on record. While a tool of it still
    /// runs neither is done: the next command that meets the run looks after it. What goes wrong here
    /// is said, and changes nothing about how the run ended.
    pub fn end(self, result: RunResult, status: &RunStatus, report: &mut dyn FnMut(RunEvent)) {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for step in status.steps.values() {
            *counts.entry(step.state.as_str().to_owned()).or_default() += 1;
        }
        let (session, run) = (self.session, self.number);
        let end = || -> Result<(), RunFailure> {
            let states = session.registry.instances(self.instances.into_iter().collect())?;
            if clear_run(session, run, &self.folder.path, &states)? < Left::Process {
                session.registry.submit(vec![Command::EndRun { run, result, counts }])?;
            }
            bury(session, self.dead)?;
            // What the resumed run left is open where somebody has to look after it first.
            let left = |state: &InstanceState| state.open_step.as_ref().is_some_and(|step| step.run != run);
            let is_left = self.resumes && states.iter().any(left);
            if !is_left && !matches!(result, RunResult::Interrupted | RunResult::Lost) {
                // Nobody resumes it.
                Yes::forget(&self.folder.path);
            }
            tidy(session)
        };
        for finding in end().err().into_iter().flat_map(|failure| failure.findings) {
            report(RunEvent::Diagnostic { address: None, error: true, text: finding.message });
        }
    }
}

/// Records the run, and before it how steps ended that nobody recorded the end of. Its number.
fn record_start(
    session: &Session,
    start: &Start,
    instances: &BTreeSet<Address>,
    ends: Vec<Command>,
) -> Result<u64, RunFailure> {
    let start = RunStart {
        verb: start.verb,
        environment: start.environment.clone(),
        actor: session.caller.actor.clone(),
        host: session.caller.host.clone(),
        pid: session.caller.pid,
        process: Identity::of(session.caller.pid).to_string(),
        runs_folder: session.places.runs().display().to_string(),
        selection: start.selection.to_owned(),
        instances: instances.iter().cloned().collect(),
        at_least: highest_run(&session.places.runs()),
    };
    let mut replies = session.registry.submit(ends.into_iter().chain([Command::StartRun(start)]).collect())?;
    match replies.pop() {
        Some(Ok(Reply::Run(number))) => Ok(number),
        Some(Err(refusal)) => Err(refusal.into()),
        _ => Err(vec![Finding::error(codes::REGISTRY_IO, "the registry gave the run no number")].into()),
    }
}
