//! What the solver says of pairs of schemas: a table of pairs that other checkers get wrong, and one
//! of what is easily got wrong in the solver. Witnesses are confirmed by the validator.

use seam_contract::ir::{Arena, Id};
use seam_contract::schema::{Compiler, Documents};
use seam_contract::solve::Solver;
use seam_contract::strings::Strings;
use seam_contract::verdict::Verdict;
use serde_json::{Value, json};

fn compile(arena: &mut Arena, schema: &Value) -> Id {
    let documents = Documents::from([("schema.json".to_owned(), schema.clone())]);
    Compiler::new(&documents).compile(arena, "schema.json", "").unwrap_or_else(|error| panic!("{error}\n{schema}"))
}

fn is_valid(schema: &Value, value: &Value) -> bool {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap().is_valid(value)
}

/// The verdict on `left ⊆ right` in a word; the witness of a break is one.
fn verdict(left: &Value, right: &Value) -> String {
    let (mut arena, mut strings) = (Arena::new(), Strings::new());
    let (left_id, right_id) = (compile(&mut arena, left), compile(&mut arena, right));
    match Solver::new(&mut arena, &mut strings).contained(left_id, right_id) {
        Verdict::Compatible => "compatible".to_owned(),
        Verdict::Unknown(reason) => format!("unknown: {}", reason.code()),
        Verdict::Breaking(witness) => {
            let witness = Value::from(&witness);
            assert!(is_valid(left, &witness), "{witness} is no value of {left}");
            assert!(!is_valid(right, &witness), "{witness} is a value of {right}");
            "breaking".to_owned()
        }
    }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn pairs_that_other_checkers_get_wrong() {
    let pairs: Vec<Value> = serde_json::from_str(include_str!("data/contract-pairs.json")).unwrap();
    let mut wrong = Vec::new();
    for pair in &pairs {
        let (old, new) = (&pair["old"], &pair["new"]);
        let (left, right) = if pair["direction"] == "emits" { (new, old) } else { (old, new) };
        let found = verdict(left, right);
        if found != pair["verdict"] {
            wrong.push(format!("{}: {found}", pair["name"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(pairs.len(), 25);
}

/// Left, right, whether every value of the left is one of the right, and the other way round.
type Row = (&'static str, &'static str, &'static str, &'static str);

const YES: &str = "compatible";
const NO: &str = "breaking";

fn check(rows: &[Row]) {
    let mut wrong = Vec::new();
    for (left, right, forth, back) in rows {
        let (left_schema, right_schema) = (read(left), read(right));
        let found = (verdict(&left_schema, &right_schema), verdict(&right_schema, &left_schema));
        if (found.0.as_str(), found.1.as_str()) != (*forth, *back) {
            wrong.push(format!("{left} and {right}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn combinations_and_scalars() {
    check(&[
        ("{}", "true", YES, YES),
        ("false", r#"{"type": "string"}"#, YES, NO),
        (r#"{"oneOf": [{}, {}]}"#, "false", YES, YES),
        (r#"{"oneOf": [{"type": "string"}, {"type": "string"}, {"const": 1}]}"#, r#"{"const": 1}"#, YES, YES),
        (r#"{"oneOf": [{"minimum": 3}, {"maximum": 5}]}"#, r#"{"type": "number"}"#, YES, NO),
        (r#"{"oneOf": [{"type": "string"}, {"type": "null"}]}"#, r#"{"type": ["null", "string"]}"#, YES, YES),
        (r#"{"not": {"not": {"minimum": 1}}}"#, r#"{"minimum": 1}"#, YES, YES),
        (r#"{"not": {"minimum": 1}}"#, r#"{"type": "number", "exclusiveMaximum": 1}"#, YES, YES),
        (
            r#"{"not": {"anyOf": [{"type": "string"}, {"minimum": 0}]}}"#,
            r#"{"type": "number", "exclusiveMaximum": 0}"#,
            YES,
            YES,
        ),
        (r#"{"type": "boolean"}"#, r#"{"enum": [true, false]}"#, YES, YES),
        (r#"{"type": "boolean", "not": {"const": true}}"#, r#"{"const": false}"#, YES, YES),
        (r#"{"type": "null", "not": {"const": null}}"#, "false", YES, YES),
        (r#"{"type": "integer", "minimum": 1, "maximum": 3}"#, r#"{"enum": [1, 2, 3]}"#, YES, YES),
        (r#"{"type": "integer", "minimum": 1, "maximum": 3}"#, r#"{"enum": [1, 3]}"#, NO, YES),
        (
            r#"{"enum": ["a", 1, {"b": []}]}"#,
            r#"{"anyOf": [{"maxLength": 1, "type": "string"}, {"type": "object"}, {"multipleOf": 0.5}]}"#,
            YES,
            NO,
        ),
        (r#"{"type": "number", "multipleOf": 4, "not": {"multipleOf": 6}}"#, r#"{"not": {"multipleOf": 12}}"#, YES, NO),
        (
            r#"{"if": {"type": "string"}, "then": {"maxLength": 2}}"#,
            r#"{"anyOf": [{"not": {"type": "string"}}, {"maxLength": 2}]}"#,
            YES,
            YES,
        ),
        (
            r#"{"anyOf": [{"const": "a"}, {"minLength": 2, "type": "string"}]}"#,
            r#"{"type": "string", "not": {"maxLength": 1, "not": {"const": "a"}}}"#,
            YES,
            YES,
        ),
    ]);
}

#[test]
fn lists() {
    check(&[
        (r#"{"items": {"type": "integer"}}"#, r#"{"items": {"type": "number"}}"#, YES, NO),
        (r#"{"items": false}"#, r#"{"maxItems": 0}"#, YES, YES),
        (r#"{"prefixItems": [{"type": "string"}], "items": false}"#, r#"{"maxItems": 1}"#, YES, NO),
        (r#"{"type": "array", "items": {"type": "boolean"}, "uniqueItems": true}"#, r#"{"maxItems": 2}"#, YES, NO),
        (r#"{"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": true, "minItems": 4}"#, "false", YES, YES),
        (
            r#"{"type": "array", "prefixItems": [{"enum": [1, 2]}, {"enum": [1, 2]}], "items": {"enum": [1, 2, 3]}, "uniqueItems": true}"#,
            r#"{"prefixItems": [true, true, {"const": 3}], "maxItems": 3}"#,
            YES,
            NO,
        ),
        (r#"{"type": "array", "minItems": 2, "items": {"const": 1}}"#, r#"{"not": {"uniqueItems": true}}"#, YES, NO),
        (r#"{"maxItems": 1}"#, r#"{"uniqueItems": true}"#, YES, NO),
        (
            r#"{"prefixItems": [{"type": "string"}, {"type": "null"}], "maxItems": 2}"#,
            r#"{"uniqueItems": true}"#,
            YES,
            NO,
        ),
        (r#"{"type": "array", "contains": {"type": "string"}}"#, r#"{"minItems": 1}"#, YES, NO),
        (r#"{"contains": {"const": 1}, "minContains": 2}"#, r#"{"contains": {"const": 1}}"#, YES, NO),
        (r#"{"contains": {"const": 1}, "maxContains": 1}"#, r#"{"contains": {"enum": [1, 2]}}"#, YES, NO),
        (
            r#"{"contains": {"type": "integer"}, "minContains": 0, "maxContains": 1, "items": {"type": "integer"}}"#,
            r#"{"maxItems": 1}"#,
            YES,
            NO,
        ),
        (r#"{"contains": {"const": 1}, "not": {"items": {"const": 1}}}"#, r#"{"minItems": 2}"#, YES, NO),
        (
            r#"{"type": "array", "not": {"contains": {"type": "string"}}}"#,
            r#"{"items": {"not": {"type": "string"}}}"#,
            YES,
            NO,
        ),
        (
            r#"{"type": "array", "not": {"const": [1]}, "items": {"const": 1}, "minItems": 1}"#,
            r#"{"minItems": 2}"#,
            YES,
            NO,
        ),
        (r#"{"type": "array", "minItems": 601}"#, r#"{"minItems": 601, "items": {}}"#, YES, NO),
    ]);
}

#[test]
fn objects() {
    check(&[
        // Two demands, one property: opening one for each would say "compatible".
        (
            r#"{"type": "object", "maxProperties": 1}"#,
            r#"{"anyOf": [{"additionalProperties": {"type": "string"}}, {"propertyNames": {"maxLength": 2}}]}"#,
            NO,
            NO,
        ),
        (
            r#"{"type": "object", "maxProperties": 1, "properties": {"a": {"type": "integer"}}, "additionalProperties": false}"#,
            r#"{"anyOf": [{"properties": {"a": {"multipleOf": 2}}}, {"properties": {"a": {"multipleOf": 3}}}]}"#,
            NO,
            NO,
        ),
        (r#"{"required": ["a"]}"#, r#"{"minProperties": 1}"#, YES, NO),
        (r#"{"required": ["a", "b"], "maxProperties": 1}"#, r#"{"not": {"type": "object"}}"#, YES, YES),
        (r#"{"type": "object", "required": ["a"], "properties": {"a": false}}"#, "false", YES, YES),
        (r#"{"propertyNames": {"enum": ["a", "b"]}}"#, r#"{"maxProperties": 2}"#, YES, NO),
        (
            r#"{"type": "object", "propertyNames": {"enum": ["a", "b"]}, "minProperties": 2}"#,
            r#"{"required": ["a", "b"]}"#,
            YES,
            NO,
        ),
        (r#"{"additionalProperties": false}"#, r#"{"maxProperties": 0}"#, YES, YES),
        (r#"{"propertyNames": false}"#, r#"{"maxProperties": 0}"#, YES, YES),
        (
            r#"{"patternProperties": {"^a": {"type": "string"}}}"#,
            r#"{"properties": {"ab": {"type": "string"}}}"#,
            YES,
            NO,
        ),
        (
            r#"{"patternProperties": {"^a": false, "^b": false}, "additionalProperties": false}"#,
            r#"{"maxProperties": 0}"#,
            YES,
            YES,
        ),
    ]);
}

#[test]
fn objects_of_patterns_and_counts() {
    check(&[
        (
            r#"{"patternProperties": {"^a$": {}}, "additionalProperties": false}"#,
            r#"{"propertyNames": {"const": "a"}}"#,
            YES,
            YES,
        ),
        (
            r#"{"dependentRequired": {"a": ["b"]}}"#,
            r#"{"anyOf": [{"not": {"type": "object", "required": ["a"]}}, {"required": ["b"]}]}"#,
            YES,
            YES,
        ),
        (
            r#"{"type": "object", "not": {"const": {"a": 1}}, "required": ["a"], "maxProperties": 1}"#,
            r#"{"properties": {"a": {"not": {"const": 1}}}}"#,
            YES,
            NO,
        ),
        (
            r#"{"type": "object", "not": {"enum": [{}, {"a": []}]}, "properties": {"a": {"maxItems": 0, "type": "array"}}, "additionalProperties": false}"#,
            "false",
            YES,
            YES,
        ),
        (
            r#"{"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}"#,
            r#"{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}"#,
            NO,
            YES,
        ),
        (
            r#"{"properties": {"k": {"enum": ["a", "b"]}}, "required": ["k"], "type": "object"}"#,
            r#"{"oneOf": [{"properties": {"k": {"const": "a"}}, "required": ["k"]}, {"properties": {"k": {"const": "b"}}, "required": ["k"]}]}"#,
            YES,
            YES,
        ),
        (
            r#"{"properties": {"a": {"type": "string"}}, "unevaluatedProperties": false}"#,
            r#"{"propertyNames": {"const": "a"}}"#,
            YES,
            NO,
        ),
    ]);
}

#[test]
fn what_is_not_interpreted_cancels_where_it_is_equal() {
    let lookahead = "^(?=a)";
    let (text, other) = (json!({ "pattern": lookahead }), json!({ "pattern": "^(?=b)", "maxLength": 3 }));
    assert_eq!(verdict(&text, &text), YES);
    assert_eq!(verdict(&json!({ "allOf": [text, { "maxLength": 3 }] }), &text), YES);
    assert_eq!(verdict(&text, &other), "unknown: pattern");
    let named = |value: Value| json!({ "patternProperties": { lookahead: value }, "properties": { "a": { "type": "string" } } });
    assert_eq!(verdict(&named(json!({ "maximum": 1 })), &named(json!({ "maximum": 2 }))), YES);
}

const TREE: &str = r##"{
    "$ref": "#/$defs/tree",
    "$defs": { "tree": {
        "type": "object",
        "required": ["value"],
        "properties": { "value": {"type": "integer"}, "left": {"$ref": "#/$defs/tree"}, "right": {"$ref": "#/$defs/tree"} },
        "additionalProperties": false
    } }
}"##;

#[test]
fn recursion() {
    let unrolled = r##"{
        "$ref": "#/$defs/odd",
        "$defs": {
            "odd": {
                "type": "object", "required": ["value"],
                "properties": { "value": {"type": "number"}, "left": {"$ref": "#/$defs/even"}, "right": {"$ref": "#/$defs/even"} }
            },
            "even": {
                "type": "object",
                "properties": { "value": {"type": "number"}, "left": {"$ref": "#/$defs/odd"}, "right": {"$ref": "#/$defs/odd"} }
            }
        }
    }"##;
    let endless = r##"{ "$ref": "#/$defs/l", "$defs": { "l": {
        "type": "object", "required": ["next"], "properties": { "next": {"$ref": "#/$defs/l"} }
    } } }"##;
    let list = r##"{ "$ref": "#/$defs/l", "$defs": { "l": { "anyOf": [
        {"type": "null"}, {"type": "array", "prefixItems": [{"type": "integer"}, {"$ref": "#/$defs/l"}], "minItems": 2, "items": false}
    ] } } }"##;
    let longer = r##"{ "$ref": "#/$defs/l", "$defs": { "l": { "oneOf": [
        {"type": "null"},
        {"type": "array", "prefixItems": [{"type": "number"}, {"$ref": "#/$defs/l"}], "minItems": 2, "maxItems": 3}
    ] } } }"##;
    check(&[(TREE, unrolled, YES, NO), (endless, "false", YES, YES), (list, longer, YES, NO)]);
}

/// While `t` is worked on, `s` has no value because `t` is assumed to have none. Then `t` has one
/// by another alternative, and `s` must not be remembered without.
#[test]
fn an_assumption_that_failed_is_forgotten() {
    let types = |length: u64| {
        json!({ "$defs": {
            "t": { "anyOf": [
                { "type": "object", "required": ["s"], "properties": { "s": { "$ref": "#/$defs/s" } }, "maxProperties": 1 },
                {
                    "type": "object", "required": ["k", "l"], "maxProperties": 2,
                    "properties": { "k": { "type": "string", "maxLength": length } },
                },
            ] },
            "s": { "type": "object", "required": ["t"], "properties": { "t": { "$ref": "#/$defs/t" } } },
        } })
    };
    for order in [["t", "s"], ["s", "t"]] {
        let (mut arena, mut strings) = (Arena::new(), Strings::new());
        let [left, right] = [types(5), types(4)].map(|document| Documents::from([("d".to_owned(), document)]));
        let (mut left, mut right) = (Compiler::new(&left), Compiler::new(&right));
        let pairs = order.map(|name| {
            let pointer = format!("/$defs/{name}");
            let left = left.compile(&mut arena, "d", &pointer).unwrap();
            (left, right.compile(&mut arena, "d", &pointer).unwrap())
        });
        let mut solver = Solver::new(&mut arena, &mut strings);
        for (left, right) in pairs {
            assert!(matches!(solver.contained(left, right), Verdict::Breaking(_)), "{order:?}");
            assert_eq!(solver.contained(right, left), Verdict::Compatible, "{order:?}");
        }
    }
}

/// Inputs without end are ended by fuel, depth or size, and nothing overflows.
#[test]
fn what_is_too_much_is_said() {
    let linked = |links: u64, length: u64, link: fn(Value) -> Value| {
        let next = |number: u64| json!({ "$ref": format!("#/$defs/d{}", number + 1) });
        let mut definitions: serde_json::Map<String, Value> =
            (0..links).map(|number| (format!("d{number}"), link(next(number)))).collect();
        definitions.insert(format!("d{links}"), json!({ "type": "string", "maxLength": length }));
        json!({ "$ref": "#/$defs/d0", "$defs": definitions })
    };
    let object = |next| json!({ "type": "object", "required": ["a"], "properties": { "a": next } });
    let list = |next| json!({ "type": "array", "minItems": 1, "items": next });
    let union = |next| {
        let leaf = json!({ "type": "object", "required": ["b"], "maxProperties": 1 });
        json!({ "oneOf": [leaf, { "required": ["a"], "properties": { "a": next }, "maxProperties": 1 }] })
    };
    let chain = move |links: u64, length: u64| linked(links, length, object);
    let doubling = move |steps: u64| {
        let mut schema = chain(steps, 3);
        for step in 0..steps {
            let next = json!({ "$ref": format!("#/$defs/d{}", step + 1) });
            schema["$defs"][format!("d{step}")]["required"] = json!(["a", "b"]);
            schema["$defs"][format!("d{step}")]["properties"]["b"] = next;
        }
        schema
    };
    let run = move || {
        assert_eq!(verdict(&chain(250, 3), &chain(250, 3)), YES);
        assert_eq!(verdict(&chain(250, 3), &chain(250, 4)), YES);
        for link in [object, list, union] {
            assert_eq!(verdict(&linked(2_000, 4, link), &linked(2_000, 3, link)), "unknown: budget");
        }
        assert_eq!(verdict(&doubling(10), &json!(false)), NO);
        assert_eq!(verdict(&doubling(40), &json!(false)), "unknown: budget");
        assert_eq!(verdict(&doubling(40), &doubling(40)), YES);
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}
