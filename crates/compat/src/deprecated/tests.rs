//! What is found deprecated in contracts, by which ways, and who reads it.

use super::{deprecated, read_by};
use crate::ContractDocument;
use seam_model::{Path, Pattern, Schema, UsedPart};
use serde_json::{Value, json};

fn contract(contract: &Value) -> ContractDocument {
    let zone = json!({"deprecated": true, "type": "object", "properties": {"name": {"type": "string"}}});
    ContractDocument::of_json(json!({"base": "stack.yaml", "contract": contract, "files": {"zone.json": zone}}))
        .unwrap()
}

fn net() -> ContractDocument {
    let old = json!({"since": "1.1.0", "use": "ports", "sunset": "2027-02-01"});
    contract(&json!({
        "outputs": {
            "net": {"type": "object", "properties": {
                "id": {"type": "string"},
                "port": {"type": "integer", "deprecated": old},
                "zones": {"type": "array", "items": {"allOf": [{"$ref": "zone.json"}]}},
                "next": {"$ref": "#/contract/outputs/net"},
                "deprecated": {"type": "boolean", "deprecated": false},
            }},
            "zone": {"$ref": "zone.json"},
            "url": {"type": "string"},
        },
        "events": {"paid": {"type": "p", "deprecated": {"use": "settled"}, "schema": {"anyOf": [
            {"properties": {"sum": {"deprecated": true}}}, {"properties": {"id": {}}}]}}},
        "tables": {"orders": {"columns": {"id": {}, "total": {"deprecated": true}}}},
    }))
}

fn output(name: &str, path: &str, takes: Option<Value>) -> (Pattern, UsedPart) {
    let path = if path.is_empty() { Path::default() } else { path.parse().unwrap() };
    (Pattern::Registry, UsedPart::Output { output: name.to_owned(), path, takes: takes.map(Schema) })
}

fn read(contract: &ContractDocument, (pattern, part): (Pattern, UsedPart)) -> Vec<String> {
    read_by(contract, pattern, &part).into_iter().map(|one| one.words).collect()
}

#[test]
fn parts_and_fields_are_found_at_what_refers_to_them() {
    let all = deprecated(&net());
    let words: Vec<&str> = all.iter().map(|one| one.words.as_str()).collect();
    let expected = [
        "output `net`, field `.port`",
        "output `net`, field `.zones[]`",
        "output `zone`",
        "event `paid`",
        "event `paid`, field `.sum`",
        "table `orders`, column `total`",
    ];
    assert_eq!(words, expected);
    let port = &all[0];
    let said = [&port.lifecycle.since, &port.lifecycle.instead, &port.lifecycle.sunset].map(Option::as_deref);
    assert_eq!((said, port.is_whole), ([Some("1.1.0"), Some("ports"), Some("2027-02-01")], false));
    assert!(all[2].is_whole && all[2].name == "zone" && all[3].lifecycle.instead.as_deref() == Some("settled"));
}

#[test]
fn who_reads_it_is_told_by_the_ways_that_are_read() {
    let net = net();
    let (port, zones) = ("output `net`, field `.port`", "output `net`, field `.zones[]`");
    let object = |members: Value| Some(json!({"type": "object", "properties": members}));
    for (used, wanted) in [
        (output("net", "", None), vec![port, zones]),
        (output("net", ".id", None), vec![]),
        (output("net", ".port", None), vec![port]),
        (output("net", ".zones[0].name", None), vec!["output `net`, field `.zones[0]`"]),
        (output("net", ".next.next.port", None), vec!["output `net`, field `.next.next.port`"]),
        (output("net", ".absent", None), vec![]),
        (output("net", "", object(json!({"id": {}}))), vec![]),
        (output("net", "", object(json!({"port": {}}))), vec![port]),
        (output("zone", ".name", None), vec!["output `zone`"]),
        (output("url", "", None), vec![]),
        ((Pattern::Lookup, output("zone", "", None).1), vec![]),
        (
            (Pattern::Event, UsedPart::Event { event: "paid".to_owned(), fields: vec!["id".to_owned()] }),
            vec!["event `paid`"],
        ),
    ] {
        assert_eq!(read(&net, used.clone()), wanted, "{used:?}");
    }
    let columns = |columns: &[&str]| {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        read(&net, (Pattern::Table, UsedPart::Table { table: "orders".to_owned(), columns }))
    };
    let total = ["table `orders`, column `total`"];
    assert_eq!(
        (columns(&["id"]).len(), columns(&["total"]), columns(&[])),
        (0, total.map(str::to_owned).into(), total.map(str::to_owned).into())
    );
}

#[test]
fn of_an_api_it_is_found_in_answers_requests_and_parameters() {
    let old = json!({"type": "string", "deprecated": true, "x-sunset": "2027-02-01"});
    let order = json!({"type": "object", "properties": {"note": old, "id": {"type": "string"},
        "made": {"readOnly": true, "deprecated": true}}});
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/order"}}});
    let document = json!({"openapi": "3.0.3", "info": {"title": "", "version": "1"},
        "components": {"schemas": {"order": order}},
        "paths": {"/orders": {"post": {"operationId": "order", "requestBody": {"content": content},
            "parameters": [{"name": "size", "in": "query", "deprecated": true, "x-sunset": "2027-03-01", "schema": {}}],
            "responses": {"200": {"description": "", "content": content}}}}}});
    let api = ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {}, "api": {"name": "api.yaml",
        "document": document}}))
    .unwrap();
    let words: Vec<(String, Option<String>)> =
        deprecated(&api).into_iter().map(|one| (one.words, one.lifecycle.sunset)).collect();
    let told = |words: &str, sunset: Option<&str>| (format!("POST /orders, {words}"), sunset.map(str::to_owned));
    let expected = [
        told("query parameter `size`", Some("2027-03-01")),
        told("request body, field `.note`", Some("2027-02-01")),
        told("field `.made`", None),
        told("field `.note`", Some("2027-02-01")),
    ];
    assert_eq!(words, expected);
    let reads = |fields: &[&str]| {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let part = UsedPart::Api { operations: vec!["order".into()], fields };
        read_by(&api, Pattern::Api, &part).into_iter().any(|one| one.words == "POST /orders, field `.made`")
    };
    assert!(reads(&["made"]) && reads(&[]) && !reads(&["id"]));
}

#[test]
fn a_field_that_many_ways_lead_to_is_found_once() {
    let mut outputs = json!({"last": {"properties": {"port": {"deprecated": true}}}});
    for level in 0..60 {
        let next = if level == 0 { "last".to_owned() } else { format!("l{}", level - 1) };
        let next = json!({"$ref": format!("#/contract/outputs/{next}")});
        outputs[format!("l{level}")] = json!({"properties": {"left": next, "right": next}});
    }
    // One in each output.
    assert_eq!(deprecated(&contract(&json!({ "outputs": outputs }))).len(), 61);
}
