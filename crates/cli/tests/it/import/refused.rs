//! States that are not taken in: each with its place and the way on, and nothing is touched.

use super::{IMPORT, SEAM, backend, foreign, row, shop};
use crate::harness::{Harness, contains};
use crate::state_server::StateServer;
use std::fs;

/// Imports, which must be refused and leave every state as it is.
#[track_caller]
fn refused(harness: &Harness, exit: i32, says: &[&str]) {
    let file = harness.path("stacks/network/terraform.tfstate");
    let before = fs::read(&file).unwrap_or_default();
    harness.seam(&IMPORT).exits(exit).says(says).says(&["help: "]);
    assert_eq!(fs::read(&file).unwrap_or_default(), before);
    harness.seam(&["output", "network", "-e", "dev"]).exits(1);
}

#[test]
fn what_is_no_state_that_is_read() {
    let Some(harness) = shop("") else { return };
    let place = harness.path("stacks/network/terraform.tfstate").display().to_string();
    for (text, says) in [
        (r#"{"version": 3, "serial": 1, "lineage": "l", "modules": []}"#, "0.12 or later"),
        (r#"{"version": 4, "serial": 1, "lineage": "l", "outputs": {"#, "backup"),
        (r#"{"serial": 1, "lineage": "l", "encrypted_data": "x", "encryption_version": "v0"}"#, "without encryption"),
    ] {
        harness.write("stacks/network/terraform.tfstate", text);
        refused(&harness, 1, &["error[S0308]", &place, says]);
    }
}

#[test]
fn two_states_for_one_instance() {
    let server = StateServer::start();
    let Some(harness) = shop(&backend(&server.backend("states"))) else { return };
    let one = foreign(&harness, &harness.path("stacks/network"));
    let other = foreign(&harness, &harness.root().join("other"));
    server.kept().states.insert("/states/network".into(), other.to_string().into());
    let places = ["stacks/network/terraform.tfstate", &server.address];
    refused(&harness, 1, &["error[S0315]", places[0], places[1], one["lineage"].as_str().unwrap()]);

    // A newer state elsewhere is no old copy either.
    let mut newer = other.clone();
    newer["serial"] = (other["serial"].as_u64().unwrap() + 1).into();
    harness.write("stacks/network/terraform.tfstate", newer.to_string());
    refused(&harness, 1, &["error[S0315]"]);
    // An older one is.
    newer["serial"] = (other["serial"].as_u64().unwrap() - 1).into();
    harness.write("stacks/network/terraform.tfstate", newer.to_string());
    let done = harness.json(&IMPORT);
    assert_eq!(row(&done, "network")["action"], "adopted");
    assert!(harness.path("stacks/network/terraform.tfstate.backup").exists());
    assert!(!harness.path("stacks/network/terraform.tfstate").exists());
}

#[test]
fn another_lineage_than_is_recorded() {
    let server = StateServer::start();
    let Some(harness) = shop(&backend(&server.backend("states"))) else { return };
    harness.ok(&["apply", "network", "-e", "dev", "--yes"]);
    let other = foreign(&harness, &harness.root().join("other"));
    let lineage = other["lineage"].as_str().unwrap();
    server.kept().states.insert("/states/network".into(), other.to_string().into());
    let way_on = format!("seam import network -e dev --lineage {lineage}");
    harness.seam(&IMPORT).exits(1).says(&["error[S0306]", &way_on]);
    let done = harness.json(&[&IMPORT[..], &["network", "--lineage", lineage]].concat());
    assert_eq!((&row(&done, "network")["action"], &row(&done, "network")["revision"]), (&"adopted".into(), &2.into()));
    harness.ok(&["apply", "network", "-e", "dev", "--yes"]).says(&["1 unchanged"]);
}

/// One of many may have no state; whoever names a stack thinks that it has one.
#[test]
fn a_stack_that_is_named_and_has_no_state() {
    let server = StateServer::start();
    let Some(harness) = shop(&backend(&server.backend("wrong-key"))) else { return };
    let places = [
        format!("{}/wrong-key/network", server.address),
        harness.path(".seam/state/dev/network.tfstate").display().to_string(),
        harness.path("stacks/network/terraform.tfstate").display().to_string(),
    ];
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let named = [&IMPORT[..], &["network"]].concat();
    let says = [&["error[S0318]", "nothing was recorded", "--from FILE"], &places[..]].concat();
    harness.seam(&named).exits(1).says(&says);
    harness.seam(&[&named[..], &["--from", "none.json"]].concat()).exits(1).says(&["error[S0318]", "none.json"]);
    let done = harness.json(&IMPORT);
    assert_eq!(row(&done, "network")["action"], "nothing");
    assert_eq!(row(&done, "network")["looked_at"].as_array().unwrap()[..3], places);
    let told = harness.ok(&["import", "-e", "dev", "--yes"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("nor at") && told.contains("nothing is recorded"), "{told}");
}

/// A file that somebody names is looked at, also where the state is in its place.
#[test]
fn a_file_that_is_named_beside_a_state_in_its_place() {
    let Some(harness) = shop("") else { return };
    harness.ok(&["apply", "-e", "dev", "--yes"]);
    harness.write("cut.json", "{\"version\": 4, \"lin");
    for (file, code) in [("cut.json", "error[S0308]"), ("none.json", "error[S0318]")] {
        harness.seam(&[&IMPORT[..], &["network", "--from", file]].concat()).exits(1).says(&[code, file]);
    }
}

#[test]
fn a_state_behind_a_lock() {
    let server = StateServer::start();
    let Some(harness) = shop("") else { return };
    foreign(&harness, &harness.path("stacks/network"));
    let file = harness.path("stacks/network/terraform.tfstate");
    let held = fs::OpenOptions::new().read(true).write(true).open(&file).unwrap();
    rustix::fs::fcntl_lock(&held, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    harness.seam(&IMPORT).exits(5).says(&["error[S0501]", &file.display().to_string(), "help: "]);
    drop(held);

    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("states"))));
    let lock = br#"{"ID": "b06e", "Who": "ann@host", "Operation": "OperationTypeApply"}"#;
    server.kept().locks.insert("/states/network".into(), lock.to_vec());
    let answer = harness.seam(&IMPORT).exits(5).says(&["error[S0501]", "b06e"]);
    assert!(!contains(answer.stderr.as_bytes(), b"panicked"));
    assert!(file.exists() && server.kept().states.is_empty());
    server.kept().locks.clear();
    assert_eq!(row(&harness.json(&IMPORT), "network")["action"], "moved");

    // Whoever holds the lock of the old place is about to write there.
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("two"))));
    server.kept().locks.insert("/states/network".into(), lock.to_vec());
    harness.seam(&IMPORT).exits(5).says(&["error[S0501]", "/states/network", "b06e"]);
    assert!(!server.kept().states.contains_key("/two/network"));
}
