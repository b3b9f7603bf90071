//! The JSON Schema (2020-12) of `seam.yaml` and `stack.yaml`, for editors.

use crate::form::Form;
use crate::shape::seam::SEAM;
use crate::shape::stack::STACK;
use crate::shape::{Mapping, Need, Shape};
use serde_json::{Map, Value as Json, json};

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaKind {
    /// `seam.yaml`.
    Seam,
    /// `stack.yaml`.
    Stack,
}

/// The schema, with a description of each key. Keys that are not built yet are not in it.
pub fn json_schema(kind: SchemaKind) -> Json {
    let (root, title) = match kind {
        SchemaKind::Seam => (&SEAM, "seam.yaml: a workspace of Seam"),
        SchemaKind::Stack => (&STACK, "stack.yaml: a stack of Seam"),
    };
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!(title));
    schema.extend(of_mapping(root));
    Json::Object(schema)
}

fn of_shape(shape: &Shape) -> Map<String, Json> {
    let schema = match shape {
        Shape::Any => json!({}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Text(form) => return of_form(*form),
        Shape::List(item, true) => json!({"type": "array", "items": of_shape(item), "minItems": 1}),
        Shape::List(item, false) => json!({"type": "array", "items": of_shape(item)}),
        Shape::Mapping(mapping) => return of_mapping(mapping),
        Shape::MappingOrNothing(mapping) => json!({"anyOf": [of_mapping(mapping), {"type": "null"}]}),
        Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(of_shape).collect::<Vec<_>>()}),
    };
    match schema {
        Json::Object(members) => members,
        _ => Map::new(),
    }
}

fn of_form(form: Form) -> Map<String, Json> {
    let mut schema = Map::from_iter([("type".to_owned(), json!("string"))]);
    if let Form::OneOf(words) = form {
        schema.insert("enum".to_owned(), json!(words));
    }
    if let Some(pattern) = form.pattern() {
        schema.insert("pattern".to_owned(), json!(pattern));
    }
    schema
}

fn of_mapping(mapping: &Mapping) -> Map<String, Json> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in mapping.built() {
        let mut schema = of_shape(&key.shape);
        schema.insert("description".to_owned(), json!(key.doc));
        properties.insert(key.name.to_owned(), Json::Object(schema));
        if key.need == Need::Required {
            required.push(key.name);
        }
    }
    let mut schema = Map::from_iter([("type".to_owned(), json!("object"))]);
    if !properties.is_empty() {
        schema.insert("properties".to_owned(), Json::Object(properties));
    }
    let others = mapping.others.map_or(json!(false), |(_, shape)| Json::Object(of_shape(shape)));
    schema.insert("additionalProperties".to_owned(), others);
    if let Some(pattern) = mapping.others.and_then(|(form, _)| form.pattern()) {
        schema.insert("propertyNames".to_owned(), json!({"pattern": pattern}));
    }
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    let choices: Vec<Json> = mapping
        .built()
        .filter(|key| mapping.exactly_one.contains(&key.name))
        .map(|key| json!({"required": [key.name]}))
        .collect();
    if !choices.is_empty() {
        schema.insert("oneOf".to_owned(), json!(choices));
    }
    schema
}
