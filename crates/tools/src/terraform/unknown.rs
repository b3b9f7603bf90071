//! Plans with inputs that nobody knows yet: in a throw-away copy of the mirror in which the unknown
//! ones are real unknowns to the tool. Such a plan is never applied.

use super::ask::ask;
use super::check::compare;
use super::copy::Copy;
use super::failure::failure;
use super::plan::{self, planned, variables, variables_file};
use super::ready::{OVERRIDE_FILE, tf_workspace};
use super::stream::Stream;
use super::{Goal, Job, Progress, StatePlace, TerraformPlan, wire};
use crate::launch::private_file;
use crate::state::{self, State};
use crate::{Call, Failure, Launcher};
use seam_hcl::{Dialect, Partial, Rewritten, SourceFile, is_loaded, is_ours};
use seam_model::{Action, Deferred, Finding, PlannedOutput, Tool, Value, codes};
use seam_process::Ended;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The state's name in a folder whose code has no backend block.
const STATE_FILE: &str = "terraform.tfstate";

/// Plans in a copy. The state's lock is not taken.
pub(super) fn plan(
    job: &Job,
    launcher: &mut dyn Launcher,
    goal: Goal,
    state: Option<&State>,
    progress: &mut dyn FnMut(&Progress),
) -> Result<TerraformPlan, Failure> {
    let unknown: BTreeMap<String, Partial> =
        unknown_inputs(job).map(|(name, value)| (name.clone(), partial(value))).collect();
    let files = source_files(job).map_err(|error| broken(job, &error))?;
    let rewritten = match seam_hcl::with_unknowns(&files, &unknown) {
        Ok(rewritten) => rewritten,
        Err(places) => return Ok(put_off(job, goal, state, &places)),
    };
    let bytes = match job.state {
        StatePlace::Local { path, .. } => std::fs::read(path).ok(),
        StatePlace::Backend { .. } => pull(job, launcher)?,
    };
    let read = bytes.as_deref().and_then(|bytes| state::parse(bytes).ok());
    if let StatePlace::Backend { .. } = job.state {
        compare(job.recorded, read.as_ref(), &job.state.words())?;
    }
    let state = state.or(read.as_ref());
    let copy = Copy::make(job, &rewritten).map_err(|error| broken(job, &error))?;
    let mut variables = variables(job, |_| true);
    variables.retain(|name, _| !rewritten.moved.contains(name));
    if !rewritten.moved.is_empty() {
        variables.insert("seam_known".to_owned(), rewritten.seam_known.clone());
    }

    let (process, stream) = plan::launch(
        launcher,
        &mut |folder| {
            if let Some(bytes) = &bytes {
                put_state(job, &copy, folder, bytes)?;
            }
            let mut args = plan::args(folder, goal, "-lock=false");
            args.extend(variables_file(folder, &variables)?);
            let mut command = job.command(args);
            command.folder.clone_from(&copy.folder);
            Ok(command)
        },
        progress,
    )?;
    let saved = plan::saved_in(&process.folder);
    let stream = as_in_the_source(job, &rewritten, stream);
    let mut put_off = put_off_at(job, &rewritten.unknown_settings);
    if !matches!(process.ended, Ended::Exited(0 | 2)) {
        let of_plugins = !put_off.is_empty();
        match deferred(job, &stream, &unknown, of_plugins).filter(|_| process.ended == Ended::Exited(1)) {
            Some(deferred) => put_off.extend(deferred),
            None => return Err(failure(job, "plan", stream, process.ended)),
        }
    }
    let mut planned = planned(job, goal, Some(saved), false, stream, state);
    planned.with_unknowns = true;
    planned.copy = Some(copy);
    planned.notes = rewritten.notes;
    planned.deferred = put_off;
    planned.outputs_in_doubt = !rewritten.unknown_settings.is_empty();
    planned.diagnostics.retain(|diagnostic| !diagnostic.error);
    add_unplanned_outputs(job, &mut planned, state);
    planned.has_changes = !planned.changes.is_empty()
        || !planned.deferred.is_empty()
        || planned.outputs.values().any(|output| output.action != Action::NoOp);
    Ok(planned)
}

/// Keeps the state in the step's folder, and puts a link where a tool without a backend looks for it.
fn put_state(job: &Job, copy: &Copy, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let state = folder.join(STATE_FILE);
    private_file(&state, bytes)?;
    let place = tf_workspace(job).map(|name| copy.folder.join("terraform.tfstate.d").join(name));
    let place = place.unwrap_or_else(|| copy.folder.clone());
    std::fs::create_dir_all(&place)?;
    symlink(state, place.join(STATE_FILE))
}

/// The inputs of declared variables in which a leaf is unknown.
pub(super) fn unknown_inputs<'a>(job: &'a Job) -> impl Iterator<Item = (&'a String, &'a Value)> {
    job.inputs.iter().filter(|(name, value)| !value.is_known() && job.code.variables.contains_key(*name))
}

/// A plan in which everything is put off, because an input cannot be made unknown in this code.
fn put_off(job: &Job, goal: Goal, state: Option<&State>, places: &[seam_hcl::CannotSplice]) -> TerraformPlan {
    let mut planned = planned(job, goal, None, true, Stream::default(), state);
    planned.with_unknowns = true;
    planned.deferred = put_off_at(job, places);
    add_unplanned_outputs(job, &mut planned, state);
    planned
}

/// Each place where an input must be known first.
fn put_off_at(job: &Job, places: &[seam_hcl::CannotSplice]) -> Vec<Deferred> {
    let deferred = places.iter().map(|cannot| {
        let place = wire::in_workspace(job, cannot.place.clone());
        let (input, message) = (cannot.variable.clone(), cannot.reason.clone());
        Deferred { input, file: place.file, line: place.line, column: place.column, message }
    });
    deferred.collect()
}

/// Outputs that a plan with a gap says nothing of, or nothing that can be believed, are unknown.
fn add_unplanned_outputs(job: &Job, planned: &mut TerraformPlan, state: Option<&State>) {
    if planned.deferred.is_empty() || planned.goal == Goal::Destroy {
        return;
    }
    if planned.outputs_in_doubt {
        planned.outputs.values_mut().for_each(|output| output.value = Value::Unknown);
    }
    let before = state.and_then(|state| state.outputs.as_ref());
    for (name, sensitive) in &job.code.outputs {
        let is_there = before.is_some_and(|outputs| outputs.contains_key(name));
        planned.outputs.entry(name.clone()).or_insert(PlannedOutput {
            action: if is_there { Action::Update } else { Action::Create },
            value: Value::Unknown,
            sensitive: *sensitive,
        });
    }
}

/// Reads the state of a backend through the tool; `None` where it prints none.
pub(super) fn pull(job: &Job, launcher: &mut dyn Launcher) -> Result<Option<Vec<u8>>, Failure> {
    let text = ask(job, launcher, Call::Outputs, job.folder, &["state".into(), "pull".into()])?;
    let state: Result<serde_json::Value, _> = state::first_object(&text);
    Ok(state.ok().map(|state| state.to_string().into_bytes()))
}

/// What the stream says, in the words of the stack's own code.
fn as_in_the_source(job: &Job, rewritten: &Rewritten, mut stream: Stream) -> Stream {
    stream.changes.retain(|(address, _)| !is_ours(address));
    stream.diagnostics.retain(|diagnostic| !diagnostic.is_ours(rewritten));
    for diagnostic in &mut stream.diagnostics {
        diagnostic.put_in_source_words(job, rewritten);
    }
    stream
}

/// What is put off; `None` where an error has another cause than an unknown input. `of_plugins`: a
/// plugin that is set up by one may fail in any words, at any object.
fn deferred(
    job: &Job,
    stream: &Stream,
    unknown: &BTreeMap<String, Partial>,
    of_plugins: bool,
) -> Option<Vec<Deferred>> {
    let errors: Vec<_> = stream.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect();
    let is_deferred = |error: &&wire::Diagnostic| is_about_unknown(error) || of_plugins && error.address.is_some();
    if errors.is_empty() || !errors.iter().all(is_deferred) {
        return None;
    }
    let deferred = errors.into_iter().map(|error| {
        let place = error.place(job).unwrap_or_default();
        let only = || unknown.keys().next().filter(|_| unknown.len() == 1).cloned();
        Deferred {
            input: error.blamed.clone().or_else(only),
            file: place.file,
            line: place.line,
            column: place.column,
            message: format!("{}: {}", error.summary, first_sentence(&error.detail)),
        }
    });
    Some(deferred.collect())
}

/// Terraform says of an error that comes of an unknown value what was unknown, or that something
/// cannot be determined; a plugin with unknown settings fails in its own words.
fn is_about_unknown(error: &wire::Diagnostic) -> bool {
    const WORDS: [&str; 2] = ["cannot be determined until apply", "known only after apply"];
    let statements = error.snippet.iter().flat_map(|snippet| &snippet.values).map(|value| &value.statement);
    let said = statements.chain([&error.detail]).any(|text| WORDS.iter().any(|words| text.contains(words)));
    let context = error.snippet.as_ref().and_then(|snippet| snippet.context.as_deref());
    said || context.is_some_and(|context| context.starts_with("provider "))
}

fn first_sentence(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.find(". ").map_or(line, |end| &line[..end]).trim_end_matches('.')
}

fn partial(value: &Value) -> Partial {
    match value {
        Value::Unknown => Partial::Unknown,
        Value::Array(items) if !value.is_known() => Partial::Array(items.iter().map(partial).collect()),
        Value::Object(members) if !value.is_known() => {
            Partial::Object(members.iter().map(|(name, member)| (name.clone(), partial(member))).collect())
        }
        known => Partial::Known(known.to_json().unwrap_or_default()),
    }
}

/// The files of the root module in the mirror, without Seam's override.
fn source_files(job: &Job) -> io::Result<Vec<SourceFile>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(job.folder)? {
        names.extend(entry?.file_name().into_string());
    }
    let all: Vec<_> = names.iter().map(String::as_str).filter(|name| *name != OVERRIDE_FILE).collect();
    let dialect = if job.program.tool == Tool::OpenTofu { Dialect::OpenTofu } else { Dialect::Terraform };
    let mut files = Vec::new();
    for name in all.iter().filter(|name| is_loaded(name, &all, dialect)) {
        files.push(SourceFile { name: (*name).to_owned(), bytes: std::fs::read(job.folder.join(name))? });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn broken(job: &Job, error: &io::Error) -> Failure {
    let message = format!("cannot copy {}: {error}", job.mirror.display());
    Failure::from(Box::new(Finding::error(codes::MIRROR, message)))
}
