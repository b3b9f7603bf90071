//! Fields that are on their way out: who still reads them, and what becomes of that before their day and
//! after it.

use super::{APPLY, SEAM, consumer, found, provider};
use crate::harness::Harness;
use serde_json::json;

const OUTPUTS: &str = r#"{"net": {"value": {"id": "n-1", "port": 80, "ports": [80]}}}"#;
const V1: &str = "{version: 1.0.0, outputs: {net: {type: object, required: [id, port], properties: \
                  {id: {type: string}, port: {type: integer, deprecated: {since: 1.0.0, use: ports, sunset: \
                  2999-02-01}}, ports: {type: array}}}}}";

/// A provider with this contract, and an app that reads `net.port`, applied to dev.
fn applied(contract: &str) -> Harness {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    provider(&harness, OUTPUTS, contract);
    consumer(&harness, "{port: \"net.net.port\"}");
    harness.ok(&APPLY);
    harness
}

/// The contract without the field.
fn without(contract: &str) -> String {
    let (start, end) = (contract.find("port: {").unwrap(), contract.find("ports: {").unwrap());
    contract
        .replace(&contract[start..end], "")
        .replace("[id, port]", "[id]")
        .replace("version: 1.0.0", "version: 2.0.0")
}

#[test]
fn who_still_reads_a_field_is_told_and_it_goes_once_nobody_does() {
    let harness = applied(V1);
    let words = "output `net`, field `.port` is deprecated since 1.0.0, use ports: still used by shop/app/dev; \
                 it may go from 2999-02-01, or once nobody uses it.";
    assert!(harness.ok(&["uses", "net"]).stdout.contains(words));
    let told = harness.json(&["uses", "net.net", "--json"])["deprecated"].clone();
    let wanted = json!([{"what": "output `net`, field `.port`", "since": "1.0.0", "use": "ports",
        "sunset": "2999-02-01", "users": ["shop/app/dev"], "may_go": false}]);
    assert_eq!(told, wanted);
    let elsewhere = harness.json(&["uses", "net.net", "-e", "prod", "--json"]);
    assert_eq!((&elsewhere["deprecated"], &elsewhere["uses"]), (&wanted, &json!([])), "its readers are in dev");
    let warned = "output `net`, field `.port` of net is deprecated, and may go from 2999-02-01";
    harness.ok(&["check"]).says(&["warning[S0609]", warned, "use ports in its place"]);
    provider(&harness, OUTPUTS, &without(V1));
    harness.seam(&["check"]).exits(3).says(&["S0601", "`port`", "it breaks shop/app/dev"]);
    assert!(harness.ok(&["uses", "net"]).stdout.contains(words), "what is live has it still");

    provider(&harness, OUTPUTS, V1);
    consumer(&harness, "{id: \"net.net.id\"}");
    harness.ok(&APPLY);
    assert!(found(&harness, "S0609").is_empty());
    assert!(harness.ok(&["uses", "net"]).stdout.contains("use ports: nobody uses it; it may go."));
    provider(&harness, OUTPUTS, &without(V1));
    harness.ok(&["check"]);
}

#[test]
fn after_its_day_a_field_goes_in_a_major_version_and_who_reads_it_is_named() {
    let over = V1.replace("2999", "2020").replace("[id, port]", "[id]");
    let harness = applied(&over);
    let said = harness.ok(&["uses", "net.net"]).stdout;
    assert!(said.contains("still used by shop/app/dev; its sunset was 2020-02-01."), "{said}");
    provider(&harness, OUTPUTS, &without(&over).replace("2.0.0", "1.1.0"));
    harness.seam(&["check"]).exits(1).says(&["S0603", "write `version: 2.0.0`"]);
    provider(&harness, OUTPUTS, &without(&over));
    let gone = ["warning[S0601]", "`port`: it is gone, as announced for 2020-02-01", "it breaks shop/app/dev"];
    harness.seam(&["check", "-e", "dev"]).says(&gone).says(&["its sunset is over: it may go"]);
    assert!(found(&harness, "S0601").iter().all(|one| one["severity"] == "warning"));
}

#[test]
fn a_field_that_operations_share_is_used_by_who_calls_them() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    let answer = "responses: {\"200\": {description: d, content: {application/json: {schema: {$ref: \
                  \"#/components/schemas/order\"}}}}}";
    let api = format!(
        "openapi: 3.1.0\ninfo: {{title: a, version: \"1\"}}\npaths:\n  /orders:\n    \
         get: {{operationId: listOrders, {answer}}}\n    post: {{operationId: createOrder, {answer}}}\n\
         components: {{schemas: {{order: {{properties: {{note: {{deprecated: true, x-sunset: 2999-02-01}}}}}}}}}}\n"
    );
    harness.write("stacks/orders/openapi.yaml", api);
    harness.write("stacks/orders/stack.yaml", "tool: external\ncontract: {version: 1.0.0, api: openapi.yaml}\n");
    let uses = "tool: external\ncontract: {version: 1.0.0}\nuses: [{api: orders, operations: [listOrders]}]\n";
    harness.write("stacks/web/stack.yaml", uses);
    harness.ok(&["deployed", "orders@1.0.0", "-e", "dev"]);
    harness.ok(&["deployed", "web@1.0.0", "-e", "dev"]);
    for (operation, users) in [("listOrders", json!(["shop/web/dev"])), ("createOrder", json!([]))] {
        let told = harness.json(&["uses", &format!("orders.{operation}"), "--json"])["deprecated"].clone();
        assert_eq!(told[0]["users"], users, "{operation}: {told}");
    }
}

#[test]
fn what_is_said_of_a_field_that_is_not_so_is_found_with_its_line() {
    let harness = Harness::new();
    harness.write("seam.yaml", SEAM);
    let schema = "type: object\nproperties:\n  id: {type: string}\n  port:\n    deprecated:\n      ";
    provider(&harness, OUTPUTS, "{version: 1.0.0, outputs: {net: {$ref: ../../schemas/net.yaml}}}");
    for (said, code, message) in [
        ("sunset: soon", "S0024", "the sunset of output `net`, field `.port` is no day: `soon`"),
        ("use: idd", "S0613", "output `net`, field `.port` is deprecated, and `idd`, to be used instead, is not there"),
        ("sunst: 2999-01-01", "S0612", "`sunst` is no keyword, and means nothing here"),
    ] {
        harness.write("schemas/net.yaml", format!("{schema}{said}\n"));
        let one = found(&harness, code).remove(0);
        let place = (one["message"].as_str(), one["file"].as_str(), one["line"].as_u64());
        assert_eq!(place, (Some(message), Some("schemas/net.yaml"), Some(6)), "{one}");
    }
    harness.write("schemas/net.yaml", format!("{schema}sunset: soon\n"));
    harness.seam(&APPLY).exits(1).says(&["S0024"]);
}
