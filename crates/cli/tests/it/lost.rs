//! A run whose lease another one took while it still ran: it starts nothing more, interrupts its
//! tools once, and is recorded as lost.

use crate::harness::{Harness, wait_for_file};
use crate::runs::APPLY;
use std::fs;

#[test]
fn a_run_that_lost_its_lease_interrupts_its_tools_and_is_lost() {
    let harness = Harness::new();
    let file = |name: &str| harness.root().join(name).display().to_string();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    for (stack, more) in [("first", ""), ("late", "after: [first]\n"), ("side", "")] {
        let yaml = format!("tool: exec\nexec: {{apply: [./apply]}}\n{more}");
        harness.write(&format!("stacks/{stack}/stack.yaml"), yaml);
    }
    let slow = |name: &str| {
        format!(
            "#!/bin/sh\ntrap \"echo >> '{}'; exit 1\" INT\ntouch '{}'\nwhile [ ! -e '{}' ]; do sleep 0.05; done\n",
            file(&format!("{name}-interrupted")),
            file(&format!("{name}-started")),
            file(&format!("{name}-go"))
        )
    };
    harness.script("stacks/first/apply", &slow("first"));
    harness.script("stacks/side/apply", &slow("side"));
    harness.script("stacks/late/apply", &format!("#!/bin/sh\necho >> '{}'\n", file("late-applied")));
    let run = harness.start(&[&APPLY[..], &["--jobs", "3"]].concat());
    wait_for_file(&harness.root().join("first-started"));
    wait_for_file(&harness.root().join("side-started"));

    // With another lock than its own the run seems dead: what it did not start yet is somebody else's.
    fs::remove_file(harness.path(".seam/runs/1/lock")).unwrap();
    fs::write(harness.path(".seam/runs/1/lock"), "").unwrap();
    harness.ok(&["apply", "late", "-e", "dev", "--yes"]);
    fs::write(harness.root().join("first-go"), "").unwrap();

    run.wait().exits(1).says(&["shop/late/dev", "run 1"]);
    assert_eq!(fs::read_to_string(harness.root().join("side-interrupted")).unwrap(), "\n");
    assert_eq!(fs::read_to_string(harness.root().join("late-applied")).unwrap(), "\n");
    let runs = harness.json(&["runs", "--json"]);
    assert_eq!((&runs["runs"][0]["result"], &runs["runs"][1]["result"]), (&"done".into(), &"lost".into()));
    assert_eq!(harness.status("first")["state"], "current");
}
