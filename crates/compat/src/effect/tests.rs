//! Changes of contracts, and what each does to somebody who uses a part of it.

mod fields;

use super::Effects;
use crate::ContractDocument;
use crate::changes::changes;
use crate::reads::missing_field;
use seam_model::{Lookup, Path, Pattern, Schema, UsedOperation, UsedPart};
use serde_json::{Value, json};

fn contract(part: &str, members: &Value) -> ContractDocument {
    ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {part: members}})).unwrap()
}

fn api(paths: &Value) -> ContractDocument {
    let document = json!({"openapi": "3.1.0", "info": {"title": "", "version": "1"}, "paths": paths});
    ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {}, "api": {"name": "api.yaml",
        "document": document}}))
    .unwrap()
}

/// The rules of the changes that break each use.
fn told<const N: usize>(
    (old, new): (&ContractDocument, &ContractDocument),
    uses: [(Pattern, UsedPart); N],
) -> [String; N] {
    let changes = changes(old, new, ("shop/net", "2026-01-01")).unwrap();
    let effects = Effects::new((old, new), &changes, ("shop/net", "2026-01-01"));
    uses.map(|(pattern, part)| {
        let all = effects.on(pattern, &part).into_iter();
        let words = all.map(|change| format!("{} {}", change.severity.name(), change.rule));
        words.collect::<Vec<_>>().join(", ")
    })
}

fn output(name: &str, path: &str, takes: Option<Value>) -> (Pattern, UsedPart) {
    let path = if path.is_empty() { Path::default() } else { path.parse().unwrap() };
    (Pattern::Registry, UsedPart::Output { output: name.to_owned(), path, takes: takes.map(Schema) })
}

fn operation(name: &str, fields: &[&str]) -> (Pattern, UsedPart) {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    (Pattern::Api, UsedPart::Api { operations: vec![name.into()], fields })
}

#[test]
fn an_output_breaks_who_reads_the_part_that_changed() {
    let schema = |id: Value, size: Value, required: Value| {
        contract(
            "outputs",
            &json!({"vpc": {"type": "object", "properties": {"id": id, "size": size}, "required": required},
            "url": {"type": "string"}}),
        )
    };
    let string = json!({"type": "string"});
    let old = schema(string.clone(), json!({"type": "integer"}), json!(["id", "size"]));
    let new = schema(json!({"type": ["string", "null"]}), json!({"type": "number"}), json!(["id", "size"]));
    let found = told(
        (&old, &new),
        [
            output("url", "", None),
            output("vpc", ".id", None),
            output("vpc", ".size", None),
            output("vpc", ".size", Some(json!({"type": "number"}))),
            output("vpc", "", None),
        ],
    );
    let (id, size) = ("error output-property-became-nullable", "error output-property-type-widened");
    assert_eq!(found, ["", id, size, "", &format!("{id}, {size}")]);
    let gone = told((&old, &contract("outputs", &json!({}))), [output("url", "", None), output("no", "", None)]);
    assert_eq!(gone, ["error output-removed-without-deprecation", ""]);
}

#[test]
fn what_is_read_deep_inside_follows_references() {
    let with = |kind: &str| {
        ContractDocument::of_json(json!({"base": "stack.yaml", "files": {"schemas/net.json": {"$defs": {"zone":
                {"type": "object", "properties": {"id": {"type": kind}, "name": {"type": "string"}},
                    "required": ["id", "name"]}}}},
            "contract": {"outputs": {"zones": {"type": "array", "items": {"$ref": "schemas/net.json#/$defs/zone"}}}}}))
        .unwrap()
    };
    let found = told(
        (&with("integer"), &with("number")),
        [output("zones", "[0].name", None), output("zones", "[0].id", None), output("zones", "[0].absent", None)],
    );
    let broken = "error output-property-type-widened";
    assert_eq!(found, ["", broken, ""], "what was not there either does not make another change count");
}

#[test]
fn an_approval_of_one_part_is_of_no_other_that_has_the_same_schema() {
    let part = json!({"$ref": "schemas/ep.json"});
    let port = json!({"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"]});
    let lost = json!({"type": "object", "properties": {"host": {"type": "string"}}});
    let vpc = |from: &Value, to: &Value| json!({"type": "object", "properties": {"from": from, "to": to}, "required": ["from", "to"]});
    let with = |x: &Value, y: &Value, from: &Value, to: &Value| {
        ContractDocument::of_json(json!({"base": "stack.yaml", "files": {"schemas/ep.json": port},
            "contract": {"outputs": {"x": x, "y": y, "vpc": vpc(from, to)}}}))
        .unwrap()
    };
    let old = with(&part, &part, &part, &part);
    let fingerprints = |new: &ContractDocument, (pattern, used): (Pattern, UsedPart)| -> Vec<String> {
        let changes = changes(&old, new, ("shop/net", "2026-01-01")).unwrap();
        let effects = Effects::new((&old, new), &changes, ("shop/net", "2026-01-01"));
        effects.on(pattern, &used).into_iter().map(|change| change.fingerprint).collect()
    };
    let (y, both) = (with(&part, &lost, &part, &lost), with(&lost, &lost, &lost, &lost));
    let x_port = || output("x", ".port", None);
    assert_eq!(fingerprints(&y, x_port()), [""; 0]);
    for [one, other] in [["x", "y"], ["vpc|.from", "vpc|.to"]] {
        let used = |of: &str| {
            let (name, path) = of.split_once('|').unwrap_or((of, ""));
            output(name, &format!("{path}.port"), None)
        };
        let approved = fingerprints(&y, used(other));
        assert_eq!(approved.len(), 1, "{other}");
        assert_eq!(fingerprints(&both, used(other)), approved, "the same change at the same part");
        assert_ne!(fingerprints(&both, used(one)), approved, "{one} is another part");
    }
}

#[test]
fn columns_events_and_lookups_break_their_own_users_only() {
    let table = |columns: Value| contract("tables", &json!({"orders": {"columns": columns, "key": ["id"]}}));
    let (old, new) = (table(json!({"id": {}, "total": {}})), table(json!({"id": {}})));
    let column =
        |name: &str| (Pattern::Table, UsedPart::Table { table: "orders".to_owned(), columns: vec![name.to_owned()] });
    assert_eq!(told((&old, &new), [column("id"), column("total")]), ["", "error column-removed"]);

    let event = |kind: &str| {
        contract("events", &json!({"paid": {"type": kind, "schema": {}}, "sent": {"type": "s", "schema": {}}}))
    };
    let of = |name: &str| (Pattern::Event, UsedPart::Event { event: name.to_owned(), fields: Vec::new() });
    assert_eq!(told((&event("a"), &event("b")), [of("paid"), of("sent")]), ["error event-type-changed", ""]);

    let lookups = |name: &str| contract("lookups", &json!({"nets": {"kind": "aws_subnet", "name": name}}));
    let looked = |words: &str| (Pattern::Lookup, output(words, "", None).1);
    let found = told((&lookups("a-*"), &lookups("a-b-*")), [looked("aws_subnet tier=private"), looked("aws_vpc")]);
    assert_eq!(found, ["error lookup-name-narrowed", ""]);
}

#[test]
fn a_lookup_is_broken_by_what_it_asks_for() {
    let rule = |name: &str, tags: Value| json!({"kind": "subnet", "name": name, "tags": tags});
    let rules = |web: Value| contract("lookups", &json!({"web": web, "db": rules_of_db()}));
    let tags = json!({"tier": ["web", "{environment}-edge"], "zone": ["a", "b"]});
    let old = rules(rule("net-*", tags.clone()));
    let looked = |name: Option<&str>, tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let lookup = Lookup { kind: "subnet".to_owned(), name: name.map(str::to_owned), tags };
        (Pattern::Lookup, UsedPart::Lookup(lookup))
    };
    let uses = || {
        [
            looked(None, &[]),
            looked(None, &[("tier", "web")]),
            looked(None, &[("tier", "dev-edge")]),
            looked(Some("net-a-1"), &[("zone", "a")]),
            looked(Some("net-b-*"), &[("owner", "me")]),
            looked(None, &[("tier", "db")]),
        ]
    };
    let no_zone = rules(rule("net-*", json!({"tier": ["web", "{environment}-edge"]})));
    let removed = "error lookup-tag-removed";
    assert_eq!(told((&old, &no_zone), uses()), ["", "", "", removed, "", ""]);
    let value = "error lookup-tag-value-removed";
    let no_edge = rules(rule("net-*", json!({"tier": ["web"], "zone": ["a", "b"]})));
    assert_eq!(told((&old, &no_edge), uses()), ["", "", value, "", "", ""]);
    let no_web = rules(rule("net-*", json!({"tier": ["{environment}-edge"], "zone": ["b"]})));
    assert_eq!(told((&old, &no_web), uses()), ["", value, "", value, "", ""]);
    let narrow = rules(rule("net-a-*", tags.clone()));
    let name = "error lookup-name-narrowed";
    assert_eq!(told((&old, &narrow), uses()), [name, name, name, "", name, ""]);
    let gone = contract("lookups", &json!({"db": rules_of_db()}));
    let whole = "error lookup-removed";
    assert_eq!(told((&old, &gone), uses()), [whole, whole, whole, whole, whole, ""]);
    // Under another name, and beside other rules, the same is promised; templates are what they were.
    let renamed = contract("lookups", &json!({"nets": rule("net-*", tags.clone()), "db": rules_of_db()}));
    assert_eq!(told((&old, &renamed), uses()), [""; 6]);
    let narrow_and_renamed = contract("lookups", &json!({"nets": rule("net-a-*", tags.clone()), "db": rules_of_db()}));
    assert_eq!(told((&old, &narrow_and_renamed), uses()), [whole, whole, whole, "", whole, ""]);
    let split = contract(
        "lookups",
        &json!({"web": rule("net-*", json!({"tier": ["{environment}-edge"], "zone": ["b"]})),
        "more": rule("net-*", json!({"tier": ["web"], "zone": ["a", "b"]})), "db": rules_of_db()}),
    );
    assert_eq!(told((&old, &split), uses()), ["", "", "", value, "", ""], "nobody says zone a of each tier");
    let other = rules(json!({"kind": "vpc", "name": "net-*", "tags": tags}));
    let kind = "error lookup-kind-changed";
    assert_eq!(told((&old, &other), uses()), [kind, kind, kind, kind, kind, ""]);
}

fn rules_of_db() -> Value {
    json!({"kind": "subnet", "tags": {"tier": ["db"]}})
}

#[test]
fn an_operation_is_what_it_was_under_another_id() {
    let order = |id: &str, kind: &str| {
        let content = json!({"application/json": {"schema": {"type": kind}}});
        api(&json!({"/orders/{id}": {"get": {"operationId": id,
            "responses": {"200": {"description": "", "content": content}}}},
            "/all": {"get": {"operationId": "getAll", "responses": {}}}}))
    };
    let routed = |name: &str, route: &str| {
        let operations = vec![UsedOperation { name: name.to_owned(), route: Some(route.to_owned()) }];
        (Pattern::Api, UsedPart::Api { operations, fields: Vec::new() })
    };
    let uses = || [routed("getOrder", "GET /orders/{}"), operation("getOrder", &[]), routed("getAll", "GET /every")];
    let not_known = "unknown operation-not-known";
    let now = order("readOrder", "object");
    assert_eq!(told((&order("getOrder", "object"), &now), uses()), ["", "", not_known]);
    assert_eq!(told((&now, &order("readOrder", "object")), uses()), ["", not_known, not_known]);
    let broken = "error response-body-type-changed";
    assert_eq!(told((&now, &order("findOrder", "array")), uses()), [broken, not_known, not_known]);
}

#[test]
fn an_operation_breaks_by_what_is_sent_and_by_the_fields_that_are_read() {
    let order = |id: &str, size: i32| {
        let answer = json!({"200": {"description": "", "content": {"application/json": {"schema": {"type": "object",
            "properties": {"id": {"type": id}, "total": {"type": "number"}, "note": {"type": "string"}},
            "required": ["id", "total"]}}}}});
        let parameter = json!({"name": "size", "in": "query", "schema": {"type": "integer", "maximum": size}});
        json!({"operationId": "getOrder", "parameters": [parameter], "responses": answer})
    };
    let old = api(&json!({"/orders/{id}": {"get": order("string", 9)}, "/other": {"get": {"responses": {}}}}));
    let new = api(&json!({"/orders/{number}": {"get": order("integer", 9)}, "/other": {"get": {"responses": {}}}}));
    let uses = || {
        [
            operation("getOrder", &["total"]),
            operation("GET /orders/{x}", &["id"]),
            operation("getOrder", &[]),
            operation("GET /other", &[]),
            operation("getNothing", &[]),
        ]
    };
    let broken = "error response-property-type-changed";
    let not_known = "unknown operation-not-known";
    assert_eq!(told((&old, &new), uses()), ["", broken, broken, "", not_known]);
    let narrowed = api(&json!({"/orders/{id}": {"get": order("string", 5)}, "/other": {"get": {"responses": {}}}}));
    let sent = "error request-parameter-max-decreased";
    assert_eq!(told((&old, &narrowed), uses())[..3], [sent, sent, sent]);
    // An optional field that somebody names is missed, although no value breaks by the letter.
    let mut gone = order("string", 9);
    gone["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
        .as_object_mut()
        .unwrap()
        .remove("note");
    let gone = api(&json!({"/orders/{id}": {"get": gone}, "/other": {"get": {"responses": {}}}}));
    let found = told((&old, &gone), [operation("getOrder", &["note"]), operation("getOrder", &["total"])]);
    assert_eq!(found, ["error field-removed", ""]);
}

#[test]
fn a_promise_that_was_too_wide_for_its_reader_is_still_held_to() {
    let port = |schema: Value| contract("outputs", &json!({ "port": schema }));
    let number = || [output("port", "", Some(json!({"type": "number"})))];
    let text = port(json!({"type": "string"}));
    // A variable of type number takes a text of digits; a list it never took.
    let broken = told((&text, &port(json!({"type": "array"}))), number());
    assert_eq!(broken, ["error output-type-changed"]);
    assert_eq!(told((&text, &port(json!({"type": ["string", "number"]}))), number()), [""]);
    assert_eq!(
        told((&port(json!({"type": ["number", "null"]})), &port(json!({"type": ["null", "array"]}))), number()),
        ["error output-type-widened"]
    );
    let member = |kind: &str| port(json!({"type": "object", "properties": {"id": {"type": kind}}}));
    let id = || [output("port", ".id", Some(json!({"type": "string"})))];
    assert_eq!(told((&member("string"), &member("array")), id()), ["error output-property-type-changed"]);
}

#[test]
fn an_optional_part_that_goes_is_missed_wherever_it_is_written() {
    let of = |schema: Value| contract("outputs", &json!({ "net": schema }));
    let with = json!({"properties": {"id": {"type": "string"}, "cidr": {"type": "string"}}});
    let without = json!({"properties": {"cidr": {"type": "string"}}});
    for wrapped in [
        (|inner: &Value| inner.clone()) as fn(&Value) -> Value,
        |inner| json!({"allOf": [inner, {"properties": {"zone": {}}}]}),
        |inner| json!({"anyOf": [inner, {"properties": {"zone": {}}}]}),
    ] {
        let found = told(
            (&of(wrapped(&with)), &of(wrapped(&without))),
            [output("net", ".id", None), output("net", ".cidr", None)],
        );
        assert_eq!(found, ["error field-removed", ""], "{}", wrapped(&with));
    }
    // What may stand under any name is not known to be gone.
    let open = json!({"properties": {"cidr": {"type": "string"}}, "additionalProperties": {"type": "string"}});
    assert_eq!(told((&of(with), &of(open)), [output("net", ".id", None)]), [""]);
}

#[test]
fn fields_narrow_answers_behind_all_of_and_those_by_default() {
    let order = |status: &str, note: &str| {
        let parts = json!([{"properties": {"id": {"type": "string"}}, "required": ["id"]}, {"properties": {"note": {"type": note}}}]);
        let content = json!({"application/json": {"schema": {"allOf": parts}}});
        let operation = json!({"operationId": "get", "responses": {status: {"description": "", "content": content}}});
        api(&json!({"/o": {"get": operation}}))
    };
    for status in ["200", "default"] {
        let found = told(
            (&order(status, "string"), &order(status, "integer")),
            [operation("get", &["id"]), operation("get", &["note"])],
        );
        assert_eq!(found, ["", "error response-property-type-changed"], "{status}");
    }
}

#[test]
fn who_reads_an_item_by_its_index_needs_so_many() {
    let list = |least: u32| {
        contract("outputs", &json!({"nets": {"type": "array", "items": {"type": "string"}, "minItems": least}}))
    };
    let uses = || {
        [output("nets", "[0]", None), output("nets", "[1]", None), output("nets", "", Some(json!({"type": "array"})))]
    };
    assert_eq!(told((&list(2), &list(1)), uses()), ["", "error output-min-items-decreased", ""]);
    assert_eq!(told((&list(1), &list(0)), uses()), ["error output-min-items-unset", "", ""]);
}

#[test]
fn a_member_that_is_selected_of_a_list_is_that_of_each_item() {
    let nets = |zone: Value, cidr: Value| {
        let item = json!({"type": "object", "properties": {"zone": zone, "cidr": cidr}, "required": ["zone"]});
        contract("outputs", &json!({"nets": {"type": "array", "items": item}}))
    };
    let text = || json!({"type": "string"});
    let uses = || [output("nets", ".zone", None)];
    assert_eq!(told((&nets(text(), text()), &nets(text(), json!({"type": "null"}))), uses()), [""]);
    let contract = nets(text(), text());
    assert_eq!(missing_field(&contract, &output("nets", ".zone", None).1), None);
    assert_eq!(missing_field(&contract, &output("nets", ".zon", None).1), Some("zon".to_owned()));
    let changed = nets(json!({"type": ["string", "null"]}), text());
    assert_eq!(told((&nets(text(), text()), &changed), uses()), ["error output-property-became-nullable"]);
}

#[test]
fn a_path_that_leads_nowhere_is_named() {
    let list = json!({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}});
    let content = json!({"application/json": {"schema": list}});
    let answer = json!({"operationId": "get", "responses": {"200": {"description": "", "content": content}}});
    let api = api(&json!({"/o": {"get": answer}}));
    for (field, missing) in
        [("[].id", None), ("id", Some("id")), ("[].id.x", Some("[].id.x")), ("[].no", Some("[].no"))]
    {
        let found = missing_field(&api, &operation("get", &[field]).1);
        assert_eq!(found.as_deref(), missing, "{field}");
    }
}
