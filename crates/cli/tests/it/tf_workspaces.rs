//! `workspace:` of a stack: the TF workspace of its state, whichever one the caller uses.

use crate::harness::Harness;
use crate::runs::workspace;
use std::fs;

const CODE: &str = "variable \"size\" {\n  default = 1\n}\nresource \"terraform_data\" \"it\" {\n  input = \
                    \"${terraform.workspace} ${var.size}\"\n}\noutput \"ws\" {\n  value = terraform.workspace\n}\n";

fn harness(yaml: &str) -> Option<Harness> {
    let harness = workspace()?;
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}, prod: {}}\ndefaults: {tool: terraform}\n");
    harness.stack("app", yaml, CODE);
    Some(harness)
}

#[test]
fn the_tool_works_in_the_workspace_that_is_declared() {
    let Some(mut harness) = harness("workspace: \"blue-{environment}\"\n") else { return };
    harness.var("TF_WORKSPACE", "of-the-caller");
    harness.ok(&["plan", "-e", "dev"]).says(&["TF_WORKSPACE of your environment is not passed to the tool"]);
    for environment in ["dev", "prod"] {
        harness.ok(&["apply", "-e", environment, "--yes"]);
        assert_eq!(harness.ok(&["output", "app", "ws", "-e", environment]).stdout, format!("blue-{environment}\n"));
        let state = format!(".seam/state/{environment}/app.tfstate.d/blue-{environment}/terraform.tfstate");
        assert!(harness.path(state).is_file());
        harness.ok(&["apply", "-e", environment, "--yes"]).says(&["1 unchanged"]);
    }
    let shown = harness.ok(&["tool", "app", "-e", "dev", "--", "workspace", "show"]).stdout;
    assert_eq!(shown, "blue-dev\n");
    // The plan with an unknown input is made on the same state, in a copy.
    harness.stack(
        "size",
        "{}\n",
        "resource \"terraform_data\" \"it\" {}\noutput \"of\" {\n  value = terraform_data.it.id\n}\n",
    );
    harness.write("stacks/app/stack.yaml", "workspace: \"blue-{environment}\"\ninputs: {size: size.of}\n");
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    let app = plan["steps"].as_array().unwrap().iter().find(|step| step["address"] == "shop/app/dev").unwrap();
    assert_eq!(app["inputs"]["size"]["status"], "unknown");
    assert_eq!(app["changes"][0]["actions"], serde_json::json!(["update"]));
    assert_eq!(app["outputs"]["ws"]["value"], "blue-dev");
    harness.ok(&["destroy", "-e", "dev", "--yes"]);
}

/// Two stacks on one backend, which keeps each TF workspace apart.
#[test]
fn instances_on_one_backend_are_told_apart_by_their_workspaces() {
    let Some(harness) = harness("workspace: \"{environment}\"\n") else { return };
    let backend = "  terraform: {backend: {type: http, address: \"http://127.0.0.1:1/state\"}}\n";
    let seam = "system: shop\nenvironments: {dev: {}, prod: {}}\ndefaults:\n  tool: terraform\n";
    harness.write("seam.yaml", format!("{seam}{backend}"));
    harness.ok(&["check"]);
    harness.write("stacks/app/stack.yaml", "workspace: one\n");
    harness.seam(&["check"]).exits(1).says(&["error[S0205]", "shop/app/dev", "shop/app/prod"]);
    harness.write("stacks/app/stack.yaml", "workspace: \"{environmnt}\"\n");
    harness.seam(&["check"]).exits(1).says(&["error[S0011]", "stacks/app/stack.yaml:1"]);
    harness.write("stacks/app/stack.yaml", "tool: exec\nworkspace: one\nexec: {apply: [\"true\"]}\n");
    harness.seam(&["check"]).exits(1).says(&["`workspace` belongs to terraform and opentofu"]);
}

#[test]
fn a_workspace_is_made_beside_others() {
    let Some(harness) =
        harness("environments: [dev]\nbackend: {type: local, path: ../../states/app.tfstate}\nworkspace: red\n")
    else {
        return;
    };
    for other in ["blue", "green"] {
        let folder = harness.path(format!("states/app.tfstate.d/{other}"));
        fs::create_dir_all(&folder).unwrap();
        let state = format!(
            "{{\"version\": 4, \"serial\": 1, \"lineage\": \"{other}\", \"outputs\": {{}}, \"resources\": []}}"
        );
        fs::write(folder.join("terraform.tfstate"), state).unwrap();
    }
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    assert_eq!(harness.ok(&["output", "app", "ws", "-e", "dev"]).stdout, "red\n");
    assert!(harness.path("states/app.tfstate.d/red/terraform.tfstate").is_file());
}
