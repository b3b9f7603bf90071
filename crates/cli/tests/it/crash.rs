//! `kill -9` of seam, and of the tool with it: what the tool did is not lost, nobody steps on it while
//! it works, and nothing is applied twice.

use crate::harness::{Harness, Started, files_with, wait_for, wait_for_file};
use crate::runs::{APPLY, calls, count_calls, workspace};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;
use std::fs;
use std::path::PathBuf;

const SECRET: &str = "a-planted-secret";

/// A workspace whose stack `api` says `started` in the middle of its apply, and waits there for `go`.
pub struct Slow {
    pub harness: Harness,
    pub started: PathBuf,
    pub go: PathBuf,
}

impl Slow {
    pub fn terraform() -> Option<Self> {
        let slow = Self::new(workspace()?);
        slow.harness.stack(
            "api",
            "inputs: {password: {secret: {env: PASSWORD}}}\n",
            &format!(
                "variable \"password\" {{\n  ephemeral = true\n}}\nresource \"terraform_data\" \"first\" {{}}\n\
                 resource \"terraform_data\" \"slow\" {{\n  depends_on = [terraform_data.first]\n  provisioner \"local-exec\" {{\n    \
                 command = \"{}\"\n  }}\n}}\noutput \"id\" {{\n  value = terraform_data.slow.id\n}}\n",
                slow.shell()
            ),
        );
        slow.harness.stack(
            "web",
            "inputs: {id: api.id}\n",
            "variable \"id\" {}\noutput \"id\" {\n  value = var.id\n}\n",
        );
        Some(slow)
    }

    /// The same with programs, which count how often they apply.
    pub fn exec() -> Self {
        let harness = Harness::new();
        harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
        let slow = Self::new(harness);
        slow.harness.write(
            "stacks/api/stack.yaml",
            "tool: exec\nexec: {apply: [./apply]}\ninputs: {password: {secret: {env: PASSWORD}}}\n",
        );
        slow.harness.script("stacks/api/apply", &format!(
            "#!/bin/sh\necho applied >> '{}'\n{}\ncp \"$SEAM_INPUTS\" inputs-seen\n\
             echo '{{\"id\": {{\"value\": \"made\"}}, \"key\": {{\"value\": \"{SECRET}\", \"sensitive\": true}}}}' > \"$SEAM_OUTPUTS\"\nrm inputs-seen\n",
            slow.harness.root().join("applied").display(),
            slow.shell()
        ));
        slow
    }

    fn new(mut harness: Harness) -> Self {
        harness.var("PASSWORD", SECRET);
        let (started, go) = (harness.root().join("started"), harness.root().join("go"));
        Self { harness, started, go }
    }

    fn shell(&self) -> String {
        format!("touch '{}'; while [ ! -e '{}' ]; do sleep 0.05; done", self.started.display(), self.go.display())
    }

    /// Starts an apply and kills it when the tool is in the middle.
    pub fn kill_in_the_middle(&self) {
        let run = self.harness.start(&APPLY);
        wait_for_file(&self.started);
        kill(run);
    }

    /// The folder of the process that applies.
    pub fn step(&self) -> PathBuf {
        self.step_of(1)
    }

    fn step_of(&self, run: u32) -> PathBuf {
        let folder = self.harness.path(format!(".seam/runs/{run}/api"));
        let mut steps = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        steps.find(|path| path.to_string_lossy().ends_with("-apply")).unwrap()
    }

    /// How often the program applied.
    pub fn applied(&self) -> usize {
        fs::read_to_string(self.harness.root().join("applied")).unwrap_or_default().lines().count()
    }

    /// Kills the supervisor, then the tool and all that it started.
    pub fn kill_tool(&self) {
        self.kill_tool_of(1);
    }

    /// The same of another run than the first.
    pub fn kill_tool_of(&self, run: u32) {
        let step = self.step_of(run);
        // The supervisor writes down the tool's process once it started, and the tool is quick.
        let known = wait_for("the tool to be known", || {
            let known: Json = serde_json::from_slice(&fs::read(step.join("pid")).ok()?).ok()?;
            (!known["tool"].is_null()).then_some(known)
        });
        let pid = |who: &str| Pid::from_raw(i32::try_from(known[who]["pid"].as_i64().unwrap()).unwrap()).unwrap();
        kill_process(pid("supervisor"), Signal::KILL).unwrap();
        rustix::process::kill_process_group(pid("tool"), Signal::KILL).unwrap();
        let lock = step.join("lock");
        wait_for("the tool's end", || seam_process::Lock::is_free(&lock).unwrap().then_some(()));
    }

    /// Every file below the run's folder that has the secret in it.
    pub fn left(&self) -> Vec<PathBuf> {
        files_with(&self.harness.path(".seam/runs"), SECRET.as_bytes())
    }
}

pub fn kill(run: Started) {
    run.signal(Signal::KILL);
    assert_eq!(run.wait().code, -9);
}

#[test]
fn a_tool_outlives_seam_and_its_status_is_taken() {
    let Some(slow) = Slow::terraform() else { return };
    let harness = &slow.harness;
    count_calls(harness);
    slow.kill_in_the_middle();
    assert_eq!(harness.status("api")["state"], "running");
    assert!(!slow.left().is_empty());

    // While it works nobody starts a second one, and nothing is planned under its feet.
    for args in [&APPLY[..], &["plan", "-e", "dev"], &["destroy", "-e", "dev", "--yes"]] {
        harness.seam(args).exits(5).says(&["S0501", "the tool of shop/api/dev that run 1 started is still running"]);
    }

    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    let state = fs::read_to_string(harness.path(".seam/state/dev/api.tfstate")).unwrap();
    assert!(state.contains("\"slow\""), "{state}");
    assert!(!harness.path(".seam/state/dev/.api.tfstate.lock.info").exists());
    assert_eq!(harness.status("api")["state"], "unpublished");

    calls(harness);
    harness.ok(&APPLY).says(&["api", "applied by run 1, and not published: outputs published now"]);
    assert_eq!(calls(harness), ["apply web", "init web", "plan web"]);
    assert_eq!(harness.status("api")["state"], "current");
    let runs = harness.json(&["runs", "--json"]);
    assert_eq!((&runs["runs"][0]["result"], &runs["runs"][1]["result"]), (&"done".into(), &"lost".into()));
    assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
    harness.ok(&APPLY).says(&["2 unchanged"]);
}

#[test]
fn a_tool_that_was_killed_too_is_planned_again() {
    // A state is believed, and not what a person says of it.
    for word in ["--not-applied", "--applied"] {
        let Some(slow) = Slow::terraform() else { return };
        let harness = &slow.harness;
        slow.kill_in_the_middle();
        slow.kill_tool();
        assert_eq!(harness.status("api")["state"], "uncertain");
        fs::write(&slow.go, "").unwrap();
        count_calls(harness);
        let api = [&APPLY[..], &["api"]].concat();
        // What it was making is in no state, and may be there all the same.
        let plan = harness.ok(&["plan", "-e", "dev", "api"]);
        assert!(plan.stdout.contains("terraform_data.slow may exist and be in no state"), "{}", plan.stdout);
        assert!(plan.stdout.ends_with("seam runs resolve 1 api --not-applied` and apply again\n"), "{}", plan.stdout);
        harness.seam(&api).exits(1).says(&["S0523", "terraform_data.slow", "seam runs resolve 1 api --not-applied"]);
        calls(harness);
        harness.ok(&["runs", "resolve", "1", "api", word]).says(&["The next apply of shop/api/dev plans it anew"]);
        assert_eq!(harness.status("api")["state"], "changed");
        harness.ok(&api);
        assert_eq!(calls(harness), ["apply api", "plan api"]);
        assert_eq!(harness.status("api")["state"], "current");
        assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
    }
}

#[test]
fn what_a_killed_tool_was_making_is_named_when_the_code_has_it_no_more() {
    let Some(slow) = Slow::terraform() else { return };
    let harness = &slow.harness;
    slow.kill_in_the_middle();
    slow.kill_tool();
    fs::write(&slow.go, "").unwrap();
    let code = fs::read_to_string(harness.path("stacks/api/main.tf")).unwrap();
    harness.write("stacks/api/main.tf", code.replace("\"slow\"", "\"other\"").replace("data.slow", "data.other"));
    let words = "terraform_data.slow (in the code no more) may exist and be in no state";
    let plan = harness.ok(&["plan", "-e", "dev", "api"]).stdout;
    assert!(plan.contains(words) && !plan.contains("terraform_data.first may"), "{plan}");
    harness.seam(&["apply", "--resume"]).exits(1).says(&["S0523", words, "seam runs resolve 1 api --not-applied"]);
    harness.ok(&["runs", "resolve", "1", "api", "--not-applied"]);
    harness.ok(&["apply", "--resume"]).says(&["2 applied"]);
}

#[test]
fn a_program_that_ended_alone_is_not_run_again() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    slow.kill_in_the_middle();
    harness.seam(&APPLY).exits(5);
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    harness.ok(&APPLY).says(&["applied by run 1, and not published: outputs published now"]);
    assert_eq!(slow.applied(), 1);
    assert_eq!(harness.ok(&["output", "api", "id", "-e", "dev"]).stdout, "made\n");
    assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
}

#[test]
fn what_a_dead_run_left_is_taken_stack_by_stack() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    harness.write("stacks/two/stack.yaml", fs::read(harness.path("stacks/api/stack.yaml")).unwrap());
    harness.script("stacks/two/apply", &fs::read_to_string(harness.path("stacks/api/apply")).unwrap());
    let run = harness.start(&APPLY);
    wait_for("both", || (slow.applied() == 2).then_some(()));
    kill(run);
    fs::write(&slow.go, "").unwrap();
    for stack in ["api", "two"] {
        let ended = || {
            let mut steps = fs::read_dir(harness.path(format!(".seam/runs/1/{stack}"))).unwrap();
            steps.any(|step| step.unwrap().path().join("status").exists())
        };
        wait_for("its status", || ended().then_some(()));
    }

    harness.ok(&[&APPLY[..], &["api"]].concat());
    assert_eq!(harness.status("two")["state"], "unpublished");
    assert!(slow.left().iter().all(|path| path.starts_with(harness.path(".seam/runs/1/two"))), "{:?}", slow.left());
    harness.ok(&[&APPLY[..], &["two"]].concat());
    assert_eq!(slow.applied(), 2);
    assert_eq!(harness.json(&["output", "two", "id", "-e", "dev", "--json"]), "made");
    assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
    assert_eq!(harness.json(&["runs", "--json"])["runs"][2]["result"], "lost");
}

#[test]
fn what_was_applied_is_planned_as_applied() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    harness.write("stacks/web/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\ninputs: {id: api.id}\n");
    slow.kill_in_the_middle();
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    harness.edit("seam.yaml", "dev: {}", "dev: {approve: true}");
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    let api = &plan["steps"][0];
    assert_eq!((&api["action"], &api["reason"]), (&"none".into(), &"applied by run 1, and not published".into()));
    assert_eq!(plan["steps"][1]["inputs"]["id"]["value"], "made");
    let digest = plan["digest"].as_str().unwrap();
    harness.ok(&["apply", "-e", "dev", "--approve", digest]);
    assert_eq!(slow.applied(), 1);
    assert_eq!(harness.status("web")["state"], "current");
}

#[test]
fn what_was_destroyed_is_not_destroyed_again() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    let destroy = fs::read_to_string(harness.path("stacks/api/apply")).unwrap();
    harness.script("stacks/api/apply", "#!/bin/sh\n");
    harness.script("stacks/api/destroy", &destroy);
    harness.edit("stacks/api/stack.yaml", "[./apply]", "[./apply], destroy: [./destroy]");
    harness.ok(&APPLY);
    let args = ["destroy", "-e", "dev", "--yes"];
    let run = harness.start(&args);
    wait_for_file(&slow.started);
    kill(run);
    harness.seam(&args).exits(5);
    harness.seam(&APPLY).exits(5);
    fs::write(&slow.go, "").unwrap();
    wait_for("its end", || (harness.status("api")["state"] != "running").then_some(()));
    harness.ok(&args);
    assert_eq!(slow.applied(), 1);
    assert_eq!(harness.status("api")["state"], "never");
    assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
}

#[test]
fn a_program_of_which_nobody_knows_is_not_run_again() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    slow.kill_in_the_middle();
    slow.kill_tool();
    fs::write(&slow.go, "").unwrap();
    harness.seam(&APPLY).exits(1).says(&["S0507", "shop/api/dev", "seam runs log 1 api", "seam runs resolve 1 api"]);
    assert_eq!(slow.applied(), 1);
    assert_eq!(harness.status("api")["state"], "uncertain");
    harness.ok(&[&APPLY[..], &["--force"]].concat());
    assert_eq!(slow.applied(), 2);
    assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
}

#[test]
fn a_plan_that_outlived_its_run_is_waited_for() {
    let Some(slow) = Slow::terraform() else { return };
    let harness = &slow.harness;
    let real = crate::harness::terraform().unwrap();
    let script =
        |shell: &str| format!("#!/bin/sh\nif [ \"$1\" = plan ]; then {shell}; fi\nexec '{}' \"$@\"\n", real.display());
    harness.program("terraform", &script(&slow.shell()));
    slow.kill_in_the_middle();
    // The next one does not touch the mirror before the old plan has ended.
    harness.program("terraform", &script(&format!("test -e '{}' || exit 9", slow.go.display())));
    let said = harness.root().join("said");
    let mut next = harness.command(&APPLY);
    let mut next = next.stderr(fs::File::create(&said).unwrap()).spawn().unwrap();
    let waits = || fs::read_to_string(&said).unwrap().contains("waits for 2-plan of a run that was killed");
    wait_for("the next apply to wait", || waits().then_some(()));
    assert!(!harness.path(".seam/runs/2").exists());
    fs::write(&slow.go, "").unwrap();
    assert!(next.wait().unwrap().success());
    assert_eq!(harness.json(&["runs", "--json"])["runs"][1]["result"], "lost");
}
