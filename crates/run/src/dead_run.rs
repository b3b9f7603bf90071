//! Runs that nobody drives any more: their locks are taken, what they left in their folders is cleared,
//! and they are ended as lost; processes that outlived them are waited for.

use crate::Session;
use crate::driver::{folder_of_run, is_driven};
use crate::failure::RunFailure;
use crate::fate::{Fate, fate};
use crate::leftover::{folder_of, found, unreadable, unrecorded_ends};
use crate::run_folder::{self, LOCK, private_folders};
use seam_model::{Address, Finding, RunEvent, RunResult, Tool, codes};
use seam_process::{Found, Lock, StepFolder, look};
use seam_registry::{Command, InstanceState, RegistryError};
use seam_tools::exec::WRITTEN;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// A run that died. Its lock is held while another run looks after what it left.
pub struct DeadRun {
    /// Its number.
    pub run: u64,
    /// What was seen of it, for the record of who took its instances over.
    pub evidence: String,
    instances: Vec<Address>,
    folder: PathBuf,
    _lock: Lock,
}

/// The runs that nobody drives any more, that have no end on record, and that were to touch one of
/// these instances, or hold it because they were to rename it.
pub fn dead_runs(
    session: &Session,
    instances: &BTreeSet<Address>,
    states: &[&InstanceState],
) -> Result<Vec<DeadRun>, RunFailure> {
    let holders: BTreeSet<u64> = states.iter().filter_map(|state| Some(state.lease.as_ref()?.run)).collect();
    let mut dead = Vec::new();
    for record in session.registry.unfinished_runs()? {
        let touches = record.start.instances.iter().any(|address| instances.contains(address));
        if !touches && !holders.contains(&record.run) {
            continue;
        }
        if is_driven(session, &record) {
            continue;
        }
        let folder = folder_of_run(session, record.run, &record.start.runs_folder);
        // A run records its number before it makes its folder: whoever holds the lock keeps it out.
        private_folders(&folder).map_err(|error| unreadable(&folder, &error))?;
        let taken = Lock::try_take(&folder.join(LOCK), &session.caller.command);
        let Some(lock) = taken.map_err(|error| unreadable(&folder, &error))? else { continue };
        let (run, instances) = (record.run, record.start.instances);
        let evidence = evidence(session, run, &instances)?;
        dead.push(DeadRun { run, evidence, instances, folder, _lock: lock });
    }
    Ok(dead)
}

fn evidence(session: &Session, run: u64, instances: &[Address]) -> Result<String, RunFailure> {
    let mut at_work = Vec::new();
    for state in session.registry.instances(instances.to_vec())? {
        let its_own = state.open_step.as_ref().is_some_and(|step| step.run == run);
        if its_own && matches!(found(session, &state)?, Some((_, Found::Running { .. }))) {
            at_work.push(state.address.to_string());
        }
    }
    Ok(match at_work.as_slice() {
        [] => "run lock free, step locks free".to_owned(),
        at_work => format!("run lock free, step locks held: {}", at_work.join(", ")),
    })
}

/// Waits for processes that outlived their run: a plan or an `init` still uses the mirror and holds
/// the state's lock. Says for whom; an interrupt ends the waiting.
pub fn wait_for_orphans(
    session: &Session,
    states: &[&InstanceState],
    report: &mut dyn FnMut(RunEvent),
) -> Result<(), RunFailure> {
    let instances: BTreeSet<&Address> = states.iter().map(|state| &state.address).collect();
    let mut folders = run_folder::dead_plans(&session.places.plans);
    for record in session.registry.unfinished_runs()? {
        let touches = record.start.instances.iter().any(|address| instances.contains(address));
        if touches && !is_driven(session, &record) {
            folders.push(folder_of_run(session, record.run, &record.start.runs_folder));
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
) -> Result<(), RunFailure> {
    let found = look(step).map_err(|error| unreadable(step, &error))?;
    if !matches!(found, Found::Running { .. }) {
        return Ok(());
    }
    let text = format!("waits for {} of a run that was killed", step.file_name().unwrap_or_default().display());
    report(RunEvent::Diagnostic { address: Some(address.clone()), error: false, text });
    let taken =
        Lock::take_while(&step.join(StepFolder::LOCK), &session.caller.command, &mut || session.stop.requests() == 0);
    match taken.map_err(|error| unreadable(step, &error))? {
        Some(_lock) => Ok(()),
        None => Err(vec![Finding::error(codes::INTERRUPTED, format!("interrupted while {address} waited"))].into()),
    }
}

/// Clears what dead runs left in their folders and ends them as lost. Given back are those of which
/// something still runs; one of which something is still needed stays for the next command that meets it.
pub fn bury(session: &Session, dead: Vec<DeadRun>) -> Result<Vec<DeadRun>, RunFailure> {
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
pub fn clear_run(session: &Session, run: u64, folder: &Path, states: &[InstanceState]) -> Result<Left, RunFailure> {
    let mut left = Left::Nothing;
    for state in states {
        let step = folder.join(state.address.stack.as_str());
        let needed = is_needed(session, state, run)?;
        let kept = if needed { &WRITTEN[..] } else { &[] };
        let cleared = run_folder::clear_dead_step(session, &step, kept).map_err(|error| unreadable(&step, &error))?;
        left = left.max(match (cleared, needed) {
            (false, _) => Left::Process,
            (true, true) => Left::Outputs,
            (true, false) => Left::Nothing,
        });
    }
    Ok(left)
}

/// The outputs of an `exec` stack lie in the folder of its step until they are published, or until
/// somebody says that there is nothing to publish.
fn is_needed(session: &Session, state: &InstanceState, run: u64) -> Result<bool, RunFailure> {
    let Some(step) = state.open_step.as_ref().filter(|step| step.run == run) else { return Ok(false) };
    let exec = session.workspace.stacks.get(&state.address.stack).is_some_and(|stack| stack.tool == Tool::Exec);
    let Some((_, found)) = found(session, state)?.filter(|_| exec) else { return Ok(false) };
    Ok(matches!(fate(&found, step.outcome), Fate::Done | Fate::SaidDone | Fate::Unknown))
}

/// Removes the folders of old runs and plans. A run that goes on, one whose process died, and one whose
/// step led to nothing recorded keep theirs: what it says is still needed.
pub fn tidy(session: &Session) -> Result<(), RunFailure> {
    let runs = session.places.runs();
    let failed = |error: io::Error| unreadable(&runs, &error);
    for run in run_folder::old_runs(&runs) {
        if !is_open(session, run)? {
            run_folder::remove_run(&runs, run).map_err(failed)?;
        }
    }
    run_folder::prune_plans(&runs).map_err(failed)?;
    Ok(())
}

fn is_open(session: &Session, run: u64) -> Result<bool, RegistryError> {
    let Some((record, _)) = session.registry.run(run)? else { return Ok(false) };
    let states = session.registry.instances(record.start.instances)?;
    let open = |state: &InstanceState| state.open_step.as_ref().is_some_and(|step| step.run == run);
    Ok(record.ending.is_none() || states.iter().any(open))
}
