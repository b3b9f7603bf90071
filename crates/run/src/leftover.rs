//! What an earlier run left behind: leases of dead runs, steps that were cut off, secrets in their
//! folders. Locks decide who is alive; on one host no clock is needed.

use crate::Session;
use crate::drive::StepFailure;
use crate::journal;
use crate::launcher::outcome;
use seam_model::{Address, Finding, Tool, codes};
use seam_process::{Found, Lock, look};
use seam_registry::{Command, InstanceState, Lease, OpenStep, RegistryError};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What became of a step that was started and led to nothing recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing is left, or what is left needs no care: the step is planned as ever.
    Nothing,
    /// The tool ended with success and nothing was published; this is the folder of its process.
    Applied(PathBuf),
}

/// The folder of the process that an open step started.
fn folder_of(session: &Session, address: &Address, step: &OpenStep) -> PathBuf {
    session.runs_folder().join(step.run.to_string()).join(address.stack.as_str()).join(&step.folder)
}

/// Looks what became of the open step of an instance. Still running is refused (S0501); a step of
/// an `exec` stack of which nobody knows is refused too (S0507).
pub fn look_back(session: &Session, state: &InstanceState) -> Result<Leftover, StepFailure> {
    let Some(step) = &state.open_step else { return Ok(Leftover::Nothing) };
    let folder = folder_of(session, &state.address, step);
    let found = look(&folder).map_err(|error| {
        Box::new(Finding::error(codes::UNCERTAIN, format!("cannot tell what became of {}: {error}", state.address)))
    })?;
    match found {
        Found::Running { pid } => Err(running(state, step, pid).into()),
        Found::Ended(ended) => {
            if step.outcome.is_none() {
                let outcome = outcome(&ended);
                let address = state.address.clone();
                let end = Command::EndStep { run: step.run, address, folder: step.folder.clone(), outcome };
                session.registry.submit(vec![end])?;
            }
            Ok(if ended.is_success() { Leftover::Applied(folder) } else { Leftover::Nothing })
        }
        Found::Uncertain | Found::Nothing if step.outcome.is_none() && session_tool(session, state) == Tool::Exec => {
            Err(uncertain(state, step).into())
        }
        Found::Uncertain | Found::Nothing | Found::NotStarted(_) => Ok(Leftover::Nothing),
    }
}

fn session_tool(session: &Session, state: &InstanceState) -> Tool {
    session.instance(&state.address).0.tool
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

fn uncertain(state: &InstanceState, step: &OpenStep) -> Box<Finding> {
    Box::new(
        Finding::error(
            codes::UNCERTAIN,
            format!(
                "nobody knows whether the {} of {} in run {} was done",
                step.verb.as_str(),
                state.address,
                step.run
            ),
        )
        .help(format!("look at what it does and at `seam runs log {} {}`", step.run, state.address.stack)),
    )
}

/// The runs that hold leases on these instances and are dead: nobody holds the run's lock, and no
/// tool of theirs runs. What they left in their folders is cleared.
pub fn dead_runs(session: &Session, states: &[InstanceState]) -> Result<Vec<u64>, StepFailure> {
    let holders: BTreeSet<u64> =
        states.iter().filter_map(|state| state.lease.as_ref().map(|lease| lease.run)).collect();
    let mut dead = Vec::new();
    for run in holders {
        let folder = session.runs_folder().join(run.to_string());
        let held = Lock::try_take(&folder.join("lock"), &session.caller.command);
        match held {
            Ok(Some(_lock)) => {
                journal::clear_dead(&folder).map_err(|error| unreadable(&folder, &error))?;
                dead.push(run);
            }
            Ok(None) => {}
            // Its folder is gone, and a run's lock is made with its folder.
            Err(_) if !folder.exists() => dead.push(run),
            Err(error) => return Err(unreadable(&folder, &error).into()),
        }
    }
    Ok(dead)
}

fn unreadable(folder: &std::path::Path, error: &dyn std::fmt::Display) -> Box<Finding> {
    Box::new(Finding::error(codes::UNREADABLE, format!("cannot look at {}: {error}", folder.display())))
}

/// Runs whose end nobody recorded and whose lock is free: their process died. They are ended as
/// lost, so that nobody takes them for running.
pub fn end_lost_runs(session: &Session) -> Result<Vec<u64>, RegistryError> {
    let mut unfinished = Vec::new();
    for record in session.registry.unfinished_runs()? {
        let lock = session.runs_folder().join(record.run.to_string()).join("lock");
        if !Lock::is_free(&lock).unwrap_or(false) {
            unfinished.push(record.run);
        }
    }
    Ok(unfinished)
}

/// Who holds an instance, in words.
pub fn holder(lease: &Lease) -> String {
    format!("run {} ({} on {}, process {})", lease.run, lease.actor, lease.host, lease.pid)
}
