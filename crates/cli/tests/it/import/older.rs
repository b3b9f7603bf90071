//! A state is left behind where another one of its lineage is later: nothing is planned on it, and no
//! import takes it without being told to.

use super::{APPLY, IMPORT, SEAM, applies_nothing, backend, row, shop};
use crate::harness::Harness;
use crate::state_server::StateServer;
use serde_json::{Value as Json, json};
use std::fs;

const TOO_OLD: &str = "error[S0319]";

/// `network` makes one resource more.
fn one_more(harness: &Harness) {
    harness.write("stacks/network/more.tf", "resource \"terraform_data\" \"more\" {}\n");
}

fn serial(state: &[u8]) -> u64 {
    serde_json::from_slice::<Json>(state).unwrap()["serial"].as_u64().unwrap()
}

#[test]
fn a_backend_that_says_the_place_of_before_again() {
    let server = StateServer::start();
    let Some(harness) = shop(&backend(&server.backend("one"))) else { return };
    harness.ok(&APPLY);
    let moved = format!("{SEAM}{}", backend(&server.backend("two")));
    harness.write("seam.yaml", &moved);
    harness.ok(&IMPORT);
    one_more(&harness);
    harness.ok(&APPLY);
    // Somebody's tool wrote both since: what was recorded does not tell which one is later.
    let recorded = serial(&server.kept().states["/two/network"]);
    for (network, serial) in [("/one/network", recorded), ("/two/network", recorded + 1)] {
        let mut state: Json = serde_json::from_slice(&server.kept().states[network]).unwrap();
        state["serial"] = json!(serial);
        server.kept().states.insert(network.to_owned(), state.to_string().into());
    }
    let states = server.kept().states.clone();
    let places = [format!("{}/one/network", server.address), format!("{}/two/network", server.address)];

    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("one"))));
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    harness.seam(&["plan", "network", "-e", "dev"]).exits(1).says(&[TOO_OLD]).says(&places);
    harness.seam(&["apply", "network", "-e", "dev", "--yes"]).exits(1).says(&[TOO_OLD]).says(&places);
    harness.seam(&["destroy", "app", "-e", "dev", "--yes"]).exits(1).says(&[TOO_OLD]);
    harness
        .seam(&["tool", "network", "-e", "dev", "--", "state", "rm", "terraform_data.vpc"])
        .exits(1)
        .says(&[TOO_OLD]);
    harness.seam(&IMPORT).exits(1).says(&["error[S0315]"]).says(&places);
    for network in ["/one/network", "/two/network"] {
        assert_eq!(server.kept().states[network], states[network]);
    }

    harness.write("seam.yaml", moved);
    harness.ok(&["apply", "network", "-e", "dev", "--yes"]).says(&["1 unchanged"]);
}

/// An import that was killed between copy and record leaves both, and the next apply goes on with the copy.
#[test]
fn a_file_that_an_apply_left_behind() {
    let at =
        |folder: &str| format!("{SEAM}{}", backend(&format!("{{type: local, path: \"{folder}/{{stack}}.tfstate\"}}")));
    let Some(harness) = shop("") else { return };
    harness.write("seam.yaml", at("one"));
    harness.ok(&APPLY);
    for stack in ["network", "app"] {
        let copy = fs::read(harness.path(format!("one/{stack}.tfstate"))).unwrap();
        harness.write(&format!("two/{stack}.tfstate"), copy);
    }
    harness.write("seam.yaml", at("two"));
    one_more(&harness);
    harness.ok(&APPLY).says(&["1 created"]);

    harness.write("seam.yaml", at("one"));
    let left = fs::read(harness.path("one/network.tfstate")).unwrap();
    harness.seam(&APPLY).exits(1).says(&[TOO_OLD, "two/network.tfstate"]);
    assert_eq!(fs::read(harness.path("one/network.tfstate")).unwrap(), left);
}

#[test]
fn an_old_copy_beside_the_code_or_in_a_file_that_is_named() {
    let Some(harness) = shop("") else { return };
    harness.ok(&APPLY);
    let file = harness.path(".seam/state/dev/network.tfstate");
    let old = fs::read(&file).unwrap();
    one_more(&harness);
    harness.ok(&APPLY);
    let recorded = serial(&fs::read(&file).unwrap());
    assert!(serial(&old) < recorded);
    fs::write(&file, &old).unwrap();
    let says = [TOO_OLD, &format!("its serial is {}, and {recorded} was recorded", serial(&old)), "--older"];
    harness.seam(&["plan", "-e", "dev"]).exits(1).says(&says);
    harness.seam(&IMPORT).exits(1).says(&says);

    fs::remove_file(&file).unwrap();
    harness.write("stacks/network/terraform.tfstate", &old);
    harness.seam(&IMPORT).exits(1).says(&says);
    harness.write("old.json", &old);
    let named = [&IMPORT[..], &["network", "--from", "old.json"]].concat();
    harness.seam(&named).exits(1).says(&says).says(&["--from"]);
    assert!(!file.exists() && harness.path("stacks/network/terraform.tfstate").exists());

    let done = harness.json(&[&IMPORT[..], &["--older"]].concat());
    let network = row(&done, "network");
    assert_eq!((&network["action"], &network["older_than"]), (&json!("moved"), &json!(recorded)));
    harness.write("stacks/network/more.tf", "");
    applies_nothing(&harness);
}
