//! `--resume`: a run that was killed is gone on with, with its selection and its yes; tools that still
//! work are followed, statuses are taken, and a person or a command says what nobody knows.

use crate::crash::{Slow, kill};
use crate::harness::{Harness, Heard, wait_for, wait_for_file};
use crate::runs::{APPLY, calls, count_calls};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;
use std::fs;
use std::path::PathBuf;

const RESUME: [&str; 2] = ["apply", "--resume"];

/// Starts a resume and waits until it follows the tool.
fn follow(slow: &Slow) -> Heard {
    slow.harness.start_until(&RESUME, "its tool of run 1 still runs")
}

fn results(harness: &Harness) -> Vec<String> {
    let runs = harness.json(&["runs", "--json"]);
    runs["runs"].as_array().unwrap().iter().rev().map(|run| run["result"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_living_tool_is_followed_and_what_waited_for_it_runs() {
    let Some(slow) = Slow::terraform() else { return };
    count_calls(&slow.harness);
    slow.kill_in_the_middle();
    calls(&slow.harness);
    let resumed = follow(&slow);
    // Nobody else gets in meanwhile.
    slow.harness.seam(&APPLY).exits(5).says(&["S0501", "run 2"]);
    fs::write(&slow.go, "").unwrap();
    let answer = resumed.wait().exits(0);
    let answer = answer.says(&["Goes on with run 1", "applied by run 1, and not published"]);
    assert!(!answer.stderr.contains("lost"), "{}", answer.stderr);
    assert_eq!(calls(&slow.harness), ["apply web", "init web", "plan web"]);
    assert_eq!(results(&slow.harness), ["lost", "done"]);
    assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
    slow.harness.seam(&RESUME).exits(1).says(&["S0413", "no run was cut off"]);
    slow.harness.seam(&["apply", "--resume", "2"]).exits(1).says(&["S0413", "run 2 was not cut off: it is done"]);
}

#[test]
fn a_resume_that_is_killed_is_resumed() {
    let slow = Slow::exec();
    slow.kill_in_the_middle();
    let resumed = follow(&slow);
    resumed.signal(Signal::KILL);
    resumed.wait().exits(-9);
    let resumed = follow(&slow);
    fs::write(&slow.go, "").unwrap();
    resumed.wait().exits(0).says(&["Goes on with run 2"]);
    assert_eq!(slow.applied(), 1);
    assert_eq!(slow.harness.status("api")["state"], "current");
    assert_eq!(results(&slow.harness), ["lost", "lost", "done"]);
    assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
}

#[test]
fn an_interrupt_reaches_a_tool_that_is_followed() {
    let slow = Slow::exec();
    slow.kill_in_the_middle();
    let resumed = follow(&slow);
    resumed.signal(Signal::INT);
    resumed.wait().exits(130);
    wait_for_file(&slow.step().join("status"));
    fs::write(&slow.go, "").unwrap();
    slow.harness.ok(&["apply", "--resume", "2"]).says(&["Goes on with run 2"]);
    assert_eq!(slow.applied(), 2);
}

#[test]
fn the_selection_and_the_yes_are_kept() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    harness.write("stacks/other/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\n");
    harness.edit("seam.yaml", "dev: {}", "dev: {approve: true}");
    let plan = harness.json(&["plan", "-e", "dev", "api", "--json"]);
    let run = harness.start(&["apply", "api", "--approve", plan["digest"].as_str().unwrap()]);
    wait_for_file(&slow.started);
    kill(run);
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    harness.ok(&RESUME);
    assert_eq!(harness.status("api")["state"], "current");
    assert_eq!(harness.status("other")["state"], "never");
}

#[test]
fn a_yes_to_other_code_is_none() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    harness.write("stacks/late/stack.yaml", "tool: exec\nexec: {apply: [./apply]}\nafter: [api]\n");
    harness.script("stacks/late/apply", "#!/bin/sh\n");
    harness.edit("seam.yaml", "dev: {}", "dev: {approve: true}");
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    let run = harness.start(&["apply", "--approve", plan["digest"].as_str().unwrap()]);
    wait_for_file(&slow.started);
    kill(run);
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    harness.script("stacks/late/apply", "#!/bin/sh\ntouch unreviewed\n");
    harness.seam(&["apply", "--resume", "--approve", "0"]).exits(64);
    harness.seam(&RESUME).exits(3).says(&["S0503", "its code or its settings changed since they were said yes to"]);
    assert_eq!(
        (&harness.status("api")["state"], &harness.status("late")["state"]),
        (&"current".into(), &"never".into())
    );
    assert!(!harness.path(".seam/cache/mirror/dev/late/stacks/late/unreviewed").exists());
}

#[test]
fn an_environment_that_wants_an_approval_now_takes_no_yes_of_before() {
    let slow = Slow::exec();
    slow.kill_in_the_middle();
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    slow.harness.edit("seam.yaml", "dev: {}", "dev: {approve: true}");
    slow.harness.seam(&RESUME).exits(3).says(&["S0505"]);
}

#[test]
fn a_yes_is_good_for_one_resume() {
    let slow = Slow::exec();
    let run = slow.harness.start(&APPLY);
    wait_for_file(&slow.started);
    run.signal(Signal::INT);
    run.wait().exits(130);
    fs::write(&slow.go, "").unwrap();
    slow.harness.ok(&[&RESUME[..], &["-e", "dev"]].concat()).says(&["Goes on with run 1"]);
    slow.harness.seam(&["apply", "--resume", "1"]).exits(3).says(&["S0504"]);
}

#[test]
fn what_a_later_run_did_is_not_resumed() {
    let slow = Slow::exec();
    let run = slow.harness.start(&APPLY);
    wait_for_file(&slow.started);
    run.signal(Signal::INT);
    run.wait().exits(130);
    fs::write(&slow.go, "").unwrap();
    slow.harness.ok(&APPLY);
    slow.harness.seam(&RESUME).exits(1).says(&["S0413", "no run was cut off"]);
}

#[test]
fn what_was_renamed_meanwhile_is_not_left_out() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    harness.write("stacks/late/stack.yaml", "name: late\ntool: exec\nexec: {apply: [\"true\"]}\nafter: [api]\n");
    let api = fs::read_to_string(harness.path("stacks/api/stack.yaml")).unwrap();
    slow.kill_in_the_middle();
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));

    // What its step left lies under that name, and somebody has to look after it.
    fs::rename(harness.path("stacks/api"), harness.root().join("aside")).unwrap();
    harness.edit("stacks/late/stack.yaml", "after: [api]\n", "");
    harness.seam(&RESUME).exits(1).says(&["S0524", "the apply of shop/api/dev in run 1 led to nothing recorded"]);
    fs::rename(harness.root().join("aside"), harness.path("stacks/api")).unwrap();
    harness.write("stacks/api/stack.yaml", format!("name: core\nformerly: api\n{api}"));
    harness.seam(&RESUME).exits(1).says(&["S0415", "the apply of shop/api/dev in run 1 led to nothing recorded"]);

    harness.write("stacks/api/stack.yaml", api);
    harness.edit("stacks/late/stack.yaml", "name: late\n", "name: later\nformerly: late\n");
    harness.ok(&RESUME).says(&["Goes on with run 1", "2 applied"]);
    assert_eq!((slow.applied(), &harness.status("later")["state"]), (1, &"current".into()));
}

#[test]
fn without_a_yes_that_was_given_one_is_asked_for() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    slow.kill_in_the_middle();
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    fs::remove_file(harness.path(".seam/runs/1/yes.json")).unwrap();
    harness.seam(&RESUME).exits(3).says(&["S0504"]);
    harness.ok(&["apply", "--resume", "1", "--yes"]);
    assert_eq!(slow.applied(), 1);
}

#[test]
fn a_tool_without_a_supervisor_is_waited_for_and_planned() {
    let Some(slow) = Slow::terraform() else { return };
    slow.kill_in_the_middle();
    let known: Json = serde_json::from_slice(&fs::read(slow.step().join("pid")).unwrap()).unwrap();
    let supervisor = Pid::from_raw(i32::try_from(known["supervisor"]["pid"].as_i64().unwrap()).unwrap()).unwrap();
    kill_process(supervisor, Signal::KILL).unwrap();
    count_calls(&slow.harness);
    let resumed = follow(&slow);
    fs::write(&slow.go, "").unwrap();
    // It made everything, so that its plan is empty: what it made is published.
    resumed.wait().exits(0);
    let applied: Vec<String> = calls(&slow.harness).into_iter().filter(|call| call.starts_with("apply")).collect();
    assert_eq!(applied, ["apply web"]);
    assert_eq!(slow.harness.status("api")["state"], "current");
}

/// An `exec` stack whose tool was killed in the middle, and more in its `exec:`.
fn killed(more: &str) -> Slow {
    let slow = Slow::exec();
    slow.harness.edit("stacks/api/stack.yaml", "[./apply]}", &format!("[./apply]{more}}}"));
    slow.kill_in_the_middle();
    slow.kill_tool();
    fs::write(&slow.go, "").unwrap();
    slow
}

#[test]
fn a_program_that_may_run_twice_is_run_again() {
    let slow = killed(", idempotent: true");
    slow.harness.ok(&RESUME).says(&["its last apply was cut off"]);
    assert_eq!(slow.applied(), 2);
}

#[test]
fn a_program_that_can_tell_is_asked() {
    let verify = ", verify: [sh, -c, 'cat ../../verify.sh | sh']";
    for (script, applied, code) in
        [("echo '{\"id\": {\"value\": \"told\"}}' > \"$SEAM_OUTPUTS\"", 1, 0), ("exit 2", 2, 0), ("exit 1", 1, 1)]
    {
        let slow = Slow::exec();
        let told = slow.harness.root().join("verify.sh");
        fs::write(&told, script).unwrap();
        let verify = verify.replace("../../verify.sh", &told.display().to_string());
        slow.harness.edit("stacks/api/stack.yaml", "[./apply]}", &format!("[./apply]{verify}}}"));
        slow.kill_in_the_middle();
        slow.kill_tool();
        fs::write(&slow.go, "").unwrap();
        slow.harness.seam(&RESUME).exits(code);
        assert_eq!(slow.applied(), applied, "{script}");
        if code == 0 {
            let id = if applied == 1 { "told\n" } else { "made\n" };
            assert_eq!(slow.harness.ok(&["output", "api", "id"]).stdout, id);
        } else {
            assert_eq!(slow.harness.status("api")["state"], "uncertain");
        }
        assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
    }
}

/// What the program of a step that is taken up named, and what its `verify` command names.
#[test]
fn lookups_find_what_a_step_that_was_cut_off_made() {
    let names = |id: &str| format!("echo '[{{\"kind\": \"queue\", \"id\": \"{id}\"}}]' > \"$SEAM_RESOURCES\"\n");
    for (is_killed, id) in [(false, "named"), (true, "told")] {
        let slow = Slow::exec();
        let harness = &slow.harness;
        harness.edit("stacks/api/apply", "rm inputs-seen\n", &format!("rm inputs-seen\n{}", names("named")));
        harness.script(
            "stacks/api/told",
            &format!("#!/bin/sh\necho '{{\"id\": {{\"value\": 1}}}}' > \"$SEAM_OUTPUTS\"\n{}", names("told")),
        );
        harness.edit("stacks/api/stack.yaml", "[./apply]}", "[./apply], verify: [./told]}");
        harness.write(
            "stacks/reader/stack.yaml",
            "tool: exec\nexec: {apply: [sh, -c, 'cp \"$SEAM_INPUTS\" ../seen']}\n\
             inputs: {queue: {lookup: {kind: queue, from: api}, select: id}}\n",
        );
        slow.kill_in_the_middle();
        if is_killed {
            slow.kill_tool();
        }
        fs::write(&slow.go, "").unwrap();
        wait_for("the program's end", || seam_process::Lock::is_free(&slow.step().join("lock")).unwrap().then_some(()));
        harness.ok(&APPLY);
        assert_eq!(slow.applied(), 1);
        let plan = harness.json(&["plan", "reader", "-e", "dev", "--json"]);
        assert_eq!(plan["steps"][0]["inputs"]["queue"]["value"], id);
        assert_eq!(slow.left(), [""; 0].map(PathBuf::from));
    }
}

#[test]
fn a_person_says_what_nobody_knows() {
    for (word, applied) in [("--applied", 1), ("--not-applied", 2)] {
        let slow = killed("");
        let harness = &slow.harness;
        harness.seam(&RESUME).exits(1).says(&["S0507", "seam runs resolve 1 api"]);
        harness.seam(&["runs", "resolve", "1", "api"]).exits(64);
        harness.ok(&["runs", "resolve", "1", "api", word]);
        harness.ok(&RESUME).says(&["Goes on with run 2"]);
        assert_eq!(slow.applied(), applied, "{word}");
        assert_eq!(harness.status("api")["state"], "current");
        harness.seam(&["runs", "resolve", "1", "api", word]).exits(1).says(&["S0413", "nothing of shop/api/dev"]);
    }
}

#[test]
fn what_a_person_says_was_applied_keeps_its_outputs() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    fs::write(&slow.go, "").unwrap();
    harness.ok(&APPLY);
    fs::remove_file(&slow.go).unwrap();
    fs::remove_file(&slow.started).unwrap();
    let run = harness.start(&[&APPLY[..], &["--force"]].concat());
    wait_for_file(&slow.started);
    kill(run);
    slow.kill_tool_of(2);
    harness.ok(&["runs", "resolve", "2", "api", "--applied"]);
    assert_eq!(harness.status("api")["state"], "unpublished");
    harness.ok(&APPLY).says(&["it wrote no outputs, so those of before are published again"]);
    assert_eq!(harness.ok(&["output", "api", "id"]).stdout, "made\n");
    assert_eq!(slow.applied(), 2);
}

#[test]
fn a_step_is_resolved_after_the_run_that_met_it_died_too() {
    let slow = killed("");
    let harness = &slow.harness;
    harness.write("stacks/other/stack.yaml", "tool: exec\nexec: {apply: [./apply]}\n");
    let (started, go) = (harness.root().join("other"), harness.root().join("other-go"));
    let wait =
        format!("#!/bin/sh\ntouch '{}'\nwhile [ ! -e '{}' ]; do sleep 0.05; done\n", started.display(), go.display());
    harness.script("stacks/other/apply", &wait);
    let run = harness.start(&APPLY);
    wait_for_file(&started);
    kill(run);
    fs::write(&go, "").unwrap();
    harness.ok(&["runs", "resolve", "1", "api", "--not-applied"]);
    wait_for("the other to end", || (harness.status("other")["state"] == "unpublished").then_some(()));
    harness.ok(&APPLY);
    assert_eq!(slow.applied(), 2);
}

#[test]
fn a_workspace_that_is_moved_takes_its_runs_along() {
    let mut slow = Slow::exec();
    slow.kill_in_the_middle();
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    let (old, new) = (slow.harness.path(""), slow.harness.root().join("moved"));
    fs::rename(&old, &new).unwrap();
    fs::create_dir(&old).unwrap();
    slow.harness.var("SEAM_DIR", new.to_str().unwrap());
    slow.harness.ok(&APPLY).says(&["applied by run 1, and not published: outputs published now"]);
    assert_eq!(slow.applied(), 1);
    assert_eq!(fs::read_dir(&old).unwrap().count(), 0);
}

#[test]
fn the_folder_of_a_run_is_kept_while_its_step_led_to_nothing() {
    let slow = killed("");
    let harness = &slow.harness;
    harness.write("stacks/other/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\n");
    for _ in 0..22 {
        harness.ok(&[&APPLY[..], &["other", "--force"]].concat());
    }
    assert!(harness.path(".seam/runs/1/api").exists() && !harness.path(".seam/runs/2").exists());
    assert_eq!(harness.status("api")["state"], "uncertain");
    harness.seam(&APPLY).exits(1).says(&["S0507"]);
}

#[test]
fn what_is_needed_of_a_dead_run_is_all_that_is_left_of_it() {
    let slow = Slow::exec();
    let harness = &slow.harness;
    harness.write("stacks/web/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\nafter: [api]\n");
    slow.kill_in_the_middle();
    fs::write(&slow.go, "").unwrap();
    wait_for_file(&slow.step().join("status"));
    harness.ok(&[&APPLY[..], &["web"]].concat());
    assert_eq!(slow.left(), [slow.step().join("outputs.json")]);
    harness.ok(&APPLY);
    assert_eq!((slow.left(), slow.applied()), (Vec::new(), 1));
}

#[test]
fn an_address_with_the_value_of_an_input_in_it_is_named() {
    let Some(slow) = Slow::terraform() else { return };
    let harness = &slow.harness;
    harness.edit("stacks/api/stack.yaml", "inputs: {", "inputs: {zone: {value: eu-west-1a}, ");
    let code = fs::read_to_string(harness.path("stacks/api/main.tf")).unwrap();
    let code = code.replace("\"slow\" {\n", "\"slow\" {\n  for_each = toset([var.zone])\n");
    let code = code.replace("terraform_data.slow.id", "terraform_data.slow[var.zone].id");
    harness.write("stacks/api/main.tf", format!("variable \"zone\" {{}}\n{code}"));
    slow.kill_in_the_middle();
    slow.kill_tool();
    fs::write(&slow.go, "").unwrap();
    harness.seam(&RESUME).exits(1).says(&["S0523", "terraform_data.slow[\"eu-west-1a\"] may exist and be in no state"]);
}
