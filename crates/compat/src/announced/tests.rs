//! What becomes of deprecated fields after their day, and who is told of it.

use crate::ContractDocument;
use crate::changes::changes;
use crate::effect::Effects;
use seam_model::{Path, Pattern, Schema, UsedPart};
use serde_json::{Value, json};

/// The rules of the changes that break each use, one day after the sunset.
fn told<const N: usize>([old, new]: [&ContractDocument; 2], uses: [UsedPart; N]) -> [String; N] {
    let changes = changes(old, new, ("shop/net", "2026-01-01")).unwrap();
    let effects = Effects::new((old, new), &changes, ("shop/net", "2026-01-01"));
    uses.map(|part| {
        let all = effects.on(Pattern::Registry, &part).into_iter();
        all.map(|change| format!("{} {}", change.severity.name(), change.rule)).collect::<Vec<_>>().join(", ")
    })
}

fn contract(part: &str, members: &Value) -> ContractDocument {
    ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {part: members}})).unwrap()
}

/// An API of one operation, `get`, with these schemas of what is sent and answered.
fn api(sent: &Value, answered: &Value) -> ContractDocument {
    let content = |schema: &Value| json!({"application/json": {"schema": schema}});
    let document = json!({"openapi": "3.1.0", "info": {"title": "", "version": "1"}, "paths": {"/o": {"post": {
        "operationId": "get", "requestBody": {"required": true, "content": content(sent)},
        "responses": {"200": {"description": "", "content": content(answered)}}}}}});
    ContractDocument::of_json(json!({"base": "stack.yaml", "contract": {}, "api": {"name": "api.yaml",
        "document": document}}))
    .unwrap()
}

fn output(path: &str, takes: Option<Value>) -> UsedPart {
    let path = if path.is_empty() { Path::default() } else { path.parse().unwrap() };
    UsedPart::Output { output: "net".to_owned(), path, takes: takes.map(Schema) }
}

fn over(schema: Value) -> Value {
    let mut schema = schema;
    schema["deprecated"] = json!({"sunset": "2025-12-31"});
    schema
}

/// The beginning of its rules, the contract of a schema, and who uses it.
type Of<'c> = (&'c str, &'c dyn Fn(&Value) -> ContractDocument, UsedPart);

#[test]
fn after_its_day_what_was_always_sent_may_be_missing_and_is_nothing_else() {
    let value = |old: Value, required: Value| json!({"type": "object", "properties": {"id": {"type": "string"}, "old": old}, "required": required});
    let event = |schema: &Value| contract("events", &json!({"e": {"type": "e", "schema": schema}}));
    let net = |schema: Value| contract("outputs", &json!({ "net": schema }));
    let fields = || vec!["old".to_owned()];
    let kinds: [Of<'_>; 5] = [
        ("output", &|schema| net(schema.clone()), output(".old", None)),
        ("event", &event, UsedPart::Event { event: "e".to_owned(), fields: fields() }),
        (
            "response",
            &|schema| api(&json!({}), schema),
            UsedPart::Api { operations: vec!["get".into()], fields: fields() },
        ),
        ("output", &|schema| net(json!({"type": "array", "items": schema})), output(".old", None)),
        ("output", &|schema| net(over(schema.clone())), output(".old", None)),
    ];
    let gone = "note field-removed-with-deprecation";
    for (kind, of, part) in kinds {
        let integer = || json!({"type": "integer"});
        let old = of(&value(over(integer()), json!(["id", "old"])));
        for (is, change) in [
            (integer(), None),
            (json!({"type": "string"}), Some("type-changed")),
            (json!({"type": ["integer", "null"]}), Some("became-nullable")),
        ] {
            let told = |required| told([&old, &of(&value(is.clone(), required))], [part.clone()]);
            let error = change.map(|change| format!("error {kind}-property-{change}"));
            let all = [Some(gone.to_owned()), error.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
            assert_eq!(told(json!(["id"])), [all], "{kind}: it may be missing, and is {is}");
            assert_eq!(told(json!(["id", "old"])), [error.unwrap_or_default()], "{kind}: it is {is}");
        }
    }
}

#[test]
fn after_its_day_a_field_that_is_sent_may_go_and_not_be_demanded() {
    let uses = || [UsedPart::Api { operations: vec!["get".into()], fields: Vec::new() }];
    let body = |members: Value| {
        let mut schema = json!({"type": "object", "additionalProperties": false});
        schema.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        api(&schema, &json!({}))
    };
    let size = || json!({"type": "integer"});
    let old = body(json!({"properties": {"size": over(size())}}));
    for (new, wanted) in [
        (json!({}), "note field-removed-with-deprecation"),
        (json!({"properties": {"size": size()}, "required": ["size"]}), "error request-property-became-required"),
        (json!({"properties": {"size": {"type": "string"}}}), "error request-property-type-changed"),
        (json!({"properties": {"size": {"type": "integer", "minimum": 3}}}), "error request-property-min-set"),
        (
            json!({"properties": {"size": size()}, "allOf": [{"required": ["size"]}]}),
            "error request-property-became-required",
        ),
    ] {
        assert_eq!(told([&old, &body(new.clone())], uses()), [wanted], "{new}");
    }
    // A child of one that goes.
    let opts = |required: Value| {
        let opts = json!({"type": "object", "properties": {"size": size()}, "required": required});
        body(json!({"properties": {"opts": over(opts)}}))
    };
    let found = told([&opts(json!([])), &opts(json!(["size"]))], uses());
    assert_eq!(found, ["error request-property-became-required"]);
}

#[test]
fn a_field_that_is_shared_concerns_who_reads_it_where_it_goes() {
    let port = json!({"host": {"type": "string"}, "port": {"type": "integer", "deprecated": {"sunset": "2026-02-01"}}});
    let net = |members: Value, end: &Value| {
        ContractDocument::of_json(json!({"base": "stack.yaml", "files": {"end.json": {"properties": end}},
            "contract": {"outputs": {"net": {"type": "object", "properties": members}}}}))
        .unwrap()
    };
    let end = json!({"$ref": "end.json"});
    let both = json!({"a": end, "b": end});
    let old = net(both.clone(), &port);
    let uses = || [output(".a.port", None), output(".b.port", None)];
    let early = "error field-removed-before-sunset";
    assert_eq!(told([&old, &net(json!({"b": end}), &port)], uses()), [early, ""]);
    assert_eq!(told([&old, &net(both, &json!({"host": {}}))], uses()), [early, early], "it goes on both ways");
    // What is part of one that goes.
    let object = |members: Value| contract("outputs", &json!({"net": {"properties": {"o": over(members)}}}));
    let [was, is] = [json!(["id", "k"]), json!(["id"])].map(|required| {
        object(json!({"type": "object", "required": required, "properties": {"id": {}, "k": {"type": "string"}}}))
    });
    let found = told([&was, &is], [output(".o.id", None), output(".o.k", None)]);
    assert_eq!(found, ["", "note field-removed-with-deprecation"]);
}

#[test]
fn what_went_in_time_does_not_make_another_change_count() {
    let net = |members: Value| {
        let required: Vec<String> = members.as_object().unwrap().keys().cloned().collect();
        contract("outputs", &json!({"net": {"type": "object", "properties": members, "required": required}}))
    };
    let (string, integer) = (json!({"type": "string"}), json!({"type": "integer"}));
    let before = net(json!({"host": string, "port": over(integer.clone()), "extra": integer}));
    let (without, changed) =
        (net(json!({"host": string, "extra": integer})), net(json!({"host": string, "extra": string})));
    let takes = || {
        let object = json!({"type": "object", "properties": {"host": {}, "port": {}}, "required": ["host", "port"]});
        [output("", Some(object)), output(".port", None), output(".extra", None)]
    };
    let (gone, error) = ("note field-removed-with-deprecation", "error output-property-type-changed");
    assert_eq!(told([&before, &changed], takes()), [gone, gone, error]);
    assert_eq!(told([&without, &changed], takes()), ["", "", error], "it went in an earlier version");
    let null = net(json!({"host": {"type": ["string", "null"]}, "extra": string}));
    let object = json!({"type": "object", "properties": {"host": string, "port": {}}, "required": ["host", "port"]});
    let found = told([&without, &null], [output("", Some(object))]);
    assert_eq!(found, ["error output-property-became-nullable"], "what is taken still counts");
}
