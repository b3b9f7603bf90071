//! A value that flows from an output to an input: a JSON document in which any leaf may be unknown.
//!
//! Numbers keep the text they were written in (`serde_json` with `arbitrary_precision`).

use crate::{Path, Segment};
use serde_json::{Number, Value as Json};
use std::collections::BTreeMap;

/// A JSON value, known as a whole, in part, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nobody knows it until something is applied. Only plans contain it.
    Unknown,
    /// JSON null.
    Null,
    /// JSON boolean.
    Bool(bool),
    /// JSON number, exact.
    Number(Number),
    /// JSON string.
    String(String),
    /// JSON array.
    Array(Vec<Value>),
    /// JSON object, ordered by key.
    Object(BTreeMap<String, Value>),
}

impl Value {
    /// Is every leaf known?
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Array(items) => items.iter().all(Self::is_known),
            Self::Object(members) => members.values().all(Self::is_known),
            _ => true,
        }
    }

    /// The JSON document, or `None` where a leaf is unknown.
    pub fn to_json(&self) -> Option<Json> {
        Some(match self {
            Self::Unknown => return None,
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(value) => Json::Number(value.clone()),
            Self::String(value) => Json::String(value.clone()),
            Self::Array(items) => Json::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?),
            Self::Object(members) => Json::Object(
                members.iter().map(|(key, value)| Some((key.clone(), value.to_json()?))).collect::<Option<_>>()?,
            ),
        })
    }

    /// The JSON document with null for each unknown leaf, and where those leaves are.
    pub fn to_partial_json(&self) -> (Json, Vec<Path>) {
        let mut unknown = Vec::new();
        let json = self.partial(&Path::default(), &mut unknown);
        (json, unknown)
    }

    fn partial(&self, at: &Path, unknown: &mut Vec<Path>) -> Json {
        match self {
            Self::Unknown => {
                unknown.push(at.clone());
                Json::Null
            }
            Self::Array(items) => Json::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| item.partial(&at.then(Segment::Index(index)), unknown))
                    .collect(),
            ),
            Self::Object(members) => Json::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.clone(), value.partial(&at.then(Segment::Key(key.clone())), unknown)))
                    .collect(),
            ),
            known => known.to_json().unwrap_or(Json::Null),
        }
    }

    /// What stands at `path`. Unknown where an unknown leaf is in the way, `None` where there is nothing.
    pub fn at(&self, path: &Path) -> Option<&Self> {
        let mut value = self;
        for segment in &path.0 {
            value = match (value, segment) {
                (Self::Unknown, _) => return Some(&Self::Unknown),
                (Self::Array(items), Segment::Index(index)) => items.get(*index)?,
                (Self::Object(members), Segment::Key(key)) => members.get(key)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// The text of a scalar as a template or a `join` writes it: strings bare, the rest as JSON.
    pub fn scalar_text(&self) -> Option<String> {
        match self {
            Self::String(text) => Some(text.clone()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The word for this value's JSON type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(value) => Self::Number(value),
            Json::String(value) => Self::String(value),
            Json::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Json::Object(members) => {
                Self::Object(members.into_iter().map(|(key, value)| (key, Self::from(value))).collect())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Value;
    use serde_json::json;

    #[test]
    fn unknown_leaves_are_named_by_pointer() {
        let mut value = Value::from(json!({"cidr": "10.0.0.0/16", "ids": [1, 2]}));
        assert!(value.is_known());
        if let Value::Object(members) = &mut value {
            members.insert("ids".into(), Value::Array(vec![Value::Unknown, Value::from("b")]));
            members.insert("a/b".into(), Value::Unknown);
        }
        let (json, unknown) = value.to_partial_json();
        assert_eq!(json, json!({"a/b": null, "cidr": "10.0.0.0/16", "ids": [null, "b"]}));
        let pointers: Vec<_> = unknown.iter().map(crate::Path::pointer).collect();
        assert_eq!(pointers, ["/a~1b", "/ids/0"]);
        assert_eq!(value.to_json(), None);
    }

    #[test]
    fn a_path_through_an_unknown_is_unknown() {
        assert_eq!(Value::Unknown.at(&"[0].id".parse().unwrap()), Some(&Value::Unknown));
        let value = Value::from(json!({"a": [{"id": "x"}]}));
        assert_eq!(value.at(&".a[0].id".parse().unwrap()), Some(&Value::from("x")));
        assert_eq!(value.at(&".a[1]".parse().unwrap()), None);
        assert_eq!(value.at(&".a.id".parse().unwrap()), None);
    }
}
