//! The lock that a command names: who holds it, and until when.

use crate::{BOUND, Place, bounded, ended, send, until_line};
use seam_process::{Command, Ended, Lock};
use std::time::Duration;

/// A place and a command that names the lock `named` in it.
fn naming(script: &str) -> (Place, Command) {
    let place = Place::new();
    let lock = place.root.path().join("named");
    let command = Command { lock: Some(lock), ..place.shell(script) };
    (place, command)
}

fn is_free(command: &Command) -> bool {
    Lock::is_free(command.lock.as_ref().unwrap()).unwrap()
}

#[test]
fn a_tool_whose_supervisor_was_killed_holds_it() {
    let (place, command) = naming("echo ready; read go < gate");
    place.fifo();
    let mut running = place.prepare(&command).open().unwrap();
    until_line(&mut running, "ready");
    send(running.identity().pid, "KILL");
    bounded(move || while running.identity().is_alive() {});
    assert!(!is_free(&command));
    place.go();
    place.until_free();
    assert!(is_free(&command));
}

#[test]
fn what_a_tool_left_behind_does_not() {
    let (place, command) = naming("sleep 1000 & echo $!");
    let mut running = place.prepare(&command).open().unwrap();
    assert_eq!(running.wait(BOUND).unwrap(), Some(Ended::Exited(0)));
    assert!(is_free(&command));
    assert!(!Lock::is_free(&place.lock()).unwrap());
    send(running.output().unwrap()[0].parse().unwrap(), "KILL");
    place.until_free();
}

#[test]
fn the_tool_waits_for_it_and_can_be_stopped_meanwhile() {
    for stop in [false, true] {
        let (place, command) = naming("exit 0");
        let held = Lock::take(command.lock.as_ref().unwrap(), "another").unwrap();
        let mut running = place.prepare(&command).open().unwrap();
        assert_eq!(running.wait(Duration::from_millis(300)).unwrap(), None);
        if stop {
            running.interrupt();
            let Ended::NotStarted(reason) = ended(running) else { panic!("it started") };
            assert!(reason.starts_with("stopped while it waited for another"), "{reason}");
        } else {
            drop(held);
            assert_eq!(ended(running), Ended::Exited(0));
        }
    }
}
