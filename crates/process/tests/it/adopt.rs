//! A step whose parent was killed is followed, and stopped, by another process.

use crate::crash::Parent;
use crate::{BOUND, Place, send, until_line};
use seam_process::{Ended, Error, Running};

/// A step whose tool says `begun` and waits for `go`; its parent is dead.
fn orphan(place: &Place, script: &str) -> Running {
    place.fifo();
    let script = script.replace("GATE", &place.root.path().join("gate").display().to_string());
    let mut parent = Parent::start(place, false, &script);
    assert!(parent.line().starts_with("at the gate"));
    assert_eq!(parent.line(), "begun");
    parent.kill();
    Running::adopt(&place.step()).unwrap().unwrap()
}

#[test]
fn it_is_followed_to_its_status() {
    let place = Place::new();
    let mut running = orphan(&place, "echo begun; read go < GATE; echo finished; exit 7");
    until_line(&mut running, "begun");
    assert_eq!(running.wait(std::time::Duration::ZERO).unwrap(), None);
    place.go();
    assert_eq!(running.wait(BOUND).unwrap(), Some(Ended::Exited(7)));
    assert_eq!(running.output().unwrap(), ["finished"]);
    assert!(Running::adopt(&place.step()).unwrap().is_none());
}

#[test]
fn it_is_interrupted_through_its_supervisor_or_without_one() {
    for killed in [false, true] {
        let place = Place::new();
        let script = "trap 'echo saved; exit 3' INT; echo begun; while :; do read go < GATE; done";
        let mut running = orphan(&place, script);
        until_line(&mut running, "begun");
        if killed {
            send(running.identity().pid, "KILL");
            crate::bounded({
                let supervisor = running.identity().clone();
                move || while supervisor.is_alive() {}
            });
        }
        running.interrupt();
        match running.wait(BOUND) {
            Err(Error::Uncertain { .. }) if killed => {}
            ended => assert_eq!((ended.unwrap(), killed), (Some(Ended::Exited(3)), false)),
        }
        assert!(place.output().ends_with("saved\n"));
    }
}
