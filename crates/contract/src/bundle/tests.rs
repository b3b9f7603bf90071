//! What a bundle is of each kind of document, and that it means what the document means.

use super::{Tuples, bundle, write_tuples};
use crate::diff::{Options, Outcome, Version, diff};
use crate::document::Document;
use crate::rules::Surface;
use crate::schema::Documents;
use serde_json::{Value, json};

/// The version of the first document; the others are what it may refer to.
fn version(documents: &[(&str, Value)]) -> Version {
    let (name, value) = &documents[0];
    let others: Documents = documents[1..].iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Version { document: Document::read(name, value.to_string()).unwrap(), others }
}

fn bundled(documents: &[(&str, Value)]) -> Value {
    bundle(version(documents)).unwrap()
}

fn refused(document: Value) -> String {
    bundle(version(&[("a.json", document)])).unwrap_err().to_string()
}

/// The names below `$defs`.
fn names(bundle: &Value) -> Vec<&str> {
    bundle["$defs"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_stack_has_outputs_events_and_tables() {
    let order = json!({"type": "object", "properties": {"id": {"$ref": "money.json#/$defs/id"}}});
    let money = json!({"$defs": {"id": {"type": "string", "deprecated": {"since": "1.1.0"}}}});
    let contract = json!({
        "outputs": {
            "url": {"type": "string", "format": "uri", "sensitive": true, "deprecated": {"use": "link"}},
            "last": {"$ref": "../../schemas/order.json"},
        },
        "events": {"order-created": {"type": "com.acme.order", "schema": {"$ref": "../../schemas/order.json"}},
            "ping": {"type": "com.acme.ping"}},
        "tables": {"orders": {"key": ["id"], "columns": {"id": {"type": "integer"}, "note": {"type": ["string", "null"]}}}},
    });
    let bundle = bundled(&[
        ("stacks/shop/stack.yaml", json!({"name": "shop", "contract": contract})),
        ("schemas/order.json", order),
        ("schemas/money.json", money),
    ]);
    let reference = json!({"$ref": "#/$defs/order"});
    let wanted = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Outputs",
        "type": "object",
        "properties": {"url": {"type": "string", "format": "uri", "deprecated": true}, "last": reference},
        "required": ["last", "url"],
        "$defs": {
            "order": {"type": "object", "properties": {"id": {"$ref": "#/$defs/id"}}},
            "id": {"type": "string", "deprecated": true},
            "order-created": reference,
            "orders": {
                "type": "object",
                "properties": {"id": {"type": "integer"}, "note": {"type": ["string", "null"]}},
                "required": ["id", "note"],
            },
        },
    });
    assert_eq!(bundle, wanted, "{bundle:#}");
}

#[test]
fn an_api_has_its_components_lifted_and_described() {
    let schemas = json!({
        "Order": {"type": "object", "description": "What was bought", "example": {}, "properties": {
            "id": {"type": "string", "nullable": true, "description": "Never changes"},
            "description": {"type": "string"},
            "parent": {"$ref": "#/components/schemas/Order", "description": "dropped by 3.0"},
            "pets": {"type": "array", "items": {"$ref": "pets.yaml#/Pet.v1"}},
        }},
    });
    let api = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}});
    // The prose of a document is passed over once its first key is read: types want it all the same.
    let text = format!("{{\"openapi\":\"3.0.3\",{}", api.to_string()[1..].replace(",\"openapi\":\"3.0.3\"", ""));
    let others = Documents::from([("pets.yaml".to_owned(), json!({"Pet.v1": {"type": "string"}}))]);
    let bundle = bundle(Version { document: Document::read("api.json", text).unwrap(), others }).unwrap();
    assert_eq!(names(&bundle), ["Order", "Pet_v1"]);
    let properties = json!({
        "id": {"type": ["string", "null"], "description": "Never changes"},
        "description": {"type": "string"},
        "parent": {"$ref": "#/$defs/Order"},
        "pets": {"type": "array", "items": {"$ref": "#/$defs/Pet_v1"}},
    });
    let order = json!({"type": "object", "description": "What was bought", "properties": properties});
    assert_eq!(bundle["$defs"]["Order"], order, "{bundle:#}");
}

#[test]
fn a_bare_schema_is_the_root_and_keeps_its_definitions() {
    let order = json!({
        "$id": "https://acme.example/order",
        "properties": {
            "parent": {"$ref": "https://acme.example/order"},
            "first": {"$ref": "#item"},
            "other": {"$ref": "b/Item.json"},
        },
        "$defs": {"item": {"$anchor": "item", "type": "string"}, "not used": {"$defs": {"inner": {}}}, "Order": false},
    });
    let item = json!({"$id": "https://acme.example/b/Item.json", "type": "number"});
    let bundle = bundled(&[("order.json", order), ("Item.json", item)]);
    let wanted = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "order",
        "properties": {
            "parent": {"$ref": "#"},
            "first": {"$ref": "#/$defs/item"},
            "other": {"$ref": "#/$defs/Item_2"},
        },
        "$defs": {"item": {"type": "string"}, "Item_2": {"type": "number"}, "not_used": {}, "Order_2": false},
    });
    assert_eq!(bundle, wanted, "{bundle:#}");
}

#[test]
fn older_dialects_become_2020_12_and_mean_the_same() {
    let old = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "pair": {"type": "array", "items": [{"type": "string"}, {"$ref": "#/definitions/n", "maximum": 1}], "additionalItems": false},
            "list": {"items": {"type": "string"}, "additionalItems": false, "unevaluatedItems": false},
        },
        "dependencies": {"pair": ["list"], "list": {"required": ["other"]}},
        "definitions": {"n": {"type": "integer"}},
    });
    let bundle = bundled(&[("old.json", old.clone())]);
    let pair = json!({"type": "array", "prefixItems": [{"type": "string"}, {"$ref": "#/$defs/n"}], "items": false});
    assert_eq!(bundle["properties"]["pair"], pair);
    assert_eq!(bundle["properties"]["list"], json!({"items": {"type": "string"}}));
    assert_eq!(
        (&bundle["dependentRequired"], &bundle["dependentSchemas"]),
        (&json!({"pair": ["list"]}), &json!({"list": {"required": ["other"]}}))
    );
    for surface in [Surface::Emitted, Surface::Accepted] {
        let options = Options { surface, ..Options::default() };
        let verdict = diff(version(&[("a.json", old.clone())]), version(&[("a.json", bundle.clone())]), &options);
        assert_eq!(verdict.unwrap().outcome, Outcome::Compatible);
    }
}

#[test]
fn what_has_no_types_is_refused_with_its_place() {
    for (document, words) in [
        (json!({"properties": {"a": {"$ref": "https://example.com/x.json"}}}), "a.json#/properties/a/$ref: `https://"),
        (json!({"$defs": {"a": {"type": "no"}}}), "a.json#/$defs/a/type: "),
        (
            json!({"items": {"$dynamicRef": "#x"}, "$defs": {"a": {"$dynamicAnchor": "x"}}}),
            "a.json#/items: `$dynamicRef` means",
        ),
        (json!({"contract": {"version": "1.0.0"}}), "a.json#: it names no schema"),
        (json!({"openapi": "3.1.0", "paths": {}}), "a.json#: it names no schema"),
    ] {
        let told = refused(document);
        assert!(told.starts_with(words), "{told}");
    }
    let placed = bundle(version(&[("a.json", json!({"not": {"type": "no"}}))])).unwrap_err();
    assert_eq!(placed.position.map(|at| (at.line, at.column)), Some((1, 9)));
}

#[test]
fn tuples_are_written_as_a_generator_takes_them() {
    let written = |schema: &Value, tuples: Tuples| {
        let mut schema = schema.clone();
        write_tuples(&mut schema, tuples);
        schema
    };
    let open = json!({"properties": {"prefixItems": {"prefixItems": [true], "items": {"not": {"prefixItems": []}}}}});
    assert_eq!(written(&open, Tuples::Prefixed), open);
    let listed = json!({"properties": {"prefixItems": {"items": [true], "additionalItems": {"not": {"items": []}}}}});
    assert_eq!(written(&open, Tuples::Listed), listed);
    assert_eq!(written(&open, Tuples::Fixed), json!({"properties": {"prefixItems": {}}}));
    let fixed = json!({"items": [true], "minItems": 1, "maxItems": 1});
    for schema in [
        json!({"prefixItems": [true], "items": false, "minItems": 1}),
        json!({"prefixItems": [true], "minItems": 1, "maxItems": 1}),
    ] {
        assert_eq!(written(&schema, Tuples::Fixed), fixed);
    }
    let shorter = json!({"prefixItems": [true], "items": false});
    assert_eq!(written(&shorter, Tuples::Fixed), json!({}));
}
