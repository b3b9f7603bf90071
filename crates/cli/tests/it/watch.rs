//! `seam watch`: every revision in order, the destroys between them, and no secret.

use crate::harness::{Harness, wait_for};
use rustix::process::Signal;
use serde_json::Value as Json;
use std::fs;
use std::process::Stdio;

/// A stack whose outputs are what `value` says.
fn harness() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
    harness.write("stacks/base/stack.yaml", "exec: {apply: [sh, apply.sh], destroy: [\"true\"]}\n");
    harness.write(
        "stacks/base/apply.sh",
        "printf '{\"id\": {\"value\": \"%s\"}, \"password\": {\"value\": \"hunter2-hunter2\", \"sensitive\": true}}' \
         \"$(cat value)\" > \"$SEAM_OUTPUTS\"\n",
    );
    harness
}

fn publish(harness: &Harness, value: &str) {
    harness.write("stacks/base/value", value);
    harness.ok(&["apply", "-e", "dev", "--yes"]);
}

fn destroy(harness: &Harness) {
    harness.ok(&["destroy", "-e", "dev", "--yes"]);
}

/// Watches into a file until it says what `meanwhile` comes back with, then interrupts. `meanwhile` is
/// given how many lines there are.
fn watched(harness: &Harness, args: &[&str], meanwhile: impl FnOnce(&dyn Fn() -> usize) -> String) -> Vec<String> {
    let out = harness.root().join("watched");
    let stdout = fs::File::create(&out).unwrap();
    let args = [&["watch", "shop/base/dev"], args].concat();
    let mut child = harness.command(&args).stdout(stdout).stderr(Stdio::null()).spawn().unwrap();
    let lines = || fs::read_to_string(&out).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    if args.contains(&"--json") {
        wait_for("the first line", || (!lines().is_empty()).then_some(()));
    }
    let last = meanwhile(&|| lines().len());
    wait_for(&last, || lines().iter().any(|line| line.contains(&last)).then_some(()));
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    lines()
}

#[test]
fn every_revision_and_destroy_comes_in_order() {
    let harness = harness();
    publish(&harness, "one");
    publish(&harness, "two");
    destroy(&harness);
    publish(&harness, "three");
    let lines = watched(&harness, &["--from", "2", "--json"], |_| {
        publish(&harness, "four");
        destroy(&harness);
        "\"seq\":5".to_owned()
    });
    let lines: Vec<Json> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<String> =
        lines.iter().map(|line| format!("{} {} {}", line["type"], line["revision"], line["seq"])).collect();
    assert_eq!(
        told,
        [
            "\"version\" null null",
            "\"published\" 2 1",
            "\"destroyed\" 2 2",
            "\"published\" 3 3",
            "\"published\" 4 4",
            "\"destroyed\" 4 5",
            "\"summary\" 4 null",
        ]
    );
    assert_eq!(lines[1]["outputs"]["id"]["value"], "two");
    assert_eq!(lines[1]["outputs"]["password"], serde_json::json!({"type": {"type": "string"}, "sensitive": true}));
    assert_eq!((&lines[2]["run"], &lines[6]["lines"]), (&3.into(), &5.into()));
}

#[test]
fn text_says_what_is_published_from_now_on() {
    let harness = harness();
    publish(&harness, "one");
    let mut revision = 1;
    // Some may come before it looks for the first time.
    let text = watched(&harness, &[], |lines| {
        wait_for("a revision", || {
            revision += 1;
            publish(&harness, &format!("v{revision}"));
            (lines() > 0).then_some(())
        });
        format!("revision {revision} · run {revision}")
    })
    .join("\n");
    assert!(!text.contains("revision 1 "), "{text}");
    assert!(text.contains("(sensitive)") && !text.contains("hunter2"), "{text}");
}

#[test]
fn an_address_of_which_nothing_is_known_is_waited_for() {
    let harness = harness();
    publish(&harness, "one");
    let out = harness.root().join("said");
    let stderr = fs::File::create(&out).unwrap();
    let mut command = harness.command(&["watch", "shop/bas/dev"]);
    let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
    wait_for("the hint", || {
        fs::read_to_string(&out)
            .unwrap()
            .contains("waits for its first revision. did you mean `shop/base/dev`?")
            .then_some(())
    });
    // Whoever reads it goes away, and it does not stay.
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
