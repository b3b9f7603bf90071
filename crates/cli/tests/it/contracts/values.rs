//! What is published is what the contract says, down to its schemas; no secret is told on the way.

use super::{APPLY, SEAM, consumer, found, provider};
use crate::harness::Harness;
use serde_json::json;

#[test]
fn values_that_break_the_schema_are_applied_and_not_published() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness.write("schemas/cidr.json", r#"{"type": "string", "pattern": "^10\\."}"#);
    let contract = "{outputs: {name: {type: string}, cidr: {$ref: ../../schemas/cidr.json}, size: {type: integer, minimum: 3}, \
                    token: {type: string, sensitive: true, maxLength: 4}}}";
    provider(
        &harness,
        r#"{"cidr": {"value": "192.168.0.0/16"}, "size": {"value": 2}, "token": {"value": "hunter2-hunter2", "sensitive": true}}"#,
        contract,
    );
    let refused = harness.seam(&APPLY).exits(1).says(&[
        "S0506",
        "output `name` is missing",
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
        r#"{"name": {"value": "n"}, "cidr": {"value": "10.0.0.0/16"}, "size": {"value": 3}, "token": {"value": "abc", "sensitive": true}}"#,
        contract,
    );
    harness.ok(&APPLY);
    assert_eq!(harness.json(&["output", "net", "size", "-e", "dev"]), json!(3));
}

#[test]
fn a_contract_that_cannot_be_read_is_one_finding_and_no_more() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    provider(&harness, r#"{"net": {"value": {"id": "x"}}}"#, "{version: 1.0.0, outputs: {net: {type: object}}}");
    consumer(&harness, "{id: net.net}\nuses: [{event: net.paid}]");
    harness.seam(&["check"]).exits(1).says(&["S0607", "compared with nobody's uses"]);
    consumer(&harness, "{id: net.net}");
    harness.ok(&APPLY);
    consumer(&harness, "{id: net.net}\nuses: [{event: net.paid}]");
    let codes = |harness: &Harness| {
        let checked = harness.seam(&["check", "--json"]).json();
        let findings = checked["findings"].as_array().unwrap().iter();
        findings.map(|one| one["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (contract, code) in [
        ("{version: 1, outputs: {net: {type: string}}}", "S0003"),
        ("{version: 2.0.0, outputs: {net: {type: strng}}}", "S0020"),
        ("{version: 2.0.0, outputs: {net: {items: {type: strng}}}}", "S0024"),
        ("{version: 2.0.0, api: none.yaml}", "S0017"),
        ("{version: 2.0.0, events: {paid: {type: a.b, shema: {}}}}", "S0007"),
        ("{version: 2.0.0, tables: {t: {columns: {}, colums: {}}}}", "S0007"),
        ("[", "S0001"),
    ] {
        provider(&harness, "", contract);
        assert_eq!(codes(&harness), [code], "{contract}");
    }
    consumer(&harness, "{id: net.Net}");
    provider(&harness, "", "{version: 2.0.0, outputs: {Net: {type: string}}}");
    assert_eq!(codes(&harness), ["S0005"]);
    consumer(&harness, "{id: net.net}");
    // A mistake elsewhere in the file keeps nothing from being compared.
    provider(&harness, "", "{version: 2.0.0, outputs: {net: {type: string}}, events: {paid: {type: a.b}}}\ntgas: []");
    harness.seam(&["check"]).exits(3).says(&["S0007", "S0601"]);
}

#[test]
fn keywords_that_look_misspelt_are_named_once_a_place() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    harness
        .write("schemas/order.yaml", "type: object\nproperties:\n  id: {type: string, maxLenght: 3, x-maxLenght: 4}\n");
    let api =
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get:\n      opertionId: a\n      responses:
        '200': {description: a, content: {a/b: {schema: {$ref: ../../schemas/order.yaml}}}}\n";
    harness.write("stacks/net/api.yaml", api);
    let contract = "{version: 1.0.0, api: api.yaml, outputs: {net: {properties: {note: {requird: [a], colour: blue}}}},
      events: {paid: {type: a.b, schema: {propertes: {}, items: {$ref: ../../schemas/order.yaml}}}}}";
    provider(&harness, "", contract);
    let told = found(&harness, "S0612");
    let mut told: Vec<_> =
        told.iter().map(|one| (one["file"].as_str().unwrap(), one["help"].as_str().unwrap())).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("schemas/order.yaml", "did you mean `maxLength`?"),
            ("stacks/net/api.yaml", "did you mean `operationId`?"),
            ("stacks/net/stack.yaml", "did you mean `properties`?"),
            ("stacks/net/stack.yaml", "did you mean `required`?"),
        ]
    );
    harness.ok(&["check"]).says(&["`maxLenght` is no keyword", "schemas/order.yaml:3:22"]);
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
