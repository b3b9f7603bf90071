//! Makes random values, blind or guided by a schema.

use crate::schemas::{constant, name, number, text};
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// A value with others `depth` deep in it, of no schema in particular.
pub fn value(random: &mut Rng, depth: u32) -> Value {
    match random.u32(..if depth == 0 { 7 } else { 12 }) {
        0 => Value::Null,
        1 => json!(random.bool()),
        2 | 3 => number(random),
        4 | 5 => json!(text(random)),
        6 => constant(random),
        7 | 8 => Value::Array((0..random.u32(..4)).map(|_| value(random, depth - 1)).collect()),
        _ => Value::Object((0..random.u32(..4)).map(|_| (name(random), value(random, depth - 1))).collect()),
    }
}

/// A value that goes along with what a schema says first; often one of its values, not always.
pub fn guided(random: &mut Rng, root: &Value, schema: &Value, depth: u32) -> Value {
    let Value::Object(members) = schema else { return value(random, depth.min(2)) };
    if depth == 0 || random.u32(..10) == 0 {
        return value(random, depth.min(2));
    }
    if let Some(target) = members.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
        return guided(random, root, target, depth - 1);
    }
    for keyword in ["const", "enum", "allOf", "anyOf", "oneOf", "then", "else", "if"] {
        let Some(said) = members.get(keyword).filter(|_| random.u32(..3) > 0) else { continue };
        return match (keyword, said) {
            ("const", constant) => constant.clone(),
            ("enum", Value::Array(items)) if !items.is_empty() => random.choice(items).unwrap().clone(),
            (_, Value::Array(parts)) if !parts.is_empty() => {
                let part = random.choice(parts).unwrap();
                guided(random, root, part, depth - 1)
            }
            (_, part) => guided(random, root, part, depth - 1),
        };
    }
    match kind(random, members) {
        "null" => Value::Null,
        "boolean" => json!(random.bool()),
        "integer" | "number" => near(random, members),
        "string" => json!(text(random)),
        "array" => list(random, root, members, depth - 1),
        _ => object(random, root, members, depth - 1),
    }
}

/// The type that a schema object speaks of.
fn kind<'a>(random: &mut Rng, members: &'a Map<String, Value>) -> &'a str {
    match members.get("type") {
        Some(Value::String(one)) => return one,
        Some(Value::Array(several)) => return random.choice(several).and_then(Value::as_str).unwrap_or("null"),
        _ => {}
    }
    let named = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    if named(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        "number"
    } else if named(&["minLength", "maxLength", "pattern", "format"]) {
        "string"
    } else if named(&["items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems"]) {
        "array"
    } else {
        "object"
    }
}

/// A bound, or half a step beside it.
fn near(random: &mut Rng, members: &Map<String, Value>) -> Value {
    let bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    let said: Vec<f64> = bounds.iter().filter_map(|bound| members.get(*bound)?.as_f64()).collect();
    match random.choice(&said) {
        Some(bound) if random.u32(..4) > 0 => json!(bound + f64::from(random.i32(-2..=2)) / 2.0),
        _ => number(random),
    }
}

fn list(random: &mut Rng, root: &Value, members: &Map<String, Value>, depth: u32) -> Value {
    let least = members.get("minItems").and_then(Value::as_u64).unwrap_or(0);
    let schemas = members.get("prefixItems").and_then(Value::as_array);
    let item = |random: &mut Rng, at: u64| {
        let first = schemas.and_then(|schemas| schemas.get(usize::try_from(at).ok()?));
        match first.or_else(|| members.get("items")).or_else(|| members.get("contains")) {
            Some(schema) => guided(random, root, schema, depth),
            None => value(random, depth.min(1)),
        }
    };
    Value::Array((0..least + random.u64(..3)).map(|at| item(random, at)).collect())
}

fn object(random: &mut Rng, root: &Value, members: &Map<String, Value>, depth: u32) -> Value {
    let mut made = Map::new();
    let required = members.get("required").and_then(Value::as_array).into_iter().flatten();
    let mut names: Vec<String> = required.filter_map(|name| Some(name.as_str()?.to_owned())).collect();
    names.extend((0..random.u32(..3)).map(|_| name(random)));
    let properties = members.get("properties");
    if let Some(Value::Object(properties)) = properties {
        names.extend(properties.keys().filter(|_| random.bool()).cloned());
    }
    for name in names {
        let schema = properties.and_then(|properties| properties.get(&name));
        let other = || {
            members
                .get("additionalProperties")
                .or_else(|| members.get("patternProperties")?.as_object()?.values().next())
        };
        let value = match schema.or_else(other) {
            Some(schema) => guided(random, root, schema, depth),
            None => value(random, depth.min(1)),
        };
        made.insert(name, value);
    }
    Value::Object(made)
}

/// The value with one small change.
pub fn changed(random: &mut Rng, original: &Value) -> Value {
    match original {
        Value::Array(items) if !items.is_empty() && random.u32(..4) > 0 => {
            let mut items = items.clone();
            let at = random.usize(..items.len());
            match random.u32(..4) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => items[at] = changed(random, &items[at]),
            }
            Value::Array(items)
        }
        Value::Object(members) if !members.is_empty() && random.u32(..4) > 0 => {
            let mut members = members.clone();
            let key = random.choice(members.keys().cloned().collect::<Vec<_>>()).unwrap();
            match random.u32(..4) {
                0 => drop(members.remove(&key)),
                1 => drop(members.insert(name(random), value(random, 1))),
                _ => {
                    let part = changed(random, &members[&key]);
                    members.insert(key, part);
                }
            }
            Value::Object(members)
        }
        Value::Number(number) => json!(number.as_f64().unwrap_or(0.0) + f64::from(random.i32(-2..=2)) / 2.0),
        _ => value(random, 1),
    }
}
