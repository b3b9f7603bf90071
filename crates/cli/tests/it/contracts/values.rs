//! What is published is what the contract says, down to its schemas; no secret is told on the way.

use super::{APPLY, SEAM, found, provider};
use crate::harness::Harness;
use serde_json::json;

#[test]
fn values_that_break_the_schema_are_applied_and_not_published() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("schemas/cidr.json", r#"{"type": "string", "pattern": "^10\\."}"#);
    let contract = "{outputs: {cidr: {$ref: ../../schemas/cidr.json}, size: {type: integer, minimum: 3}, \
                    token: {type: string, sensitive: true, maxLength: 4}}}";
    provider(
        &harness,
        r#"{"cidr": {"value": "192.168.0.0/16"}, "size": {"value": 2}, "token": {"value": "hunter2-hunter2", "sensitive": true}}"#,
        contract,
    );
    let refused = harness.seam(&APPLY).exits(1).says(&[
        "S0506",
        "`cidr`",
        "`size`",
        "less than the minimum of 3",
        "`token`",
        "`maxLength` does not hold",
    ]);
    let told = format!("{}{}", refused.stdout, refused.stderr);
    assert!(!told.contains("hunter2"), "{told}");
    provider(
        &harness,
        r#"{"cidr": {"value": "10.0.0.0/16"}, "size": {"value": 3}, "token": {"value": "abc", "sensitive": true}}"#,
        contract,
    );
    harness.ok(&APPLY);
    assert_eq!(harness.json(&["output", "net", "size", "-e", "dev"]), json!(3));
}

#[test]
fn schemas_that_cannot_be_read_are_found_by_check() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    for (outputs, line) in [
        ("{a: {$ref: ../../schemas/none.json}}", 3),
        ("{a: {$ref: \"https://example.com/x.json\"}}", 3),
        ("{a: {type: string, pattern: \"(\"}}", 3),
    ] {
        provider(&harness, "{}", &format!("{{outputs: {outputs}}}"));
        let findings = found(&harness, "S0024");
        assert_eq!(findings.len(), 1, "{outputs}: {findings:?}");
        assert_eq!((&findings[0]["file"], &findings[0]["line"]), (&json!("stacks/net/stack.yaml"), &json!(line)));
    }
}

#[test]
fn no_file_outside_of_the_repository_is_read() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    std::fs::write(harness.root().join("hunter2.json"), "hunter2: [").unwrap();
    for contract in ["{outputs: {a: {$ref: ../../../hunter2.json}}}", "{version: 1.0.0, api: ../../../hunter2.json}"] {
        provider(&harness, "{}", contract);
        let told = harness.seam(&["check"]).exits(1);
        assert!(told.stderr.contains("S0024") && !told.stderr.contains("hunter2: ["), "{}", told.stderr);
    }
}

#[test]
fn a_shared_schema_shows_in_all_that_refers_to_it() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write(
        "schemas/money.json",
        r#"{"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}"#,
    );
    let schema = "{$ref: ../../schemas/money.json}";
    let contract = format!(
        "{{version: 1.0.0, outputs: {{price: {schema}}}, tables: {{t: {{columns: {{price: {schema}}}, key: [price]}}}}, \
         events: {{paid: {{type: com.acme.paid, schema: {schema}}}}}}}"
    );
    let outputs = r#"{"price": {"value": {"amount": 1}}}"#;
    provider(&harness, outputs, &contract);
    harness.write(
        "stacks/app/stack.yaml",
        "tool: exec\nexec: {apply: [\"true\"]}\ninputs: {price: net.price}\n\
         uses: [{event: net.paid}, {table: net.t, columns: [price]}]\n",
    );
    harness.ok(&APPLY);
    harness.write("schemas/money.json", r#"{"type": "object", "properties": {"amount": {"type": "number"}}}"#);
    let messages: Vec<String> =
        found(&harness, "S0601").iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect();
    for part in ["output `price`", "event `paid`", "table `t`, column `price`"] {
        assert!(messages.iter().any(|message| message.contains(part)), "{part}: {messages:?}");
    }
}
