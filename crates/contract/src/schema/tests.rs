//! Schemas and what they become.

use super::*;
use crate::evaluate::evaluate;
use crate::json::Json;
use crate::strings::Strings;
use serde_json::json;

const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";
const DRAFT_2019: &str = "https://json-schema.org/draft/2019-09/schema";

fn alone(schema: Value) -> Documents {
    Documents::from([(String::new(), schema)])
}

fn compiled(arena: &mut Arena, schema: &Value) -> Id {
    Compiler::new(&alone(schema.clone())).compile(arena, "", "").unwrap_or_else(|error| panic!("{schema}: {error}"))
}

#[test]
fn equal_schemas_have_equal_ids() {
    let tree = json!({"properties": {"next": {"$ref": "#"}}});
    let cases = [
        (json!({}), json!(true)),
        (json!({"$comment": "x", "title": "x", "default": 1, "readOnly": true}), json!({})),
        (
            json!({"type": ["string"], "contentEncoding": "base64", "contentSchema": {"type": "null"}}),
            json!({"type": "string"}),
        ),
        (json!({"const": 1}), json!({"enum": [1.0, 1]})),
        (json!({"type": "number", "multipleOf": 1.0}), json!({"type": "integer"})),
        (json!({"type": ["integer", "number"]}), json!({"type": "number"})),
        (json!({"minLength": 2.0, "minItems": 0}), json!({"minLength": 2})),
        (json!({"minContains": 3}), json!({})),
        (json!({"contains": {"type": "null"}, "minContains": 0}), json!({})),
        (json!({"then": false, "else": false}), json!({})),
        (json!({"if": true, "then": {"type": "null"}, "else": false}), json!({"type": "null"})),
        (json!({"format": "int8"}), json!({"minimum": -128, "maximum": 127})),
        (json!({"format": "byte"}), json!({})),
        (json!({"uniqueItems": false}), json!({})),
        (json!({"not": {"not": {"type": "null"}}}), json!({"type": "null"})),
        // Parts of a conjunction are the schema in one piece.
        (json!({"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}), json!({"type": "string"})),
        (json!({"type": "string", "enum": ["a", 1]}), json!({"const": "a"})),
        (json!({"type": "string", "minimum": 1}), json!({"type": "string"})),
        (json!({"allOf": [{"minimum": 1}, {"exclusiveMinimum": 1}]}), json!({"exclusiveMinimum": 1})),
        (
            json!({"allOf": [{"properties": {"a": {"type": "null"}}}, {"additionalProperties": {"type": "string"}}]}),
            json!({"properties": {"a": false}, "additionalProperties": {"type": "string"}}),
        ),
        (
            json!({"properties": {"a": {"type": "null"}}, "unevaluatedProperties": false}),
            json!({"properties": {"a": {"type": "null"}}, "additionalProperties": false}),
        ),
        (
            json!({"allOf": [{"prefixItems": [{"minimum": 1}]}, {"items": {"maximum": 1}}]}),
            json!({"prefixItems": [{"minimum": 1, "maximum": 1}], "items": {"maximum": 1}}),
        ),
        // References are what they lead to; a schema in itself is the same however it is cut.
        (json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}), json!({"type": "null"})),
        (json!({"$ref": "x.json#/a"}), json!({"type": "null"})),
        (tree.clone(), tree.clone()),
        (json!({"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"next": {"$ref": "#/$defs/t"}}}}}), tree.clone()),
        (
            json!({"properties": {"next": {"$ref": "#/$defs/t"}}, "$defs": {"t": {"properties": {"next": {"$ref": "#"}}}}}),
            tree,
        ),
    ];
    for (left, right) in cases {
        let mut arena = Arena::new();
        let mut documents = alone(left.clone());
        documents.insert("x.json".into(), json!({"a": {"$ref": "#/b"}, "b": {"type": "null"}}));
        let id = Compiler::new(&documents).compile(&mut arena, "", "").unwrap();
        assert_eq!(id, compiled(&mut arena, &right), "{left} and {right}");
    }
}

#[test]
fn different_schemas_have_different_ids() {
    let cases = [
        (json!({"oneOf": [{"type": "null"}, {"type": "null"}]}), json!({"type": "null"})),
        (json!({"const": 9_007_199_254_740_993_u64}), json!({"const": 9_007_199_254_740_992_u64})),
        (json!({"properties": {"a": {"$ref": "#"}}}), json!({"properties": {"b": {"$ref": "#"}}})),
        (
            json!({"properties": {"a": {"$ref": "#"}}}),
            json!({"properties": {"a": {"properties": {"a": {"$ref": "#"}}, "required": ["a"]}}}),
        ),
        (json!({"format": "byte"}), json!({"format": "date"})),
    ];
    for (left, right) in cases {
        let mut arena = Arena::new();
        assert_ne!(compiled(&mut arena, &left), compiled(&mut arena, &right), "{left} and {right}");
    }
}

#[test]
fn dialects_read_the_same_words_differently() {
    // Dialect, schema, value, whether the value is one of the schema.
    let cases = [
        (DRAFT_7, json!({"items": [{"type": "null"}], "additionalItems": false}), json!([null, 1]), false),
        (DRAFT_7, json!({"items": [{"type": "null"}], "additionalItems": false}), json!([null]), true),
        (DRAFT_7, json!({"items": {}, "additionalItems": false}), json!([1]), true),
        (DRAFT_7, json!({"additionalItems": false}), json!([1]), true),
        (DRAFT_7, json!({"prefixItems": [false]}), json!([1]), true),
        (DRAFT_7, json!({"dependencies": {"a": ["b"]}}), json!({"a": 1}), false),
        (DRAFT_7, json!({"dependencies": {"a": {"maxProperties": 1}}}), json!({"a": 1, "b": 1}), false),
        (DRAFT_7, json!({"dependentRequired": {"a": ["b"]}}), json!({"a": 1}), true),
        (DRAFT_7, json!({"dependentSchemas": {"a": false}}), json!({"a": 1}), true),
        (DRAFT_7, json!({"unevaluatedProperties": false}), json!({"a": 1}), true),
        (DRAFT_7, json!({"contains": {"type": "null"}, "minContains": 2}), json!([null]), true),
        (DRAFT_7, json!({"contains": {"type": "null"}, "minContains": 0}), json!([]), false),
        (DRAFT_7, json!({"$ref": "#/definitions/a", "type": "null", "definitions": {"a": {}}}), json!(1), true),
        (DRAFT_7, json!({"$ref": "#a", "definitions": {"a": {"$id": "#a", "type": "null"}}}), json!(1), false),
        (DRAFT_2019, json!({"items": [{"type": "null"}], "additionalItems": false}), json!([null, 1]), false),
        (DRAFT_2019, json!({"$ref": "#/$defs/a", "type": "null", "$defs": {"a": {}}}), json!(1), false),
        (DRAFT_2019, json!({"dependencies": {"a": ["b"]}}), json!({"a": 1}), true),
        (DRAFT_2019, json!({"contains": {"type": "null"}, "unevaluatedItems": false}), json!([null]), false),
        (
            DRAFT_2019,
            json!({"$recursiveAnchor": true, "properties": {"a": {"$recursiveRef": "#"}}, "required": ["a"]}),
            json!({"a": {}}),
            false,
        ),
        ("https://json-schema.org/draft/2020-12/schema", json!({"prefixItems": [false]}), json!([1]), false),
        ("https://json-schema.org/draft/2020-12/schema", json!({"additionalItems": false}), json!([1]), true),
        (
            "https://json-schema.org/draft/2020-12/schema",
            json!({"contains": {"type": "null"}, "unevaluatedItems": false}),
            json!([null]),
            true,
        ),
        // A closed node stands inside of the branch whose members it counts.
        (
            "https://json-schema.org/draft/2020-12/schema",
            json!({"anyOf": [{"properties": {"a": {"$ref": "#", "unevaluatedProperties": false}}}]}),
            json!({"a": {"a": {"b": 1}}}),
            false,
        ),
        (
            "https://json-schema.org/draft/2020-12/schema",
            json!({"anyOf": [{"properties": {"a": {"$ref": "#", "unevaluatedProperties": false}}}]}),
            json!({"b": 1, "a": {"a": {}}}),
            true,
        ),
        // A part of another dialect is read in its own.
        (
            "https://json-schema.org/draft/2020-12/schema",
            json!({"properties": {"a": {"$id": "a", "$schema": DRAFT_7, "items": [false]}}}),
            json!({"a": [1]}),
            false,
        ),
    ];
    for (dialect, mut schema, value, valid) in cases {
        schema["$schema"] = dialect.into();
        let mut arena = Arena::new();
        let id = compiled(&mut arena, &schema);
        let found = evaluate(&arena, id, &Json::try_from(&value).unwrap(), &mut Strings::new());
        assert_eq!(found, Some(valid), "{schema} of {value}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let deep = (0..=DEPTH_MAX).fold(json!({}), |inner, _| json!({"not": inner}));
    // Schema, pointer of what is to blame, a part of the message.
    let cases = [
        (json!(1), "", "a schema is"),
        (json!({"type": "int"}), "/type", "no type"),
        (json!({"type": ["null", 1]}), "/type/1", "no type"),
        (json!({"properties": {"a/b": {"minLength": -1}}}), "/properties/a~1b/minLength", "`minLength` must be"),
        (json!({"minimum": "1"}), "/minimum", "a number, not \"1\""),
        (json!({"required": true}), "/required", "a list, not true"),
        (json!({"required": ["a", 1]}), "/required/1", "a text"),
        (json!({"multipleOf": 0}), "/multipleOf", "above 0"),
        (json!({"items": [{}]}), "/items", "`prefixItems`"),
        (json!({"allOf": {}}), "/allOf", "a list"),
        (json!({"anyOf": []}), "/anyOf", "at least one"),
        (json!({"enum": 1}), "/enum", "a list"),
        (json!({"uniqueItems": "yes"}), "/uniqueItems", "true or false"),
        (json!({"pattern": 1}), "/pattern", "a text"),
        (json!({"properties": []}), "/properties", "an object, not a list"),
        (json!({"properties": {"a": null}}), "/properties/a", "a schema is"),
        (json!({"not": {"$ref": 1}}), "/not/$ref", "is a text"),
        (json!({"$ref": "#/nowhere"}), "/$ref", "leads nowhere"),
        (json!({"$ref": "#nowhere"}), "/$ref", "leads nowhere"),
        (json!({"$ref": "https://example.com/x.json"}), "/$ref", "nothing is fetched"),
        (json!({"$ref": "odrer.yaml"}), "/$ref", "the file odrer.yaml, which is not there"),
        (json!({"$schema": "http://json-schema.org/draft-04/schema#"}), "", "the dialect"),
        (json!({"$ref": "#"}), "", "refers back to itself"),
        (json!({"allOf": [{"$ref": "#"}]}), "/allOf/0", "refers back to itself"),
        (json!({"anyOf": [true, {"$ref": "#"}]}), "/anyOf/1", "refers back to itself"),
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"if": {"$ref": "#/$defs/a"}}}}),
            "/$defs/b/if",
            "refers back to itself",
        ),
        (json!({"allOf": [{"$ref": "#"}], "unevaluatedProperties": false}), "", "refers back to itself"),
        (
            json!({"items": {"$ref": "#/$defs/x"}, "$defs": {"x": {"anyOf": [{"$ref": "#/$defs/x", "unevaluatedItems": false}]}}}),
            "/$defs/x/anyOf/0",
            "refers back to itself",
        ),
        (serde_json::from_str(r#"{"maximum": 1e999999999}"#).unwrap(), "/maximum", "beyond 1e400"),
        (serde_json::from_str(r#"{"enum": [[1e-500]]}"#).unwrap(), "/enum/0", "finer than"),
        (deep, &"/not".repeat(DEPTH_MAX + 1), "deep"),
    ];
    for (schema, pointer, message) in cases {
        let documents = alone(schema.clone());
        let error = Compiler::new(&documents).compile(&mut Arena::new(), "", "").unwrap_err();
        assert_eq!(error.pointer, pointer, "{schema}: {error}");
        assert!(error.message.contains(message), "{schema}: {error}");
    }
}

#[test]
fn a_bad_place_leaves_the_good_ones_readable() {
    let documents =
        alone(json!({"good": {"$ref": "#/bad/not"}, "bad": {"not": {}, "type": 1}, "worse": {"$ref": "#/bad"}}));
    let mut compiler = Compiler::new(&documents);
    let mut arena = Arena::new();
    assert!(compiler.compile(&mut arena, "", "/worse").is_err());
    assert_eq!(compiler.compile(&mut arena, "", "/good"), Ok(Arena::TRUE));
    assert!(compiler.compile(&mut arena, "", "/worse").is_err());
    assert!(compiler.compile(&mut arena, "", "/nowhere").is_err());
}

#[test]
fn a_long_chain_of_references_needs_no_deep_stack() {
    let mut definitions: serde_json::Map<String, Value> = (0..20_000)
        .map(|at| (format!("d{at}"), json!({"properties": {"next": {"$ref": format!("#/$defs/d{}", at + 1)}}})))
        .collect();
    definitions.insert("d20000".into(), json!({"type": "null"}));
    let documents = alone(json!({"$ref": "#/$defs/d0", "$defs": definitions}));
    let mut arena = Arena::new();
    Compiler::new(&documents).compile(&mut arena, "", "").unwrap();
    assert!(arena.len() >= 20_000);
}
