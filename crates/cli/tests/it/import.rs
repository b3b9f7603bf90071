//! Existing states are taken in, and moved to where they belong; what is doubtful is refused, and
//! nothing is lost.

mod cut_off;
mod older;
mod refused;
mod told;

use crate::harness::{Harness, files_with, terraform};
use crate::net_and_app::{APP, APPLY, NET, SEAM};
use crate::state_server::StateServer;
use crate::terminal::Terminal;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};

const IMPORT: [&str; 5] = ["import", "-e", "dev", "--yes", "--json"];

/// `app` reads what `network` provides; the states are where `defaults` says.
fn shop(defaults: &str) -> Option<Harness> {
    terraform()?;
    let harness = Harness::new();
    harness.write("seam.yaml", format!("{SEAM}{defaults}"));
    harness.stack("network", "{}\n", NET);
    harness.stack("app", "inputs: {vpc_id: network.vpc_id}\n", APP);
    Some(harness)
}

fn backend(settings: &str) -> String {
    format!("  terraform:\n    backend: {settings}\n")
}

/// The state of `network` as its own tool makes it in `folder`, with the identity of its resource.
fn foreign(harness: &Harness, folder: &Path) -> Json {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("main.tf"), NET).unwrap();
    for args in [&["init", "-input=false"][..], &["apply", "-auto-approve", "-input=false"]] {
        let mut command = harness.command_of("terraform", args);
        assert!(command.current_dir(folder).output().unwrap().status.success());
    }
    serde_json::from_slice(&fs::read(folder.join("terraform.tfstate")).unwrap()).unwrap()
}

/// The row of a stack in the document of an import.
#[track_caller]
fn row<'a>(document: &'a Json, stack: &str) -> &'a Json {
    let rows = document["instances"].as_array().unwrap();
    rows.iter().find(|row| row["address"] == format!("shop/{stack}/dev")).unwrap_or_else(|| panic!("{document:#}"))
}

/// The counts of the last line of an apply, which must do nothing to the world.
#[track_caller]
fn applies_nothing(harness: &Harness) {
    let plan = harness.json(&["plan", "-e", "dev", "--json"]);
    for step in plan["steps"].as_array().unwrap() {
        assert_eq!(step["changes"], json!([]), "{plan:#}");
    }
    harness.ok(&APPLY).says(&["2 unchanged"]);
    harness.ok(&APPLY).says(&["2 unchanged", "nothing it reads changed"]);
}

#[test]
fn a_registry_that_is_gone_with_states_on_a_server() {
    let server = StateServer::start();
    let Some(harness) = shop(&backend(&server.backend("states"))) else { return };
    harness.ok(&APPLY);
    let before = server.kept().states.clone();
    let revision = harness.json(&["output", "network", "-e", "dev", "--json"]);
    fs::remove_dir_all(harness.path(".seam")).unwrap();

    harness.seam(&["plan", "-e", "dev"]).exits(1).says(&["error[S0305]", "seam import network -e dev"]);
    let done = harness.json(&IMPORT);
    assert_eq!((&done["format"], &done["result"]), (&json!("1.0"), &json!("done")));
    let network = row(&done, "network");
    assert_eq!(
        (&network["action"], &network["resources"], &network["revision"]),
        (&json!("adopted"), &json!(1), &json!(1))
    );
    let outputs = harness.json(&["output", "network", "-e", "dev", "--json"])["outputs"].clone();
    assert_eq!(outputs, revision["outputs"]);
    assert_eq!(server.kept().states, before);
    assert_eq!(harness.status("network")["state"], "changed");
    applies_nothing(&harness);
    assert_eq!(server.kept().states, before);
    let again = harness.json(&IMPORT);
    assert_eq!(
        (&row(&again, "network")["action"], &row(&again, "app")["action"]),
        (&json!("unchanged"), &json!("unchanged"))
    );
    harness.ok(&APPLY).says(&["2 unchanged", "nothing it reads changed"]);
}

#[test]
fn local_states_move_to_a_server_and_from_there_to_another_place() {
    let server = StateServer::start();
    let Some(harness) = shop("") else { return };
    harness.ok(&APPLY);
    let local = harness.path(".seam/state/dev/network.tfstate");
    let state: Json = serde_json::from_slice(&fs::read(&local).unwrap()).unwrap();

    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("one"))));
    harness.seam(&["plan", "-e", "dev"]).exits(1).says(&["error[S0307]", "seam import network -e dev"]);
    let done = harness.json(&IMPORT);
    let network = row(&done, "network");
    assert_eq!((&network["action"], &network["lineage"]), (&json!("moved"), &state["lineage"]));
    assert_eq!(network["revision"], Json::Null, "nothing new is published");
    assert!(!local.exists());
    let backup = Path::new(network["backups"][0].as_str().unwrap());
    assert_eq!(serde_json::from_slice::<Json>(&fs::read(backup).unwrap()).unwrap(), state);
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(backup).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(server.kept().locks.len(), 0);
    applies_nothing(&harness);

    // To a file, which counts as a backend too.
    let files = backend("{type: local, path: \"states/{environment}/{stack}.tfstate\"}");
    harness.write("seam.yaml", format!("{SEAM}{files}"));
    let old = server.kept().states.clone();
    let done = harness.json(&IMPORT);
    assert_eq!(row(&done, "app")["action"], "moved");
    assert_eq!(server.kept().states, old, "the old copy stays");
    assert!(harness.path("states/dev/app.tfstate").exists());
    applies_nothing(&harness);

    // And to a place on the same server.
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("two"))));
    assert_eq!(row(&harness.json(&IMPORT), "app")["action"], "moved");
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("three"))));
    assert_eq!(row(&harness.json(&IMPORT), "app")["action"], "moved");
    applies_nothing(&harness);
}

#[test]
fn a_state_moves_with_a_backend_that_changes_in_the_code_and_with_one_that_wants_a_password() {
    let server = StateServer::start();
    let Some(harness) = shop("") else { return };
    let in_code = |folder: &str| {
        for stack in ["network", "app"] {
            let address = format!("{}/{folder}/{stack}", server.address);
            let block = format!("terraform {{\n  backend \"http\" {{\n    address = \"{address}\"\n  }}\n}}\n");
            harness.write(&format!("stacks/{stack}/backend.tf"), block);
        }
    };
    in_code("one");
    harness.ok(&APPLY);
    in_code("two");
    harness.seam(&APPLY).exits(1).says(&[
        "error[S0307]",
        &format!("{}/one/network", server.address),
        "seam import network -e dev",
    ]);
    let done = harness.json(&IMPORT);
    assert_eq!((&row(&done, "app")["action"], &row(&done, "network")["action"]), (&json!("moved"), &json!("moved")));
    applies_nothing(&harness);

    let password = "a-password-of-a-server";
    let at = server.address.replace("http://", &format!("http://me:{password}@"));
    harness.write(
        "seam.yaml",
        format!("{SEAM}{}", backend(&format!("{{type: http, address: \"{at}/three/{{stack}}\"}}"))),
    );
    for stack in ["network", "app"] {
        fs::remove_file(harness.path(format!("stacks/{stack}/backend.tf"))).unwrap();
    }
    assert_eq!(row(&harness.json(&IMPORT), "app")["from"], format!("{}/two/app", server.address));
    applies_nothing(&harness);
    assert_eq!(files_with(&harness.path(".seam"), password.as_bytes()), Vec::<PathBuf>::new());

    // Its settings of then are sealed in the registry.
    harness.write("seam.yaml", SEAM);
    assert_eq!(row(&harness.json(&IMPORT), "app")["from"], format!("{}/three/app", server.address));
    applies_nothing(&harness);
}

#[test]
fn lookups_find_what_an_import_took_in() {
    let server = StateServer::start();
    let Some(harness) = shop(&backend(&server.backend("one"))) else { return };
    let subnets = "resource \"terraform_data\" \"subnet\" {\n  input = { kind = \"subnet\", name = \"a\", \
                   tags = { tier = \"private\", token = \"a-long-secret-token\" } }\n}\n";
    harness.write("stacks/network/subnets.tf", subnets);
    harness.ok(&APPLY);
    let app = "inputs: {vpc_id: {lookup: {kind: subnet, tags: {tier: private}, from: network}, select: name}}\n";
    harness.write("stacks/app/stack.yaml", app);
    let input = || {
        let plan = harness.json(&["plan", "app", "-e", "dev", "--json"]);
        plan["steps"][0]["inputs"]["vpc_id"].clone()
    };
    let adopt = || {
        fs::remove_dir_all(harness.path(".seam")).unwrap();
        assert_eq!(row(&harness.json(&IMPORT), "network")["revision"], 1);
        assert_eq!((&input()["status"], &input()["value"]), (&json!("applied"), &json!("a")));
        let found = files_with(&harness.path(".seam"), b"a-long-secret-token");
        assert!(found.iter().all(|file| file.extension().is_some_and(|it| it == "tf")), "{found:?}");
    };
    adopt();
    for stack in ["network", "app"] {
        let state = server.kept().states[&format!("/one/{stack}")].clone();
        harness.write(&format!("stacks/{stack}/terraform.tfstate"), state);
    }
    // One that is moved, too: to a place where nothing is.
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("two"))));
    adopt();
}

/// The tool writes their results in a random order, so that the same state is another one to it.
#[test]
fn a_state_with_many_checks_moves_and_the_old_copy_is_not_written() {
    let server = StateServer::start();
    let Some(harness) = shop(&backend(&server.backend("one"))) else { return };
    let check = |name| {
        let condition = "length(terraform_data.vpc.id) > 0";
        format!("check \"{name}\" {{\n  assert {{\n    condition = {condition}\n    error_message = \"no\"\n  }}\n}}\n")
    };
    harness.write("stacks/network/checks.tf", ('a'..='j').map(check).collect::<String>());
    harness.ok(&APPLY);
    let old = server.kept().states.clone();
    let writes = server.kept().writes.clone();
    harness.write("seam.yaml", format!("{SEAM}{}", backend(&server.backend("two"))));
    assert_eq!(row(&harness.json(&IMPORT), "network")["action"], "moved");
    for path in ["/one/network", "/one/app"] {
        let kept = server.kept();
        assert_eq!((&kept.states[path], kept.writes[path]), (&old[path], writes[path]));
    }
    applies_nothing(&harness);
}

#[test]
fn a_state_beside_the_code_is_moved_for_the_one_environment() {
    let Some(harness) = shop("") else { return };
    harness.edit("seam.yaml", "{dev: {}}", "{dev: {}, stage: {}}");
    let state = foreign(&harness, &harness.path("stacks/network"));
    let file = harness.path("stacks/network/terraform.tfstate").display().to_string();
    let would = format!("1 resource, from {file} to ");
    harness.seam(&["import", "-e", "dev"]).exits(3).says(&[&would, "error[S0504]", "--yes"]);
    let done = harness.json(&IMPORT);
    assert_eq!(row(&done, "network")["action"], "moved");
    assert_eq!(row(&done, "app")["action"], "nothing");
    assert!(!harness.path("stacks/network/terraform.tfstate").exists());
    assert!(harness.path("stacks/network/terraform.tfstate.backup").exists());
    let outputs = harness.json(&["output", "network", "-e", "dev", "--json"])["outputs"].clone();
    assert_eq!(outputs["vpc_id"]["value"], state["outputs"]["vpc_id"]["value"]);
    assert_eq!(outputs["token"].get("value"), None);
    let plan = harness.json(&["plan", "-e", "dev", "network", "--json"]);
    assert_eq!((&plan["steps"][0]["action"], &plan["steps"][0]["changes"]), (&json!("none"), &json!([])));
    harness.ok(&["plan", "-e", "stage"]);
    let found = files_with(&harness.path(".seam"), b"a-long-secret-token");
    let is_own = |file: &&PathBuf| file.ends_with("network.tfstate") || file.ends_with("main.tf");
    assert!(found.iter().all(|file| is_own(&file)), "{found:?}");
}

#[test]
fn another_worktree_of_local_states_changes_nothing() {
    let Some(harness) = shop("") else { return };
    let git = |args: &[&str]| {
        let mut command = harness.command_of("git", args);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").args::<[&str; 0], &str>([]);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    harness.ok(&APPLY);
    git(&["add", "."]);
    git(&["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "all"]);
    git(&["worktree", "add", "-q", "../linked"]);
    let linked = harness.root().join("linked").display().to_string();
    for args in [&["apply", "-e", "dev", "--yes", "-C", &linked][..], &APPLY] {
        harness.ok(args).says(&["2 unchanged", "nothing it reads changed"]);
    }
    let done = harness.json(&["import", "-e", "dev", "--yes", "--json", "-C", &linked]);
    assert_eq!(row(&done, "network")["action"], "unchanged");
}

#[test]
fn another_home_and_another_tool() {
    let Some(mut harness) = shop("") else { return };
    harness.ok(&APPLY);
    fs::write(harness.path(".seam/id"), "elsewhere\n").unwrap();
    harness.seam(&APPLY).exits(1).says(&["error[S0412]", "seam import -e dev --move-home"]);
    harness.seam(&IMPORT).exits(1).says(&["error[S0412]"]);
    let done = harness.json(&[&IMPORT[..], &["--move-home"]].concat());
    assert_eq!(row(&done, "app")["action"], "recorded");
    applies_nothing(&harness);

    let real = terraform().unwrap();
    std::os::unix::fs::symlink(real, harness.root().join("bin/tofu")).unwrap();
    harness.var("UNUSED", "");
    harness.edit("seam.yaml", "tool: terraform", "tool: opentofu");
    harness.seam(&APPLY).exits(1).says(&["error[S0310]", "--tool opentofu"]);
    harness.seam(&[&IMPORT[..], &["--tool", "terraform"]].concat()).exits(1).says(&["error[S0310]", "tool: terraform"]);
    let done = harness.json(&[&IMPORT[..], &["--tool", "opentofu"]].concat());
    assert_eq!(row(&done, "app")["was"], json!(["terraform"]));
    applies_nothing(&harness);
}

#[test]
fn a_backup_is_put_where_a_vanished_state_belongs() {
    let Some(harness) = shop("") else { return };
    harness.ok(&APPLY);
    let file = harness.path(".seam/state/dev/app.tfstate");
    fs::rename(&file, harness.path("kept.json")).unwrap();
    harness.seam(&IMPORT).exits(1).says(&["error[S0307]", "seam import app -e dev --from FILE"]);
    harness.seam(&[&IMPORT[..], &["--from", "kept.json"]].concat()).exits(64);
    let done = harness.json(&[&IMPORT[..], &["app", "--from", "kept.json"]].concat());
    assert_eq!(row(&done, "app")["action"], "moved");
    assert_eq!(fs::read(&file).unwrap(), fs::read(harness.path("kept.json")).unwrap());
    applies_nothing(&harness);
}

#[test]
fn a_local_state_of_a_protected_environment() {
    let Some(harness) = shop("") else { return };
    harness.edit("seam.yaml", "{dev: {}}", "{dev: {approve: true}}");
    foreign(&harness, &harness.path("stacks/network"));
    harness.seam(&IMPORT).exits(1).says(&["error[S0206]", "local_state: true"]);
    assert!(harness.path("stacks/network/terraform.tfstate").exists());
    harness.edit("seam.yaml", "approve: true", "approve: true, local_state: true");
    let file = harness.path("stacks/network/terraform.tfstate");
    harness.seam(&IMPORT).exits(3).says(&["error[S0505]", "`--yes` is none", "(network)", "on a terminal"]);
    assert!(file.exists());
    let mut terminal =
        Terminal::start_of(&harness, env!("CARGO_BIN_EXE_seam"), &["import", "-e", "dev", "network"], 30, 100);
    terminal.shows(&["move", "Only `yes` is a yes: "]);
    terminal.types("yes\n");
    terminal.exits(0);
    assert!(!file.exists());
    // What stays where it is goes by `--yes`.
    fs::remove_file(harness.path(".seam/registry.db")).unwrap();
    assert_eq!(row(&harness.json(&IMPORT), "network")["action"], "adopted");
}
