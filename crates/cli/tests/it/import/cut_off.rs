//! Seam is killed while it moves a state: the next import finishes that, nothing is lost, and no two
//! states are used.

use super::{APPLY, IMPORT, SEAM, applies_nothing, backend, row, shop};
use crate::crash::kill;
use crate::harness::{Harness, files_with, wait_for};
use crate::state_server::{Hold, StateServer};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::PathBuf;

const LOCAL: &str = ".seam/state/dev/network.tfstate";
const NEW: &str = "/new/network";

/// Applied with states on this machine, which belong on the server now.
fn moving() -> Option<(Harness, StateServer, Json)> {
    let server = StateServer::start();
    let harness = shop("")?;
    harness.ok(&APPLY);
    let state = serde_json::from_slice(&fs::read(harness.path(LOCAL)).unwrap()).unwrap();
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("new"))));
    Some((harness, server, state))
}

/// Kills an import at the instant that `hold` holds, and lets the tool that it started go on.
fn kill_at(import: crate::harness::Started, hold: Hold) {
    hold.wait();
    kill(import);
    drop(hold);
}

/// The next import does `action`, and all is as if none had been killed.
#[track_caller]
fn is_finished(harness: &Harness, server: &StateServer, state: &Json, action: &str) {
    let done = harness.json(&IMPORT);
    let network = row(&done, "network");
    assert_eq!((&network["action"], &network["lineage"]), (&json!(action), &state["lineage"]), "{done:#}");
    let backup = PathBuf::from(network["backups"][0].as_str().unwrap());
    assert_eq!(serde_json::from_slice::<Json>(&fs::read(&backup).unwrap()).unwrap(), *state);
    assert!(!harness.path(LOCAL).exists());
    let new: Json = serde_json::from_slice(&server.kept().states[NEW]).unwrap();
    assert_eq!((&new["lineage"], &new["resources"]), (&state["lineage"], &state["resources"]));
    assert_eq!(server.kept().locks.len(), 0);
    applies_nothing(harness);
    let with_secret = files_with(&harness.path(".seam"), b"a-long-secret-token");
    let is_own = |file: &PathBuf| *file == backup || file.ends_with("main.tf");
    assert!(with_secret.iter().all(is_own), "{with_secret:?}");
}

/// What the tool then writes to the empty place, alone, has a lineage of its own.
#[test]
fn before_a_push_and_between_its_two_writes() {
    for verb in ["LOCK", "POST"] {
        let Some((harness, server, state)) = moving() else { return };
        kill_at(harness.start(&IMPORT), server.hold(verb, NEW));
        is_finished(&harness, &server, &state, "moved");

        // From one server to another as well.
        harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("newer"))));
        kill_at(harness.start(&IMPORT), server.hold(verb, "/newer/network"));
        let lineage = |path: &str| -> Option<Json> {
            let state = server.kept().states.get(path).cloned()?;
            Some(serde_json::from_slice::<Json>(&state).unwrap()["lineage"].clone())
        };
        let half = wait_for("the tool's own write", || lineage("/newer/network"));
        assert_ne!(half, state["lineage"], "else there is nothing to finish");
        assert_eq!(row(&harness.json(&IMPORT), "network")["action"], "moved");
        assert_eq!(lineage("/newer/network").unwrap(), state["lineage"]);
        applies_nothing(&harness);
    }
}

#[test]
fn after_the_push_and_before_the_record() {
    let Some((harness, server, state)) = moving() else { return };
    let first = server.hold("UNLOCK", NEW);
    let import = harness.start(&IMPORT);
    first.wait();
    let second = server.hold("UNLOCK", NEW);
    drop(first);
    kill_at(import, second);
    is_finished(&harness, &server, &state, "adopted");
}

/// The file that was to be set aside is there, as an import leaves it that is killed once it recorded.
#[test]
fn after_the_record() {
    let Some((harness, server, state)) = moving() else { return };
    harness.ok(&IMPORT);
    fs::rename(harness.path(format!("{LOCAL}.backup")), harness.path(LOCAL)).unwrap();
    harness.ok(&APPLY);
    is_finished(&harness, &server, &state, "unchanged");
}

/// What lies there is somebody else's, however much it looks like the copy.
#[test]
fn a_state_that_is_no_copy_is_not_replaced() {
    let Some((harness, server, state)) = moving() else { return };
    let mut other = state.clone();
    other["lineage"] = json!("of-somebody-else");
    other["resources"][0]["instances"][0]["attributes"]["output"] = json!("something else");
    server.kept().states.insert(NEW.to_owned(), other.to_string().into());
    harness.seam(&IMPORT).exits(1).says(&["error[S0306]", "of-somebody-else"]);
    assert_eq!(server.kept().states[NEW], other.to_string().into_bytes());
    assert!(harness.path(LOCAL).exists());
}
