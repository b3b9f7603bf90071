//! A [`Json`] value with exact numbers: one value has one form, so that it can be a key.

use crate::decimal::{Decimal, NumberError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A JSON value; numbers are compared by what they are, not by how they are written, and members
/// of an object have no order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// A number.
    Number(Decimal),
    /// A text.
    String(Arc<str>),
    /// A list.
    Array(Vec<Json>),
    /// Named members.
    Object(BTreeMap<Arc<str>, Json>),
}

/// The six types of JSON Schema; an integer is a number that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "named as in JSON Schema")]
pub enum Type {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    /// All of them, in the order in which witnesses are looked for: the simplest first.
    pub const ALL: [Self; 6] = [Self::Null, Self::Boolean, Self::Number, Self::String, Self::Array, Self::Object];

    /// As `type` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl Json {
    /// Its type.
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Boolean(_) => Type::Boolean,
            Self::Number(_) => Type::Number,
            Self::String(_) => Type::String,
            Self::Array(_) => Type::Array,
            Self::Object(_) => Type::Object,
        }
    }
}

impl TryFrom<&Value> for Json {
    type Error = NumberError;

    fn try_from(value: &Value) -> Result<Self, NumberError> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Boolean(*flag),
            Value::Number(number) => Self::Number(number.as_str().parse()?),
            Value::String(text) => Self::String(text.as_str().into()),
            Value::Array(items) => Self::Array(items.iter().map(Self::try_from).collect::<Result<_, _>>()?),
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| Ok((name.as_str().into(), Self::try_from(value)?));
                Self::Object(members.iter().map(member).collect::<Result<_, NumberError>>()?)
            }
        })
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Boolean(flag) => Self::Bool(*flag),
            Json::Number(number) => serde_json::from_str(&number.to_string()).unwrap_or(Self::Null),
            Json::String(text) => Self::String(text.to_string()),
            Json::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Json::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (name.to_string(), Self::from(value))).collect())
            }
        }
    }
}
