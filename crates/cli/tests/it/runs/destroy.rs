//! Destroy: dependents first, with the inputs of the last success, refused while used.

use super::{APPLY, workspace};
use crate::harness::Harness;
use std::fs;

const DESTROY: [&str; 4] = ["destroy", "-e", "dev", "--yes"];
/// Programs that write down what they do, with what they are given.
const SEAM: &str = "system: shop\nregistry: ../shared.db\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n";

fn shop() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness
}

/// A stack that writes down what it does and provides `id`.
fn stack(harness: &Harness, name: &str, rest: &str) {
    let log = harness.root().join("log");
    let write = |verb: &str| format!("echo {verb} {name} $(cat $SEAM_INPUTS) >> '{}'", log.display());
    harness.write(
        &format!("stacks/{name}/stack.yaml"),
        format!(
            "exec:\n  apply: [sh, -c, \"echo '{{\\\"id\\\": {{\\\"value\\\": \\\"{name}-1\\\"}}}}' > $SEAM_OUTPUTS; {}\"]\n  destroy: [sh, -c, \"{}\"]\n{rest}",
            write("apply"),
            write("destroy"),
        ),
    );
}

fn log(harness: &Harness) -> Vec<String> {
    let file = harness.root().join("log");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(file);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn dependents_go_first_with_the_inputs_of_the_last_success() {
    let mut harness = shop();
    harness.var("TOKEN", "a-token-of-now");
    stack(&harness, "network", "inputs: {name: {value: old}, token: {secret: {env: TOKEN}}}\n");
    stack(&harness, "app", "inputs: {id: network.id}\n");
    stack(&harness, "late", "after: [app]\n");
    harness.ok(&APPLY);
    log(&harness);
    harness.edit("stacks/network/stack.yaml", "{value: old}", "{value: new}");
    harness.var("TOKEN", "a-token-of-later");
    harness.ok(&DESTROY).says(&["3 destroyed"]);
    assert_eq!(
        log(&harness),
        [
            "destroy late {}",
            r#"destroy app {"id":"network-1"}"#,
            r#"destroy network {"name":"old","token":"a-token-of-later"}"#
        ]
    );
    assert_eq!(harness.status("network")["state"], "never");
    harness.seam(&["output", "network", "-e", "dev"]).exits(1).says(&["S0409"]);
    harness.ok(&DESTROY);
    assert_eq!(log(&harness), [""; 0]);
}

#[test]
fn what_is_used_is_not_destroyed() {
    let harness = shop();
    for (name, rest) in [
        ("network", "contract: {version: 1.0.0}\n"),
        ("reads", "inputs: {id: network.id}\n"),
        ("takes", "inputs: {id: {run: network.id}}\n"),
        ("follows", "after: [network]\n"),
    ] {
        stack(&harness, name, rest);
    }
    harness.ok(&APPLY);
    log(&harness);
    let refused = |who: &[&str]| {
        harness.seam(&[&DESTROY[..], &["network"]].concat()).exits(3).says(&[&["S0502"], who].concat());
        harness.seam(&["plan", "-e", "dev", "--destroy", "network"]).exits(3).says(&["S0502"]);
        assert_eq!(log(&harness), [""; 0]);
    };
    refused(&["shop/reads/dev", "shop/takes/dev", "shop/follows/dev"]);
    harness.ok(&[&DESTROY[..], &["reads,takes,follows"]].concat());

    // Another workspace that shares the registry uses it too.
    let theirs = harness.root().join("theirs");
    fs::create_dir_all(theirs.join("web")).unwrap();
    fs::write(theirs.join("seam.yaml"), SEAM.replace("shop", "blog")).unwrap();
    let yaml =
        "exec: {apply: [\"true\"], destroy: [\"true\"]}\ninputs: {id: {registry: shop/network.id, version: \"^1\"}}\n";
    fs::write(theirs.join("web/stack.yaml"), yaml).unwrap();
    let there = theirs.to_string_lossy().into_owned();
    harness.ok(&[&["-C", &there], &APPLY[..]].concat());
    log(&harness);
    refused(&["blog/web/dev"]);
    harness.ok(&[&["-C", &there], &DESTROY[..]].concat());
    harness.ok(&DESTROY);
    assert_eq!(log(&harness).len(), 1);
}

#[test]
fn terraform_destroys_what_it_made() {
    let Some(harness) = workspace() else { return };
    harness.stack(
        "app",
        "inputs: {name: {value: one}}\n",
        "variable \"name\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.name\n}\n",
    );
    harness.ok(&APPLY);
    let plan = harness.json(&["plan", "-e", "dev", "--destroy", "--json"]);
    assert_eq!(plan["steps"][0]["changes"][0]["actions"][0], "delete");
    harness.ok(&DESTROY).says(&["1 destroyed"]);
    let state = fs::read_to_string(harness.path(".seam/state/dev/app.tfstate")).unwrap();
    assert!(!state.contains("terraform_data"), "{state}");
    // And makes it again in the state that is left.
    harness.ok(&APPLY).says(&["1 created"]);
}

#[test]
fn without_a_destroy_command_only_the_record_goes_and_the_plan_says_so() {
    let harness = shop();
    stack(&harness, "network", "");
    let apply = "exec: {apply: [sh, -c, \"echo '{}' > $SEAM_OUTPUTS\"]}\n";
    harness.write("stacks/app/stack.yaml", format!("inputs: {{id: network.id}}\n{apply}"));
    harness.ok(&APPLY);
    let plan = harness.ok(&["plan", "-e", "dev", "--destroy", "app"]).stdout;
    assert!(plan.contains("forget 1") && plan.contains("it has no destroy command"), "{plan}");
    assert!(plan.contains("id = \"network-1\"  (registry shop/network/dev.id)"), "{plan}");
    harness.ok(&DESTROY).says(&["✓ app      1 forgotten", "✓ network  1 destroyed", "2 destroyed."]);
    let runs = harness.ok(&["runs"]).stdout;
    assert!(runs.lines().nth(1).unwrap().ends_with("2 destroyed"), "{runs}");
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["counts"], serde_json::json!({"destroyed": 2}));
    let show = harness.ok(&["runs", "show", "2"]).stdout;
    assert!(show.lines().any(|line| line.starts_with("app") && line.ends_with("no tool was started")), "{show}");
}
