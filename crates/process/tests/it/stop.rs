//! Interrupts, kills and time limits.

use crate::{BOUND, Place, bounded, ended, send, until_line};
use seam_process::{Command, Ended, Error, Running};
use std::time::{Duration, Instant};

/// Says `asked` at each interrupt, and goes on. A program that `dash` is just starting may swallow the
/// interrupt, and the trap waits for its end: each `sleep` is short.
const STUBBORN: &str = "trap 'echo asked' INT; echo ready; while :; do sleep 0.05; done";

/// Ends with 3 at the first interrupt.
const SAVING: &str = "trap 'echo saved; exit 3' INT; echo ready; while :; do sleep 0.05; done";

/// Time limits in seconds: the next one where a busy machine did not bring the tool as far as `ready`.
const LIMITS: [u64; 3] = [1, 8, 64];

#[test]
fn an_interrupt_lets_the_tool_end_by_itself() {
    let place = Place::new();
    let mut running = place.start(SAVING);
    until_line(&mut running, "ready");
    running.interrupt();
    assert_eq!(running.wait(BOUND).unwrap(), Some(Ended::Exited(3)));
    assert_eq!(running.output().unwrap(), ["saved"]);
    running.interrupt();
}

#[test]
fn a_second_interrupt_kills() {
    let place = Place::new();
    let mut running = place.start(STUBBORN);
    until_line(&mut running, "ready");
    running.interrupt();
    until_line(&mut running, "asked");
    running.interrupt();
    assert_eq!(ended(running), Ended::Signalled(9));
    place.until_free();
}

/// As [`Place::start`], for a tool that says `ready`; its supervisor is killed by then, and was not
/// waited for.
fn start_and_kill_supervisor(place: &Place, command: &Command) -> Running {
    let mut running = place.prepare(command).open().unwrap();
    until_line(&mut running, "ready");
    place.until_tool_known();
    send(running.identity().pid, "KILL");
    bounded({
        let supervisor = running.identity().clone();
        move || while supervisor.is_alive() {}
    });
    running
}

#[test]
fn a_tool_whose_supervisor_was_killed_hears_of_interrupts_and_kills() {
    let place = Place::new();
    let mut running = start_and_kill_supervisor(&place, &place.shell(STUBBORN));
    running.interrupt();
    until_line(&mut running, "asked");
    assert!(running.is_orphaned());
    running.interrupt();
    assert!(matches!(running.wait(BOUND), Err(Error::Uncertain { .. })));

    let place = Place::new();
    let mut running = start_and_kill_supervisor(&place, &place.shell(STUBBORN));
    running.kill();
    assert!(matches!(running.wait(BOUND), Err(Error::Uncertain { .. })));
    assert_eq!(place.output(), "ready\n");
}

#[test]
fn a_tool_whose_supervisor_was_killed_keeps_its_limit_and_its_grace() {
    let in_time = LIMITS.into_iter().find(|limit| {
        let place = Place::new();
        let mut limits = place.shell(STUBBORN);
        (limits.time_limit, limits.grace) = (Some(Duration::from_secs(*limit)), Duration::from_secs(1));
        let mut running = start_and_kill_supervisor(&place, &limits);
        if place.output() != "ready\n" {
            return false;
        }
        assert!(matches!(running.wait(BOUND), Err(Error::Uncertain { .. })));
        assert_eq!(place.output(), "ready\nasked\n");
        true
    });
    assert!(in_time.is_some());
}

#[test]
fn a_kill_needs_no_interrupt_before_it() {
    let place = Place::new();
    let mut running = place.start(STUBBORN);
    until_line(&mut running, "ready");
    running.kill();
    assert_eq!(running.wait(BOUND).unwrap(), Some(Ended::Signalled(9)));
    place.until_free();
    assert_eq!(place.output(), "ready\n");
}

#[test]
fn from_outside_a_hangup_is_ignored_and_a_termination_is_an_interrupt() {
    let place = Place::new();
    let mut running = place.start(STUBBORN);
    until_line(&mut running, "ready");
    send(running.identity().pid, "HUP");
    send(running.identity().pid, "TERM");
    until_line(&mut running, "asked");
    assert_eq!(place.output(), "ready\nasked\n");
    running.kill();
    assert_eq!(ended(running), Ended::Signalled(9));
}

#[test]
fn the_time_limit_interrupts() {
    let start = Instant::now();
    assert_eq!(past_its_limit(SAVING), (Ended::TimedOut, "ready\nsaved\n".to_owned()));
    assert!(start.elapsed() >= Duration::from_secs(LIMITS[0]));
}

/// How a tool that says `ready` ended after its time limit, and all that it said.
fn past_its_limit(script: &str) -> (Ended, String) {
    let runs = LIMITS.into_iter().map(|limit| {
        let place = Place::new();
        let tool = Command { time_limit: Some(Duration::from_secs(limit)), ..place.shell(script) };
        (ended(place.prepare(&tool).open().unwrap()), place.output())
    });
    runs.into_iter().find(|(_, output)| !output.is_empty()).expect("a tool that starts in time")
}

#[test]
fn a_success_after_the_time_limit_is_one() {
    assert_eq!(past_its_limit(&SAVING.replace("exit 3", "exit 0")).0, Ended::Exited(0));
}

#[test]
fn an_interrupted_tool_is_killed_after_the_grace() {
    let place = Place::new();
    let tool = Command { grace: Duration::from_millis(100), ..place.shell(STUBBORN) };
    let mut running = place.prepare(&tool).open().unwrap();
    until_line(&mut running, "ready");
    running.interrupt();
    assert_eq!(ended(running), Ended::Signalled(9));
    place.until_free();
}

#[test]
fn after_the_grace_the_whole_group_is_killed() {
    let place = Place::new();
    let mut tool = place.shell("trap '' INT; sleep 1000 & sleep 1000");
    (tool.time_limit, tool.grace) = (Some(Duration::from_millis(500)), Duration::from_millis(100));
    assert_eq!(ended(place.prepare(&tool).open().unwrap()), Ended::TimedOut);
    place.until_free();
}
