//! Plans with inputs that nobody knows yet, with the real program.

use crate::stage::{SOURCE, Stage};
use seam_model::{Action, Value, codes};
use seam_tools::Call;
use seam_tools::terraform::{self, Goal};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, DirEntry};

const MAIN: &str = r#"
variable "vpc_id" {
  type = string
  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "not a vpc"
  }
}
variable "net" { type = object({ cidr = string, id = string }) }
variable "size" {
  type = number
  validation {
    condition     = var.size > 2
    error_message = "too small"
  }
}
module "m" {
  source = "./m"
  n      = var.net.cidr
}
resource "terraform_data" "a" {
  input = var.vpc_id
}
resource "terraform_data" "b" {
  input = var.net.cidr
}
output "url" { value = "https://${var.vpc_id}/" }
output "net" { value = var.net }
output "size" { value = var.size }
"#;

fn stage() -> Option<Stage> {
    let module = "variable \"n\" {}\nresource \"terraform_data\" \"x\" {\n  input = [var.n, file(\"${path.module}/f.txt\")]\n}\n";
    let mut stage = Stage::new(&[("main.tf", MAIN), ("m/main.tf", module), ("m/f.txt", "f")])?;
    stage.inputs.insert("vpc_id".into(), Value::Unknown);
    stage.inputs.insert("net".into(), net(Value::Unknown));
    stage.inputs.insert("size".into(), Value::from(json!(3)));
    Some(stage)
}

fn net(id: Value) -> Value {
    Value::Object(BTreeMap::from([("cidr".into(), "10.0.0.0/16".into()), ("id".into(), id)]))
}

fn addresses(planned: &terraform::TerraformPlan) -> Vec<(&str, Action)> {
    let mut changes: Vec<_> = planned.changes.iter().map(|it| (it.address.as_str(), it.action)).collect();
    changes.sort_unstable();
    changes
}

#[test]
fn an_unknown_is_unknown_and_nothing_of_ours_is_shown() {
    let Some(mut stage) = stage() else { return };
    let planned = stage.plan(Goal::Apply).unwrap();
    assert!(planned.with_unknowns && planned.has_changes && planned.deferred.is_empty());
    assert_eq!(planned.diagnostics, []);
    assert_eq!(
        addresses(&planned),
        [
            ("module.m.terraform_data.x", Action::Create),
            ("terraform_data.a", Action::Create),
            ("terraform_data.b", Action::Create),
        ]
    );
    let shown = stage.with(|job, launcher| terraform::show(job, launcher, &planned)).unwrap();
    assert_eq!(stage.calls(), [Call::Init, Call::Plan, Call::Show]);
    assert_eq!(shown.outputs["net"].value, net(Value::Unknown));
    assert_eq!(shown.outputs["url"].value, Value::Unknown);
    assert_eq!(shown.outputs["size"].value, Value::from(json!(3)));
    assert_eq!(shown.values.len(), 3);
    let refused = stage.with(|job, launcher| terraform::apply(job, launcher, &planned, &mut |_| {})).unwrap_err();
    assert_eq!(refused.finding.message, "a plan with unknown inputs is never applied");

    let mirrors = stage.workspace.root.join(".seam/cache/mirror/dev");
    let is_copy = |entry: &DirEntry| entry.file_name().to_str().unwrap().starts_with("app.unknown-");
    let copies = || fs::read_dir(&mirrors).unwrap().filter(|entry| is_copy(entry.as_ref().unwrap())).count();
    assert_eq!(copies(), 1);
    drop(planned);
    assert_eq!(copies(), 0);
}

#[test]
fn an_existing_state_is_planned_on() {
    let Some(mut stage) = stage() else { return };
    stage.inputs.insert("vpc_id".into(), "vpc-1".into());
    stage.inputs.insert("net".into(), net("n-1".into()));
    stage.apply();
    stage.calls();
    stage.inputs.insert("vpc_id".into(), Value::Unknown);
    let planned = stage.plan(Goal::Apply).unwrap();
    assert_eq!(stage.calls(), [Call::Plan]);
    assert_eq!(addresses(&planned), [("terraform_data.a", Action::Update)]);
    assert_eq!(planned.outputs["size"].action, Action::NoOp);
    assert_eq!(planned.outputs["size"].value, Value::from(json!(3)));
    assert_eq!(planned.outputs["url"].action, Action::Update);
    assert!(planned.position.is_some());
}

#[test]
fn a_known_leaf_that_breaks_a_validation_fails_in_the_tools_words() {
    let Some(mut stage) = stage() else { return };
    stage.inputs.insert("size".into(), Value::from(json!(1)));
    let failure = stage.plan(Goal::Apply).unwrap_err();
    assert_eq!(failure.finding.code, codes::TOOL_FAILED);
    assert!(failure.diagnostics[0].detail.contains("too small"), "{failure:?}");
    assert_eq!(failure.finding.place.as_ref().unwrap().to_string(), format!("{SOURCE}/main.tf:10:1"));
}

#[test]
fn what_cannot_be_planned_is_put_off_with_place_and_input() {
    let Some(mut stage) = stage() else { return };
    let more = "locals { n = length(var.vpc_id) }\nresource \"terraform_data\" \"c\" {\n  count = local.n\n}\nresource \"terraform_data\" \"d\" {\n  for_each = toset([var.net.id])\n}\noutput \"c\" { value = terraform_data.c[*].id }\n";
    stage.write(&[("more.tf", more)]);
    let planned = stage.plan(Goal::Apply).unwrap();
    assert_eq!(addresses(&planned).len(), 3);
    let mut deferred: Vec<_> = planned
        .deferred
        .iter()
        .map(|it| (it.line, it.column, it.input.as_deref(), it.message.split(':').next().unwrap_or_default()))
        .collect();
    deferred.sort_unstable();
    assert_eq!(
        deferred,
        [(3, 11, Some("vpc_id"), "Invalid count argument"), (6, 14, Some("net"), "Invalid for_each argument")],
        "{:?}",
        planned.deferred
    );
    assert!(planned.deferred.iter().all(|it| it.file == format!("{SOURCE}/more.tf")));
    assert_eq!(planned.outputs["c"].value, Value::Unknown);
}

#[test]
fn a_file_in_json_is_put_off_as_a_whole() {
    let Some(mut stage) = stage() else { return };
    stage.write(&[("more.tf.json", r#"{"output": {"j": {"value": "${var.vpc_id}"}}}"#)]);
    let planned = stage.plan(Goal::Apply).unwrap();
    assert_eq!(stage.calls(), [Call::Init]);
    assert_eq!(planned.deferred[0].input.as_deref(), Some("vpc_id"));
    assert_eq!(planned.deferred[0].file, format!("{SOURCE}/more.tf.json"));
    let shown = stage.with(|job, launcher| terraform::show(job, launcher, &planned)).unwrap();
    assert_eq!(shown.outputs["j"].value, Value::Unknown);
    assert!(stage.calls().is_empty());
}
