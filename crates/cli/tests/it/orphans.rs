//! A plan that outlived the run which started it is waited for, and what others did meanwhile counts.

use crate::harness::{Harness, Started, wait_for};
use crate::runs::APPLY;
use rustix::process::Signal;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// A workspace whose stack `api` plans by a program that writes down when it begins and ends, and
/// waits in between until there is `go`.
struct Slow {
    harness: Harness,
    said: PathBuf,
}

impl Slow {
    fn new() -> Self {
        let harness = Harness::new();
        let said = harness.root().join("said");
        harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: exec}\n");
        harness.write(
            "stacks/api/stack.yaml",
            format!(
                "exec: {{plan: [./plan], apply: [./apply], destroy: [touch, '{}/destroyed']}}\n",
                harness.root().display()
            ),
        );
        harness.script("stacks/api/apply", "#!/bin/sh\necho '{\"id\": {\"value\": \"made\"}}' > \"$SEAM_OUTPUTS\"\n");
        harness.script(
            "stacks/api/plan",
            &format!(
                "#!/bin/sh\necho begins >> '{0}/planned'\nwhile [ ! -e '{0}/go' ]; do sleep 0.05; done\necho ends >> '{0}/planned'\nexit 2\n",
                harness.root().display()
            ),
        );
        harness.write("stacks/web/stack.yaml", "inputs: {id: api.id}\nexec: {apply: [\"true\"]}\n");
        Self { harness, said }
    }

    /// Lets plans end, or not.
    fn go(&self, go: bool) {
        let file = self.harness.root().join("go");
        if go { fs::write(file, "").unwrap() } else { fs::remove_file(file).unwrap() }
    }

    /// What the plans wrote down.
    fn planned(&self) -> Vec<String> {
        let text = fs::read_to_string(self.harness.root().join("planned")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Starts a command and kills it while it plans `api`; the plan goes on.
    fn kill_in_plan(&self, args: &[&str]) {
        let _ = fs::remove_file(self.harness.root().join("planned"));
        let run: Started = self.harness.start(args);
        wait_for("the plan to begin", || (self.planned() == ["begins"]).then_some(()));
        run.signal(Signal::KILL);
        assert_eq!(run.wait().code, -9);
    }

    /// Starts a command, and comes back once it says that it waits for the plan.
    fn start_waiting(&self, args: &[&str]) -> Child {
        let mut command = self.harness.command(args);
        let said = fs::File::create(&self.said).unwrap();
        let child = command.stdout(Stdio::null()).stderr(said).spawn().unwrap();
        let waits = || self.text().contains("waits for 1-plan of a run that was killed");
        wait_for("the command to wait", || waits().then_some(()));
        child
    }

    /// What the waiting command said.
    fn text(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }
}

#[test]
fn a_plan_waits_for_the_plan_of_a_dead_command() {
    let plan = ["plan", "-e", "dev"];
    for dead in [&plan[..], &APPLY[..]] {
        let slow = Slow::new();
        slow.kill_in_plan(dead);
        let mut next = slow.start_waiting(&plan);
        assert_eq!(slow.planned(), ["begins"]);
        slow.go(true);
        assert!(next.wait().unwrap().success(), "{}", slow.text());
        assert_eq!(slow.planned(), ["begins", "ends", "begins", "ends"]);
        assert!(slow.text().contains("api"), "{}", slow.text());
    }
}

#[test]
fn a_destroy_sees_the_use_that_came_while_it_waited() {
    let slow = Slow::new();
    let harness = &slow.harness;
    slow.go(true);
    harness.ok(&["apply", "-e", "dev", "--yes", "api"]);
    slow.go(false);
    harness.edit("stacks/api/apply", "made", "made anew");
    slow.kill_in_plan(&["apply", "-e", "dev", "--yes", "api"]);

    let mut destroy = slow.start_waiting(&["destroy", "-e", "dev", "--yes", "api"]);
    harness.ok(&["apply", "-e", "dev", "--yes", "web"]);
    slow.go(true);
    assert_eq!(destroy.wait().unwrap().code(), Some(3), "{}", slow.text());
    assert!(!harness.root().join("destroyed").exists(), "{}", slow.text());
    for text in ["S0502", "shop/web/dev reads `id`"] {
        assert!(slow.text().contains(text), "{}", slow.text());
    }
    assert_eq!(harness.ok(&["output", "api", "id", "-e", "dev"]).stdout, "made\n");
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "refused");
}
