//! States that are not the instance's own: refused, named with their place, and never touched.

use super::{APPLY, SEAM, refused, shop};
use crate::harness::{Harness, terraform};
use std::fs;

/// A state with one resource in it.
const STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 3,
  "lineage": "3e5b0f5c-0000-4444-8888-0123456789ab", "outputs": {},
  "resources": [{"mode": "managed", "type": "terraform_data", "name": "it",
    "provider": "provider[\"terraform.io/builtin/terraform\"]",
    "instances": [{"schema_version": 0, "attributes": {"id": "x", "input": null, "output": null, "triggers_replace": null}}]}]}
"#;

#[test]
fn a_state_that_nobody_adopted_is_named_with_its_place() {
    for (place, way_on) in [
        ("stacks/app/terraform.tfstate", "seam import app -e dev"),
        ("stacks/app/terraform.tfstate.d/dev/terraform.tfstate", "seam import app -e dev"),
        ("stacks/app/terraform.tfstate.d/blue/terraform.tfstate", "import it in the environment `blue`"),
        (".seam/state/dev/app.tfstate", "seam import app -e dev"),
    ] {
        let harness = shop();
        harness.write(place, STATE);
        let there = harness.path(place).display().to_string();
        for args in [&APPLY[..], &["plan", "-e", "dev"]] {
            refused(&harness, args, 1, &["error[S0305]", &there, "help: ", way_on]);
        }
    }
}

#[test]
fn two_instances_on_one_state() {
    let harness = shop();
    harness.write(
        "seam.yaml",
        format!("{SEAM}  terraform: {{backend: {{type: local, path: one.tfstate}}}}\n")
            .replace("{tool: terraform}", "\n  tool: terraform"),
    );
    harness.seam(&["check"]).exits(1).says(&["error[S0205]"]);
    refused(
        &harness,
        &APPLY,
        1,
        &["error[S0205]", "shop/app/dev", "shop/network/dev", "stacks/", "{stack} and {environment}"],
    );
}

#[test]
fn settings_for_another_backend_and_a_local_state_in_a_protected_environment() {
    let harness = shop();
    harness.write("stacks/app/backend.tf", "terraform {\n  backend \"gcs\" {}\n}\n");
    harness.write("stacks/app/stack.yaml", format!("{}backend: {{type: s3, bucket: b}}\n", super::APP_YAML));
    let says = ["error[S0204]", "`gcs`", "`s3`", "stacks/app/stack.yaml:3", "stacks/app/backend.tf:2", "help: "];
    refused(&harness, &APPLY, 1, &says);

    let harness = shop();
    harness.write("seam.yaml", SEAM.replace("dev: {}", "dev: {approve: true}"));
    refused(
        &harness,
        &["plan", "-e", "dev"],
        1,
        &["error[S0206]", "`app` in `dev`", "seam.yaml:2", "local_state: true"],
    );
    // Nothing could ever run there, and that is no finding of another environment.
    harness.seam(&["check"]).exits(1).says(&["error[S0206]", "it is the same for 1 more", "1 error in 2 stacks"]);
}

#[test]
fn another_lineage_a_vanished_state_and_one_that_cannot_be_read() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\n");
    harness.stack("app", "tool: terraform\n", "resource \"terraform_data\" \"it\" {}\n");
    harness.ok(&APPLY);
    let file = harness.path(".seam/state/dev/app.tfstate");
    let place = file.display().to_string();
    let (good, plan) = (fs::read(&file).unwrap(), ["plan", "-e", "dev"]);

    harness.write(".seam/state/dev/app.tfstate", STATE);
    for args in [&APPLY[..], &plan] {
        refused(&harness, args, 1, &["error[S0306]", &place, "3e5b0f5c-0000-4444-8888-0123456789ab", "help: "]);
    }
    assert_eq!(harness.status("app")["state"], "changed");
    fs::write(&file, "{\"version\": 5}").unwrap();
    refused(&harness, &APPLY, 1, &["error[S0308]", &place]);
    fs::remove_file(&file).unwrap();
    refused(&harness, &APPLY, 1, &["error[S0307]", &place, "help: put it back"]);

    fs::write(&file, good).unwrap();
    harness.ok(&APPLY).says(&["1 unchanged"]);
}

#[test]
fn a_state_that_is_recorded_elsewhere_is_named_with_both_places() {
    if terraform().is_none() {
        return;
    }
    let harness = Harness::new();
    let seam = "system: shop\nenvironments: {dev: {}}\ndefaults:\n  tool: terraform\n";
    harness.write("seam.yaml", seam);
    harness.stack("app", "{}\n", "resource \"terraform_data\" \"it\" {}\n");
    harness.ok(&APPLY);
    let was = harness.path(".seam/state/dev/app.tfstate").display().to_string();
    let now = harness.path("states/dev/app.tfstate").display().to_string();
    let backend = "  terraform: {backend: {type: local, path: \"states/{environment}/{stack}.tfstate\"}}\n";
    harness.write("seam.yaml", format!("{seam}{backend}"));
    for args in [&APPLY[..], &["plan", "-e", "dev"]] {
        refused(&harness, args, 1, &["error[S0307]", &was, &now, "move it: seam import app -e dev"]);
    }
    fs::create_dir_all(harness.path("states/dev")).unwrap();
    fs::rename(was, now).unwrap();
    harness.ok(&["plan", "-e", "dev"]);
}
