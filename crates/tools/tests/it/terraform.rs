//! Plan, apply and outputs with the real program.

use crate::stage::{SOURCE, Stage};
use crate::world::tree;
use seam_model::{Action, Tool, Value, codes};
use seam_process::Ended;
use seam_tools::Call;
use seam_tools::terraform::{self, Goal};
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const MAIN: &str = r#"
variable "name" { type = string }
variable "key" {
  type      = string
  ephemeral = true
  default   = ""
}
resource "terraform_data" "a" {
  input = var.name
}
resource "terraform_data" "b" {
  triggers_replace = var.name
}
output "name" { value = terraform_data.a.output }
output "ids" {
  value     = { first = [terraform_data.a.id], count = 1.50 }
  sensitive = true
}
output "fixed" { value = "x" }
"#;

#[test]
fn three_processes_the_first_time_two_later_one_where_nothing_changes() {
    let Some(mut stage) = Stage::new(&[("main.tf", MAIN)]) else { return };
    let awkward = "\"q\" ${x} %{y}\n\\ ü";
    stage.inputs.insert("name".into(), awkward.into());
    stage.inputs.insert("key".into(), "ephemeral".into());
    stage.inputs.insert("undeclared".into(), "left out".into());
    let planned = stage.apply();
    assert_eq!(stage.calls(), [Call::Init, Call::Plan, Call::Apply]);
    assert!(planned.has_changes && planned.position.is_none() && planned.diagnostics.is_empty());
    assert!(planned.version.is_some());
    let mut changes: Vec<_> = planned.changes.iter().map(|it| (it.address.as_str(), it.action)).collect();
    changes.sort_unstable();
    assert_eq!(changes, [("terraform_data.a", Action::Create), ("terraform_data.b", Action::Create)]);

    let outputs = stage.outputs();
    assert_eq!(outputs["name"].value, Value::from(awkward));
    assert_eq!(outputs["name"].schema.0, json!({"type": "string"}));
    assert!(outputs["ids"].sensitive);
    assert_eq!(outputs["ids"].schema.0["properties"]["first"], json!({"type": "array", "items": {"type": "string"}}));
    assert_eq!(outputs["ids"].value.at(&".count".parse().unwrap()), Some(&Value::from(json!(1.5))));

    let planned = stage.plan(Goal::Apply).unwrap();
    assert_eq!(stage.calls(), [Call::Plan]);
    assert!(!planned.has_changes && planned.changes.is_empty() && planned.position.is_some());
    assert_eq!((planned.outputs["name"].action, &planned.outputs["name"].value), (Action::NoOp, &awkward.into()));
    assert!(planned.outputs["ids"].sensitive && planned.outputs["ids"].value == outputs["ids"].value);

    stage.inputs.insert("name".into(), "two".into());
    let planned = stage.apply();
    assert_eq!(stage.calls(), [Call::Plan, Call::Apply]);
    let mut changes: Vec<_> = planned.changes.iter().map(|it| (it.address.as_str(), it.action)).collect();
    changes.sort_unstable();
    assert_eq!(changes, [("terraform_data.a", Action::Update), ("terraform_data.b", Action::Replace)]);
    assert_eq!(planned.outputs["name"].value, Value::Unknown);

    let source: Vec<_> = tree(&stage.source()).into_iter().map(|path| path[..7].to_owned()).collect();
    assert_eq!(source, ["main.tf"]);
}

#[test]
fn a_plan_shows_values_and_unknown_leaves() {
    let Some(mut stage) = Stage::new(&[("main.tf", MAIN)]) else { return };
    stage.inputs.insert("name".into(), "one".into());
    let planned = stage.plan(Goal::Apply).unwrap();
    let shown = stage.with(|job, launcher| terraform::show(job, launcher, &planned)).unwrap();
    assert_eq!(stage.calls(), [Call::Init, Call::Plan, Call::Show]);
    assert_eq!(shown.outputs["fixed"].value, Value::from("x"));
    assert_eq!(shown.outputs["ids"].value.to_partial_json().0, json!({"count": 1.5, "first": [null]}));
    assert!(shown.outputs["ids"].sensitive && !shown.outputs["name"].sensitive);
    assert_eq!(shown.values["terraform_data.a"]["after"]["input"], json!("one"));
}

#[test]
fn secrets_lie_in_files_of_their_owner_alone() {
    let Some(mut stage) = Stage::new(&[("main.tf", MAIN)]) else { return };
    for value in ["one", "two"] {
        stage.inputs.insert("name".into(), value.into());
        stage.inputs.insert("key".into(), value.into());
        stage.apply();
    }
    let runs = stage.workspace.root.join(".seam/runs");
    let mut files = vec![stage.states().join("dev/app.tfstate"), stage.states().join("dev/app.tfstate.backup")];
    for (folder, names) in [
        ("2-plan", ["variables.tfvars.json", "plan.tfplan"].as_slice()),
        ("3-apply", ["variables.tfvars.json"].as_slice()),
    ] {
        let there: Vec<_> = fs::read_dir(runs.join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
        assert_eq!(there.len(), names.len());
        files.extend(there);
    }
    for file in files {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(fs::read_to_string(runs.join("3-apply/variables.tfvars.json")).unwrap(), r#"{"key":"one"}"#);
    assert_eq!(fs::metadata(stage.states().join("dev")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn five_hundred_outputs() {
    let mut code = String::new();
    for at in 0..500 {
        writeln!(code, "output \"o{at}\" {{ value = [{at}, \"{at}\"] }}").unwrap();
    }
    let Some(mut stage) = Stage::new(&[("main.tf", &code)]) else { return };
    assert!(stage.apply().changes.is_empty());
    let outputs = stage.outputs();
    assert_eq!((outputs.len(), &outputs["o499"].value), (500, &Value::from(json!([499, "499"]))));
}

#[test]
fn a_failure_in_the_middle_keeps_what_was_applied_and_shows_the_tools_words() {
    let code = r#"
resource "terraform_data" "a" {}
resource "terraform_data" "b" {
  depends_on = [terraform_data.a]
  provisioner "local-exec" {
    command = "echo so it goes; exit 3"
  }
}
"#;
    let Some(mut stage) = Stage::new(&[("main.tf", code)]) else { return };
    let planned = stage.plan(Goal::Apply).unwrap();
    let mut seen = Vec::new();
    let failure = stage
        .with(|job, launcher| terraform::apply(job, launcher, &planned, &mut |it| seen.push((it.done, it.total))))
        .unwrap_err();
    assert_eq!(failure.finding.code, codes::TOOL_FAILED);
    assert_eq!(failure.finding.message, "`terraform apply` ended with an error");
    assert_eq!(failure.ended, Some(Ended::Exited(1)));
    let [diagnostic] = &failure.diagnostics[..] else { panic!("{failure:?}") };
    assert!(diagnostic.detail.contains("so it goes"));
    assert_eq!(diagnostic.address.as_deref(), Some("terraform_data.b"));
    let place = diagnostic.place.as_ref().unwrap();
    assert_eq!(place.to_string(), format!("{SOURCE}/main.tf:5:28"));
    assert_eq!((place.source.as_str(), place.length), ("  provisioner \"local-exec\" {", 1));
    assert_eq!(seen.last(), Some(&(1, 2)));

    // Its own state is not taken for somebody else's.
    stage.recorded = terraform::Recorded::Started;
    let planned = stage.plan(Goal::Apply).unwrap();
    let changes: Vec<_> = planned.changes.iter().map(|it| (it.address.as_str(), it.action)).collect();
    assert_eq!(changes, [("terraform_data.b", Action::Replace)]);
}

#[test]
fn an_apply_past_its_time_limit_keeps_what_was_applied() {
    let code = "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  depends_on = [terraform_data.a]\n  \
                provisioner \"local-exec\" {\n    command = \"exec sleep 600\"\n  }\n}\n";
    let Some(mut stage) = Stage::new(&[("main.tf", code)]) else { return };
    let generous = stage.time_limit;
    // On a busy machine a short limit may be over before anything is applied.
    let kept = [1, 8, 64].into_iter().find_map(|limit| {
        stage.time_limit = generous;
        let planned = stage.plan(Goal::Apply).unwrap();
        stage.time_limit = Duration::from_secs(limit);
        let failure = stage.with(|job, launcher| terraform::apply(job, launcher, &planned, &mut |_| {})).unwrap_err();
        assert_eq!((failure.finding.code, failure.ended), (codes::TOOL_TIMEOUT, Some(Ended::TimedOut)));
        fs::read_to_string(stage.states().join("dev/app.tfstate")).ok()
    });
    assert!(kept.unwrap().contains("\"name\": \"a\""));
}

/// OpenTofu has no build on the test machines: what is asked of it differs in nothing that the same
/// program under its name would not show.
#[test]
fn opentofu_is_the_same_under_another_name() {
    let Some(mut stage) = Stage::new(&[("main.tf", MAIN)]) else { return };
    stage.program.tool = Tool::OpenTofu;
    stage.inputs.insert("name".into(), "one".into());
    stage.apply();
    assert_eq!(stage.outputs()["name"].value, Value::from("one"));
    stage.inputs.insert("name".into(), Value::Unknown);
    assert_eq!(stage.plan(Goal::Apply).unwrap().changes.len(), 2);
}

#[test]
fn errors_of_the_code_have_places_in_the_workspace() {
    let files = [
        ("main.tf", "module \"m\" {\n  source = \"../shared\"\n  n = 1\n}\n"),
        (
            "../shared/m.tf",
            "variable \"n\" {\n  validation {\n    condition = var.n > 1\n    error_message = \"too small\"\n  }\n}\n",
        ),
    ];
    let Some(mut stage) = Stage::new(&files) else { return };
    stage.stack.code.as_mut().unwrap().modules.push("stacks/shared".into());
    let failure = stage.plan(Goal::Apply).unwrap_err();
    let diagnostic = &failure.diagnostics[0];
    assert!(diagnostic.detail.contains("too small") && diagnostic.detail.ends_with("var.n is 1"), "{diagnostic:?}");
    assert_eq!(diagnostic.place.as_ref().unwrap().to_string(), format!("{SOURCE}/main.tf:3:7"));
}

#[test]
fn new_modules_are_noticed_by_the_tool_and_fetched() {
    let Some(mut stage) = Stage::new(&[("main.tf", "output \"a\" { value = 1 }"), ("m/m.tf", "")]) else { return };
    stage.apply();
    stage.calls();
    stage.write(&[("main.tf", "module \"m\" {\n  source = \"./m\"\n}\noutput \"a\" { value = 1 }")]);
    assert!(!stage.plan(Goal::Apply).unwrap().has_changes);
    assert_eq!(stage.calls(), [Call::Plan, Call::Init, Call::Plan]);
}

#[test]
fn a_destroy_plan_is_applied_as_a_destroy() {
    let Some(mut stage) = Stage::new(&[("main.tf", MAIN)]) else { return };
    stage.inputs.insert("name".into(), "one".into());
    stage.apply();
    stage.calls();
    let planned = stage.run(Goal::Destroy).unwrap();
    assert_eq!(stage.calls(), [Call::Plan, Call::Destroy]);
    assert!(planned.changes.iter().all(|change| change.action == Action::Delete) && planned.changes.len() == 2);
    assert_eq!(planned.outputs["fixed"].action, Action::Delete);
    assert!(stage.outputs().is_empty());
    // What a destroy leaves is no state that somebody would have to adopt.
    stage.recorded = terraform::Recorded::Never;
    stage.apply();
}

#[test]
fn a_state_that_moved_on_since_the_plan_is_said() {
    let Some(mut stage) = Stage::new(&[("main.tf", MAIN)]) else { return };
    stage.inputs.insert("name".into(), "one".into());
    let planned = stage.plan(Goal::Apply).unwrap();
    stage.apply();
    let failure = stage.with(|job, launcher| terraform::apply(job, launcher, &planned, &mut |_| {})).unwrap_err();
    assert!(failure.finding.message.starts_with("the state was changed by somebody else"), "{:?}", failure.finding);
}
