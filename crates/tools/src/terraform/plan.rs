//! Plans with known inputs: the saved plan is what is applied later.

use super::check::compare;
use super::failure::{failure, refuse_unsaved_state, wants_init};
use super::ready::{init, option, ready, tf_workspace};
use super::stream::Stream;
use super::{Goal, Job, Progress, StatePlace, TerraformPlan, saved, unknown};
use crate::launch::private_file;
use crate::state::State;
use crate::{Call, Failure, Launched, Launcher, Output};
use seam_model::{Action, Change, PlannedOutput, Value};
use seam_process::Ended;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The inputs, in the step's folder.
pub(super) const VARIABLES_FILE: &str = "variables.tfvars.json";

/// Plans, with real unknowns where an input has an unknown leaf; then the plan is never applied.
/// Runs `init` first where the mirror needs it. `lock` takes the state's lock; a plan that nobody
/// will apply goes without.
///
/// A state that is not the recorded one (S0305, S0306, S0307, S0308) is refused before anything is
/// started where Seam reads the state itself, else after the plan and before an apply.
pub fn plan(
    job: &Job,
    launcher: &mut dyn Launcher,
    goal: Goal,
    lock: bool,
    progress: &mut dyn FnMut(&Progress),
) -> Result<TerraformPlan, Failure> {
    let environment = job.instance.map(|instance| instance.environment.as_str());
    let own = tf_workspace(job).and_then(OsStr::to_str).or(environment).unwrap_or_default();
    let state = job.state.checked(job.recorded, &job.workspace.join(job.source), own)?;
    refuse_unsaved_state(job)?;
    ready(job, launcher, progress)?;
    let once = |launcher: &mut dyn Launcher, progress: &mut dyn FnMut(&Progress)| {
        if unknown::unknown_inputs(job).next().is_none() {
            known(job, launcher, (goal, lock), state.as_ref(), progress)
        } else {
            unknown::plan(job, launcher, goal, state.as_ref(), progress)
        }
    };
    match once(launcher, progress) {
        Err(failure) if wants_init(&failure) => {
            init(job, launcher, progress)?;
            once(launcher, progress)
        }
        result => result,
    }
}

fn known(
    job: &Job,
    launcher: &mut dyn Launcher,
    (goal, lock): (Goal, bool),
    state: Option<&State>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<TerraformPlan, Failure> {
    let lock = if lock { "-lock-timeout=60s" } else { "-lock=false" };
    let variables = variables(job, |_| true);
    let (process, stream) = launch(
        launcher,
        &mut |folder| {
            let mut args = args(folder, goal, lock);
            args.extend(variables_file(folder, &variables)?);
            Ok(job.command(args))
        },
        progress,
    )?;
    let saved = saved_in(&process.folder);
    let has_changes = match process.ended {
        Ended::Exited(0) => false,
        Ended::Exited(2) => true,
        ended => return Err(failure(job, "plan", stream, ended)),
    };
    let read = match job.state {
        StatePlace::Local { .. } => None,
        StatePlace::Backend { .. } => {
            let state = saved::state_of(&saved);
            if state.is_some() {
                compare(job.recorded, state.as_ref(), &job.state.words())?;
            }
            state
        }
    };
    Ok(planned(job, goal, Some(saved), has_changes, stream, state.or(read.as_ref())))
}

/// Starts `plan` and follows it.
pub(super) fn launch(
    launcher: &mut dyn Launcher,
    build: &mut dyn FnMut(&Path) -> io::Result<seam_process::Command>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<(Launched, Stream), Failure> {
    let mut stream = Stream::default();
    let process = launcher.launch(Call::Plan, build, &mut |line| {
        if let Some(line) = stream.line(line) {
            progress(&Progress { done: 0, total: 0, line });
        }
    })?;
    let saved = saved_in(&process.folder);
    if saved.exists() {
        let _ = std::fs::set_permissions(saved, std::fs::Permissions::from_mode(0o600));
    }
    Ok((process, stream))
}

/// The arguments of `plan` but for the variables.
pub(super) fn args(folder: &Path, goal: Goal, lock: &str) -> Vec<OsString> {
    let mut args: Vec<OsString> =
        ["plan", "-json", "-input=false", "-detailed-exitcode", lock].map(OsString::from).into();
    if goal == Goal::Destroy {
        args.push("-destroy".into());
    }
    args.push(option("-out=", &saved_in(folder)));
    args
}

/// Where a plan is saved in its step's folder.
pub(super) fn saved_in(folder: &Path) -> PathBuf {
    folder.join("plan.tfplan")
}

/// The inputs of the declared variables that `wanted` picks, as JSON.
pub(super) fn variables(
    job: &Job,
    wanted: impl Fn(&seam_model::Variable) -> bool,
) -> serde_json::Map<String, serde_json::Value> {
    let declared = job.inputs.iter().filter(|(name, _)| job.code.variables.get(*name).is_some_and(&wanted));
    declared.filter_map(|(name, value)| Some((name.clone(), value.to_json()?))).collect()
}

/// Writes the variables file, and the argument that names it; nothing where there are none.
pub(super) fn variables_file(
    folder: &Path,
    variables: &serde_json::Map<String, serde_json::Value>,
) -> io::Result<Option<OsString>> {
    if variables.is_empty() {
        return Ok(None);
    }
    let path = folder.join(VARIABLES_FILE);
    private_file(&path, serde_json::to_string(variables).map_err(io::Error::from)?.as_bytes())?;
    Ok(Some(option("-var-file=", &path)))
}

/// Puts together what a plan said; `state` is the one that it was made on.
pub(super) fn planned(
    job: &Job,
    goal: Goal,
    saved: Option<PathBuf>,
    has_changes: bool,
    stream: Stream,
    state: Option<&State>,
) -> TerraformPlan {
    let before = state.and_then(|state| state.outputs.as_ref());
    TerraformPlan {
        goal,
        changes: stream.changes.into_iter().map(|(address, action)| Change::new(address, action)).collect(),
        outputs: outputs(stream.outputs, before),
        has_changes,
        saved,
        with_unknowns: false,
        position: state.map(|state| state.position.clone()).filter(|position| !position.lineage.is_empty()),
        diagnostics: stream.diagnostics.iter().map(|diagnostic| diagnostic.outcome(job)).collect(),
        deferred: Vec::new(),
        notes: Vec::new(),
        version: stream.version,
        outputs_in_doubt: false,
        copy: None,
    }
}

fn outputs(
    said: BTreeMap<String, (Action, bool)>,
    before: Option<&BTreeMap<String, Output>>,
) -> BTreeMap<String, PlannedOutput> {
    let planned = said.into_iter().map(|(name, (action, sensitive))| {
        let value = match action {
            Action::NoOp => {
                before.and_then(|outputs| outputs.get(&name)).map_or(Value::Unknown, |row| row.value.clone())
            }
            Action::Delete => Value::Null,
            _ => Value::Unknown,
        };
        (name, PlannedOutput { action, value, sensitive })
    });
    planned.collect()
}
