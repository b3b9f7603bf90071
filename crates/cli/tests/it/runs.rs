//! What a run promises: nothing runs for nothing, plans are honest, a yes covers what was shown,
//! failures keep what was applied.

mod consent;
mod counts;
mod destroy;
mod failures;
mod joins;
mod keys;
mod plan;
mod processes;

use crate::harness::{Harness, terraform};
use std::fs;

/// One environment without an approval; Terraform unless a stack says else.
pub const SEAM: &str = "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: terraform}\n";

pub const APPLY: [&str; 4] = ["apply", "-e", "dev", "--yes"];
pub const PLAN: [&str; 4] = ["plan", "-e", "dev", "--json"];

/// A workspace in which Terraform works; `None` where there is no Terraform.
pub fn workspace() -> Option<Harness> {
    terraform()?;
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    Some(harness)
}

/// Puts a program before the real `terraform` that writes down how it is called.
pub fn count_calls(harness: &Harness) {
    let Some(real) = terraform() else { return };
    let calls = harness.root().join("calls");
    harness.program(
        "terraform",
        &format!("#!/bin/sh\necho \"$1 $PWD\" >> '{}'\nexec '{}' \"$@\"\n", calls.display(), real.display()),
    );
}

/// The calls since the last question: `plan s3`.
pub fn calls(harness: &Harness) -> Vec<String> {
    let file = harness.root().join("calls");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(file);
    let short = |line: &str| {
        let (verb, folder) = line.split_once(' ').unwrap();
        if verb == "version" { verb.to_owned() } else { format!("{verb} {}", folder.rsplit('/').next().unwrap()) }
    };
    let mut calls: Vec<String> = text.lines().map(short).collect();
    calls.sort();
    calls
}
