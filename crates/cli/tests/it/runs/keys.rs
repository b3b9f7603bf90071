//! What a step reads: the resolved inputs and settings of its instance, and no byte of the files that
//! they come from.

use super::APPLY;
use crate::harness::Harness;
use std::fs;

/// A script stack whose commands name its environment.
fn workspace() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {region: eu}, prod: {region: us}}\n");
    harness.write(
        "stacks/app/stack.yaml",
        "tool: exec\ninputs:\n  replicas: {config: replicas}\n  token: {secret: {command: [echo, \"token-of-{environment}\"]}}\n\
         exec: {apply: [./apply, \"{region}-{stack}\", \"{{region}\", \"{}\"]}\n",
    );
    harness.write("stacks/app/config.yaml", "replicas: 1\n");
    harness.script(
        "stacks/app/apply",
        "#!/bin/sh\nprintf '{\"argv\": {\"value\": \"%s\"}, \"inputs\": {\"value\": %s, \"sensitive\": true}}' \"$*\" \"$(cat \"$SEAM_INPUTS\")\" > \"$SEAM_OUTPUTS\"\n",
    );
    harness
}

#[test]
fn identifiers_in_arguments_are_replaced_and_enter_the_key() {
    let harness = workspace();
    harness.ok(&APPLY);
    assert_eq!(harness.ok(&["output", "app", "argv", "-e", "dev"]).stdout, "eu-app {region} {}\n");
    let inputs = harness.json(&["output", "app", "inputs", "-e", "dev", "--json"]);
    assert_eq!((&inputs["token"], &inputs["replicas"]), (&"token-of-dev".into(), &1.into()));

    harness.edit("seam.yaml", "region: eu", "region: north");
    harness.ok(&APPLY).says(&["its settings changed"]);
    assert_eq!(harness.ok(&["output", "app", "argv", "-e", "dev"]).stdout, "north-app {region} {}\n");
}

#[test]
fn what_seam_reads_itself_counts_by_what_it_says() {
    let harness = workspace();
    harness.ok(&APPLY);
    let reason = || harness.status("app")["reason"].as_str().unwrap().to_owned();
    // Another environment's layer, an order, a comment.
    harness.write("stacks/app/config.prod.yaml", "replicas: 3\n");
    harness.edit("stacks/app/config.yaml", "replicas: 1", "# one is enough\nreplicas: 1");
    harness.edit("stacks/app/stack.yaml", "tool: exec\n", "tool: exec\ntimeout: 5m\n");
    assert_eq!(reason(), "up to date");
    harness.write("stacks/app/config.dev.yaml", "replicas: 2\n");
    assert_eq!(reason(), "replicas changed");
    fs::remove_file(harness.path("stacks/app/config.dev.yaml")).unwrap();
    harness.edit("stacks/app/stack.yaml", "timeout: 5m", "tags: [web]");
    assert_eq!(reason(), "its settings changed");
    harness.write("stacks/app/new.txt", "");
    assert_eq!(reason(), "its files changed · its settings changed");
}
