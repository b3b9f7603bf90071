//! What is left, and what goes on, when somebody is killed.

use crate::{BOUND, Place, bounded, ended, send, supervisor, until_line};
use seam_process::{Ended, Error, Found, Lock, look};
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

/// The example as the parent of a step, killed in the end.
pub struct Parent {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Parent {
    pub fn start(place: &Place, hold: bool, script: &str) -> Self {
        std::fs::remove_dir(place.step()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a parent that can be killed")]
        let mut child = std::process::Command::new(supervisor())
            .args(hold.then_some("--hold"))
            .arg(place.step())
            .args(["sh", "-c", script])
            .current_dir(Path::new("/"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_gate_that_closes_by_death_starts_nothing() {
    let place = Place::new();
    let mut parent = Parent::start(&place, true, "echo it ran");
    assert!(parent.line().starts_with("at the gate"));
    assert!(matches!(look(&place.step()).unwrap(), Found::Running { pid: Some(_) }));
    parent.kill();
    place.until_free();
    assert_eq!(look(&place.step()).unwrap(), Found::NotStarted("the run ended before the gate opened".into()));
    assert_eq!(place.output(), "");
}

#[test]
fn a_gate_that_is_dropped_or_a_supervisor_that_is_stopped_at_it_starts_nothing() {
    for stopped in [false, true] {
        let place = Place::new();
        let gated = place.prepare(&place.shell("echo it ran"));
        if stopped {
            send(gated.identity().pid, "TERM");
            // It may still be there when the gate opens, and starts nothing any more.
            if let Ok(running) = gated.open() {
                assert!(matches!(ended(running), Ended::NotStarted(_)));
            }
            place.until_free();
        } else {
            drop(gated);
            place.until_free();
        }
        assert!(matches!(look(&place.step()).unwrap(), Found::NotStarted(_)));
        assert_eq!(place.output(), "");
    }
}

#[test]
fn the_tool_survives_its_parent_and_leaves_its_status() {
    let place = Place::new();
    place.fifo();
    let gate = place.root.path().join("gate");
    let script = format!("echo begun; read go < {}; echo finished; exit 7", gate.display());
    let mut parent = Parent::start(&place, false, &script);
    let supervisor: u32 = parent.line().rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(parent.line(), "begun");
    parent.kill();
    assert_eq!(look(&place.step()).unwrap(), Found::Running { pid: Some(supervisor) });
    place.go();
    place.until_free();
    assert_eq!(look(&place.step()).unwrap(), Found::Ended(Ended::Exited(7)));
    assert_eq!(place.output(), "begun\nfinished\n");
}

#[test]
fn a_step_whose_supervisor_is_killed_is_uncertain_once_its_tool_is_gone() {
    let place = Place::new();
    place.fifo();
    let mut running = place.start("echo $$; read go < gate; echo finished");
    let mut tool = Vec::new();
    while tool.is_empty() {
        running.wait(Duration::from_millis(10)).unwrap();
        tool = running.output().unwrap();
    }
    send(running.identity().pid, "KILL");
    assert_eq!(running.wait(Duration::from_millis(50)).unwrap(), None);
    assert!(!Lock::is_free(&place.lock()).unwrap());
    assert_eq!(look(&place.step()).unwrap(), Found::Running { pid: tool[0].parse().ok() });
    place.go();
    assert!(matches!(running.wait(BOUND), Err(Error::Uncertain { .. })));
    assert_eq!(look(&place.step()).unwrap(), Found::Uncertain);
    assert_eq!(running.output().unwrap(), ["finished"]);
    assert!(matches!(running.wait(BOUND), Err(Error::Uncertain { .. })));
}

#[test]
fn what_a_killed_tool_started_still_runs_and_is_named() {
    let place = Place::new();
    let mut running = place.start("sleep 1000 & echo $!; echo $$; echo left; wait");
    until_line(&mut running, "left");
    let [child, tool] = [0, 1].map(|line| place.output().lines().nth(line).unwrap().parse().unwrap());
    send(running.identity().pid, "KILL");
    send(tool, "KILL");
    bounded(move || while seam_process::Identity::of(tool).is_alive() {});
    assert_eq!(look(&place.step()).unwrap(), Found::Running { pid: Some(child) });
    send(child, "KILL");
    place.until_free();
}

#[test]
fn a_daemon_left_behind_holds_the_lock_and_not_the_step() {
    let place = Place::new();
    let mut running = place.start("sleep 1000 & echo $!; echo left");
    until_line(&mut running, "left");
    assert_eq!(ended(running), Ended::Exited(0));
    assert!(!Lock::is_free(&place.lock()).unwrap());
    assert_eq!(look(&place.step()).unwrap(), Found::Ended(Ended::Exited(0)));
    let daemon = place.output().lines().next().unwrap().parse().unwrap();
    send(daemon, "KILL");
    place.until_free();
}
