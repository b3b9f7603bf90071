//! What is on record is shown although a file of the workspace is broken, or there is no workspace at all.

use super::{applied, scripts};

#[test]
fn records_are_read_although_a_stack_is_broken() {
    let harness = applied();
    harness.write("stacks/app/stack.yaml", "tool: exec\nzz: 1\n");
    harness.write("stacks/bad/stack.yaml", "tags: [a\n");
    let warned = ["stacks/app/stack.yaml, stacks/bad/stack.yaml", "`seam check` shows them"];
    for args in [
        &["runs"][..],
        &["runs", "show", "1"],
        &["runs", "log", "1", "app"],
        &["get", "shop/app/dev", "url"],
        &["output", "base", "id", "-e", "dev"],
        &["output", "app", "url", "-e", "dev"],
        &["status"],
    ] {
        let answer = harness.ok(args).says(&warned);
        assert!(!answer.stdout.is_empty() || args.contains(&"log"), "{args:?}");
    }
    assert_eq!(harness.ok(&["get", "shop/app/dev", "url"]).stdout, "http://app\n");
    let (app, base) = (harness.status("app"), harness.status("base"));
    assert_eq!(
        (app["state"].as_str(), app["reason"].as_str()),
        (Some("changed"), Some("there are errors in its files"))
    );
    assert_eq!(base["state"], "current");

    // What would run asks for all of them, and says why.
    for args in [&["plan", "-e", "dev", "base"][..], &["destroy", "-e", "dev", "base", "--yes"]] {
        harness.seam(args).exits(1).says(&["S0007", "S0001", "Nothing is planned or run before these are mended"]);
    }
    harness.seam(&["graph"]).exits(1).says(&["S0007", "S0001"]);
    // Where the registry is stands in seam.yaml.
    harness.write("seam.yaml", "system: shop\nregistri: x\nenvironments: {dev: {}}\n");
    harness.seam(&["runs"]).exits(1).says(&["S0007", "did you mean `registry`?"]);
}

#[test]
fn what_is_joined_is_shown_although_the_code_is_not_right() {
    let harness = crate::harness::Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: terraform}\n");
    harness.stack(
        "network",
        "inputs: {cidr: {config: not.set}}\n",
        "variable \"cidr\" {}\noutput \"id\" {\n  value = 1\n}\n",
    );
    harness.stack(
        "app",
        "inputs: {id: network.id, extra: {value: 1}}\n",
        "variable \"id\" {}\nvariable \"unset\" {}\n",
    );
    harness.seam(&["check"]).exits(1).says(&["S0202", "S0203", "S0019"]);
    let answer = harness.ok(&["graph"]).says(&["errors in stacks/app/main.tf, stacks/app/stack.yaml, stacks/network/"]);
    assert!(
        answer.stdout.contains("app  id ← network.id") || answer.stdout.contains("id ← network.id"),
        "{}",
        answer.stdout
    );
    harness.ok(&["status"]);
    harness.edit("stacks/app/stack.yaml", "network.id", "netwrk.id");
    harness.seam(&["graph"]).exits(1).says(&["S0101"]);
}

#[test]
fn a_registry_is_read_without_a_workspace() {
    let harness = applied();
    let outside = harness.root().join("tmp").display().to_string();
    let file = harness.path(".seam/registry.db").display().to_string();
    let read = ["-C", &outside, "get", "shop/base/dev", "id", "--registry", &file];
    assert_eq!(harness.ok(&read).stdout, "b-1\n");
    harness.seam(&["-C", &outside, "get", "shop/base/dev"]).exits(1).says(&["S0016", "--registry FILE"]);
    let nothing = ["-C", &outside, "get", "shop/base/dev", "--registry", "none.db"];
    harness.seam(&nothing).exits(64).says(&["there is no registry at"]);
    assert!(!harness.root().join("tmp/none.db").exists());
}

#[test]
fn a_part_of_an_address_is_answered_with_a_whole_one() {
    let harness = scripts();
    harness.seam(&["get", "base"]).exits(64).says(&["S0021", "did you mean `shop/base/dev`?"]);
    harness.seam(&["get", "zebra"]).exits(64).says(&["system/stack/environment", "help: "]);
    harness.seam(&["apply", "--auto-approve"]).exits(64).says(&["'--yes'"]);
}
