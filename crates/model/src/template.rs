//! The only substitution in workspace files: `{system}`, `{stack}`, `{environment}` and
//! attributes of the environment. `{{` is a brace; any other brace is literal.

use crate::{Finding, Place, Value, codes};
use std::collections::BTreeMap;

/// What identifiers in braces stand for, by name.
pub type Attributes = BTreeMap<String, String>;

/// An identifier in braces that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{{{identifier}}}` is not known here")]
pub struct BadTemplate {
    /// The identifier.
    pub identifier: String,
    /// The nearest one that is known.
    pub nearest: Option<String>,
}

impl BadTemplate {
    /// The finding about it in a text at `place`.
    pub fn finding(&self, place: &Place) -> Finding {
        let help = match &self.nearest {
            Some(nearest) => format!("did you mean `{{{nearest}}}`?"),
            None => "write `{{` for a literal brace".to_owned(),
        };
        Finding::error(codes::TEMPLATE, self.to_string()).at(place).help(help)
    }
}

/// Replaces each `{identifier}` of `text`. A brace that encloses no identifier stays, so JSON in a
/// string survives.
pub fn expand(text: &str, attributes: &Attributes) -> Result<String, BadTemplate> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('{') {
            out.push('{');
            rest = tail;
            continue;
        }
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(after.len());
        let identifier = &after[..end];
        let starts = identifier.starts_with(|c: char| c.is_ascii_alphabetic());
        if starts && after[end..].starts_with('}') {
            let value = attributes.get(identifier).ok_or_else(|| BadTemplate {
                identifier: identifier.to_owned(),
                nearest: crate::nearest(identifier, attributes.keys().map(String::as_str)).map(str::to_owned),
            })?;
            out.push_str(value);
            rest = &after[end + 1..];
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Replaces each `{identifier}` in every string of `value`; keys stay as they are.
pub fn expand_value(value: &Value, attributes: &Attributes) -> Result<Value, BadTemplate> {
    Ok(match value {
        Value::String(text) => Value::String(expand(text, attributes)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| expand_value(item, attributes)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let expanded = members.iter().map(|(key, member)| Ok((key.clone(), expand_value(member, attributes)?)));
            Value::Object(expanded.collect::<Result<_, _>>()?)
        }
        Value::Unknown | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Attributes, expand, expand_value};
    use crate::Value;
    use serde_json::json;

    #[test]
    fn identifiers_are_replaced_and_json_survives() {
        let attributes: Attributes = [("stack".to_owned(), "app".to_owned())].into();
        assert_eq!(expand("x-{stack}", &attributes).unwrap(), "x-app");
        assert_eq!(expand("{{stack}", &attributes).unwrap(), "{stack}");
        assert_eq!(expand("{\"a\": {}}", &attributes).unwrap(), "{\"a\": {}}");
        let error = expand("{stck}", &attributes).unwrap_err();
        assert_eq!((error.identifier.as_str(), error.nearest.as_deref()), ("stck", Some("stack")));
    }

    #[test]
    fn strings_of_a_value_are_replaced_wherever_they_stand() {
        let attributes: Attributes = [("stack".to_owned(), "app".to_owned())].into();
        let value = Value::from(json!({"{stack}": ["{stack}", 1, null, {"a": "-{stack}-"}]}));
        let expanded = json!({"{stack}": ["app", 1, null, {"a": "-app-"}]});
        assert_eq!(expand_value(&value, &attributes).unwrap(), Value::from(expanded));
        assert!(expand_value(&Value::from(json!([{"a": "{other}"}])), &attributes).is_err());
    }
}
