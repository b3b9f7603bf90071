//! What a document says once it is closed.

use super::*;
use serde_json::json;
use std::collections::BTreeSet;

/// The schema as it is read where values begin, in one document.
fn closed(schema: &Value) -> Value {
    let documents = Documents::from([(String::new(), schema.clone())]);
    let written = declared(&documents, &[("", "")]).unwrap();
    let mut document = written.documents.into_values().next().unwrap();
    document["$ref"] = json!("#/$defs/0");
    document
}

/// The pointers to closed objects that are reached from the root, with `>` for each reference.
fn places(schema: &Value) -> Vec<String> {
    let closed = closed(schema);
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::from(["#/$defs/0"]));
    let mut open = vec![(String::new(), &closed["$defs"]["0"])];
    while let Some((way, value)) = open.pop() {
        let Some(members) = value.as_object() else {
            let items = value.as_array().into_iter().flatten().enumerate();
            open.extend(items.map(|(at, item)| (format!("{way}/{at}"), item)));
            continue;
        };
        let keywords = ["unevaluatedProperties", "additionalProperties", "propertyNames"];
        if keywords
            .iter()
            .any(|keyword| members.get(*keyword).is_some_and(|said| *said == false || !said["enum"].is_null()))
        {
            found.insert(way.clone());
        }
        for (keyword, inner) in members {
            match inner.as_str().filter(|_| keyword == "$ref") {
                Some(target) if seen.insert(target) => {
                    open.push((format!("{way}>"), closed.pointer(&target[1..]).unwrap()));
                }
                _ => open.push((format!("{way}/{keyword}"), inner)),
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn places_that_declare_are_closed() {
    let x = json!({"properties": {"x": true}});
    let y = json!({"properties": {"y": true}});
    let cases: Vec<(Value, &[&str])> = vec![
        (x.clone(), &[""]),
        (json!({"type": "object"}), &[]),
        (json!({"properties": {}}), &[]),
        (json!({"properties": {"a": true}, "additionalProperties": true}), &[]),
        (json!({"additionalProperties": x}), &["/additionalProperties"]),
        (json!({"properties": {"a": x}}), &["", "/properties/a"]),
        (json!({"items": x, "prefixItems": [y]}), &["/items", "/prefixItems/0"]),
        (json!({"allOf": [{"items": x}, {"prefixItems": [y, true]}]}), &[]),
        (json!({"items": x}), &["/items"]),
        // Branches of the same place are not closed each, the place is.
        (json!({"allOf": [x, y]}), &[""]),
        (json!({"oneOf": [x, y]}), &[""]),
        (json!({"if": x, "then": y}), &[""]),
        (json!({"not": x}), &[]),
        // A definition is closed where it is all that speaks of a place, and not where it is a part.
        (json!({"$defs": {"X": x}, "items": {"$ref": "#/$defs/X"}}), &["/items>"]),
        (json!({"$defs": {"X": x}, "allOf": [{"$ref": "#/$defs/X"}, y]}), &[""]),
        (
            json!({"$defs": {"X": x}, "items": {"$ref": "#/$defs/X"}, "prefixItems": [{"allOf": [{"$ref": "#/$defs/X"}, y]}]}),
            &["/items>", "/prefixItems/0"],
        ),
        (json!({"$defs": {"X": x}, "items": {"$ref": "#/$defs/X"}, "not": {"$ref": "#/$defs/X"}}), &["/items>"]),
        (json!({"properties": {"next": {"$ref": "#"}}}), &[""]),
    ];
    closes(&cases);
}

#[test]
fn a_place_that_several_schemas_speak_of_is_closed_where_one_says_all() {
    let x = json!({"properties": {"x": true}});
    let y = json!({"properties": {"y": true}});
    let draft7 = "http://json-schema.org/draft-07/schema#";
    let cases: Vec<(Value, &[&str])> = vec![
        // The root is a part of a whole elsewhere.
        (
            json!({"properties": {"next": {"allOf": [{"$ref": "#"}, y]}}}),
            &["", "/properties/next", "/properties/next/allOf/0>/properties/next"],
        ),
        // Two schemas of one member: neither declares all.
        (json!({"allOf": [{"properties": {"a": x}}, {"properties": {"a": y}}]}), &[""]),
        (json!({"properties": {"a": x}, "patternProperties": {"^a": y}}), &[""]),
        (
            json!({"properties": {"b": x}, "patternProperties": {"^a": y}}),
            &["", "/patternProperties/^a", "/properties/b"],
        ),
        // The place itself is open all the same: `additionalProperties` evaluates all.
        (json!({"allOf": [{"properties": {"a": x}}, {"additionalProperties": y}]}), &[""]),
        (json!({"items": x, "contains": y}), &[]),
        (json!({"anyOf": [{"properties": {"a": x}}, {"properties": {"a": y}}]}), &[""]),
        // Of one another's alternatives they are not; what says nothing of properties does not count.
        (
            json!({"oneOf": [{"properties": {"a": x}}, {"properties": {"a": y}}]}),
            &["", "/oneOf/0/properties/a", "/oneOf/1/properties/a"],
        ),
        (
            json!({"allOf": [{"properties": {"a": x}}, {"required": ["a"], "properties": {"a": {"type": "object"}}}]}),
            &["", "/allOf/0/properties/a"],
        ),
        // Two that say the same are one, whatever is written where.
        (
            json!({"allOf": [{"properties": {"a": x}}, {"properties": {"a": x}}]}),
            &["", "/allOf/0/properties/a", "/allOf/1/properties/a"],
        ),
        (
            json!({"$defs": {"X": x}, "allOf": [{"properties": {"a": {"allOf": [x]}}}, {"properties": {"a": {"$ref": "#/$defs/X"}}}]}),
            &["", "/allOf/0/properties/a", "/allOf/1/properties/a>"],
        ),
        // Draft-07 has no such keyword; beside its `$ref` nothing counts.
        (
            json!({"$schema": draft7, "properties": {"a": {"allOf": [x]}, "b": x, "c": {"$ref": "#/properties/b"}}}),
            &["", "/properties/a", "/properties/b", "/properties/c>"],
        ),
    ];
    closes(&cases);
}

#[test]
fn what_nothing_would_fulfil_once_it_is_closed_stays_as_written() {
    let pet =
        |own: &str, tag: Value| json!({"properties": {"kind": tag, own: {"type": "boolean"}}, "required": ["kind"]});
    let overlapping = json!({"oneOf": [pet("meows", json!({})), pet("barks", json!({}))]});
    let tagged = json!({"oneOf": [pet("meows", json!({"const": "cat"})), pet("barks", json!({"const": "dog"}))]});
    let slip = json!({"properties": {"total": true}, "required": ["totl"]});
    let cases: Vec<(Value, &[&str])> = vec![
        (overlapping.clone(), &[]),
        (json!({"properties": {"pets": {"items": overlapping}}}), &[""]),
        (tagged, &[""]),
        (slip.clone(), &[]),
        (json!({"items": slip}), &[]),
        (json!({"properties": {"total": true}, "required": ["total"]}), &[""]),
    ];
    closes(&cases);
}

fn closes(cases: &[(Value, &[&str])]) {
    for (schema, expected) in cases {
        assert_eq!(&places(schema), expected, "{schema}");
        is_read_as_written(schema);
    }
}

/// What a compiler closes by itself is what it reads in the closed documents.
fn is_read_as_written(schema: &Value) {
    let documents = Documents::from([(String::new(), schema.clone())]);
    let mut compiler = Compiler::new(&documents);
    close(&mut compiler, &[("", "")]);
    let written = Documents::from([(String::new(), closed(schema))]);
    let mut arena = crate::ir::Arena::new();
    let expected = Compiler::new(&written).compile(&mut arena, "", "").unwrap();
    assert_eq!(compiler.compile(&mut arena, "", ""), Ok(expected), "{schema}");
}

#[test]
fn a_place_is_closed_by_the_keyword_that_can() {
    let x = json!({"properties": {"x": true}});
    let tagged = |tag: usize| json!({"required": ["t"], "properties": {"t": {"const": tag}, format!("x{tag}"): true}});
    let plain = |name: usize| json!({"properties": {format!("x{name}"): true}});
    let declared_names: BTreeSet<String> = (0..=ALTERNATIVES_MAX).map(|name| format!("x{name}")).collect();
    let names = json!({"enum": declared_names});
    let many: Vec<Value> = (0..=ALTERNATIVES_MAX).map(plain).collect();
    let open: Vec<Value> = many.iter().cloned().chain([json!({"additionalProperties": true})]).collect();
    let told_apart: Vec<Value> = (0..=ALTERNATIVES_MAX).map(tagged).collect();
    let with_pattern: Vec<Value> = many.iter().cloned().chain([json!({"patternProperties": {"^y": true}})]).collect();
    let draft7 = "http://json-schema.org/draft-07/schema#";
    let cases = [
        (json!({"anyOf": many[..ALTERNATIVES_MAX]}), "unevaluatedProperties", json!(false)),
        (json!({"anyOf": many}), "propertyNames", names.clone()),
        (json!({"anyOf": with_pattern}), "propertyNames", json!({"anyOf": [names, {"pattern": "^y"}]})),
        (json!({"anyOf": open}), "propertyNames", Value::Null),
        (json!({"oneOf": told_apart}), "unevaluatedProperties", json!(false)),
        (json!({"$schema": draft7, "properties": {"x": true}}), "additionalProperties", json!(false)),
        (json!({"$schema": draft7, "allOf": [x]}), "propertyNames", json!({"enum": ["x"]})),
    ];
    for (schema, keyword, expected) in cases {
        assert_eq!(closed(&schema)["$defs"]["0"][keyword], expected, "{schema}");
        is_read_as_written(&schema);
    }
}

/// What one schema declares of a member is not all where another one speaks of it too: closed, it
/// would refuse what the other declares. So it is kept open, also where nothing else speaks.
#[test]
fn a_part_of_a_whole_is_kept_open() {
    let x = json!({"properties": {"x": true}});
    let y = json!({"properties": {"y": true}});
    let both = json!({"x": 1, "y": 1});
    let cases = [
        // A part by `allOf`, and a whole at the root.
        (
            json!({"properties": {"x": true, "a": {"allOf": [{"$ref": "#"}, y]}}}),
            json!({"a": both}),
            json!({"a": {"x": 1, "z": 1}}),
        ),
        // Two schemas of one member, found by name and by pattern; of `ab` there is one.
        (
            json!({"properties": {"a": x}, "patternProperties": {"^a": y}}),
            json!({"a": both, "ab": {"z": 1}}),
            json!({"b": 1}),
        ),
        // Two schemas of one item.
        (json!({"properties": {"l": {"items": x, "contains": y}}}), json!({"l": [both]}), json!({"z": 1})),
    ];
    for (schema, declared_value, other) in cases {
        let closed = closed(&schema);
        let allows = |value| jsonschema::validator_for(&closed).unwrap().is_valid(value);
        assert!(allows(&declared_value) && !allows(&other), "{schema} became {closed}");
    }
}
