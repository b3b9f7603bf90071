//! A person works with a stack's tool: with its state, its inputs, its terminal, and alone.

use crate::harness::{Answer, Harness, files_with, terraform, wait_for};
use crate::runs::{APPLY, SEAM, workspace};
use crate::terminal::Terminal;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

const TOOL: [&str; 5] = ["tool", "app", "-e", "dev", "--"];

fn tool<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&TOOL, args].concat()
}

/// One stack with a resource, and an input that is a secret.
fn app() -> Option<Harness> {
    let mut harness = workspace()?;
    harness.var("DB_PASSWORD", "hunter2-hunter2");
    harness.stack(
        "app",
        "inputs: {name: {value: \"a-{environment}\"}, password: {secret: {env: DB_PASSWORD}}}\n",
        "variable \"name\" {}\nvariable \"password\" {\n  sensitive = true\n}\n\
         resource \"terraform_data\" \"a\" {\n  input = var.name\n}\noutput \"id\" {\n  value = var.name\n}\n",
    );
    Some(harness)
}

/// Runs the binary with something to read on standard input.
fn with_input(harness: &Harness, args: &[&str], text: &str) -> Answer {
    let mut command = harness.command(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Answer::of(child.wait_with_output().unwrap())
}

#[test]
fn a_state_that_was_worked_on_is_planned_by_the_next_apply() {
    let Some(harness) = app() else { return };
    harness.ok(&APPLY);
    assert_eq!(harness.ok(&tool(&["state", "list"])).stdout, "terraform_data.a\n");
    assert_eq!(harness.status("app")["state"], "current");

    let answer = harness.ok(&tool(&["state", "mv", "terraform_data.a", "terraform_data.b"]));
    answer.says(&["The state of shop/app/dev was changed (serial 1, now 2): the next apply plans it."]);
    let status = harness.status("app");
    assert_eq!([&status["state"], &status["reason"]], ["changed", "its state was changed by hand in run 3"]);
    harness.edit("stacks/app/main.tf", "\"terraform_data\" \"a\"", "\"terraform_data\" \"b\"");
    harness.ok(&APPLY).says(&["its state was changed by hand in run 3", "nothing to change"]);
    assert_eq!(harness.status("app")["state"], "current");

    let runs = harness.json(&["runs", "--json"]);
    assert_eq!([&runs["runs"][1]["verb"], &runs["runs"][1]["result"]], ["tool", "done"]);
}

#[test]
fn what_is_imported_before_the_first_apply_is_no_foreign_state() {
    let Some(harness) = app() else { return };
    harness.ok(&tool(&["import", "terraform_data.a", "an-id"])).says(&["(serial 0, now 1)"]);
    assert_eq!(harness.status("app")["state"], "changed");
    harness.ok(&APPLY);
    let shown = harness.ok(&tool(&["state", "show", "-no-color", "terraform_data.a"])).stdout;
    assert!(shown.contains("\"an-id\""), "{shown}");
    harness.ok(&["destroy", "-e", "dev", "--yes"]).says(&["1 destroyed"]);
}

#[test]
fn inputs_reach_the_tool_through_a_file_that_is_gone_afterwards() {
    let Some(harness) = app() else { return };
    let seen = harness.root().join("seen");
    let real = terraform().unwrap();
    let script =
        format!("#!/bin/sh\n{{ echo \"$@\"; env; }} >> '{}'\nexec '{}' \"$@\"\n", seen.display(), real.display());
    harness.program("terraform", &script);
    let asked = "nonsensitive(var.password) == \"hunter2-hunter2\" ? var.name : \"\"\n";
    let answer = with_input(&harness, &tool(&["console"]), asked).exits(0);
    assert_eq!(answer.stdout, "\"a-dev\"\n");
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.contains("console -var-file=") && !seen.contains("hunter2"), "{seen}");
    assert_eq!(files_with(&harness.path(".seam"), b"hunter2"), [] as [std::path::PathBuf; 0]);
    assert_eq!(harness.seam(&tool(&["plan", "-detailed-exitcode"])).code, 2);
    harness.seam(&tool(&["state", "show", "terraform_data.nothing"])).exits(1);
    // It needs no input, so it works where one cannot be had.
    harness.edit("stacks/app/stack.yaml", "DB_PASSWORD", "NOT_SET");
    harness.ok(&tool(&["output"]));
    harness.seam(&tool(&["console"])).exits(1).says(&["S0311", "NOT_SET"]);
}

#[test]
fn what_seam_does_itself_and_stacks_without_a_state_are_refused() {
    let Some(harness) = app() else { return };
    harness.write("stacks/job/stack.yaml", "tool: exec\nexec: {apply: [\"true\"]}\n");
    harness.seam(&tool(&["apply", "-auto-approve"])).exits(64).says(&["S0021", "help: seam apply -e dev app"]);
    harness.seam(&tool(&["destroy"])).exits(64).says(&["help: seam destroy -e dev app"]);
    let job = ["tool", "job", "-e", "dev", "--", "state", "list"];
    harness.seam(&job).exits(64).says(&["`tool: exec`", "stacks/job/stack.yaml", "help: "]);
    assert_eq!(harness.json(&["runs", "--json"])["runs"].as_array().unwrap().len(), 0, "nothing is on record");
}

#[test]
fn meanwhile_nobody_else_is_at_the_instance() {
    let Some(harness) = app() else { return };
    let mut command = harness.command(&tool(&["console"]));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for("the tool to hold it", || (harness.status("app")["state"] == "running").then_some(()));
    let who = format!("shop/app/dev is held by run 1 (tester on {}, process {})", this_host(), child.id());
    harness.seam(&APPLY).exits(5).says(&["S0501", &who]);
    harness.seam(&tool(&["state", "list"])).exits(5).says(&["S0501", &who]);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    harness.ok(&APPLY);
}

fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// A tool that says when it is ready, and how it was interrupted.
fn interruptible() -> Option<Harness> {
    let real = terraform()?;
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.stack("app", "{}\n", "output \"x\" {\n  value = 1\n}\n");
    let script = format!(
        "#!/bin/sh\ncase $1 in state) ;; *) exec '{}' \"$@\";; esac\n\
         trap 'echo heard INT; exit 9' INT\ntrap 'echo heard TERM; exit 8' TERM\n\
         echo ready $$\nwhile :; do sleep 0.02; done\n",
        real.display()
    );
    harness.program("terraform", &script);
    Some(harness)
}

#[test]
fn an_interrupt_of_the_terminal_reaches_the_tool_and_seam_waits() {
    let Some(harness) = interruptible() else { return };
    let seam = [&["--ctty", "--wait", env!("CARGO_BIN_EXE_seam")], &tool(&["state", "list"])[..]].concat();
    let mut terminal = Terminal::start_of(&harness, "setsid", &seam, 20, 80);
    terminal.shows(&["ready"]);
    terminal.types("\x03");
    terminal.shows(&["heard INT"]);
    terminal.exits(9);
    assert_eq!(harness.json(&["runs", "--json"])["runs"][0]["result"], "interrupted");
}

#[test]
fn without_a_terminal_signals_are_passed_on() {
    use rustix::process::Signal;
    let Some(harness) = interruptible() else { return };
    for (signal, heard, code) in [(Signal::INT, "heard INT", 9), (Signal::TERM, "heard TERM", 8)] {
        let out = harness.root().join("out");
        let stdout = fs::File::create(&out).unwrap();
        let mut command = harness.command(&tool(&["state", "list"]));
        let mut child = command.stdout(stdout).stderr(Stdio::null()).spawn().unwrap();
        let says = |text: &str| fs::read_to_string(&out).unwrap().contains(text).then_some(());
        wait_for("the tool", || says("ready"));
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        let ended = wait_for("its end", || child.try_wait().unwrap());
        assert_eq!(ended.code(), Some(code));
        assert!(says(heard).is_some());
    }
}

#[test]
fn a_tool_that_outlives_a_killed_seam_is_waited_for() {
    let Some(harness) = interruptible() else { return };
    let (out, said) = (harness.root().join("out"), harness.root().join("said"));
    let mut command = harness.command(&tool(&["state", "list"]));
    let mut child = command.stdout(fs::File::create(&out).unwrap()).stderr(Stdio::null()).spawn().unwrap();
    let pid = wait_for("the tool", || {
        let text = fs::read_to_string(&out).unwrap();
        text.lines().next()?.strip_prefix("ready ")?.parse().ok().and_then(rustix::process::Pid::from_raw)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let mut apply = harness.command(&APPLY).stderr(fs::File::create(&said).unwrap()).spawn().unwrap();
    let waits = || fs::read_to_string(&said).unwrap().contains("-tool of a run that was killed").then_some(());
    wait_for("the apply to wait", waits);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(wait_for("the apply", || apply.try_wait().unwrap()).success());
    assert_eq!(harness.json(&["runs", "--json"])["runs"][1]["result"], "lost");
}
