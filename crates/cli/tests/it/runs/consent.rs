//! What a yes covers, and who can say it.

use super::{APPLY, calls, count_calls, workspace};
use crate::harness::Harness;
use serde_json::Value as Json;

const PROTECTED: &str =
    "system: shop\nenvironments:\n  dev: {approve: true, local_state: true}\ndefaults: {tool: terraform}\n";

fn digest(harness: &Harness, flags: &[&str]) -> String {
    let plan = harness.json(&[&["plan", "-e", "dev", "--json"], flags].concat());
    plan["digest"].as_str().unwrap().to_owned()
}

fn protected() -> Option<Harness> {
    let harness = workspace()?;
    harness.write("seam.yaml", PROTECTED);
    Some(harness)
}

#[test]
fn an_approval_is_for_exactly_one_plan() {
    let Some(harness) = protected() else { return };
    harness.stack("network", "{}\n", "resource \"terraform_data\" \"it\" {\n  input = \"one\"\n}\noutput \"id\" {\n  value = terraform_data.it.id\n}\n");
    harness.stack(
        "app",
        "inputs: {id: network.id}\n",
        "variable \"id\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.id\n}\n",
    );
    for (flags, why) in [(&["--yes"][..], "`--yes` is none"), (&[], "there is no terminal to ask on")] {
        harness.seam(&[&["apply", "-e", "dev"], flags].concat()).exits(3).says(&["S0505", why, "seam plan -e dev"]);
    }
    let first = digest(&harness, &[]);
    assert_eq!(digest(&harness, &[]), first, "the same plan has the same digest");

    // Another value of a resource, and another selection, are other plans.
    harness.edit("stacks/network/main.tf", "\"one\"", "\"two\"");
    harness.seam(&["apply", "-e", "dev", "--approve", &first]).exits(3).says(&["S0505", &first]);
    harness.edit("stacks/network/main.tf", "\"two\"", "\"one\"");
    let other = harness.seam(&["apply", "-e", "dev", "network", "--approve", &first]).exits(3);
    // The plan that is there instead is shown, whole.
    other.says(&["it was mistyped, or the plan is another one now", "create  terraform_data.it", "+ input   \"one\""]);
    assert_eq!(harness.status("network")["state"], "never");

    harness.ok(&["apply", "-e", "dev", "--approve", &first]).says(&["2 applied"]);
    harness.seam(&["apply", "-e", "dev", "--approve", &first]).exits(3);

    // To destroy is another plan than to apply.
    let apply = digest(&harness, &[]);
    harness.seam(&["destroy", "-e", "dev", "--approve", &apply]).exits(3);
    harness.seam(&["destroy", "-e", "dev", "--yes"]).exits(3).says(&["S0505"]);
    let destroy = digest(&harness, &["--destroy"]);
    harness.ok(&["destroy", "-e", "dev", "--approve", &destroy]).says(&["2 destroyed"]);
}

#[test]
fn a_step_that_does_more_than_was_shown_stops() {
    let Some(harness) = protected() else { return };
    harness.stack(
        "network",
        "{}\n",
        "resource \"terraform_data\" \"it\" {}\noutput \"size\" {\n  value = length(terraform_data.it.id)\n}\n",
    );
    harness.stack(
        "fleet",
        "inputs: {size: network.size}\n",
        "variable \"size\" {\n  type = number\n}\nresource \"terraform_data\" \"ship\" {\n  count = var.size > 3 ? 2 : 1\n}\noutput \"n\" {\n  value = length(terraform_data.ship)\n}\n",
    );
    harness.stack("crew", "inputs: {n: fleet.n}\n", "variable \"n\" {}\noutput \"n\" {\n  value = var.n\n}\n");
    let digest = digest(&harness, &[]);
    harness.seam(&["apply", "-e", "dev", "--approve", &digest]).exits(3).says(&[
        "S0503",
        "terraform_data.ship[0]: create (shown: nothing)",
        "1 applied",
        "not started",
    ]);
    // What was covered is done; the rest is shown anew and can be said yes to.
    let status = |stack: &str| harness.status(stack)["state"].clone();
    assert_eq!([status("network"), status("fleet"), status("crew")], ["current", "never", "never"]);
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "refused");
}

#[test]
fn less_than_was_shown_is_covered() {
    let Some(harness) = protected() else { return };
    // A resource that is going to change makes both of its outputs unknown.
    harness.stack(
        "network",
        "inputs: {b: {value: one}}\n",
        "variable \"b\" {}\nresource \"terraform_data\" \"it\" {\n  input = { a = \"same\", b = var.b }\n}\n\
         output \"a\" {\n  value = terraform_data.it.output.a\n}\noutput \"b\" {\n  value = terraform_data.it.output.b\n}\n",
    );
    harness.stack(
        "app",
        "inputs: {a: network.a, b: network.b}\n",
        "variable \"a\" {}\nvariable \"b\" {}\nresource \"terraform_data\" \"it\" {\n  input            = var.b\n  triggers_replace = var.a\n}\n",
    );
    harness.stack(
        "same",
        "inputs: {a: network.a}\n",
        "variable \"a\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.a\n}\n",
    );
    harness.ok(&["apply", "-e", "dev", "--approve", &digest(&harness, &[])]);

    harness.edit("stacks/network/stack.yaml", "one", "two");
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    let shown = |stack: &str| {
        let step = plan["steps"].as_array().unwrap().iter().find(|step| step["address"] == format!("shop/{stack}/dev"));
        step.unwrap()["changes"][0]["actions"].clone()
    };
    assert_eq!([shown("app"), shown("same")], [Json::from(vec!["delete", "create"]), Json::from(vec!["update"])]);
    count_calls(&harness);
    let digest = plan["digest"].as_str().unwrap();
    harness.ok(&["apply", "-e", "dev", "--approve", digest]).says(&["1 updated", "same", "unchanged"]);
    // The plan with unknowns was not applied, and what did not change was not planned again.
    let calls = calls(&harness);
    assert_eq!(calls.iter().filter(|call| *call == "apply app").count(), 1, "{calls:?}");
    assert_eq!(calls.iter().filter(|call| call.starts_with("apply same")).count(), 0, "{calls:?}");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let Some(harness) = workspace() else { return };
    harness.stack("app", "{}\n", "resource \"terraform_data\" \"it\" {}\n");
    harness.seam(&["apply", "-e", "dev"]).exits(3).says(&["S0504", "--yes"]);
    harness.seam(&["destroy", "-e", "dev"]).exits(3).says(&["S0504"]);
    assert!(!harness.path(".seam/runs/1").exists());
    harness.ok(&APPLY);
}
