//! Where each instance stands: never applied, current, changed and why, applied and not published,
//! uncertain, running.

use crate::Session;
use crate::driver::{holder, is_held};
use crate::due::{Decision, age, of_session};
use crate::failure::RunFailure;
use crate::fate::{Fate, fate};
use crate::inputs::{Known, resolve};
use crate::leftover::folder_of;
use crate::preflight;
use crate::rename::{Rename, on_record, renamed_from};
use crate::secrets::Secrets;
use seam_model::{Address, Tool, Verb};
use seam_process::{Found, look};
use seam_registry::{InstanceState, LiveVersion};
use std::collections::BTreeSet;

/// In one word, where an instance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never applied or published, or destroyed.
    Never,
    /// Nothing that it reads changed since its last success.
    Current,
    /// Something changed, or its last apply failed.
    Changed,
    /// Applied, and its outputs were not published.
    Unpublished,
    /// Nobody knows whether its last apply was done.
    Uncertain,
    /// A run is at it.
    Running,
}

impl Standing {
    /// The word that files and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Current => "current",
            Self::Changed => "changed",
            Self::Unpublished => "unpublished",
            Self::Uncertain => "uncertain",
            Self::Running => "running",
        }
    }
}

/// Where one instance stands.
#[derive(Clone, Debug)]
pub struct InstanceStatus {
    /// What the registry knows.
    pub state: InstanceState,
    /// In one word.
    pub standing: Standing,
    /// Why, in a few words.
    pub reason: String,
}

impl InstanceStatus {
    /// Was it there once, and was it destroyed?
    pub fn is_destroyed(&self) -> bool {
        self.standing == Standing::Never && self.state.destroyed
    }
}

/// Looks at instances without running any tool.
pub fn status(session: &Session, instances: &BTreeSet<Address>) -> Result<Vec<InstanceStatus>, RunFailure> {
    let known = preflight::recorded(session, instances)?;
    let secrets = Secrets::fetch(session, instances);
    instances
        .iter()
        .map(|address| {
            let state = known.recorded[address].clone();
            let (standing, reason) = standing(session, &state, &known, &secrets);
            Ok(InstanceStatus { state, standing, reason })
        })
        .collect()
}

/// Instances that this workspace deployed and has no more: nobody can destroy them before their stack is
/// back, or is in that environment again. What has another name only because the workspace is older than its
/// rename is none of them.
pub fn left_behind(session: &Session) -> Result<Vec<Address>, RunFailure> {
    let here = session.graph.instances();
    let gone = |address: &Address| address.system == session.workspace.system && here.binary_search(address).is_err();
    let here_now: BTreeSet<Address> = on_record(session, here.iter().cloned().collect())?
        .renames
        .into_values()
        .filter_map(|rename| match rename {
            Rename::Due(name) | Rename::Outdated(name) => Some(name),
            Rename::Both(_) => None,
        })
        .collect();
    let gone = |address: &Address| gone(address) && !here_now.contains(address);
    let gone: Vec<Address> = session.registry.published()?.into_iter().filter(gone).collect();
    let states = session.registry.instances(gone)?;
    let ours = |state: &InstanceState| state.success.as_ref().is_some_and(|it| it.home == session.caller.home);
    Ok(states.into_iter().filter(ours).map(|state| state.address).collect())
}

/// Why nobody can destroy an instance that was left behind, and what to do about it.
pub fn way_back(session: &Session, address: &Address) -> String {
    let Address { stack, environment, .. } = address;
    let Some(there) = session.workspace.stacks.get(stack) else {
        return format!(
            "no folder of this workspace is {stack} any more: put it back (git has it), destroy it, then remove it"
        );
    };
    let declared = session.workspace.environments.contains_key(environment);
    let file = if declared { there.place.file.as_str() } else { "seam.yaml" };
    format!("`environments:` of {file} has {environment} no more: put it back, destroy {stack} there, then take it out")
}

fn standing(session: &Session, state: &InstanceState, known: &Known, secrets: &Secrets) -> (Standing, String) {
    match known.renames.get(&state.address) {
        Some(Rename::Outdated(now)) => return (Standing::Changed, format!("is {now} by now: this workspace is older")),
        Some(Rename::Both(old)) => return (Standing::Changed, format!("cannot have been {old}: both are deployed")),
        Some(Rename::Due(_)) | None => {}
    }
    if let Some(lease) = state.lease.as_ref().filter(|lease| is_held(session, lease)) {
        return (Standing::Running, format!("by {}", holder(lease, (session.caller.clock)())));
    }
    if let Some(found) = of_open_step(session, state) {
        return found;
    }
    if !state.deployed.is_empty() {
        let now_us = (session.caller.clock)();
        let told = |one: &LiveVersion| format!("{} by {}, {}", one.version, one.actor, age(now_us - one.since_us));
        let versions: Vec<String> = state.deployed.iter().map(told).collect();
        return (Standing::Current, format!("deployed by others: {}", versions.join(" · ")));
    }
    match (&state.success, &state.publication) {
        (None, None) if state.destroyed => (Standing::Never, "destroyed".to_owned()),
        (None, None) if state.state_changed.is_some() => {
            (Standing::Changed, "its state was changed by hand, and it was never applied".to_owned())
        }
        (None, None) => (Standing::Never, "never applied".to_owned()),
        (None, Some(_)) => (Standing::Current, "published by others".to_owned()),
        (Some(_), _) => compared(session, state, known, secrets),
    }
}

fn of_open_step(session: &Session, state: &InstanceState) -> Option<(Standing, String)> {
    let step = state.open_step.as_ref()?;
    let folder = folder_of(session, &state.address, step).ok()?;
    let (verb, run) = (step.verb.as_str(), step.run);
    let found = look(&folder).unwrap_or(Found::Uncertain);
    let how = || match &found {
        Found::Ended(ended) => ended.to_string(),
        _ => "did not end well".to_owned(),
    };
    Some(match (fate(&found, step.outcome), step.verb) {
        (Fate::SaidDone, _) if session.instance(&state.address).0.tool != Tool::Exec => {
            (Standing::Changed, format!("its {verb} in run {run} is said to be done, and was not planned since"))
        }
        (Fate::Running(_), _) => (Standing::Running, format!("its {verb} of run {run} goes on")),
        (Fate::Done | Fate::SaidDone, Verb::Destroy) => {
            (Standing::Unpublished, format!("run {run} destroyed it and did not record that"))
        }
        (Fate::Done | Fate::SaidDone, _) => {
            (Standing::Unpublished, format!("run {run} applied it and did not publish"))
        }
        (Fate::NotStarted, _) => return None,
        (Fate::SaidNotDone, _) => (Standing::Changed, format!("its {verb} in run {run} was cut off and not done")),
        (Fate::Failed | Fate::Killed, _) => (Standing::Changed, format!("its {verb} in run {run} {}", how())),
        (Fate::Unknown, _) => (Standing::Uncertain, format!("its {verb} in run {run} was cut off")),
    })
}

/// Compares what the instance reads now with what it read at its last success.
fn compared(session: &Session, state: &InstanceState, known: &Known, secrets: &Secrets) -> (Standing, String) {
    if session.instance(&state.address).0.tool == Tool::External {
        return (Standing::Current, "published by others".to_owned());
    }
    let inputs = match resolve(session, &state.address, known, secrets) {
        Ok(inputs) => inputs,
        Err(findings) => {
            let reason = findings.into_iter().next().map(|finding| finding.message).unwrap_or_default();
            return (Standing::Changed, reason);
        }
    };
    match of_session(session, state, &inputs) {
        Ok(Ok(Decision::Skip(_))) => {
            let unread = session.states.not_compared(session, &state.address);
            let unread = unread.iter().map(|kind| format!(" · state in {kind} not compared"));
            let renamed = renamed_from(state).map(|former| format!(" · renamed from {former}")).unwrap_or_default();
            (Standing::Current, format!("up to date{}{renamed}", unread.collect::<String>()))
        }
        Ok(Ok(Decision::Run(why))) => (Standing::Changed, why),
        Ok(Err(holder)) => (Standing::Running, format!("{holder} is at it")),
        Err(failure) => {
            let reason = failure.findings.into_iter().next().map(|finding| finding.message).unwrap_or_default();
            (Standing::Changed, reason)
        }
    }
}
