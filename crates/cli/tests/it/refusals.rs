//! What is refused before anything runs: with a code, the place and a next step, and nothing is
//! started, written or recorded.

mod files;
mod programs;
mod registry;
mod states;

use crate::harness::{Answer, Harness};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Two stacks: `app` reads what `network` provides.
const SEAM: &str = "system: shop\nenvironments: {dev: {}, prod: {}}\ndefaults: {tool: terraform}\n";
const NETWORK: &str = "output \"vpc_id\" {\n  value = \"vpc-1\"\n}\n";
const APP: &str = "variable \"vpc_id\" {\n  type = string\n}\n";
const APP_YAML: &str = "inputs:\n  vpc_id: network.vpc_id\n";

/// That workspace, with programs in place of the tools that write down how they are called.
fn shop() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.stack("network", "{}\n", NETWORK);
    harness.stack("app", APP_YAML, APP);
    for name in ["terraform", "tofu"] {
        harness.program(name, &spy(&harness, "1.11.4"));
    }
    harness
}

/// A program that says this version and writes down every call.
fn spy(harness: &Harness, version: &str) -> String {
    let calls = harness.root().join("calls");
    format!(
        "#!/bin/sh\necho \"$1\" >> '{}'\necho '{{\"terraform_version\": \"{version}\", \"platform\": \"linux_amd64\"}}'\n",
        calls.display()
    )
}

/// Everything that the tools were asked but for their version.
fn calls(harness: &Harness) -> Vec<String> {
    let text = std::fs::read_to_string(harness.root().join("calls")).unwrap_or_default();
    text.lines().filter(|call| *call != "version").map(str::to_owned).collect()
}

/// Every file of the workspace and what is in it; of `.seam` only states.
fn files(harness: &Harness) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![harness.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let in_seam = path.components().any(|part| part.as_os_str() == ".seam");
            if path.is_dir() {
                folders.push(path);
            } else if !in_seam || path.extension() == Some(Path::new("x.tfstate").extension().unwrap()) {
                found.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Applies, which must be refused with `exit` and say all of `says`, and do nothing.
#[track_caller]
fn refused(harness: &Harness, args: &[&str], exit: i32, says: &[&str]) -> Answer {
    let (files_before, calls_before) = (files(harness), calls(harness));
    let answer = harness.seam(args).exits(exit).says(says);
    assert_eq!(answer.stdout, "", "a refusal belongs on standard error");
    assert_eq!(calls(harness), calls_before, "a tool was started:\n{}", answer.stderr);
    assert_eq!(files(harness), files_before, "files were changed:\n{}", answer.stderr);
    answer
}

/// The arguments of an apply that nobody is asked about.
const APPLY: [&str; 4] = ["apply", "-e", "dev", "--yes"];
