//! Runs that were cut off: which one is to be resumed, and what a person says of a step of which
//! nobody knows.

use crate::Session;
use crate::cover::Yes;
use crate::driver::{folder_of_run, holder, is_driven, is_held};
use crate::failure::RunFailure;
use crate::fate::{Fate, fate};
use crate::leftover::folder_of;
use seam_model::{Address, Finding, Name, RunResult, Verb, codes};
use seam_process::look;
use seam_registry::{Command, RunRecord};

/// A run to be resumed.
#[derive(Debug)]
pub struct CutOff {
    /// How it began.
    pub record: RunRecord,
    /// What it was given a yes to; `None`: it ended before that.
    pub yes: Option<Yes>,
}

/// The run of that number, or the latest one that was cut off, in the environment if one is named.
/// Refused: one that goes on (S0501), one that ended by itself (S0413), and where there is none.
pub fn cut_off(session: &Session, environment: Option<&Name>, run: Option<u64>) -> Result<CutOff, RunFailure> {
    let record = match run {
        Some(run) => session.registry.run(run)?.map(|(record, _)| record).ok_or_else(|| no_run(run))?,
        None => latest(session, environment)?,
    };
    let number = record.run;
    let (host, folder) = (&record.start.host, &record.start.runs_folder);
    if environment.is_some_and(|environment| *environment != record.start.environment) {
        let message = format!("run {number} was of {}", record.start.environment);
        return Err(Finding::error(codes::USAGE, message).help("leave `-e` out: a run knows its environment").into());
    }
    if !matches!(record.start.verb, Verb::Apply | Verb::Destroy) {
        let message = format!("run {number} was a call of `seam {}`, which is not resumed", record.start.verb.as_str());
        return Err(Finding::error(codes::RUN_OVER, message).help(START_ANEW).into());
    }
    match record.ending.as_ref().map(|ending| ending.result) {
        None if is_driven(session, &record) => {
            let message =
                format!("run {number} goes on: {} on {host}, process {}", record.start.actor, record.start.pid);
            return Err(Finding::error(codes::LOCKED, message).help("wait until it ends").into());
        }
        None | Some(RunResult::Lost | RunResult::Interrupted) => {}
        Some(result) => {
            let message = format!("run {number} was not cut off: it is {}", result.as_str());
            return Err(Finding::error(codes::RUN_OVER, message).help(START_ANEW).into());
        }
    }
    let yes = Yes::kept(&folder_of_run(session, number, folder));
    Ok(CutOff { record, yes })
}

/// What to do where there is nothing to resume.
const START_ANEW: &str = "`seam apply` starts a new run; what is done is not run again";

fn latest(session: &Session, environment: Option<&Name>) -> Result<RunRecord, RunFailure> {
    let unfinished = session.registry.unfinished_runs()?.into_iter().rev();
    let deploys = |record: &RunRecord| matches!(record.start.verb, Verb::Apply | Verb::Destroy);
    let here = |record: &RunRecord| environment.is_none_or(|environment| *environment == record.start.environment);
    let dead = |record: &RunRecord| !is_driven(session, record);
    unfinished.into_iter().find(|record| deploys(record) && here(record) && dead(record)).ok_or_else(|| {
        let place = environment.map_or_else(String::new, |environment| format!(" of {environment}"));
        Finding::error(codes::RUN_OVER, format!("no run{place} was cut off")).help(START_ANEW).into()
    })
}

/// Records what became of the step of which nobody knows, or whose tool was killed, by the word of a
/// person. Refused while anything of it goes on (S0501), and where the step ended by itself (S0413).
pub fn resolve(session: &Session, run: u64, stack: &Name, applied: bool) -> Result<Address, RunFailure> {
    let (record, _) = session.registry.run(run)?.ok_or_else(|| no_run(run))?;
    let mut instances = record.start.instances.iter();
    let address = instances.find(|address| address.stack == *stack).cloned();
    let address = address.ok_or_else(|| Finding::error(codes::USAGE, format!("run {run} had no step of {stack}")))?;
    let state = session.registry.instances(vec![address.clone()])?.remove(0);
    if let Some(lease) = state.lease.as_ref().filter(|lease| is_held(session, lease)) {
        let holder = holder(lease, (session.caller.clock)());
        return Err(Finding::error(codes::LOCKED, format!("{address} is held by {holder}"))
            .help("wait until it ends")
            .into());
    }
    let settled = || Finding::error(codes::RUN_OVER, format!("nothing of {address} in run {run} is uncertain"));
    let step = state.open_step.as_ref().filter(|step| step.run == run).ok_or_else(settled)?;
    let folder = folder_of(session, &address, step)?;
    let found = look(&folder).map_err(|error| crate::leftover::unreadable(&folder, &error))?;
    match fate(&found, step.outcome) {
        Fate::Killed | Fate::Unknown => {}
        Fate::Running(_) => {
            let message = format!("the tool of {address} that run {run} started is still running");
            return Err(Finding::error(codes::LOCKED, message).help("`seam apply --resume` follows it").into());
        }
        Fate::Done => return Err(settled().help("the next apply publishes what it did").into()),
        _ => return Err(settled().into()),
    }
    let dead_run = state.lease.as_ref().map(|lease| lease.run);
    let (folder, actor) = (step.folder.clone(), session.caller.actor.clone());
    let command = Command::ResolveStep { run, address: address.clone(), folder, applied, actor, dead_run };
    for reply in session.registry.submit(vec![command])? {
        reply?;
    }
    Ok(address)
}

fn no_run(run: u64) -> RunFailure {
    Finding::error(codes::USAGE, format!("there is no run {run}")).help("`seam runs` lists them").into()
}
