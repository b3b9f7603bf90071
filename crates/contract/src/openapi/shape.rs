//! Where schemas stand in an OpenAPI document: a table of its objects, and the walk over it. What is
//! not in the table (examples, extensions) may look like a schema and is none.

use super::ApiError;
use serde_json::{Map, Value};

/// An object of the specification, as far as schemas are below it.
#[derive(Clone, Copy)]
enum Part {
    Document,
    Components,
    PathItem,
    Operation,
    Callback,
    Parameter,
    Body,
    Response,
    MediaType,
    Encoding,
    Schema,
}

/// How a part holds others.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    One,
    List,
    Map,
}

/// What is done with a schema: it is given with its JSON pointer.
pub(super) type OnSchema<'f> = dyn FnMut(&mut Value, &str) -> Result<(), ApiError> + 'f;

/// The methods of a path item.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Whether a member is a text for people, or an extension that is not known here; they take most of
/// the room of a large document and no part in a comparison.
fn is_prose(name: &str) -> bool {
    match name {
        "description" | "summary" | "title" | "example" | "examples" | "externalDocs" | "tags" => true,
        name => name.starts_with("x-") && name != "x-sunset",
    }
}

/// Removes what is there for people only.
pub(super) fn drop_prose(members: &mut Map<String, Value>) {
    members.retain(|name, _| !is_prose(name));
}

/// Calls the function for each outermost schema of a document; drops the prose around them.
pub(super) fn each_schema(document: &mut Value, on_schema: &mut OnSchema<'_>) -> Result<(), ApiError> {
    visit(document, Part::Document, &mut String::new(), on_schema)
}

fn visit(value: &mut Value, part: Part, pointer: &mut String, on_schema: &mut OnSchema<'_>) -> Result<(), ApiError> {
    if matches!(part, Part::Schema) {
        return on_schema(value, pointer);
    }
    let Value::Object(members) = value else { return Ok(()) };
    if !matches!(part, Part::Callback) && members.keys().any(|name| is_prose(name)) {
        drop_prose(members);
    }
    for (name, member) in members {
        let Some((holds, part)) = child(part, name) else { continue };
        let length = pointer.len();
        push(pointer, name);
        match (holds, member) {
            (Holds::One, member) => visit(member, part, pointer, on_schema)?,
            (Holds::List, Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    visit_in(item, &index.to_string(), part, pointer, on_schema)?;
                }
            }
            (Holds::Map, Value::Object(entries)) => {
                for (key, entry) in entries {
                    visit_in(entry, key, part, pointer, on_schema)?;
                }
            }
            _ => {}
        }
        pointer.truncate(length);
    }
    Ok(())
}

fn visit_in(
    value: &mut Value,
    key: &str,
    part: Part,
    pointer: &mut String,
    on_schema: &mut OnSchema<'_>,
) -> Result<(), ApiError> {
    let length = pointer.len();
    push(pointer, key);
    visit(value, part, pointer, on_schema)?;
    pointer.truncate(length);
    Ok(())
}

/// What a member of a part is.
fn child(part: Part, name: &str) -> Option<(Holds, Part)> {
    use Holds::{List, Map, One};
    Some(match (part, name) {
        (Part::Document, "paths" | "webhooks") | (Part::Components, "pathItems") => (Map, Part::PathItem),
        (Part::Document, "components") => (One, Part::Components),
        (Part::Components, "schemas") => (Map, Part::Schema),
        (Part::Components | Part::Operation, "responses") => (Map, Part::Response),
        (Part::Components, "parameters" | "headers") | (Part::Response | Part::Encoding, "headers") => {
            (Map, Part::Parameter)
        }
        (Part::Components, "requestBodies") => (Map, Part::Body),
        (Part::Components | Part::Operation, "callbacks") => (Map, Part::Callback),
        (Part::Callback, _) => (One, Part::PathItem),
        (Part::PathItem | Part::Operation, "parameters") => (List, Part::Parameter),
        (Part::PathItem, method) if METHODS.contains(&method) => (One, Part::Operation),
        (Part::Operation, "requestBody") => (One, Part::Body),
        (Part::Parameter | Part::Body | Part::Response, "content") => (Map, Part::MediaType),
        (Part::Parameter | Part::MediaType, "schema") => (One, Part::Schema),
        (Part::MediaType, "encoding") => (Map, Part::Encoding),
        (Part::Schema, keyword) => (schemas_under(keyword)?, Part::Schema),
        _ => return None,
    })
}

/// How a keyword of a schema holds others.
pub(super) fn schemas_under(keyword: &str) -> Option<Holds> {
    Some(match keyword {
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Holds::Map,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Holds::List,
        "items"
        | "additionalProperties"
        | "not"
        | "if"
        | "then"
        | "else"
        | "contains"
        | "propertyNames"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => Holds::One,
        _ => return None,
    })
}

/// Where a value stands in a document that is being read.
#[derive(Clone, Copy)]
pub(crate) struct Around(Option<(Holds, Part)>);

impl Around {
    /// In none of the parts, or in no OpenAPI document.
    pub(crate) const NOWHERE: Self = Self(None);
    /// The document itself.
    pub(crate) const DOCUMENT: Self = Self(Some((Holds::One, Part::Document)));

    /// Where the member of this name stands; nothing where it is prose.
    pub(crate) fn member(self, name: &str) -> Option<Self> {
        match self.0 {
            Some((Holds::One, part)) if !matches!(part, Part::Callback) && is_prose(name) => None,
            Some((Holds::One, part)) => Some(Self(child(part, name))),
            Some((Holds::Map, part)) => Some(Self(Some((Holds::One, part)))),
            _ => Some(Self::NOWHERE),
        }
    }

    /// Where an item stands.
    pub(crate) fn item(self) -> Self {
        match self.0 {
            Some((Holds::List, part)) => Self(Some((Holds::One, part))),
            _ => Self::NOWHERE,
        }
    }
}

/// Adds a segment to a JSON pointer.
pub(super) fn push(pointer: &mut String, segment: &str) {
    pointer.push('/');
    if !segment.contains(['~', '/']) {
        return pointer.push_str(segment);
    }
    for character in segment.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// A JSON pointer with one more segment.
pub(crate) fn joined(pointer: &str, segment: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + segment.len() + 1);
    joined.push_str(pointer);
    push(&mut joined, segment);
    joined
}
