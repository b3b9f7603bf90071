//! States that only the tool can read, on a server of its `http` backend.

use crate::stage::Stage;
use crate::state_server::{self, Kept};
use seam_model::{Action, Backend, Place, Value, codes};
use seam_tools::Call;
use seam_tools::terraform::{self, Goal, Recorded};
use std::fs;
use std::sync::{Arc, Mutex};

const CODE: &str = r#"
variable "n" { type = string }
resource "terraform_data" "a" { input = var.n }
output "n" { value = terraform_data.a.output }
output "fixed" { value = "x" }
"#;

/// A stack whose settings name the server, with a password.
fn stage() -> Option<(Stage, Arc<Mutex<Kept>>)> {
    let mut stage = Stage::new(&[("main.tf", CODE)])?;
    let (address, kept) = state_server::start();
    let lock = format!("{address}/lock");
    let settings = [
        ("address", format!("{address}/{{stack}}")),
        ("lock_address", lock.clone()),
        ("unlock_address", lock),
        ("username", "somebody".to_owned()),
        ("password", "hush-hush".to_owned()),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
    stage.stack.backend = Some(Backend { kind: "http".into(), settings, place: Place::file("seam.yaml") });
    stage.inputs.insert("n".into(), "one".into());
    Some((stage, kept))
}

#[test]
fn settings_go_by_file_and_outputs_come_from_the_tool() {
    let Some((mut stage, kept)) = stage() else { return };
    assert_eq!(stage.apply().position, None);
    assert_eq!(stage.outputs()["n"].value, Value::from("one"));
    assert_eq!(stage.calls(), [Call::Init, Call::Plan, Call::Apply, Call::Outputs]);
    assert!(kept.lock().unwrap().state.is_some());
    let settings = fs::read_to_string(stage.workspace.root.join(".seam/runs/1-init/backend.json")).unwrap();
    assert!(settings.contains("hush-hush"));

    let planned = stage.plan(Goal::Apply).unwrap();
    assert_eq!(stage.calls(), [Call::Plan]);
    assert!(planned.position.is_some() && !planned.has_changes);
    assert_eq!(planned.outputs["n"].value, Value::from("one"));

    let file = stage.with(|job, _| {
        let file = job.folder.join(".terraform/terraform.tfstate");
        assert!(fs::read_to_string(&file).unwrap().contains("hush-hush"));
        terraform::clear(job).unwrap();
        file
    });
    assert!(!file.exists());
    stage.plan(Goal::Apply).unwrap();
    assert_eq!(stage.calls(), [Call::Init, Call::Plan]);
}

#[test]
fn another_state_is_refused_after_the_plan_and_before_the_apply() {
    let Some((mut stage, kept)) = stage() else { return };
    stage.apply();
    stage.recorded = Recorded::Never;
    let failure = stage.plan(Goal::Apply).unwrap_err();
    assert_eq!(failure.finding.code, codes::UNADOPTED_STATE);
    let message = &failure.finding.message;
    assert!(message.contains("lies at http://127.0.0.1:") && !message.contains("hush-hush"), "{message}");
    stage.recorded = Recorded::Started;
    let position = stage.plan(Goal::Apply).unwrap().position.unwrap();
    stage.recorded = Recorded::At(position);
    stage.plan(Goal::Apply).unwrap();

    kept.lock().unwrap().state = None;
    for value in ["one".into(), Value::Unknown] {
        stage.inputs.insert("n".into(), value);
        assert_eq!(stage.plan(Goal::Apply).unwrap_err().finding.code, codes::STATE_VANISHED);
    }
}

#[test]
fn the_holder_of_a_lock_is_named() {
    let Some((mut stage, kept)) = stage() else { return };
    stage.apply();
    let holder =
        r#"{"ID":"the-id","Operation":"OperationTypeApply","Who":"ann@host","Created":"2026-01-02T03:04:05Z"}"#;
    kept.lock().unwrap().lock = Some(holder.into());
    stage.inputs.insert("n".into(), "two".into());
    // A plan that takes no lock works with read access; the wait of a minute is cut by the time limit.
    let planned = stage.with(|job, launcher| terraform::plan(job, launcher, Goal::Apply, false, &mut |_| {})).unwrap();
    assert_eq!(planned.changes[0].action, Action::Update);
    let failure = stage.with(|job, launcher| {
        let mut program = job.program.clone();
        program.path = without_waiting(job.workspace, &program.path);
        terraform::apply(&terraform::Job { program: &program, ..job.clone() }, launcher, &planned, &mut |_| {})
    });
    let finding = failure.unwrap_err().finding;
    assert_eq!(finding.code, codes::LOCKED);
    assert_eq!(finding.message, "the state is locked, lock id the-id");
    assert!(finding.help.unwrap().ends_with("seam tool app -e dev -- force-unlock the-id"));
}

/// A program that does not wait for locks.
fn without_waiting(folder: &std::path::Path, terraform: &std::path::Path) -> std::path::PathBuf {
    let program = folder.join("impatient");
    let script = format!(
        "for arg; do shift; case $arg in -lock-timeout=*) ;; *) set -- \"$@\" \"$arg\";; esac; done\nexec '{}' \"$@\"",
        terraform.display()
    );
    crate::world::install(&program, &script);
    program
}

#[test]
fn a_state_that_could_not_be_saved_stops_everything() {
    let Some((mut stage, kept)) = stage() else { return };
    kept.lock().unwrap().read_only = true;
    let failure = stage.run(Goal::Apply).unwrap_err();
    assert_eq!(failure.finding.code, codes::STATE_NOT_SAVED);
    assert!(failure.diagnostics.iter().any(|diagnostic| diagnostic.summary.contains("state")), "{failure:?}");
    stage.calls();
    kept.lock().unwrap().read_only = false;
    let finding = stage.plan(Goal::Apply).unwrap_err().finding;
    assert_eq!(finding.code, codes::STATE_NOT_SAVED);
    assert!(finding.help.unwrap().contains("seam tool app -e dev -- state push errored.tfstate && rm "));
    assert_eq!(stage.calls(), []);
}

#[test]
fn unknown_inputs_are_planned_on_the_pulled_state() {
    let Some((mut stage, _)) = stage() else { return };
    stage.apply();
    stage.calls();
    stage.inputs.insert("n".into(), Value::Unknown);
    let planned = stage.plan(Goal::Apply).unwrap();
    assert_eq!(stage.calls(), [Call::Outputs, Call::Plan]);
    assert_eq!((planned.changes.len(), planned.changes[0].action), (1, Action::Update));
    assert_eq!(planned.outputs["fixed"].value, Value::from("x"));
}
