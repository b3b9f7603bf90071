//! What a field that goes does to who reads it: before its day, after it, in outputs, columns, answers and
//! requests.

use super::{contract, operation, output, told};
use crate::ContractDocument;
use crate::changes::changes;
use crate::version::{Step, step};
use seam_model::{Pattern, UsedPart};
use serde_json::{Value, json};

/// A field that is deprecated until a day, in `net` or behind a reference, and the same contract without it.
fn field(sunset: &str, required: &Value) -> (ContractDocument, ContractDocument) {
    let of = |zone: Value| {
        let mut required = required.clone();
        required.as_array_mut().unwrap().retain(|name| zone["properties"].get(name.as_str().unwrap()).is_some());
        let mut zone = zone;
        zone["required"] = required;
        let net = json!({"type": "object", "properties": {"zone": {"$ref": "zone.json"}, "other": {"$ref": "zone.json"}},
            "required": ["zone", "other"]});
        ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {"outputs": {"net": net}},
            "files": {"zone.json": zone}}))
        .unwrap()
    };
    let id = json!({"type": "string"});
    let port = json!({"type": "object", "properties": {"tcp": {"type": "integer"}}, "deprecated": {"sunset": sunset}});
    (
        of(json!({"type": "object", "properties": {"id": id, "port": port}})),
        of(json!({"type": "object", "properties": {"id": id}})),
    )
}

#[test]
fn a_field_goes_after_its_day_with_a_warning_to_who_reads_it_and_before_it_does_not() {
    let uses = || {
        [
            output("net", ".zone.port", None),
            output("net", ".other.port.tcp", None),
            output("net", ".zone.id", None),
            output("net", "", None),
        ]
    };
    for required in [json!(["id", "port"]), json!(["id"])] {
        let (old, new) = field("2025-12-31", &required);
        let gone = "note field-removed-with-deprecation";
        assert_eq!(told((&old, &new), uses()), [gone, gone, "", gone], "{required}");
        let all = changes(&old, &new, ("", "2026-01-01")).unwrap();
        assert_eq!(step(&all, &old.json, &new.json), Step::Major, "{required}");
    }
    let (old, new) = field("2026-02-01", &json!(["id", "port"]));
    // A part of it that may be missing was never relied on by the letter.
    let early = "error output-property-required-removed";
    assert_eq!(told((&old, &new), uses()), [early, "error field-removed", "", early]);
    let (old, new) = field("2026-02-01", &json!(["id"]));
    let early = "error field-removed-before-sunset";
    assert_eq!(told((&old, &new), uses()), [early, early, "", early]);
}

#[test]
fn after_its_day_a_field_may_be_gone_and_not_another() {
    let port = |schema: Value, required: Value| {
        contract(
            "outputs",
            &json!({"net": {"type": "object", "properties": {"id": {"type": "string"}, "port": schema},
            "required": required}}),
        )
    };
    let over = |kind: &str| json!({"type": kind, "deprecated": {"sunset": "2025-12-31"}});
    let old = port(over("integer"), json!(["id", "port"]));
    let reads = || [output("net", ".port", None), output("net", ".id", None)];
    let found = told((&old, &port(over("integer"), json!(["id"]))), reads());
    assert_eq!(found, ["note field-removed-with-deprecation", ""], "it may be missing");
    let found = told((&old, &port(over("string"), json!(["id", "port"]))), reads());
    assert_eq!(found, ["error output-property-type-changed", ""], "it is something else");
    // One change at two places, shown by a value of the first.
    let twice = |kind: &str| {
        let member = |name: &str| json!({"type": "object", "properties": {name: {"$ref": "#/contract/outputs/port"}}});
        contract("outputs", &json!({"port": over(kind), "a": member("x"), "b": member("y")}))
    };
    let changed = "error output-property-type-changed";
    let found = told((&twice("integer"), &twice("string")), [output("a", ".x", None), output("b", ".y", None)]);
    assert_eq!(found, [changed, changed]);
    let parts = |members: Value| {
        let port = json!({"type": "object", "properties": members, "deprecated": {"sunset": "2025-12-31"}});
        contract("outputs", &json!({"net": {"type": "object", "properties": {"port": port}}}))
    };
    let (old, new) = (parts(json!({"tcp": {}, "udp": {}})), parts(json!({"tcp": {}})));
    let found = told((&old, &new), [output("net", ".port.udp", None), output("net", ".port.tcp", None)]);
    assert_eq!(found, ["note field-removed-with-deprecation", ""], "a part of it goes");
    // What breaks beside it is told as ever.
    let id = |kind: &str| json!({"type": "object", "properties": {"id": {"type": kind}}, "required": ["id"]});
    let mut old = id("string");
    old["properties"]["port"] = over("integer");
    old["required"] = json!(["id", "port"]);
    let of = |net: Value| contract("outputs", &json!({ "net": net }));
    let found = told((&of(old), &of(id("integer"))), reads());
    assert_eq!(found, ["note field-removed-with-deprecation", "error output-property-type-changed"]);
}

#[test]
fn columns_and_fields_of_answers_and_requests_go_after_their_day() {
    let table = |columns: Value| contract("tables", &json!({"orders": {"columns": columns, "key": ["id"]}}));
    let total = |sunset: &str| table(json!({"id": {}, "total": {"deprecated": {"sunset": sunset}}}));
    let column =
        |name: &str| (Pattern::Table, UsedPart::Table { table: "orders".to_owned(), columns: vec![name.to_owned()] });
    for (sunset, wanted) in
        [("2025-12-31", "note field-removed-with-deprecation"), ("2026-02-01", "error column-removed")]
    {
        let found = told((&total(sunset), &table(json!({"id": {}}))), [column("id"), column("total")]);
        assert_eq!(found, ["", wanted], "{sunset}");
    }
    let order = |members: Value| {
        let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/order"}}});
        let order = json!({"type": "object", "properties": members, "additionalProperties": false});
        let document = json!({"openapi": "3.1.0", "info": {"title": "", "version": "1"},
            "components": {"schemas": {"order": order}}, "paths": {"/o": {"post": {"operationId": "order",
                "requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}}}}});
        ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {}, "api": {"name": "api.yaml",
            "document": document}}))
        .unwrap()
    };
    let with = |sunset: &str| {
        order(json!({"id": {"type": "string"}, "note": {"type": "string", "deprecated": true, "x-sunset": sunset}}))
    };
    let without = order(json!({"id": {"type": "string"}}));
    let reads = || [operation("order", &["note"]), operation("order", &["id"])];
    // Nobody says what he sends: the request side is everybody's.
    let gone = "note field-removed-with-deprecation";
    assert_eq!(told((&with("2025-12-31"), &without), reads()), [gone, gone]);
    let early = "error field-removed-before-sunset, error request-property-removed";
    assert_eq!(told((&with("2026-02-01"), &without), reads()), [early, early]);
}

#[test]
fn a_sunset_that_leaves_no_time_or_is_taken_back_breaks_who_reads_the_field() {
    let net = |said: Value| {
        let mut port = json!({"type": "integer"});
        if !said.is_null() {
            port["deprecated"] = said;
        }
        contract("outputs", &json!({"net": {"type": "object", "properties": {"id": {}, "port": port}}}))
    };
    let until = |sunset: &str| net(json!({ "sunset": sunset }));
    for (old, new, wanted) in [
        (net(json!(null)), until("2025-12-31"), "error field-deprecated-sunset-invalid"),
        (net(json!(null)), until("soon"), "error field-deprecated-sunset-invalid"),
        (net(json!(null)), until("2026-02-01"), ""),
        (until("2026-02-01"), until("2026-01-15"), "error field-sunset-earlier"),
        (until("2026-02-01"), net(json!({"use": "x"})), "error field-sunset-deleted"),
        (until("2026-02-01"), net(json!(null)), ""),
    ] {
        let found = told((&old, &new), [output("net", ".port", None), output("net", ".id", None)]);
        assert_eq!(found, [wanted, ""]);
    }
    let all = changes(&net(json!(null)), &until("2026-02-01"), ("", "2026-01-01")).unwrap();
    let words: Vec<String> = all.iter().map(seam_contract::finding::Finding::message).collect();
    assert_eq!(words, ["output `net`: `port`: it is deprecated and can be used until 2026-02-01"]);
}
