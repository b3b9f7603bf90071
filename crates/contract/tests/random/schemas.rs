//! Makes random schemas: of few names, texts and numbers, so that they meet each other.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// What schemas are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every keyword.
    Whole,
    /// Plain objects, lists, texts, numbers, enums, combinators and references.
    Plain,
    /// Mostly two to four keywords of objects together, with small counts.
    Objects,
}

/// Names of properties.
const NAMES: [&str; 4] = ["a", "b", "ab", "c"];
const PATTERNS: [&str; 8] = ["^a", "b$", "^(a|b)$", "^a*$", "ab", "^.{1,2}$", "^[ab]{2,}$", "^[^a]*$"];
const FORMATS: [&str; 3] = ["date", "ipv4", "uri-reference"];
const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
/// Names of definitions that every document has.
pub const DEFINITIONS: [&str; 2] = ["x", "y"];

const NUMBER: &[&str] = &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const STRING: &[&str] = &["minLength", "maxLength", "pattern", "format"];
const ARRAY: &[&str] = &["items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems"];
const OBJECT: &[&str] = &[
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
];
const PLAIN: [&[&str]; 4] = [
    &["minimum", "maximum", "multipleOf"],
    &["minLength", "maxLength"],
    &["items", "minItems", "maxItems"],
    &["properties", "required", "additionalProperties"],
];
const COMBINATORS: &[&str] = &["allOf", "anyOf", "oneOf", "not", "if", "$ref"];

/// A whole document: a schema with definitions. Half of them begin with an object that declares
/// properties and says nothing of others, so that closing them changes them.
pub fn document(random: &mut Rng, kind: Kind) -> Value {
    let mut schema = if random.bool() { declaring(random, kind) } else { schema(random, kind, 2) };
    if let Value::Object(members) = &mut schema {
        let definitions = DEFINITIONS.map(|name| (name.to_owned(), self::schema(random, kind, 1)));
        members.insert("$defs".to_owned(), Value::Object(definitions.into_iter().collect()));
    }
    schema
}

fn declaring(random: &mut Rng, kind: Kind) -> Value {
    let mut members = Map::new();
    add(random, kind, 2, "properties", &mut members);
    for _ in 0..if kind == Kind::Objects { random.u32(1..=3) } else { random.u32(..=2) } {
        let group = if kind == Kind::Objects { 3 } else { random.usize(3..6) };
        let name = keyword_of(random, kind, group);
        if !["additionalProperties", "unevaluatedProperties"].contains(&name) {
            add(random, kind, 2, name, &mut members);
        }
    }
    if random.bool() {
        members.insert("type".to_owned(), json!("object"));
    }
    Value::Object(members)
}

/// Whether a schema of the document has two to four keywords of objects, and none a count above three.
pub fn is_crowded(document: &Value) -> bool {
    let mut most = 0;
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                let is_large = |bound: &str| members.get(bound).and_then(Value::as_u64).is_some_and(|count| count > 3);
                if is_large("minProperties") || is_large("maxProperties") {
                    return false;
                }
                let count = OBJECT.iter().filter(|name| members.contains_key(**name)).count();
                most = most.max(if count > 4 { 0 } else { count });
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    most >= 2
}

/// A schema in which others stand `depth` deep.
pub fn schema(random: &mut Rng, kind: Kind, depth: u32) -> Value {
    match random.u32(..24) {
        0 => return Value::Bool(random.bool()),
        1 | 2 => return json!({ "$ref": reference(random) }),
        _ => {}
    }
    let mut members = Map::new();
    let group = if kind == Kind::Objects && depth > 0 && random.u32(..4) > 0 { 3 } else { random.usize(..6) };
    for _ in 0..if group == 3 { random.u32(2..=4) } else { random.u32(1..=3) } {
        let name = keyword_of(random, kind, group);
        add(random, kind, depth, name, &mut members);
    }
    if random.u32(..8) == 0 {
        let name = *random.choice(COMBINATORS).unwrap();
        add(random, kind, depth, name, &mut members);
    }
    if random.u32(..2) == 0 && group < 4 {
        let name = ["number", "string", "array", "object"][group];
        members.entry("type").or_insert(json!(name));
    }
    Value::Object(members)
}

/// Adds a random keyword to a schema object.
pub fn insert(random: &mut Rng, kind: Kind, members: &mut Map<String, Value>) {
    let group = random.usize(..6);
    let name = keyword_of(random, kind, group);
    add(random, kind, 1, name, members);
}

fn keyword_of(random: &mut Rng, kind: Kind, group: usize) -> &'static str {
    let plain = kind == Kind::Plain;
    let names = match group {
        0 if !plain => NUMBER,
        1 if !plain => STRING,
        2 if !plain => ARRAY,
        3 if !plain => OBJECT,
        0..=3 => PLAIN[group],
        4 => &["type", "type", "enum", "const"],
        _ => COMBINATORS,
    };
    random.choice(names).unwrap()
}

/// Sets a keyword, with those that belong to it.
fn add(random: &mut Rng, kind: Kind, depth: u32, name: &str, members: &mut Map<String, Value>) {
    if depth == 0 && has_schemas(name) {
        members.insert("type".to_owned(), kind_of_value(random));
        return;
    }
    let inner = depth.saturating_sub(1);
    let value = match name {
        "if" => {
            for branch in ["then", "else"] {
                if random.u32(..4) > 0 {
                    members.insert(branch.to_owned(), schema(random, kind, inner));
                }
            }
            schema(random, kind, inner)
        }
        "contains" => {
            for (bound, max) in [("minContains", 3), ("maxContains", 4)] {
                if random.u32(..3) == 0 {
                    members.insert(bound.to_owned(), json!(random.u32(..max)));
                }
            }
            schema(random, kind, inner)
        }
        _ => value_of(random, kind, inner, name),
    };
    members.insert(name.to_owned(), value);
}

fn has_schemas(name: &str) -> bool {
    COMBINATORS.contains(&name) && name != "$ref"
        || ["items", "prefixItems", "contains", "properties", "patternProperties", "propertyNames"].contains(&name)
        || ["additionalProperties", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"].contains(&name)
}

fn value_of(random: &mut Rng, kind: Kind, inner: u32, name: &str) -> Value {
    match name {
        "type" => kind_of_value(random),
        "enum" => Value::Array((0..random.u32(1..=3)).map(|_| constant(random)).collect()),
        "const" => constant(random),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => number(random),
        "multipleOf" => random.choice([json!(1), json!(2), json!(3), json!(0.5), json!(1.5)]).unwrap(),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            json!(random.u32(..=3))
        }
        "pattern" => json!(random.choice(PATTERNS).unwrap()),
        "format" => json!(random.choice(FORMATS).unwrap()),
        "uniqueItems" => json!(random.u32(..4) > 0),
        "required" => names(random),
        "properties" => by_name(random, &NAMES, |random| schema(random, kind, inner)),
        "patternProperties" => by_name(random, &PATTERNS, |random| schema(random, kind, inner)),
        "dependentRequired" => by_name(random, &NAMES, names),
        "dependentSchemas" => by_name(random, &NAMES, |random| schema(random, kind, inner)),
        "propertyNames" => schema_of_names(random),
        "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems" if random.bool() => json!(false),
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
            Value::Array((0..random.u32(1..=3)).map(|_| schema(random, kind, inner)).collect())
        }
        "$ref" => json!(reference(random)),
        _ => schema(random, kind, inner),
    }
}

fn reference(random: &mut Rng) -> String {
    format!("#/$defs/{}", random.choice(DEFINITIONS).unwrap())
}

fn kind_of_value(random: &mut Rng) -> Value {
    match random.u32(..4) {
        0 => json!(
            [random.choice(TYPES).unwrap(), random.choice(TYPES).unwrap()]
                .into_iter()
                .collect::<std::collections::BTreeSet<_>>()
        ),
        _ => json!(random.choice(TYPES).unwrap()),
    }
}

fn schema_of_names(random: &mut Rng) -> Value {
    match random.u32(..4) {
        0 => json!({ "pattern": random.choice(PATTERNS).unwrap() }),
        1 => json!({ "maxLength": random.u32(..=2) }),
        2 => json!({ "enum": NAMES[..random.usize(1..=3)] }),
        _ => json!({ "minLength": random.u32(1..=2) }),
    }
}

fn names(random: &mut Rng) -> Value {
    json!(NAMES.iter().filter(|_| random.u32(..3) == 0).collect::<Vec<_>>())
}

fn by_name(random: &mut Rng, names: &[&str], mut value: impl FnMut(&mut Rng) -> Value) -> Value {
    let mut members = Map::new();
    for _ in 0..random.u32(1..=2) {
        members.insert((*random.choice(names).unwrap()).to_owned(), value(random));
    }
    Value::Object(members)
}

/// A number around which bounds lie: whole or a half.
pub fn number(random: &mut Rng) -> Value {
    let whole = random.i32(-2..=4);
    if random.u32(..3) == 0 { json!(f64::from(whole) + 0.5) } else { json!(whole) }
}

/// A text of few letters.
pub fn text(random: &mut Rng) -> String {
    match random.u32(..12) {
        0 => "2020-02-29".to_owned(),
        1 => "1.2.3.4".to_owned(),
        2 => "\n".to_owned(),
        _ => (0..random.u32(..4)).map(|_| *random.choice(&['a', 'b']).unwrap()).collect(),
    }
}

/// A name of a property.
pub fn name(random: &mut Rng) -> String {
    if random.u32(..4) == 0 { text(random) } else { (*random.choice(NAMES).unwrap()).to_owned() }
}

/// A value that schemas name.
pub fn constant(random: &mut Rng) -> Value {
    match random.u32(..12) {
        0 => Value::Null,
        1 => json!(random.bool()),
        2..=4 => number(random),
        5..=7 => json!(text(random)),
        8 => json!([]),
        9 => json!([random.i32(..2).abs()]),
        10 => json!({}),
        _ => json!({ *random.choice(NAMES).unwrap(): random.u32(..2) }),
    }
}
