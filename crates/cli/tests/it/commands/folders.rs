//! Folders on the command line, and the folder of a workspace that is another one than before.

use super::{applied, scripts};
use crate::harness::Harness;
use std::fs;

#[test]
fn a_folder_selects_the_stacks_in_it() {
    let harness = scripts();
    let planned = |folder: &str, selection: &str| {
        let there = harness.path(folder).display().to_string();
        let plan = harness.json(&["-C", &there, "plan", "-e", "dev", "--json", selection]);
        let steps = plan["steps"].as_array().unwrap().iter();
        steps.map(|step| step["address"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(planned("stacks/base", "."), "shop/base/dev");
    assert_eq!(planned("stacks", "./base/"), "shop/base/dev");
    assert_eq!(planned("", "stacks/"), "shop/base/dev shop/app/dev");
    let there = harness.path("stacks").display().to_string();
    harness.seam(&["-C", &there, "plan", "-e", "dev", "./none"]).exits(64).says(&["no stack lies in", "stacks/none"]);
}

/// All of a folder, as `cp -r` copies it.
fn copy(harness: &Harness, to: &str) -> String {
    let to = harness.root().join(to);
    let copied = harness.command_of("cp", &["-r", ".", &to.display().to_string()]).status().unwrap();
    assert!(copied.success());
    to.display().to_string()
}

#[test]
fn a_copy_is_refused_while_what_it_was_copied_from_is_there() {
    let harness = applied();
    let copied = copy(&harness, "copy");
    let apply = ["-C", &copied, "apply", "-e", "dev", "--yes"];
    harness.seam(&apply).exits(1).says(&["error[S0412]", "copy/.seam is a copy of", "workspace/.seam", "help: "]);
    harness.ok(&["-C", &copied, "status"]);
    harness.ok(&["apply", "-e", "dev", "--yes"]);

    // A folder that was moved is the same one; that is said once.
    fs::remove_dir_all(harness.path(".seam")).unwrap();
    harness.ok(&apply).says(&["2 unchanged", "registry and states go on here"]);
    assert!(!harness.ok(&apply).stderr.contains("go on here"));
}
