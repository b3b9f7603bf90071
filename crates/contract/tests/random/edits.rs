//! Changes schemas at random: to make the other one of a pair, by edits of which nothing is known,
//! and by edits of which it is proved what they do.

use crate::schemas::{self, Kind, constant};
use fastrand::Rng;
use serde_json::{Map, Number, Value, json};

/// What an edit does to the set of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// It stays as it was.
    Same,
    /// Nothing is added.
    Narrower,
    /// Nothing is lost.
    Wider,
}

/// The document with one to three random edits anywhere.
pub fn mutated(random: &mut Rng, kind: Kind, document: &Value) -> Value {
    let mut changed = document.clone();
    for _ in 0..random.u32(1..=3) {
        let places = schemas_in(&changed);
        let place = random.choice(&places).unwrap();
        let schema = changed.pointer_mut(place).unwrap();
        match schema {
            Value::Object(members) if random.u32(..16) > 0 => mutate(random, kind, members),
            // The definitions must not be lost with the root.
            other if !place.is_empty() => *other = schemas::schema(random, kind, 1),
            _ => {}
        }
    }
    changed
}

fn mutate(random: &mut Rng, kind: Kind, members: &mut Map<String, Value>) {
    let keys: Vec<String> = members.keys().filter(|key| *key != "$defs").cloned().collect();
    let Some(key) = random.choice(keys) else { return schemas::insert(random, kind, members) };
    match (random.u32(..4), &members[&key]) {
        (0, _) => drop(members.remove(&key)),
        (1, _) => schemas::insert(random, kind, members),
        (_, Value::Number(number)) => {
            let step = if key == "multipleOf" { 1 } else { random.i64(-1..=1) };
            let moved = stepped(number, step).filter(|moved| may_be(&key, moved));
            drop(moved.map(|moved| members.insert(key, moved)));
        }
        (_, Value::Array(items)) if !items.is_empty() => {
            let mut items = items.clone();
            let at = random.usize(..items.len());
            match key.as_str() {
                "enum" if random.bool() => items.push(constant(random)),
                "required" if random.bool() => items.push(json!(schemas::name(random))),
                _ => drop(items.remove(at)),
            }
            items.dedup();
            if items.is_empty() && key != "required" {
                drop(members.remove(&key));
            } else {
                drop(members.insert(key, json!(items)));
            }
        }
        _ => schemas::insert(random, kind, members),
    }
}

/// Pointers of all schemas in a document.
pub fn schemas_in(document: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = vec![(String::new(), document)];
    while let Some((place, schema)) = open.pop() {
        for (keyword, said) in schema.as_object().into_iter().flatten() {
            let at = format!("{place}/{keyword}");
            match (keyword.as_str(), said) {
                ("$defs" | "properties" | "patternProperties" | "dependentSchemas", Value::Object(named)) => {
                    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
                    open.extend(named.iter().map(|(name, schema)| (format!("{at}/{}", escaped(name)), schema)));
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(parts)) => {
                    open.extend(parts.iter().enumerate().map(|(index, schema)| (format!("{at}/{index}"), schema)));
                }
                ("const" | "enum" | "required" | "type" | "dependentRequired", _) => {}
                (_, Value::Object(_) | Value::Bool(_)) if keyword != "uniqueItems" => open.push((at, said)),
                _ => {}
            }
        }
        all.push(place);
    }
    all
}

/// Keywords that only ever refuse values, whatever stands beside them.
const ASSERTIONS: [&str; 24] = [
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "dependentRequired",
    "not",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// The document with an edit at its root, and what the edit does.
pub fn labelled(random: &mut Rng, document: &Value) -> (Value, Law) {
    let same = |schema| (schema, Law::Same);
    let Value::Object(members) = document else { return same(json!({ "allOf": [document] })) };
    let definitions = members.get("$defs").cloned().unwrap_or_default();
    let mut body = members.clone();
    body.remove("$defs");
    let body = Value::Object(body);
    let around = |mut outer: Value| {
        outer["$defs"] = definitions.clone();
        outer
    };
    match random.u32(..14) {
        0 => same(around(json!({ "allOf": [body] }))),
        1 => same(around(json!({ "not": { "not": body } }))),
        2 => same(around(json!({ "anyOf": [body, body, false] }))),
        3 => same(around(json!({ "oneOf": [body, false] }))),
        4 => same(around(json!({ "not": { "allOf": [{ "not": body }, { "not": body }] } }))),
        5 => same(around(json!({ "if": body, "else": false }))),
        6 => same(around(json!({ "if": { "type": "object" }, "then": body, "else": body }))),
        7 => same(around(
            json!({ "oneOf": [{ "allOf": [body, { "type": "object" }] }, { "allOf": [body, { "not": { "type": "object" } }] }] }),
        )),
        8 => (around(json!({ "anyOf": [body, schemas::schema(random, Kind::Whole, 1)] })), Law::Wider),
        9 => (around(json!({ "allOf": [body, schemas::schema(random, Kind::Whole, 1)] })), Law::Narrower),
        10 => same(extracted(members)),
        11 => moved(random, members),
        _ => dropped(random, members),
    }
}

/// The schema behind a reference.
pub fn extracted(members: &Map<String, Value>) -> Value {
    let mut members = members.clone();
    let mut definitions = members.remove("$defs").unwrap_or_else(|| json!({}));
    definitions["whole"] = Value::Object(members);
    json!({ "$ref": "#/$defs/whole", "$defs": definitions })
}

/// The document with what its references lead to in their place, but for those that lead back.
pub fn inlined(document: &Value) -> Value {
    let Value::Object(members) = document else { return document.clone() };
    let schema = inline(document, &without_definitions(document), &mut Vec::new());
    match (schema, members.get("$defs")) {
        (Value::Object(mut schema), Some(definitions)) => {
            schema.insert("$defs".to_owned(), definitions.clone());
            Value::Object(schema)
        }
        (schema, _) => schema,
    }
}

fn inline<'a>(document: &'a Value, value: &'a Value, path: &mut Vec<&'a str>) -> Value {
    let members = match value {
        Value::Object(members) => members,
        Value::Array(items) => return items.iter().map(|item| inline(document, item, path)).collect(),
        other => return other.clone(),
    };
    let new = members.get("$ref").and_then(Value::as_str).filter(|reference| !path.contains(reference));
    let target = new.and_then(|reference| Some((reference, document.pointer(reference.trim_start_matches('#'))?)));
    let rest = members.iter().filter(|(key, _)| target.is_none() || *key != "$ref");
    let mut changed: Map<String, Value> =
        rest.map(|(key, inner)| (key.clone(), inline(document, inner, path))).collect();
    if let Some((reference, target)) = target {
        path.push(reference);
        let target = inline(document, target, path);
        path.pop();
        if changed.is_empty() {
            return target;
        }
        if let Value::Array(all) = changed.entry("allOf").or_insert_with(|| json!([])) {
            all.push(target);
        }
    }
    Value::Object(changed)
}

/// The same with all that has no order in the opposite one, at every depth.
pub fn reordered(value: &Value) -> Value {
    let Value::Object(members) = value else {
        return match value {
            Value::Array(items) => Value::Array(items.iter().map(reordered).collect()),
            other => other.clone(),
        };
    };
    let without_order = ["allOf", "anyOf", "oneOf", "enum", "required", "type"];
    let member = |(name, value): (&String, &Value)| {
        let mut value = reordered(value);
        if let (Value::Array(items), true) = (&mut value, without_order.contains(&name.as_str())) {
            items.reverse();
        }
        (name.clone(), value)
    };
    Value::Object(members.iter().rev().map(member).collect())
}

/// The number, so many up.
fn stepped(number: &Number, step: i64) -> Option<Value> {
    match number.as_i64() {
        Some(number) => Some(json!(number + step)),
        None => Some(json!(number.as_f64()? + f64::from(i32::try_from(step).ok()?))),
    }
}

/// Whether the keyword can have the number: sizes are not below zero.
fn may_be(keyword: &str, number: &Value) -> bool {
    let is_size = ["Length", "Items", "Properties", "Contains"].iter().any(|what| keyword.ends_with(what));
    !is_size || number.as_i64().is_some_and(|number| number >= 0)
}

/// A bound moved outward.
fn moved(random: &mut Rng, members: &Map<String, Value>) -> (Value, Law) {
    let mut members = members.clone();
    let bounds: Vec<String> = members
        .iter()
        .filter(|(key, said)| {
            said.is_number() && !["multipleOf", "minContains", "maxContains", "const"].contains(&key.as_str())
        })
        .map(|(key, _)| key.clone())
        .collect();
    let Some(key) = random.choice(bounds) else { return (Value::Object(members), Law::Same) };
    let lower = key.contains("min") || key.contains("Min");
    let moved = members[&key].as_number().and_then(|number| stepped(number, if lower { -1 } else { 1 }));
    match moved.filter(|moved| may_be(&key, moved)) {
        Some(moved) => drop(members.insert(key, moved)),
        None => drop(members.remove(&key)),
    }
    (Value::Object(members), Law::Wider)
}

/// One assertion less.
fn dropped(random: &mut Rng, members: &Map<String, Value>) -> (Value, Law) {
    let mut members = members.clone();
    let keys: Vec<String> = members.keys().filter(|key| ASSERTIONS.contains(&key.as_str())).cloned().collect();
    let Some(key) = random.choice(keys) else { return (Value::Object(members), Law::Same) };
    // What one of these evaluated is refused by `unevaluated…` once nobody evaluates it.
    let evaluates = members.keys().any(|key| key.starts_with("unevaluated"));
    if key == "additionalProperties" && evaluates {
        return (Value::Object(members), Law::Same);
    }
    members.remove(&key);
    (Value::Object(members), Law::Wider)
}

/// The schema without its definitions.
pub fn without_definitions(document: &Value) -> Value {
    let mut document = document.clone();
    document.as_object_mut().map(|members| members.remove("$defs"));
    document
}
