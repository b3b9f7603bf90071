//! Runs that were cut off: which one is to be resumed, and what a person says of a step of which
//! nobody knows.

use crate::Session;
use crate::cover::Yes;
use crate::driver::{folder_of_run, holder, is_driven, is_held};
use crate::failure::RunFailure;
use crate::fate::{Fate, fate};
use crate::leftover::folder_of;
use crate::rename::name_of_now;
use crate::run_folder::RUNS_KEPT;
use seam_model::{Address, Finding, Name, RunResult, Verb, codes};
use seam_process::look;
use seam_registry::{Command, RunRecord, RunStart};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A run to be resumed.
#[derive(Debug)]
pub struct CutOff {
    /// How it began.
    pub record: RunRecord,
    /// What it was given a yes to; `None`: it ended before that.
    pub yes: Option<Yes>,
    /// Its folder, which keeps that.
    pub folder: PathBuf,
    /// What it was to touch, as it is called now.
    pub instances: BTreeSet<Address>,
    /// What of it is not in the workspace any more; none of it has a step that led to nothing recorded.
    pub gone: BTreeSet<Address>,
}

/// The run of that number, or the latest one that was cut off, in the environment if one is named.
/// Refused: one that goes on (S0501), one that ended by itself (S0413), where there is none, and where a
/// stack of it is gone whose step led to nothing recorded (S0524).
pub fn cut_off(session: &Session, environment: Option<&Name>, run: Option<u64>) -> Result<CutOff, RunFailure> {
    let record = match run {
        Some(run) => session.registry.run(run)?.map(|(record, _)| record).ok_or_else(|| no_run(run))?,
        None => latest(session, environment)?,
    };
    let number = record.run;
    let folder = folder_of_run(session, number, &record.start.runs_folder);
    let yes = Yes::kept(&folder);
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
            let RunStart { actor, host, pid, .. } = &record.start;
            let message = format!("run {number} goes on: {actor} on {host}, process {pid}");
            return Err(Finding::error(codes::LOCKED, message).help("wait until it ends").into());
        }
        None | Some(RunResult::Lost | RunResult::Interrupted) => {}
        // It resumed another one, and somebody had to look after what that had left.
        Some(_) if yes.is_some() => {}
        Some(result) => {
            let message = format!("run {number} was not cut off: it is {}", result.as_str());
            return Err(Finding::error(codes::RUN_OVER, message).help(START_ANEW).into());
        }
    }
    let (mut instances, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for address in &record.start.instances {
        match name_of_now(session, address) {
            Some(now) => instances.insert(now),
            None => gone.insert(address.clone()),
        };
    }
    none_left_open(session, &gone)?;
    let yes = yes.map(|yes| yes.renamed(|address| name_of_now(session, address)));
    Ok(CutOff { record, yes, folder, instances, gone })
}

/// What to do where there is nothing to resume.
const START_ANEW: &str = "`seam apply` starts a new run; what is done is not run again";

/// The latest run that nobody drives and that has no end, or that ended and keeps its yes, unless a later
/// one did what it was to do.
fn latest(session: &Session, environment: Option<&Name>) -> Result<RunRecord, RunFailure> {
    let mut runs: BTreeMap<u64, RunRecord> = BTreeMap::new();
    for record in session.registry.runs(RUNS_KEPT)?.into_iter().chain(session.registry.unfinished_runs()?) {
        if matches!(record.start.verb, Verb::Apply | Verb::Destroy) {
            runs.insert(record.run, record);
        }
    }
    let mut done: BTreeSet<Address> = BTreeSet::new();
    for record in runs.into_values().rev() {
        let is_here = environment.is_none_or(|environment| *environment == record.start.environment);
        let keeps_yes = || Yes::kept(&folder_of_run(session, record.run, &record.start.runs_folder)).is_some();
        let is_done = || record.start.instances.iter().any(|address| done.contains(address));
        let is_cut_off = match &record.ending {
            None => !is_driven(session, &record),
            Some(_) => !is_done() && keeps_yes(),
        };
        if is_here && is_cut_off {
            return Ok(record);
        }
        if record.ending.is_some_and(|ending| matches!(ending.result, RunResult::Done | RunResult::Failed)) {
            done.extend(record.start.instances);
        }
    }
    let place = environment.map_or_else(String::new, |environment| format!(" of {environment}"));
    Err(Finding::error(codes::RUN_OVER, format!("no run{place} was cut off")).help(START_ANEW).into())
}

/// What is left out is nothing that anybody has to look after.
fn none_left_open(session: &Session, gone: &BTreeSet<Address>) -> Result<(), RunFailure> {
    let mut findings = Vec::new();
    for state in session.registry.instances(gone.iter().cloned().collect())? {
        if let Some(open) = &state.open_step {
            let (address, verb, run) = (&state.address, open.verb.as_str(), open.run);
            let message =
                format!("the {verb} of {address} in run {run} led to nothing recorded, and its stack is gone");
            let help = "put its folder back into the workspace; where it was renamed, say `formerly` in its stack.yaml";
            findings.push(Finding::error(codes::STACK_GONE, message).help(help));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings.into()) }
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
