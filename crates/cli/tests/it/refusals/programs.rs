//! Programs that are not there or too old, and another tool than before.

use super::{APPLY, calls, refused, shop, spy};
use crate::harness::{Harness, terraform};

#[test]
fn a_tool_that_is_missing() {
    let mut harness = shop();
    std::fs::remove_file(harness.root().join("bin/terraform")).unwrap();
    harness.var("PATH", harness.root().join("bin").display().to_string());
    let says = ["error[S0301]", "`terraform` is not on PATH", "stacks/app/stack.yaml", "help: install it"];
    refused(&harness, &APPLY, 1, &says);
    refused(&harness, &["plan", "-e", "dev"], 1, &says);
}

#[test]
fn a_tool_that_is_too_old() {
    let harness = shop();
    harness.program("terraform", &spy(&harness, "1.3.9"));
    refused(&harness, &APPLY, 1, &["error[S0302]", "terraform 1.3.9 at", "1.4.0", "stacks/", "help: "]);
    harness.write("seam.yaml", super::SEAM.replace("terraform", "opentofu"));
    harness.program("tofu", &spy(&harness, "1.5.7"));
    refused(&harness, &APPLY, 1, &["error[S0302]", "tofu 1.5.7 at", "1.6.0", "help: "]);
}

#[test]
fn another_tool_than_the_one_that_deployed() {
    let Some(terraform) = terraform() else { return };
    let harness = Harness::new();
    harness.write("seam.yaml", "system: shop\nenvironments: {dev: {}}\ndefaults: {tool: terraform}\n");
    harness.stack("app", "{}\n", "resource \"terraform_data\" \"it\" {}\n");
    harness.program("tofu", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", terraform.display()));
    harness.ok(&APPLY);
    harness.write("stacks/app/stack.yaml", "tool: opentofu\n");
    let says =
        ["error[S0310]", "was deployed with terraform", "opentofu", "stacks/app/stack.yaml", "`tool: terraform`"];
    refused(&harness, &APPLY, 1, &says);
    assert_eq!(calls(&harness), Vec::<String>::new());
}
