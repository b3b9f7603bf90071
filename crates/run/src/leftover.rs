//! What an earlier run left behind: leases of dead runs, steps that were cut off, processes that
//! outlived their run, secrets in folders. Locks decide who is alive; on one host no clock is needed.

use crate::Session;
use crate::drive::StepFailure;
use crate::due::age;
use crate::launcher::outcome;
use crate::run_folder::{self, private_folders};
use seam_model::{Address, Finding, RunEvent, RunResult, Tool, codes};
use seam_process::{Ended, Found, Identity, Lock, look};
use seam_registry::{Command, InstanceState, Lease, OpenStep, Outcome, RegistryError, RunRecord, RunStart};
use seam_tools::exec::{OUTPUTS, outputs};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// What became of a step that was started and led to nothing recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing is left, or what is left needs no care: the step is planned as ever.
    Nothing,
    /// The tool ended with success, or somebody says so, and nothing was published; this is the folder
    /// of its process.
    Applied(PathBuf),
    /// The tool was killed, or nobody knows how it ended: what it was making may be in no state. This
    /// is the folder of its process.
    CutOff(PathBuf),
    /// Nobody knows how an `exec` stack's program ended, and its `verify` command can tell.
    Verify,
}

/// The folder of the process that an open step started: where its run had its folders.
pub fn folder_of(session: &Session, address: &Address, step: &OpenStep) -> Result<PathBuf, RegistryError> {
    let record = session.registry.run(step.run)?;
    let runs = record.map_or_else(|| session.places.runs(), |(record, _)| PathBuf::from(record.start.runs_folder));
    Ok(runs.join(step.run.to_string()).join(address.stack.as_str()).join(&step.folder))
}

/// What the folder of an instance's open step says; `None` where no step is open.
fn found(session: &Session, state: &InstanceState) -> Result<Option<(PathBuf, Found)>, StepFailure> {
    let Some(step) = &state.open_step else { return Ok(None) };
    let folder = folder_of(session, &state.address, step)?;
    let found = look(&folder).map_err(|error| {
        Box::new(Finding::error(codes::UNCERTAIN, format!("cannot tell what became of {}: {error}", state.address)))
    })?;
    Ok(Some((folder, found)))
}

/// Looks what became of the open step of an instance. Still running is refused (S0501); a step of
/// an `exec` stack of which nobody knows is refused too (S0507), unless it may be run again.
pub fn look_back(session: &Session, state: &InstanceState, force: bool) -> Result<Leftover, StepFailure> {
    let (Some(step), Some((folder, found))) = (&state.open_step, found(session, state)?) else {
        return Ok(Leftover::Nothing);
    };
    let stack = session.instance(&state.address).0;
    let resolved = step.outcome == Some(Outcome::Exited(0));
    match found {
        Found::Running { pid } => Err(running(state, step, pid).into()),
        Found::Ended(ended) if ended.is_success() && stack.tool == Tool::Exec && !force => {
            left_by_program(state, step, folder)
        }
        Found::Ended(ended) if ended.is_success() => Ok(Leftover::Applied(folder)),
        Found::NotStarted(_) => Ok(Leftover::Nothing),
        _ if resolved => Ok(Leftover::Applied(folder)),
        _ if step.outcome == Some(Outcome::NotApplied) => Ok(Leftover::Nothing),
        // A program that says how it ended has said it.
        Found::Ended(Ended::Exited(_)) => Ok(Leftover::Nothing),
        _ if stack.tool != Tool::Exec => Ok(Leftover::CutOff(folder)),
        Found::Ended(_) => Ok(Leftover::Nothing),
        Found::Uncertain | Found::Nothing => match &stack.exec {
            _ if force || ended_badly(step) => Ok(Leftover::Nothing),
            Some(commands) if commands.idempotent => Ok(Leftover::Nothing),
            Some(commands) if commands.verify.is_some() => Ok(Leftover::Verify),
            _ => Err(uncertain(state, step).into()),
        },
    }
}

/// An `exec` stack's outputs lie in the folder of its step; without them nobody can publish what it
/// did. Outputs that nobody can read are an error of the program, which is to be run again.
fn left_by_program(state: &InstanceState, step: &OpenStep, folder: PathBuf) -> Result<Leftover, StepFailure> {
    if outputs(&folder).is_some() {
        Ok(Leftover::Applied(folder))
    } else if folder.join(OUTPUTS).exists() {
        Ok(Leftover::Nothing)
    } else {
        Err(uncertain(state, step).into())
    }
}

/// Is it on record that the program ended, and not with success? Then it is run again.
fn ended_badly(step: &OpenStep) -> bool {
    step.outcome.is_some_and(|outcome| outcome != Outcome::Exited(0))
}

/// Who drives a run, as the registry knows it.
#[derive(Clone, Copy, Debug)]
pub struct Driver<'a> {
    run: u64,
    host: &'a str,
    pid: u32,
    runs_folder: &'a str,
}

impl<'a> From<&'a RunRecord> for Driver<'a> {
    fn from(record: &'a RunRecord) -> Self {
        let RunStart { host, pid, runs_folder, .. } = &record.start;
        Self { run: record.run, host, pid: *pid, runs_folder }
    }
}

impl<'a> From<&'a Lease> for Driver<'a> {
    fn from(lease: &'a Lease) -> Self {
        Self { run: lease.run, host: &lease.host, pid: lease.pid, runs_folder: &lease.runs_folder }
    }
}

/// Does somebody drive the run? Its lock says so where it can be seen from here; a run of another host
/// counts as driven, and so does one that has its number, and not its lock yet.
pub fn is_driven<'a>(session: &Session, driver: impl Into<Driver<'a>>) -> bool {
    let Driver { run, host, pid, runs_folder } = driver.into();
    let lock = Path::new(runs_folder).join(run.to_string()).join("lock");
    let begins = || host == session.caller.host && !lock.exists() && Identity::of(pid).is_alive();
    !is_seen(session, host, runs_folder) || !Lock::is_free(&lock).unwrap_or(true) || begins()
}

/// Can the locks of a run be seen from here? The same folder is on this host, whatever it is called now.
fn is_seen(session: &Session, host: &str, runs_folder: &str) -> bool {
    host == session.caller.host || Path::new(runs_folder) == session.places.runs()
}

/// Does the run that holds the lease go on?
pub fn is_held(session: &Session, lease: &Lease) -> bool {
    is_driven(session, lease)
}

/// Refuses (S0501) while another run is at one of these instances: who, and since when.
pub fn none_held(session: &Session, states: &[&InstanceState]) -> Result<(), StepFailure> {
    let held = states.iter().filter_map(|state| Some((state, state.lease.as_ref()?)));
    let mut findings = held
        .filter(|(_, lease)| is_held(session, lease))
        .map(|(state, lease)| held_by(session, &state.address, lease))
        .peekable();
    if findings.peek().is_none() { Ok(()) } else { Err(findings.collect::<Vec<_>>().into()) }
}

/// Somebody else is at it.
pub fn held_by(session: &Session, address: &Address, lease: &Lease) -> Finding {
    let holder = holder(lease, (session.caller.clock)());
    Finding::error(codes::LOCKED, format!("{address} is held by {holder}"))
        .help(format!("wait until it ends: `seam runs show {}`", lease.run))
}

/// Refuses (S0501) while the tool of a run that nobody drives any more changes one of these
/// instances.
pub fn none_running(session: &Session, states: &[&InstanceState]) -> Result<(), StepFailure> {
    let mut findings = Vec::new();
    for state in states {
        if state.lease.as_ref().is_some_and(|lease| is_held(session, lease)) {
            continue;
        }
        if let (Some(step), Some((_, Found::Running { pid }))) = (&state.open_step, found(session, state)?) {
            findings.push(*running(state, step, pid));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings.into()) }
}

/// How steps ended that nobody recorded the end of, to be recorded.
pub fn unrecorded_ends(session: &Session, states: &[&InstanceState]) -> Result<Vec<Command>, StepFailure> {
    let mut ends = Vec::new();
    for state in states {
        let (Some(step), Some((_, found))) = (&state.open_step, found(session, state)?) else { continue };
        let outcome = match &found {
            Found::Ended(ended) => outcome(ended),
            Found::NotStarted(_) => Outcome::NotStarted,
            Found::Nothing | Found::Running { .. } | Found::Uncertain => continue,
        };
        if step.outcome.is_none() {
            let (address, folder) = (state.address.clone(), step.folder.clone());
            ends.push(Command::EndStep { run: step.run, address, folder, outcome });
        }
    }
    Ok(ends)
}

fn running(state: &InstanceState, step: &OpenStep, pid: Option<u32>) -> Box<Finding> {
    let process = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
    Box::new(
        Finding::error(
            codes::LOCKED,
            format!("the tool of {} that run {} started is still running{process}", state.address, step.run),
        )
        .help("wait until it has ended; the next apply then goes on from there"),
    )
}

/// Nobody knows whether the step was done.
pub fn uncertain(state: &InstanceState, step: &OpenStep) -> Box<Finding> {
    let (verb, run, stack) = (step.verb.as_str(), step.run, &state.address.stack);
    let message = format!("nobody knows whether the {verb} of {} in run {run} was done", state.address);
    Box::new(Finding::error(codes::UNCERTAIN, message).help(format!(
        "look at what it does and at `seam runs log {run} {stack}`, then say so: \
         `seam runs resolve {run} {stack} --applied` or `--not-applied`"
    )))
}

/// A run that died. Its lock is held while another run looks after what it left.
pub struct DeadRun {
    /// Its number.
    pub run: u64,
    instances: Vec<Address>,
    folder: PathBuf,
    _lock: Lock,
}

/// The runs that nobody drives any more, that have no end on record, and that were to touch one of
/// these instances.
pub fn dead_runs(session: &Session, instances: &BTreeSet<Address>) -> Result<Vec<DeadRun>, StepFailure> {
    let mut dead = Vec::new();
    for record in session.registry.unfinished_runs()? {
        if !record.start.instances.iter().any(|address| instances.contains(address)) {
            continue;
        }
        if is_driven(session, &record) {
            continue;
        }
        let folder = Path::new(&record.start.runs_folder).join(record.run.to_string());
        // A run records its number before it makes its folder: whoever holds the lock keeps it out.
        private_folders(&folder).map_err(|error| unreadable(&folder, &error))?;
        let taken = Lock::try_take(&folder.join("lock"), &session.caller.command);
        let Some(lock) = taken.map_err(|error| unreadable(&folder, &error))? else { continue };
        dead.push(DeadRun { run: record.run, instances: record.start.instances, folder, _lock: lock });
    }
    Ok(dead)
}

/// Waits for processes that outlived their run: a plan or an `init` still uses the mirror and holds
/// the state's lock. Says for whom; an interrupt ends the waiting.
pub fn wait_for_orphans(
    session: &Session,
    states: &[&InstanceState],
    report: &mut dyn FnMut(RunEvent),
) -> Result<(), StepFailure> {
    let instances: BTreeSet<&Address> = states.iter().map(|state| &state.address).collect();
    let mut folders = run_folder::dead_plans(&session.places.plans);
    for record in session.registry.unfinished_runs()? {
        let touches = record.start.instances.iter().any(|address| instances.contains(address));
        if touches && !is_driven(session, &record) {
            folders.push(Path::new(&record.start.runs_folder).join(record.run.to_string()));
        }
    }
    for folder in &folders {
        for state in states {
            // What changes the world is refused or adopted, not waited for.
            let open = state.open_step.as_ref().map(|step| folder_of(session, &state.address, step)).transpose()?;
            let steps = run_folder::step_folders(&folder.join(state.address.stack.as_str()));
            for step in steps.map_err(|error| unreadable(folder, &error))? {
                if open.as_ref() != Some(&step) {
                    wait_for(session, &state.address, &step, report)?;
                }
            }
        }
    }
    Ok(())
}

fn wait_for(
    session: &Session,
    address: &Address,
    step: &Path,
    report: &mut dyn FnMut(RunEvent),
) -> Result<(), StepFailure> {
    let found = look(step).map_err(|error| unreadable(step, &error))?;
    if !matches!(found, Found::Running { .. }) {
        return Ok(());
    }
    let text = format!("waits for {} of a run that was killed", step.file_name().unwrap_or_default().display());
    report(RunEvent::Diagnostic { address: Some(address.clone()), error: false, text });
    let taken = Lock::take_while(&step.join("lock"), &session.caller.command, &mut || session.stop.requests() == 0);
    match taken.map_err(|error| unreadable(step, &error))? {
        Some(_lock) => Ok(()),
        None => Err(vec![Finding::error(codes::INTERRUPTED, format!("interrupted while {address} waited"))].into()),
    }
}

/// Clears what dead runs left in their folders and ends them as lost. Given back are those of which
/// something still runs; one of which something is still needed stays for the next command that meets it.
pub fn bury(session: &Session, dead: Vec<DeadRun>) -> Result<Vec<DeadRun>, StepFailure> {
    let (mut ends, mut at_work) = (Vec::new(), Vec::new());
    for run in dead {
        let states = session.registry.instances(run.instances.clone())?;
        let its_own = |state: &&InstanceState| state.open_step.as_ref().is_some_and(|step| step.run == run.run);
        ends.extend(unrecorded_ends(session, &states.iter().filter(its_own).collect::<Vec<_>>())?);
        let leased = states.iter().any(|state| state.lease.as_ref().is_some_and(|lease| lease.run == run.run));
        match clear_run(session, run.run, &run.folder, &states)? {
            Left::Nothing if !leased => {
                ends.push(Command::EndRun { run: run.run, result: RunResult::Lost, counts: BTreeMap::new() });
            }
            Left::Process => at_work.push(run),
            Left::Nothing | Left::Outputs => {}
        }
    }
    if !ends.is_empty() {
        session.registry.submit(ends)?;
    }
    Ok(at_work)
}

/// What is left in the folders of a run, ordered by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// Nothing that anybody needs.
    Nothing,
    /// Outputs of an `exec` stack that were not published.
    Outputs,
    /// A process.
    Process,
}

/// Clears the folders of a run that nobody drives, as far as nothing in them is needed.
pub fn clear_run(session: &Session, run: u64, folder: &Path, states: &[InstanceState]) -> Result<Left, StepFailure> {
    let mut left = Left::Nothing;
    for state in states {
        let step = folder.join(state.address.stack.as_str());
        left = left.max(if is_needed(session, state, run)? {
            Left::Outputs
        } else if run_folder::clear_dead_step(&step).map_err(|error| unreadable(&step, &error))? {
            Left::Nothing
        } else {
            Left::Process
        });
    }
    Ok(left)
}

/// Clears the folder of a step that led to something now.
pub fn clear_settled(session: &Session, address: &Address, step: &OpenStep) -> Result<(), StepFailure> {
    let folder = folder_of(session, address, step)?;
    let step = folder.parent().unwrap_or(&folder);
    run_folder::clear_dead_step(step).map(drop).map_err(|error| unreadable(step, &error).into())
}

/// The outputs of an `exec` stack lie in the folder of its step until they are published.
fn is_needed(session: &Session, state: &InstanceState, run: u64) -> Result<bool, StepFailure> {
    let open = state.open_step.as_ref().is_some_and(|step| step.run == run);
    let exec = session.workspace.stacks.get(&state.address.stack).is_some_and(|stack| stack.tool == Tool::Exec);
    Ok(open && exec && matches!(found(session, state)?, Some((_, Found::Ended(ended))) if ended.is_success()))
}

/// A folder that cannot be looked at.
pub fn unreadable(folder: &Path, error: &dyn std::fmt::Display) -> Box<Finding> {
    Box::new(Finding::error(codes::UNREADABLE, format!("cannot look at {}: {error}", folder.display())))
}

/// Runs that go on or whose process died: their folders are kept.
pub fn tidy(session: &Session) -> Result<(), StepFailure> {
    let unfinished = session.registry.unfinished_runs()?.into_iter().map(|record| record.run).collect();
    let runs = session.places.runs();
    let tidied: io::Result<()> =
        run_folder::prune_runs(&runs, &unfinished).and_then(|()| run_folder::prune_plans(&runs));
    tidied.map_err(|error| unreadable(&runs, &error).into())
}

/// Who holds an instance, in words.
pub fn holder(lease: &Lease, now_us: i64) -> String {
    let since = age(now_us - lease.since_us);
    format!("run {} ({} on {}, process {}), taken {since}", lease.run, lease.actor, lease.host, lease.pid)
}
