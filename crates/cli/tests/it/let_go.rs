//! `destroy --ignore-uses`: consumers that are gone are let go, each by name, on record, with a reason.

use crate::crash::kill;
use crate::harness::{Harness, contains, wait_for_file};
use crate::runs::{APPLY, workspace};
use std::fs;

/// `app` reads `network`, `late` comes after it.
fn applied() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    for (name, yaml) in [("network", ""), ("app", "inputs: {id: network.id}\n"), ("late", "after: [network]\n")] {
        harness.write(
            &format!("stacks/{name}/stack.yaml"),
            format!("{yaml}exec: {{apply: [sh, apply.sh], destroy: [\"true\"]}}\n"),
        );
        harness.write(&format!("stacks/{name}/apply.sh"), "echo '{\"id\": {\"value\": \"x\"}}' > \"$SEAM_OUTPUTS\"\n");
    }
    harness.ok(&APPLY);
    harness
}

const DESTROY: [&str; 5] = ["destroy", "-e", "dev", "--yes", "network"];
const IGNORE: [&str; 3] = ["--ignore-uses", "--why", "app moved away"];

#[test]
fn a_dead_consumer_is_let_go_by_a_record_that_says_why() {
    let harness = applied();
    fs::remove_dir_all(harness.path("stacks/app")).unwrap();
    let gone = "shop/app/dev is deployed, and no folder of this workspace is app any more: put it back";
    harness.ok(&["status"]).says(&[gone]);
    let answer = harness.seam(&DESTROY).exits(3);
    answer.says(&[
        "error[S0502]",
        "shop/app/dev reads `id` of shop/network/dev",
        "no folder of this workspace is app any more: put it back (git has it), destroy it, then remove it",
        "`seam destroy -e dev network --ignore-uses --why TEXT`",
        "shop/late/dev comes after shop/network/dev",
    ]);
    let plan = ["plan", "--destroy", "-e", "dev", "network"];
    harness.seam(&plan).exits(3);
    let plan = harness.ok(&[&plan[..], &["--ignore-uses"]].concat());
    assert!(
        plan.stdout.ends_with("Destroy it: seam destroy -e dev network --ignore-uses --why TEXT\n"),
        "{}",
        plan.stdout
    );
    plan.says(&["shop/app/dev reads `id` of shop/network/dev: ignored"]);

    harness.ok(&[&DESTROY[..], &IGNORE].concat()).says(&[
        "shop/app/dev reads `id` of shop/network/dev: ignored",
        "shop/late/dev comes after shop/network/dev: ignored",
    ]);
    assert_eq!(harness.status("network")["reason"], "destroyed");
    let log = fs::read(harness.path(".seam/registry.db")).unwrap();
    let wal = fs::read(harness.path(".seam/registry.db-wal")).unwrap_or_default();
    assert!(contains(&[log, wal].concat(), b"app moved away"), "the reason is on record");
    // The uses are gone, so the next one is an ordinary destroy.
    harness.ok(&["apply", "-e", "dev", "--yes", "network"]);
    harness.ok(&["destroy", "-e", "dev", "--yes"]);
}

#[test]
fn what_an_environment_has_no_more_is_named_with_the_way_back() {
    let harness = applied();
    harness.edit("seam.yaml", "dev: {}", "dev: {}, prod: {}");
    harness.edit("stacks/late/stack.yaml", "after: [network]\n", "after: [network]\nenvironments: [prod]\n");
    let status = harness.ok(&["status"]).says(&[
        "shop/late/dev is deployed, and `environments:` of stacks/late/stack.yaml has dev no more: put it back, destroy late there",
    ]);
    assert!(!status.stderr.contains("folder") && !status.stderr.contains("formerly"), "{}", status.stderr);
}

#[test]
fn a_reason_is_wanted() {
    let harness = applied();
    harness.seam(&[&DESTROY[..], &["--ignore-uses"]].concat()).exits(64).says(&["--why"]);
    harness.seam(&[&DESTROY[..], &["--ignore-uses", "--why", " "]].concat()).exits(64).says(&["S0021", "help: "]);
    harness.seam(&[&DESTROY[..], &["--why", "because"]].concat()).exits(64).says(&["--ignore-uses"]);
    assert_eq!(harness.status("network")["state"], "current");
}

/// What was let go is on record before anything is destroyed, so whoever resumes need not say it again,
/// but for a consumer that only comes after: of that nothing is on record.
#[test]
fn a_destroy_that_was_killed_is_gone_on_with() {
    for comes_after in [true, false] {
        let harness = applied();
        if !comes_after {
            harness.ok(&["destroy", "-e", "dev", "--yes", "late"]);
        }
        let (started, go) = (harness.root().join("started"), harness.root().join("go"));
        harness.edit("stacks/network/stack.yaml", "destroy: [\"true\"]", "destroy: [sh, destroy.sh]");
        let slow = format!("touch '{}'; while [ ! -e '{}' ]; do sleep 0.05; done\n", started.display(), go.display());
        harness.write("stacks/network/destroy.sh", slow);
        let run = harness.start(&[&DESTROY[..], &IGNORE].concat());
        wait_for_file(&started);
        kill(run);
        fs::write(&go, "").unwrap();
        let resume = ["destroy", "--resume"];
        if comes_after {
            harness.seam(&resume).exits(3).says(&["error[S0502]", "shop/late/dev comes after shop/network/dev"]);
            harness.ok(&[&resume[..], &IGNORE].concat()).says(&["Goes on with run 2", "ignored"]);
        } else {
            harness.ok(&resume).says(&["Goes on with run 3"]);
        }
        assert_eq!(harness.status("network")["reason"], "destroyed");
        harness.ok(&["destroy", "-e", "dev", "--yes"]);
    }
}

/// An import records no uses, because nobody knows what the state was made of.
#[test]
fn a_consumer_that_was_taken_in_is_asked_like_any_other() {
    let Some(harness) = workspace() else { return };
    let resource = "resource \"terraform_data\" \"it\" {}\n";
    harness.stack("network", "", &format!("{resource}output \"id\" {{\n  value = terraform_data.it.id\n}}\n"));
    harness.stack("app", "inputs: {id: network.id}\n", &format!("variable \"id\" {{}}\n{resource}"));
    harness.ok(&APPLY);
    for file in fs::read_dir(harness.path(".seam")).unwrap().map(|entry| entry.unwrap()) {
        if file.file_name().to_string_lossy().starts_with("registry") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    harness.ok(&["import", "-e", "dev", "--yes"]);
    harness.seam(&DESTROY).exits(3).says(&["error[S0502]", "shop/app/dev reads `id` of shop/network/dev"]);
    harness.ok(&["destroy", "-e", "dev", "--yes", "app"]);
    harness.ok(&DESTROY);
}
