//! The schemas of OpenAPI 3.0 become schemas of JSON Schema 2020-12, as 3.1 has them, by the letter
//! of 3.0.3: `null` is admitted only by `nullable` beside `type`, and an `enum` there must name it.

use super::ApiError;
use super::shape::{Holds, drop_prose, each_schema, joined, schemas_under};
use crate::document::{Document, Kind};
use serde_json::{Map, Value};
use std::fmt;

/// What lifting finds out by the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Some member is `readOnly`.
    pub read_only: bool,
    /// Some member is `writeOnly`.
    pub write_only: bool,
}

/// Lifts a document of 3.0 in place, and drops the prose of either version.
///
/// # Errors
/// Where a schema is not one of 3.0.
fn lift(document: &mut Value, is_30: bool) -> Result<Flags, ApiError> {
    let mut flags = Flags::default();
    each_schema(document, &mut |schema, pointer| {
        schema_at(schema, is_30, &mut flags).map_err(|mut error| {
            error.pointer.insert_str(0, pointer);
            error
        })
    })?;
    if is_30 {
        document["openapi"] = "3.1.0".into();
    }
    Ok(flags)
}

/// Lifts a document of either version in place.
///
/// # Errors
/// Where a schema is not one of its version.
pub fn lift_document(document: &mut Document) -> Result<Flags, ApiError> {
    lift(&mut document.value, document.kind == Kind::OpenApi30)
}

/// Whether 3.0 knows the keyword; another is an annotation there, whatever later versions mean by it.
fn is_of_30(keyword: &str) -> bool {
    matches!(
        keyword,
        "multipleOf"
            | "maximum"
            | "exclusiveMaximum"
            | "minimum"
            | "exclusiveMinimum"
            | "maxLength"
            | "minLength"
            | "pattern"
            | "maxItems"
            | "minItems"
            | "uniqueItems"
            | "maxProperties"
            | "minProperties"
            | "required"
            | "enum"
            | "type"
            | "allOf"
            | "oneOf"
            | "anyOf"
            | "not"
            | "items"
            | "properties"
            | "additionalProperties"
            | "format"
            | "default"
            | "nullable"
            | "discriminator"
            | "readOnly"
            | "writeOnly"
            | "deprecated"
            | "x-sunset"
    )
}

/// The places of faults are told from the schema on; who goes in adds the way.
fn schema_at(schema: &mut Value, is_30: bool, flags: &mut Flags) -> Result<(), ApiError> {
    let Value::Object(members) = schema else { return Ok(()) };
    // Of a large document nearly all schemas have nothing to lift: each is looked through once.
    let mut special = false;
    for (name, value) in &*members {
        match name.as_str() {
            "readOnly" => flags.read_only |= *value == Value::Bool(true),
            "writeOnly" => flags.write_only |= *value == Value::Bool(true),
            name => special |= is_30 && (!is_of_30(name) || is_special(name, value)),
        }
    }
    if special {
        lift_one(members)?;
    } else if !is_30 {
        drop_prose(members);
    }
    each_subschema(members, &mut |keyword, key, subschema| {
        schema_at(subschema, is_30, flags).map_err(|mut error| {
            let at = joined("", keyword);
            error.pointer = key.map_or(at.clone(), |key| joined(&at, &key.to_string())) + &error.pointer;
            error
        })
    })
}

/// Whether a keyword that 3.0 knows means something else there than in 3.1, or nothing there.
fn is_special(name: &str, value: &Value) -> bool {
    match name {
        "nullable" | "exclusiveMinimum" | "exclusiveMaximum" => true,
        "type" => value == "file",
        "format" => value == "byte" || value == "binary",
        _ => false,
    }
}

fn lift_one(members: &mut Map<String, Value>) -> Result<(), ApiError> {
    // In 3.0 a reference is an object of its own: what stands beside it is ignored.
    if members.get("$ref").is_some_and(Value::is_string) {
        members.retain(|name, value| name == "$ref" || (name == "nullable" && *value == Value::Bool(true)));
        return Ok(());
    }
    members.retain(|name, _| is_of_30(name));
    if members.get("type").and_then(Value::as_str) == Some("file") {
        return Err(ApiError::new("/type", "the type `file` is of Swagger 2.0 and is not read"));
    }
    let nullable = members.remove("nullable").filter(|said| *said == Value::Bool(true));
    match (nullable, members.get("type")) {
        (Some(_), Some(Value::String(kind))) => {
            let kinds = vec![kind.as_str().into(), "null".into()];
            members.insert("type".to_owned(), Value::Array(kinds));
        }
        // It is kept where it says nothing, as it does in 3.1: somebody may want to know.
        (Some(said), _) => drop(members.insert("nullable".to_owned(), said)),
        (None, _) => {}
    }
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        match members.remove(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(number) = members.remove(bound) {
                    members.insert(exclusive.to_owned(), number);
                }
            }
            None | Some(Value::Bool(false)) => {}
            Some(_) => {
                return Err(ApiError::new(
                    joined("", exclusive),
                    format!("in OpenAPI 3.0 `{exclusive}` is true or false"),
                ));
            }
        }
    }
    // Bytes, raw or in base64: how a text is encoded is no condition on it in 3.1.
    if matches!(members.get("format").and_then(Value::as_str), Some("byte" | "binary")) {
        members.remove("format");
    }
    Ok(())
}

/// A name or an index below a keyword.
#[derive(Clone, Copy)]
pub(super) enum Key<'k> {
    Name(&'k str),
    Index(usize),
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => out.write_str(name),
            Self::Index(index) => write!(out, "{index}"),
        }
    }
}

/// What is done with a schema inside of another: it is given with its keyword and the key below.
type OnSubschema<'f> = dyn FnMut(&str, Option<Key<'_>>, &mut Value) -> Result<(), ApiError> + 'f;

/// Calls the function for each schema directly inside of a schema.
pub(super) fn each_subschema(members: &mut Map<String, Value>, on: &mut OnSubschema<'_>) -> Result<(), ApiError> {
    for (keyword, value) in members {
        match (schemas_under(keyword), value) {
            (Some(Holds::Map), Value::Object(schemas)) => {
                for (name, schema) in schemas {
                    on(keyword, Some(Key::Name(name)), schema)?;
                }
            }
            (Some(Holds::List), Value::Array(schemas)) => {
                for (index, schema) in schemas.iter_mut().enumerate() {
                    on(keyword, Some(Key::Index(index)), schema)?;
                }
            }
            (Some(Holds::One), schema) => on(keyword, None, schema)?,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lifted(schema: &Value) -> Result<Value, String> {
        let mut document = json!({"openapi": "3.0.3", "components": {"schemas": {"A": schema}}});
        lift(&mut document, true).map_err(|error| error.to_string())?;
        Ok(document["components"]["schemas"]["A"].take())
    }

    #[test]
    fn schemas_of_3_0_are_lifted_by_the_letter() {
        for (from, to) in [
            (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
            (
                json!({"type": "string", "nullable": true, "enum": ["a"]}),
                json!({"type": ["string", "null"], "enum": ["a"]}),
            ),
            // Where it says nothing it stays, to be told.
            (
                json!({"nullable": true, "allOf": [{"type": "string"}]}),
                json!({"nullable": true, "allOf": [{"type": "string"}]}),
            ),
            (json!({"$ref": "#/x", "nullable": true, "description": "d"}), json!({"$ref": "#/x", "nullable": true})),
            (json!({"nullable": false, "allOf": [{}]}), json!({"allOf": [{}]})),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 1})),
            (json!({"maximum": 1, "exclusiveMaximum": false}), json!({"maximum": 1})),
            (json!({"exclusiveMaximum": true}), json!({})),
            (json!({"type": "string", "format": "binary"}), json!({"type": "string"})),
            (json!({"const": 1, "if": {}, "title": "t", "example": 2, "x-a": 3}), json!({})),
            (
                json!({"properties": {"example": {"type": "integer", "nullable": true, "example": 1}}}),
                json!({"properties": {"example": {"type": ["integer", "null"]}}}),
            ),
            (
                json!({"items": {"not": {"exclusiveMinimum": true, "minimum": 0}}}),
                json!({"items": {"not": {"exclusiveMinimum": 0}}}),
            ),
        ] {
            assert_eq!(lifted(&from), Ok(to), "{from}");
        }
    }

    #[test]
    fn what_3_0_does_not_have_is_refused_with_its_place() {
        let refused = |schema| lifted(&schema).unwrap_err();
        let file = refused(json!({"properties": {"a/b": {"type": "file"}}}));
        assert_eq!(
            file,
            "#/components/schemas/A/properties/a~1b/type: the type `file` is of Swagger 2.0 and is not read"
        );
        let bound = refused(json!({"allOf": [{"exclusiveMinimum": 3}]}));
        assert_eq!(
            bound,
            "#/components/schemas/A/allOf/0/exclusiveMinimum: in OpenAPI 3.0 `exclusiveMinimum` is true or false"
        );
    }

    #[test]
    fn schemas_are_found_in_every_part_and_nowhere_else() {
        let nullable = json!({"type": "string", "nullable": true});
        let content = json!({"a/b": {"schema": nullable, "example": {"nullable": true}}});
        let operation = json!({
            "parameters": [{"name": "schema", "in": "query", "schema": nullable}],
            "requestBody": {"content": content},
            "responses": {"200": {"headers": {"schema": {"schema": nullable}}, "content": content}},
            "callbacks": {"c": {"{$url}": {"post": {"requestBody": {"content": content}}}}},
            "x-own": {"schema": nullable},
        });
        let mut document = json!({"openapi": "3.0.0", "paths": {"/a": {"parameters": [{"schema": nullable}], "get": operation}},
            "components": {"examples": {"e": {"value": nullable}}}});
        lift(&mut document, true).unwrap();
        let text = document.to_string();
        assert_eq!((text.matches("null\"]").count(), text.matches("nullable").count()), (6, 0), "{text}");
    }
}
