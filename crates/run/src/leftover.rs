//! What an earlier run left of a step that was started and led to nothing recorded.

use crate::Session;
use crate::driver::{folder_of_run, is_held};
use crate::failure::RunFailure;
use crate::fate::{Fate, fate};
use crate::launcher::outcome;
use crate::run_folder;
use seam_model::{Address, Finding, Tool, codes};
use seam_process::{Found, look};
use seam_registry::{Command, InstanceState, OpenStep, Outcome, RegistryError};
use seam_tools::exec::{OUTPUTS, outputs, resources};
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

/// Looks what is to be done about the open step of an instance. Still running is refused (S0501); a
/// step of an `exec` stack of which nobody knows is refused too (S0507), unless it may be run again.
pub fn look_back(session: &Session, state: &InstanceState, force: bool) -> Result<Leftover, RunFailure> {
    let (Some(step), Some((folder, found))) = (&state.open_step, found(session, state)?) else {
        return Ok(Leftover::Nothing);
    };
    let stack = session.instance(&state.address).0;
    let exec = stack.tool == Tool::Exec;
    match fate(&found, step.outcome) {
        Fate::Running(pid) => Err(running(state, step, pid).into()),
        Fate::Done if exec && !force => left_by_program(state, step, folder),
        // A state is believed, and nobody's word about it: the step is planned.
        Fate::SaidDone if !exec => Ok(Leftover::Nothing),
        Fate::Done | Fate::SaidDone => Ok(Leftover::Applied(folder)),
        Fate::Killed | Fate::Unknown if !exec => Ok(Leftover::CutOff(folder)),
        // A program that was killed said so: a person knows that it may have done half of its work.
        Fate::NotStarted | Fate::SaidNotDone | Fate::Failed | Fate::Killed => Ok(Leftover::Nothing),
        Fate::Unknown => match &stack.exec {
            _ if force => Ok(Leftover::Nothing),
            Some(commands) if commands.idempotent => Ok(Leftover::Nothing),
            Some(commands) if commands.verify.is_some() => Ok(Leftover::Verify),
            _ => Err(uncertain(state, step).into()),
        },
    }
}

/// An `exec` stack's outputs lie in the folder of its step; without them nobody can publish what it
/// did. What nobody can read of it is an error of the program, which is to be run again.
fn left_by_program(state: &InstanceState, step: &OpenStep, folder: PathBuf) -> Result<Leftover, RunFailure> {
    if outputs(&folder).is_some() && resources(&folder).is_some() {
        Ok(Leftover::Applied(folder))
    } else if folder.join(OUTPUTS).exists() {
        Ok(Leftover::Nothing)
    } else {
        Err(uncertain(state, step).into())
    }
}

/// The folder of the process that an open step started: where its run had its folders.
pub fn folder_of(session: &Session, address: &Address, step: &OpenStep) -> Result<PathBuf, RegistryError> {
    let record = session.registry.run(step.run)?;
    let own = || session.places.runs().join(step.run.to_string());
    let folder = record.map_or_else(own, |(record, _)| folder_of_run(session, step.run, &record.start.runs_folder));
    Ok(folder.join(address.stack.as_str()).join(&step.folder))
}

/// What the folder of an instance's open step says; `None` where no step is open.
pub fn found(session: &Session, state: &InstanceState) -> Result<Option<(PathBuf, Found)>, RunFailure> {
    let Some(step) = &state.open_step else { return Ok(None) };
    let folder = folder_of(session, &state.address, step)?;
    let found = look(&folder).map_err(|error| {
        Box::new(Finding::error(codes::UNCERTAIN, format!("cannot tell what became of {}: {error}", state.address)))
    })?;
    Ok(Some((folder, found)))
}

/// Refuses (S0501) while the tool of a run that nobody drives any more changes one of these
/// instances.
pub fn none_running(session: &Session, states: &[&InstanceState]) -> Result<(), RunFailure> {
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
pub fn unrecorded_ends(session: &Session, states: &[&InstanceState]) -> Result<Vec<Command>, RunFailure> {
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

/// Clears the folder of a step that led to something now.
pub fn clear_settled(session: &Session, address: &Address, step: &OpenStep) -> Result<(), RunFailure> {
    let folder = folder_of(session, address, step)?;
    let step = folder.parent().unwrap_or(&folder);
    run_folder::clear_dead_step(session, step, &[]).map(drop).map_err(|error| unreadable(step, &error).into())
}

fn running(state: &InstanceState, step: &OpenStep, pid: Option<u32>) -> Box<Finding> {
    let process = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
    Box::new(
        Finding::error(
            codes::LOCKED,
            format!("the tool of {} that run {} started is still running{process}", state.address, step.run),
        )
        .help(format!(
            "`seam {} --resume {}` follows it to its end; or wait until it has ended: the next apply goes on from there",
            step.verb.as_str(),
            step.run
        )),
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

/// A folder that cannot be looked at.
pub fn unreadable(folder: &Path, error: &dyn std::fmt::Display) -> Box<Finding> {
    Box::new(Finding::error(codes::UNREADABLE, format!("cannot look at {}: {error}", folder.display())))
}
