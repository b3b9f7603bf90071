//! Values of keywords, read with what was expected instead: a [`Flaw`] says where and why.

use crate::decimal::Decimal;
use crate::json::Json;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What is wrong with a schema, at the value that is to blame.
#[derive(Clone, Debug)]
pub(super) struct Flaw<'a> {
    pub at: &'a Value,
    pub message: String,
}

impl<'a> Flaw<'a> {
    pub fn new(at: &'a Value, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    fn expected(keyword: &str, expected: &str, at: &'a Value) -> Self {
        Self::new(at, format!("`{keyword}` must be {expected}, not {}", named(at)))
    }
}

/// What a value is, for people.
fn named(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        short => short.to_string().chars().take(40).collect(),
    }
}

pub(super) fn text<'a>(keyword: &str, value: &'a Value) -> Result<&'a str, Flaw<'a>> {
    value.as_str().ok_or_else(|| Flaw::expected(keyword, "a text", value))
}

pub(super) fn flag<'a>(keyword: &str, value: &'a Value) -> Result<bool, Flaw<'a>> {
    value.as_bool().ok_or_else(|| Flaw::expected(keyword, "true or false", value))
}

pub(super) fn list<'a>(keyword: &str, value: &'a Value) -> Result<&'a [Value], Flaw<'a>> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| Flaw::expected(keyword, "a list", value))
}

pub(super) fn members<'a>(keyword: &str, value: &'a Value) -> Result<&'a Map<String, Value>, Flaw<'a>> {
    value.as_object().ok_or_else(|| Flaw::expected(keyword, "an object", value))
}

pub(super) fn texts<'a>(keyword: &str, value: &'a Value) -> Result<Vec<Arc<str>>, Flaw<'a>> {
    list(keyword, value)?.iter().map(|item| text(keyword, item).map(Arc::from)).collect()
}

/// A number, exact.
pub(super) fn number<'a>(keyword: &str, value: &'a Value) -> Result<Decimal, Flaw<'a>> {
    match value {
        Value::Number(number) => number.as_str().parse().map_err(|error| Flaw::new(value, format!("{error}"))),
        _ => Err(Flaw::expected(keyword, "a number", value)),
    }
}

/// A whole number from zero; `2.0` is one. Past 2^64 it is the largest, which no value reaches.
pub(super) fn count<'a>(keyword: &str, value: &'a Value) -> Result<u64, Flaw<'a>> {
    let number = number(keyword, value)?;
    if !number.is_integer() || number < Decimal::from(0) {
        return Err(Flaw::expected(keyword, "a whole number from 0", value));
    }
    Ok(number.to_string().parse().unwrap_or(u64::MAX))
}

/// A value that a schema names.
pub(super) fn json(value: &Value) -> Result<Json, Flaw<'_>> {
    Json::try_from(value).map_err(|error| Flaw::new(value, format!("{error}")))
}
