//! Tools that do not behave: one ignores the interrupt, one floods, one loses its supervisor, one leaves
//! a daemon behind, one prints what is no UTF-8, one prints a warning after its JSON.

use crate::harness::{Harness, terraform, wait_for, wait_for_file};
use crate::runs::{APPLY, workspace};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value as Json;
use std::fs;

fn exec(script: &str) -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.write("stacks/api/stack.yaml", "tool: exec\nexec: {apply: [./apply]}\n");
    harness.script("stacks/api/apply", &format!("#!/bin/sh\n{script}\n"));
    harness
}

#[test]
fn one_that_ignores_the_interrupt_is_killed_after_the_grace() {
    let harness = exec("trap '' INT\ntouch started\nwhile :; do sleep 0.05; done");
    let run = harness.start(&[&APPLY[..], &["--grace", "1"]].concat());
    let started = harness.path(".seam/cache/mirror/dev/api/stacks/api/started");
    wait_for_file(&started);
    run.signal(Signal::INT);
    run.wait().exits(130).says(&["api"]);
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "interrupted");
    let runs = harness.ok(&["runs", "show", "1"]).stdout;
    assert!(runs.contains("signal 9"), "{runs}");
    // It said how it ended, so that it is run again.
    harness.script("stacks/api/apply", "#!/bin/sh\n");
    harness.ok(&APPLY);
}

/// A tool that hears an interrupt, says so by the file `asked`, and does `work` again and again.
fn stubborn(work: &str) -> Harness {
    let harness = exec(&format!("trap 'touch asked' INT\ntouch started\nwhile :; do {work}; done"));
    harness.write("stacks/api/chunk", "y\n".repeat(1 << 15));
    harness
}

#[test]
fn one_that_floods_is_stopped_and_killed_all_the_same() {
    // No more than 32 MB: all of it is read before the run ends.
    let harness = stubborn("if [ ${n:-0} -lt 500 ]; then cat chunk; n=$((n+1)); else sleep 0.05; fi");
    let run = harness.start(&APPLY);
    let mirror = harness.path(".seam/cache/mirror/dev/api/stacks/api");
    wait_for_file(&mirror.join("started"));
    run.signal(Signal::INT);
    wait_for_file(&mirror.join("asked"));
    run.signal(Signal::INT);
    run.wait().exits(130);
    let runs = harness.ok(&["runs", "show", "1"]).stdout;
    assert!(runs.contains("signal 9"), "{runs}");
}

#[test]
fn one_whose_supervisor_was_killed_is_stopped_and_killed_all_the_same() {
    let harness = stubborn("sleep 0.05");
    let run = harness.start(&APPLY);
    let mirror = harness.path(".seam/cache/mirror/dev/api/stacks/api");
    wait_for_file(&mirror.join("started"));
    let supervisor = wait_for("the tool to be known", || {
        let known: Json = serde_json::from_slice(&fs::read(harness.path(".seam/runs/1/api/1-apply/pid")).ok()?).ok()?;
        (!known["tool"].is_null()).then(|| i32::try_from(known["supervisor"]["pid"].as_i64().unwrap()).unwrap())
    });
    kill_process(Pid::from_raw(supervisor).unwrap(), Signal::KILL).unwrap();
    run.signal(Signal::INT);
    wait_for_file(&mirror.join("asked"));
    run.signal(Signal::INT);
    run.wait().exits(130).says(&["the supervisor of its tool was killed"]);
    harness.seam(&APPLY).exits(1).says(&["S0507", "runs resolve 1 api"]);
}

#[test]
fn one_that_leaves_a_daemon_behind_is_over() {
    let harness = exec("sleep 1000 > /dev/null 2>&1 &\necho $! > daemon");
    harness.ok(&APPLY);
    let file = harness.path(".seam/cache/mirror/dev/api/stacks/api/daemon");
    let daemon: i32 = fs::read_to_string(file).unwrap().trim().parse().unwrap();
    let daemon = Pid::from_raw(daemon).unwrap();
    assert!(test_kill_process(daemon).is_ok());
    assert_eq!(harness.status("api")["state"], "current");
    assert!(harness.ok(&["runs", "log", "1", "api"]).stdout.contains("1-apply"));
    harness.script("stacks/api/apply", "#!/bin/sh\n");
    harness.ok(&APPLY).says(&["1 applied"]);
    kill_process(daemon, Signal::KILL).unwrap();
    wait_for("the daemon's end", || test_kill_process(daemon).is_err().then_some(()));
}

#[test]
fn what_is_no_utf_8_is_shown_all_the_same() {
    let harness = exec("printf 'caf\\351 \\377\\n'\nprintf '{\"id\": {\"value\": \"x\"}}' > \"$SEAM_OUTPUTS\"");
    harness.ok(&APPLY);
    let log = harness.ok(&["runs", "log", "1", "api"]).stdout;
    assert!(log.contains("caf\u{fffd} \u{fffd}"), "{log}");

    let harness = exec("printf '{\"id\": {\"value\": \"caf\\351\"}}' > \"$SEAM_OUTPUTS\"");
    harness.seam(&APPLY).exits(1).says(&["S0506", "api"]);
    harness.script("stacks/api/apply", "#!/bin/sh\necho '{\"id\": {\"value\": \"café\"}}' > \"$SEAM_OUTPUTS\"\n");
    harness.ok(&APPLY);
    assert_eq!(harness.ok(&["output", "api", "id"]).stdout, "café\n");
}

#[test]
fn a_warning_after_the_json_is_not_read() {
    let (Some(harness), Some(real)) = (workspace(), terraform()) else { return };
    harness.stack(
        "api",
        "backend: {type: local, path: ../../../api.tfstate}\n",
        "output \"id\" {\n  value = \"x\"\n}\n",
    );
    let script = format!(
        "#!/bin/sh\n'{}' \"$@\"\ncode=$?\ncase \"$1\" in show|output|version) printf '\\nWarning: caf\\351 is old\\n';; esac\nexit $code\n",
        real.display()
    );
    harness.program("terraform", &script);
    harness.ok(&APPLY);
    assert_eq!(harness.ok(&["output", "api", "id"]).stdout, "x\n");
    let plan = harness.json(&["plan", "-e", "dev", "--full", "--json"]);
    assert_eq!(plan["steps"][0]["action"], "skip");
}
