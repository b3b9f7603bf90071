//! What of a state is told to others when it is taken in: what an apply would tell, and nothing that could
//! be a secret. It is what somebody looked at.

use super::{APPLY, IMPORT, SEAM, backend, row};
use crate::harness::{Answer, Harness, files_with, terraform};
use crate::state_server::StateServer;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::PathBuf;

const PASSWORD: &str = "correct-horse-battery";

/// Neither the code of `network` nor that of `app`, which reads it, calls anything sensitive.
fn shop(server: &StateServer) -> Option<Harness> {
    terraform()?;
    let mut harness = Harness::new();
    harness.var("DB_PASSWORD", PASSWORD);
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("one"))));
    let tags = "input = { kind = \"db\", name = \"a\", tags = { tier = \"private\", dsn = \"u:${var.password}@h\" } }";
    let network = format!(
        "variable \"password\" {{\n  type = string\n}}\nresource \"terraform_data\" \"db\" {{\n  {tags}\n}}\n\
         output \"url\" {{ value = \"postgres://u:${{var.password}}@h\" }}\noutput \"name\" {{ value = \"db\" }}\n"
    );
    harness.stack("network", "inputs: {password: {secret: {env: DB_PASSWORD}}}\n", &network);
    let app = "variable \"url\" {\n  type = string\n}\noutput \"again\" { value = \"${var.url}/app\" }\n";
    harness.stack("app", "inputs: {url: network.url}\n", app);
    Some(harness)
}

fn outputs(harness: &Harness, stack: &str) -> Json {
    harness.json(&["output", stack, "-e", "dev", "--json"])["outputs"].clone()
}

#[track_caller]
fn has_no_secret(harness: &Harness) {
    assert_eq!(files_with(&harness.path(".seam"), PASSWORD.as_bytes()), Vec::<PathBuf>::new());
}

#[test]
fn what_a_secret_is_in_is_sealed_as_an_apply_seals_it() {
    let server = StateServer::start();
    let Some(mut harness) = shop(&server) else { return };
    harness.ok(&APPLY);
    has_no_secret(&harness);
    fs::remove_dir_all(harness.path(".seam")).unwrap();
    let done = harness.json(&IMPORT);
    assert_eq!((&row(&done, "network")["revision"], &row(&done, "app")["revision"]), (&json!(1), &json!(1)));
    let (network, app) = (outputs(&harness, "network"), outputs(&harness, "app"));
    assert_eq!((&network["url"]["sensitive"], &app["again"]["sensitive"]), (&json!(true), &json!(true)));
    assert_eq!(network["name"]["value"], "db");
    has_no_secret(&harness);
    harness.ok(&APPLY).says(&["2 unchanged"]);
    assert_eq!(outputs(&harness, "network"), network, "the apply has nothing else to publish");

    // A move of what is published publishes nothing: what it was made with may be another secret by now.
    harness.var("DB_PASSWORD", "another-battery-staple");
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("two"))));
    let done = harness.json(&IMPORT);
    assert_eq!((&row(&done, "network")["action"], &row(&done, "network")["revision"]), (&json!("moved"), &Json::Null));
    has_no_secret(&harness);
}

#[test]
fn nothing_is_told_where_a_secret_is_not_to_be_had() {
    let server = StateServer::start();
    let Some(harness) = shop(&server) else { return };
    harness.ok(&APPLY);
    fs::remove_dir_all(harness.path(".seam")).unwrap();
    let import = |selection: &[&str]| {
        let mut command = harness.command(&[&IMPORT[..], selection].concat());
        Answer::of(command.env_remove("DB_PASSWORD").output().unwrap()).exits(0)
    };
    let done =
        import(&[]).says(&["network: not published, before the next apply: password", "app: not published"]).json();
    for stack in ["network", "app"] {
        let row = row(&done, stack);
        assert_eq!((&row["action"], &row["revision"]), (&json!("adopted"), &Json::Null));
    }
    has_no_secret(&harness);
    harness.ok(&APPLY);
    assert_eq!(outputs(&harness, "app")["again"]["sensitive"], true);
    has_no_secret(&harness);
}

#[test]
fn a_state_that_is_written_once_it_was_looked_at() {
    let server = StateServer::start();
    let Some(harness) = shop(&server) else { return };
    harness.ok(&APPLY);
    fs::remove_dir_all(harness.path(".seam")).unwrap();
    let hold = server.hold("GET", "/one/network");
    let import = harness.start(&[&IMPORT[..], &["network"]].concat());
    hold.wait();
    let mut state: Json = serde_json::from_slice(&server.kept().states["/one/network"]).unwrap();
    state["serial"] = json!(state["serial"].as_u64().unwrap() + 1);
    state["outputs"]["name"]["value"] = json!("another");
    server.kept().states.insert("/one/network".to_owned(), state.to_string().into());
    drop(hold);
    import.wait().exits(1).says(&["S0316", "/one/network was written since it was looked at"]);
    harness.seam(&["output", "network", "-e", "dev"]).exits(1);
    assert_eq!(row(&harness.json(&IMPORT), "network")["serial"], state["serial"]);
    assert_eq!(outputs(&harness, "network")["name"]["value"], "another");
}
