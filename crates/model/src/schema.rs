//! Types of outputs as JSON Schema: inferred from a value, and the part of a contract that is
//! checked before a publication (type and presence).

use crate::Value;
use serde_json::{Value as Json, json};
use std::cmp::Ordering;

/// A JSON Schema document; `{}` admits everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema(pub Json);

/// A value that is not of the type its contract promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is {found}, and the contract says {wanted}")]
pub struct Mismatch {
    /// The types that the schema admits.
    pub wanted: String,
    /// The value's own type.
    pub found: String,
}

/// By its text.
impl Ord for Schema {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.to_string().cmp(&other.0.to_string())
    }
}

impl PartialOrd for Schema {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Schema {
    /// Admits everything.
    pub fn any() -> Self {
        Self(json!({}))
    }

    /// The type of `value`, leaf by leaf. `[]` and `{}` stay open: nothing is known of their items.
    pub fn infer(value: &Value) -> Self {
        Self(infer(value))
    }

    /// The `type` of the schema in words: `string`, `string or null`, `any`.
    pub fn type_words(&self) -> String {
        let types = self.types();
        if types.is_empty() { "any".to_owned() } else { types.join(" or ") }
    }

    fn types(&self) -> Vec<String> {
        match self.0.get("type") {
            Some(Json::String(one)) => vec![one.clone()],
            Some(Json::Array(many)) => many.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        }
    }

    /// Checks the top-level `type` of a known value.
    pub fn check_type(&self, value: &Value) -> Result<(), Mismatch> {
        let types = self.types();
        let found = value.type_name();
        let fits = types.is_empty()
            || types.iter().any(|wanted| wanted == found || (wanted == "integer" && is_integer(value)));
        if fits { Ok(()) } else { Err(Mismatch { wanted: types.join(" or "), found: found.to_owned() }) }
    }
}

/// JSON Schema's integers are numbers without a fraction, however they are written (`1.0`, `1e3`).
fn is_integer(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|float| float.fract() == 0.0)
        }
        _ => false,
    }
}

fn infer(value: &Value) -> Json {
    match value {
        Value::Unknown => json!({}),
        Value::Array(items) => match items.split_first() {
            None => json!({"type": "array"}),
            Some((first, rest)) => {
                let item = infer(first);
                if rest.iter().all(|other| infer(other) == item) {
                    json!({"type": "array", "items": item})
                } else {
                    json!({"type": "array"})
                }
            }
        },
        Value::Object(members) if members.is_empty() => json!({"type": "object"}),
        Value::Object(members) => {
            let properties: serde_json::Map<_, _> =
                members.iter().map(|(key, member)| (key.clone(), infer(member))).collect();
            let required: Vec<_> = members.keys().cloned().collect();
            json!({"type": "object", "properties": properties, "required": required})
        }
        scalar => json!({"type": scalar.type_name()}),
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;
    use crate::Value;
    use serde_json::json;

    #[test]
    fn types_are_checked_and_integers_are_numbers() {
        let integer = Schema(json!({"type": "integer"}));
        assert!(integer.check_type(&Value::from(json!(3))).is_ok());
        assert!(integer.check_type(&Value::from(json!(3.0))).is_ok());
        let mismatch = integer.check_type(&Value::from(json!(3.5))).unwrap_err();
        assert_eq!(mismatch.to_string(), "is number, and the contract says integer");
        assert!(Schema::any().check_type(&Value::Null).is_ok());
    }

    #[test]
    fn inferred_types_stay_open_where_nothing_is_known() {
        let schema = Schema::infer(&Value::from(json!({"a": [], "b": [1, 2], "c": "x"})));
        assert_eq!(schema.0["properties"]["a"], json!({"type": "array"}));
        assert_eq!(schema.0["properties"]["b"], json!({"type": "array", "items": {"type": "number"}}));
    }
}
