//! A registry that cannot be trusted, a second home, and values that nobody provides.

use super::{APPLY, refused, shop};
use crate::harness::Harness;
use std::fs;

/// A script stack that applies without any tool.
fn scripts() -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.write("stacks/app/stack.yaml", "tool: exec\nexec: {apply: [sh, -c, exit 0]}\n");
    harness
}

/// Its file.
fn registry(harness: &Harness) -> std::path::PathBuf {
    harness.path(".seam/registry.db")
}

#[test]
fn a_damaged_registry() {
    let harness = scripts();
    harness.ok(&APPLY);
    fs::write(registry(&harness), "not a database, and longer than the header of one is ".repeat(40)).unwrap();
    let place = registry(&harness).display().to_string();
    for args in [&APPLY[..], &["plan", "-e", "dev"], &["status"], &["runs"], &["output", "app", "-e", "dev"]] {
        refused(&harness, args, 1, &["error[S0401]", &place, "help: "]);
    }
}

#[test]
fn a_registry_that_a_newer_version_wrote() {
    const USER_VERSION_AT: usize = 60;
    let harness = scripts();
    harness.ok(&["plan", "-e", "dev"]);
    let mut bytes = fs::read(registry(&harness)).unwrap();
    bytes[USER_VERSION_AT..USER_VERSION_AT + 4].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(registry(&harness), bytes).unwrap();
    for beside in ["-wal", "-shm"] {
        let _ = fs::remove_file(harness.path(format!(".seam/registry.db{beside}")));
    }
    let place = registry(&harness).display().to_string();
    for args in [&APPLY[..], &["status"]] {
        refused(&harness, args, 1, &["error[S0402]", &place, "newer", "help: "]);
    }
}

#[test]
fn a_second_home_for_one_instance() {
    let harness = scripts();
    let shared = harness.root().join("shared/registry.db");
    fs::create_dir(harness.root().join("shared")).unwrap();
    harness.edit("seam.yaml", "system: shop", &format!("system: shop\nregistry: {}", shared.display()));
    harness.ok(&APPLY);
    let second = harness.root().join("second");
    fs::create_dir(&second).unwrap();
    for file in ["seam.yaml", "stacks/app/stack.yaml"] {
        fs::create_dir_all(second.join(file).parent().unwrap()).unwrap();
        fs::copy(harness.path(file), second.join(file)).unwrap();
    }
    let there = second.display().to_string();
    refused(
        &harness,
        &["-C", &there, "apply", "-e", "dev", "--yes"],
        1,
        &["error[S0412]", "shop/app/dev", "stacks/app/stack.yaml", "help: "],
    );
}

#[test]
fn a_value_that_nobody_provides() {
    let harness = shop();
    let app = "stacks/app/stack.yaml";
    for (input, code, says) in [
        ("{registry: other/net.id}", "S0510", &["other/net/dev", "help: "][..]),
        ("{secret: {env: NOT_SET}}", "S0311", &["NOT_SET"]),
        ("{secret: {file: nowhere.txt}}", "S0311", &["nowhere.txt"]),
        ("{secret: {command: [sh, -c, 'echo no such vault >&2; exit 3']}}", "S0311", &["sh", "3"]),
    ] {
        harness.write(app, format!("inputs:\n  vpc_id: {input}\n"));
        let code = format!("error[{code}]");
        refused(&harness, &APPLY, 1, &[&code, "stacks/app/stack.yaml:2:", "help: "]).says(says);
    }
}

#[test]
fn a_provider_of_another_system_that_was_published_elsewhere() {
    let harness = shop();
    harness.write("stacks/app/stack.yaml", "inputs:\n  vpc_id: other/net.id\n");
    harness.write("out.json", r#"{"id": "n-1"}"#);
    harness.ok(&["publish", "other/net/global", "--outputs", "out.json"]);
    refused(
        &harness,
        &APPLY,
        1,
        &["error[S0510]", "it is published in global", "environment: global", "maps: {other: global}"],
    );
}
