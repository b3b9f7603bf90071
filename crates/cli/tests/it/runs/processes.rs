//! The processes of tools: how much they print, and what they hold.

use super::{APPLY, workspace};
use crate::harness::{Harness, terraform, wait_for, wait_for_file};
use rustix::process::Signal;
use seam_process::Lock;
use std::fs;

#[test]
fn a_flood_of_output_is_warned_about_once() {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.write("stacks/loud/stack.yaml", "tool: exec\nexec: {apply: [./apply]}\n");
    let megabytes = |count: u32| {
        let line = "line=$(head -c 999999 /dev/zero | tr '\\0' x)";
        let script = format!("#!/bin/sh\n{line}\ni=0\nwhile [ $i -lt {count} ]; do echo \"$line\"; i=$((i+1)); done\n");
        harness.script("stacks/loud/apply", &script);
        let answer = harness.ok(&APPLY);
        answer.stderr.matches("prints more than 100 MB; all of it goes to ").count()
    };
    assert_eq!(megabytes(100), 0);
    assert_eq!(megabytes(103), 1);
}

#[test]
fn an_init_that_outlived_its_run_holds_the_plugins() {
    let Some(harness) = workspace() else { return };
    let (started, go) = (harness.root().join("started"), harness.root().join("go"));
    harness.program(
        "terraform",
        &format!(
            "#!/bin/sh\nif [ \"$1\" = init ]; then touch '{}'; while [ ! -e '{}' ]; do sleep 0.05; done; fi\nexec '{}' \"$@\"\n",
            started.display(),
            go.display(),
            terraform().unwrap().display()
        ),
    );
    harness.stack("api", "", "output \"id\" {\n  value = 1\n}\n");
    harness.stack("web", "", "output \"id\" {\n  value = 2\n}\n");
    let run = harness.start(&[&APPLY[..], &["api"]].concat());
    wait_for_file(&started);
    run.signal(Signal::KILL);
    assert_eq!(run.wait().code, -9);

    let lock = harness.root().join("home/cache/seam/plugins.lock");
    assert!(!Lock::is_free(&lock).unwrap());
    fs::remove_file(&started).unwrap();
    let next = harness.start(&[&APPLY[..], &["web"]].concat());
    let waits = harness.path(".seam/runs/2/web/1-init/pid");
    wait_for("the next init's supervisor", || fs::read_to_string(&waits).ok().filter(|text| text.contains("null")));
    assert!(!started.exists());
    fs::write(&go, "").unwrap();
    next.wait().exits(0);
    assert!(started.exists());
    assert!(Lock::is_free(&lock).unwrap());
}
