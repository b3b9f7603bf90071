//! Applies a saved plan, and reads what came of it.

use super::ask::ask;
use super::check::vanished;
use super::failure::{UNSAVED_STATE, failure};
use super::plan::{variables, variables_file};
use super::ready::{backend_path, ready};
use super::stream::Stream;
use super::unknown::pull;
use super::{Goal, Job, Progress, Recorded, StatePlace, TerraformPlan};
use crate::state::{self, StatePosition, parse_outputs};
use crate::{Call, Diagnostic, Failure, Launcher, Output, inventory};
use seam_model::{Action, Change, Finding, Resource, codes};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// Applies a saved plan, of either goal, and gives the tool's warnings. What was applied before a
/// failure is in the state; one that is not there after a success has vanished (S0307). Ephemeral variables are passed again, because no plan keeps them.
pub fn apply(
    job: &Job,
    launcher: &mut dyn Launcher,
    planned: &TerraformPlan,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Vec<Diagnostic>, Failure> {
    let Some(saved) = planned.saved.as_ref().filter(|_| !planned.with_unknowns) else {
        let message = "a plan with unknown inputs is never applied";
        return Err(Failure::from(Box::new(Finding::error(codes::TOOL_FAILED, message))));
    };
    let call = match planned.goal {
        Goal::Apply => Call::Apply,
        Goal::Destroy => Call::Destroy,
    };
    let total = planned.changes.iter().map(operations).sum();
    let ephemeral = variables(job, |variable| variable.ephemeral);
    let mut stream = Stream::default();
    let process = launcher.launch(
        call,
        &mut |folder| {
            let mut args: Vec<OsString> =
                ["apply", "-json", "-input=false", "-lock-timeout=60s"].map(OsString::from).into();
            args.extend(variables_file(folder, &ephemeral)?);
            args.push(saved.clone().into());
            Ok(job.command(args))
        },
        &mut |line| {
            if let Some(line) = stream.line(line) {
                progress(&Progress { done: stream.done.min(total), total, line });
            }
        },
    );
    protect_state(job);
    let process = process?;
    if !process.ended.is_success() {
        return Err(failure(job, call.as_str(), stream, process.ended));
    }
    if let (Goal::Apply, StatePlace::Local { path, .. }) = (planned.goal, job.state)
        && !path.metadata().is_ok_and(|file| file.len() > 0)
    {
        return Err(Failure::from(vanished(&path.display().to_string())));
    }
    Ok(stream.diagnostics.iter().map(|diagnostic| diagnostic.outcome(job)).collect())
}

/// What an apply left in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Where the state stands.
    pub position: Option<StatePosition>,
    /// By name.
    pub outputs: BTreeMap<String, Output>,
    /// What lookups find; `None` where the state is encrypted, and where there are too many.
    pub resources: Option<Vec<Resource>>,
}

/// Reads what an apply left: in a local state without starting a process, in that of a backend with one.
/// No state gives no outputs, but where one was recorded it is a vanished one (S0307).
pub fn outputs(job: &Job, launcher: &mut dyn Launcher) -> Result<Applied, Failure> {
    let mut position = None;
    if let StatePlace::Local { path, .. } = job.state {
        match state::read(path) {
            Ok(None) if matches!(job.recorded, Recorded::At(_)) => {
                return Err(Failure::from(vanished(&path.display().to_string())));
            }
            Ok(None) => return Ok(Applied { position, outputs: BTreeMap::new(), resources: Some(Vec::new()) }),
            Ok(Some(state::State { position, outputs: Some(outputs), .. })) => {
                let resources = File::open(path).ok().and_then(|file| inventory::of_state(file).ok());
                return Ok(Applied { position: Some(position), outputs, resources });
            }
            Ok(Some(encrypted)) => position = Some(encrypted.position),
            Err(error) => return Err(unreadable(&error.to_string())),
        }
    }
    ready(job, launcher, &mut |_| {})?;
    if let StatePlace::Backend { .. } = job.state
        && let Some(pulled) = pull(job, launcher)?
        && let Ok(state::State { position, outputs: Some(outputs), .. }) = state::parse(&pulled)
        && !position.lineage.is_empty()
    {
        let resources = inventory::of_state(pulled.as_slice()).ok();
        return Ok(Applied { position: Some(position), outputs, resources });
    }
    let text = ask(job, launcher, Call::Outputs, job.folder, &["output".into(), "-json".into()])?;
    let outputs = parse_outputs(&text).map_err(|error| unreadable(&error.to_string()))?;
    Ok(Applied { position, outputs, resources: None })
}

/// Removes what the tool keeps of backend settings that may be secrets. Called when a run is done
/// with the instance; the next plan runs `init` again.
pub fn clear(job: &Job) -> io::Result<()> {
    if !job.state.has_secrets() {
        return Ok(());
    }
    match std::fs::remove_file(backend_path(job)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// How many operations an apply reports for a change.
fn operations(change: &Change) -> usize {
    match change.action {
        Action::NoOp | Action::Forget => 0,
        Action::Replace => 2,
        Action::Read | Action::Update | Action::Create | Action::Delete => 1,
    }
}

/// Tools write states and their backups for everybody to read: makes them the owner's alone (0600).
pub fn protect_state(job: &Job) {
    let mut files = vec![job.folder.join(UNSAVED_STATE)];
    if let StatePlace::Local { path, .. } = job.state {
        let folder = path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
        let beside = folder.into_iter().flatten().flatten().map(|entry| entry.path());
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let is_ours = |file: &PathBuf| {
            file.file_name().is_some_and(|file| {
                let rest = file.as_encoded_bytes().strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(b".backup"))
            })
        };
        files.extend(beside.filter(is_ours));
    }
    for file in files {
        // What was not written is not there.
        let _ = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600));
    }
}

fn unreadable(reason: &str) -> Failure {
    Failure::from(Box::new(Finding::error(codes::STATE_UNREADABLE, format!("the outputs cannot be read: {reason}"))))
}
