//! Contracts joined to the registry: whom a change breaks, who answers for it, what may be deployed.

mod approvals;
mod breaks;
mod by_others;
mod fields;
mod services;
mod systems;
mod values;

use crate::harness::Harness;
use serde_json::Value as Json;

const SEAM: &str = "system: shop\nenvironments: {dev: {}, prod: {}}\n";
const APPLY: [&str; 4] = ["apply", "-e", "dev", "--yes"];

/// A stack whose program writes these outputs; `contract` in the flow style of YAML.
fn provider(harness: &Harness, outputs: &str, contract: &str) {
    let script = format!("#!/bin/sh\ncat > \"$SEAM_OUTPUTS\" <<'END'\n{outputs}\nEND\n");
    harness.script("stacks/net/make", &script);
    harness.write("stacks/net/stack.yaml", format!("tool: exec\nexec: {{apply: [./make]}}\ncontract: {contract}\n"));
}

/// A stack that reads these inputs.
fn consumer(harness: &Harness, inputs: &str) {
    harness.write("stacks/app/stack.yaml", format!("tool: exec\nexec: {{apply: [\"true\"]}}\ninputs: {inputs}\n"));
}

/// The findings of `seam check` with this code.
fn found(harness: &Harness, code: &str) -> Vec<Json> {
    let checked = harness.seam(&["check", "--json"]).json();
    let findings = checked["findings"].as_array().unwrap().clone();
    findings.into_iter().filter(|finding| finding["code"] == code).collect()
}
