//! The state on record: where the state of an instance was when it was last seen, and how far it had come;
//! and whether what lies where it belongs now is that state, or what came of it.

use crate::Session;
use crate::failure::RunFailure;
use crate::import_state::{Found, States};
use crate::instance::{Instance, ToolInUse};
use crate::launcher::StepLauncher;
use seam_model::{Environment, Finding, Stack, Value, codes};
use seam_registry::{Backend, InstanceState, StatePosition};
use seam_tools::terraform::{self, Recorded, StatePlace};
use std::path::{Path, PathBuf};

/// The last position that is known of the state of an instance; `None` where none was ever seen, and where
/// Seam could not see it.
pub fn position_on_record(prior: &InstanceState) -> Option<&StatePosition> {
    let before = prior.open_step.as_ref().and_then(|step| step.state_before.as_ref());
    match (&prior.state_changed, &prior.success) {
        (Some(changed), None) => changed.state.as_ref(),
        (Some(changed), Some(success)) => changed.state.as_ref().or(success.state.as_ref()),
        (None, Some(success)) => success.state.as_ref(),
        (None, None) => before,
    }
}

/// What a tool compares a state with.
pub fn recorded_state(prior: &InstanceState) -> Recorded {
    let is_begun = prior.success.is_some() || prior.open_step.is_some() || prior.state_changed.is_some();
    match position_on_record(prior) {
        Some(StatePosition { lineage, serial, .. }) => {
            Recorded::At(terraform::StatePosition { lineage: lineage.clone(), serial: *serial })
        }
        None if is_begun => Recorded::Started,
        None => Recorded::Never,
    }
}

/// Is the state of this lineage the one on record?
pub fn is_on_record(prior: &InstanceState, lineage: &str) -> bool {
    position_on_record(prior).is_some_and(|recorded| recorded.lineage == lineage)
}

/// The serial on record, where `found` is an older version of the same state.
pub fn older_than(prior: &InstanceState, found: &Found) -> Option<u64> {
    let own = &found.state.position;
    let recorded = position_on_record(prior).filter(|recorded| recorded.lineage == own.lineage)?;
    (own.serial < recorded.serial).then_some(recorded.serial)
}

/// The place on record, where that is another one than `place`.
pub fn elsewhere<'a>(prior: &'a InstanceState, place: &StatePlace) -> Option<&'a str> {
    position_on_record(prior).map(|recorded| recorded.place.as_str()).filter(|recorded| *recorded != place.identity())
}

/// The files that a local place on record may mean: below the folder of local states, and below the workspace.
pub fn files_on_record(session: &Session, prior: &InstanceState) -> Vec<PathBuf> {
    let name = position_on_record(prior).and_then(|recorded| recorded.place.strip_prefix("local "));
    let below = [session.places.states(), session.workspace.root.clone()];
    name.into_iter().flat_map(|name| below.iter().map(move |folder| folder.join(name))).collect()
}

/// The backend that the state was in at the last success; `None` for a file, and where its settings are
/// sealed and their key is not here.
pub fn backend_on_record(prior: &InstanceState) -> Option<StatePlace> {
    let Backend { kind, workspace, settings, .. } = prior.success.as_ref()?.backend.clone()?;
    match settings {
        Value::Object(settings) => Some(StatePlace::Backend { kind, settings, block: None, workspace }),
        _ => None,
    }
}

/// The place on record; `None` where its settings are not known here.
fn place_on_record(session: &Session, prior: &InstanceState) -> Option<StatePlace> {
    let files = files_on_record(session, prior);
    let file = files.iter().find(|file| file.exists()).or(files.first());
    file.map(|file| file_place(file)).or_else(|| backend_on_record(prior))
}

/// The same in words.
fn words_on_record(session: &Session, prior: &InstanceState) -> String {
    let kind = position_on_record(prior).and_then(|recorded| recorded.place.split(' ').next()).unwrap_or("?");
    place_on_record(session, prior)
        .map_or_else(|| format!("the backend `{kind}`, with its settings of then"), |place| place.words())
}

/// A file as the place of a state.
pub fn file_place(path: &Path) -> StatePlace {
    StatePlace::Local { path: path.to_owned(), name: path.display().to_string() }
}

/// A position as the registry records it.
pub fn recorded_position(place: &StatePlace, position: &terraform::StatePosition) -> StatePosition {
    StatePosition { place: place.identity(), lineage: position.lineage.clone(), serial: position.serial, stamp: None }
}

/// What a state's backend is opened with, as the registry records it.
pub fn recorded_backend(place: &StatePlace) -> Option<Backend> {
    let StatePlace::Backend { kind, workspace, .. } = place else { return None };
    let (settings, sensitive) = place.settings()?;
    let (kind, workspace, settings) = (kind.clone(), workspace.clone(), Value::Object(settings));
    Some(Backend { kind, workspace, settings, sensitive })
}

/// Refuses (S0319) to go on with a copy that the state on record has left behind: where the backend is
/// another one than before, both states are read. A place on record that cannot be read is refused too.
pub fn refuse_left_behind(instance: &Instance, launcher: &mut StepLauncher) -> Result<(), RunFailure> {
    let Instance { session, stack, prior, env, .. } = instance;
    let ToolInUse::Terraform { program, place, .. } = &instance.tool else { return Ok(()) };
    if elsewhere(prior, place).is_none() {
        return Ok(());
    }
    let states = States { session, stack, program, env: &env.variables };
    // Where none is, the tool's plan says so.
    let Some(here) = states.read(place, launcher)? else { return Ok(()) };
    let (now, was) = (place.words(), words_on_record(session, prior));
    let Some(before) = place_on_record(session, prior) else {
        let message = format!("the state of {} is recorded in {was}, which are not known here", prior.address);
        let help = format!("where {now} has the right one: {}", import_of(prior));
        return Err(Finding::error(codes::STATE_OLDER, message).at(&stack.place).help(help).into());
    };
    let there = states.read(&before, launcher).map_err(|mut failure| {
        for finding in &mut failure.findings {
            let words = format!("the state was recorded there; where {now} has the right one: {}", import_of(prior));
            finding.help = Some(format!("{words} --older"));
        }
        failure
    })?;
    let (own, left) = (&here.state.position, there.as_ref().map(|there| &there.state.position));
    match left.filter(|left| left.lineage == own.lineage && left.serial > own.serial) {
        None => Ok(()),
        Some(left) => {
            let message = format!(
                "the state of {} at {now} is an old copy: it has the serial {}, and the one at {was}, where it is recorded, {}",
                prior.address, own.serial, left.serial
            );
            let help = format!(
                "let `backend:` say the place of before again; or move the copy away, then: {}",
                import_of(prior)
            );
            Err(Finding::error(codes::STATE_OLDER, message).at(&stack.place).help(help).into())
        }
    }
}

/// Where the state at `place` stands; refused as `StatePlace::check` does, with the command that mends it.
pub fn check_place(
    session: &Session,
    prior: &InstanceState,
    place: &StatePlace,
) -> Result<Option<terraform::StatePosition>, Box<Finding>> {
    let (stack, environment) = session.instance(&prior.address);
    let source = session.workspace.root.join(&stack.source);
    let own = workspace_beside(session, stack, environment);
    let checked = place.check(&recorded_state(prior), &source, &own);
    checked.map_err(|finding| offer_import(session, prior, place, finding))
}

/// The TF workspace whose state beside the code is that of the instance.
pub fn workspace_beside(session: &Session, stack: &Stack, environment: &Environment) -> String {
    let attributes = environment.attributes(&session.workspace.system, &stack.name);
    let named = stack.workspace_in(&attributes).ok().flatten();
    named.unwrap_or_else(|| environment.name.to_string())
}

/// A state that is not the one on record, with the command that takes it in (S0305, S0306) or moves it
/// here from the place where it was recorded (S0307): then both places are named.
pub fn offer_import(
    session: &Session,
    prior: &InstanceState,
    place: &StatePlace,
    finding: Box<Finding>,
) -> Box<Finding> {
    let import = import_of(prior);
    match finding.code {
        // That of a TF workspace of another instance is not taken in here, and says so.
        codes::UNADOPTED_STATE if finding.help.is_none() => {
            let help = format!("take it in, which changes nothing: {import}; to start anew, move it away");
            Box::new(finding.help(help))
        }
        codes::STATE_OLDER => {
            let help = match elsewhere(prior, place) {
                Some(_) => {
                    format!("it was recorded at {}: let `backend:` say that again", words_on_record(session, prior))
                }
                None => "put the later one back: a backup, or a version of the bucket".to_owned(),
            };
            Box::new(finding.help(format!("{help}; where this one is right: {import} --older")))
        }
        codes::STATE_VANISHED if elsewhere(prior, place).is_some() => {
            let (was, now) = (words_on_record(session, prior), place.words());
            let message = format!(
                "the state of {} is recorded at {was}, and it is not at {now}, where it should be now",
                prior.address
            );
            let help = format!("move it: {import}; or let `backend:` say the place of before again");
            Box::new(Finding { message, help: Some(help), ..*finding })
        }
        _ => finding,
    }
}

fn import_of(prior: &InstanceState) -> String {
    format!("seam import {} -e {}", prior.address.stack, prior.address.environment)
}
