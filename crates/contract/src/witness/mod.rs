//! Confirms what the solver found: a [`Judge`] asks the validator, crate `jsonschema`, whether a
//! value is one of a schema. A break is told only after the left side accepted its witness and the
//! right side refused it; and before it is told, the witness is made small.

mod format;
mod pattern;
mod shrink;

use crate::json::Json;
use crate::schema::Documents;
use crate::verdict::{Found, Reason, Verdict};
use jsonschema::{Registry, Validator};
use pattern::Unsure;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// The validator of one side: all schemas that are asked for, in one, since documents share most of
/// what they refer to.
#[derive(Debug)]
pub struct Judge {
    validator: Validator,
    unsure: Unsure,
}

/// A schema of a judge: it is the one that stood at this index of its places.
#[derive(Clone, Copy, Debug)]
pub struct Seat<'a> {
    /// The side.
    pub judge: &'a Judge,
    /// The index.
    pub place: usize,
}

/// Where a value is not what its schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// JSON pointer into the value.
    pub at: String,
    /// The keyword that refuses it.
    pub keyword: String,
    /// What is wrong, without the value itself; it may name members.
    pub message: String,
}

/// Documents that the validator does not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the validator does not take the schemas: {0}")]
pub struct JudgeError(String);

impl Judge {
    /// The judge of the schemas at these places: each the name of a document and a JSON pointer.
    ///
    /// # Errors
    /// Says what the validator says, of a reference that leads nowhere for one.
    pub fn new<'a>(
        documents: &Documents,
        places: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, JudgeError> {
        let refused = |error: &dyn std::fmt::Display| JudgeError(error.to_string());
        let own = |document: &'_ Value| document.get("$id")?.as_str().filter(|own| is_absolute(own)).map(str::to_owned);
        let mut registry = Registry::new();
        for (name, document) in documents {
            // Under its own name too: its references start from that one.
            for called in own(document).into_iter().chain([uri(name)]) {
                registry = registry.add(called, document).map_err(|error| refused(&error))?;
            }
        }
        let registry = registry.prepare().map_err(|error| refused(&error))?;
        let reference = |(name, pointer): (&str, &str)| {
            let called = documents.get(name).and_then(own).unwrap_or_else(|| uri(name));
            json!({ "$ref": format!("{}#{}", called.trim_end_matches('#'), encoded(pointer)) })
        };
        // A schema stands under the name of its index, and so does the value that is judged by it.
        let properties: Map<String, Value> =
            places.into_iter().enumerate().map(|(at, place)| (at.to_string(), reference(place))).collect();
        let options = jsonschema::options().with_registry(&registry).should_validate_formats(true);
        let unsure = Unsure::default();
        let options = pattern::bounded(format::asserted(options), &unsure);
        let validator = options.build(&json!({ "properties": properties }));
        Ok(Self { validator: validator.map_err(|error| refused(&error))?, unsure })
    }

    /// Whether the schema at the index is known to accept the value.
    pub fn accepts(&self, place: usize, value: &Value) -> bool {
        self.says(place, value) == Some(true)
    }

    /// Whether the schema at the index is known to refuse the value.
    pub fn refuses(&self, place: usize, value: &Value) -> bool {
        self.says(place, value) == Some(false)
    }

    /// Nothing where a pattern that is too large would have to judge.
    fn says(&self, place: usize, value: &Value) -> Option<bool> {
        self.unsure.store(false, Ordering::Relaxed);
        let is_valid = self.validator.is_valid(&json!({ place.to_string(): value }));
        (!self.unsure.load(Ordering::Relaxed)).then_some(is_valid)
    }

    /// Where the value is not what the schema at the index says.
    pub fn breaches(&self, place: usize, value: &Value) -> Vec<Breach> {
        let seat = place.to_string();
        let seated = json!({ &seat: value });
        let breach = |error: jsonschema::ValidationError<'_>| Breach {
            at: error.instance_path().as_str()[1 + seat.len()..].to_owned(),
            keyword: error.kind().keyword().to_owned(),
            message: error.masked().to_string(),
        };
        self.validator.iter_errors(&seated).map(breach).collect()
    }
}

/// The verdict on what a search found: a witness, and a candidate of one, has to be confirmed.
pub fn judged(found: Found, left: Seat<'_>, right: Seat<'_>) -> Verdict {
    let (value, reason) = match found {
        Found::None => return Verdict::Compatible,
        Found::Maybe(reason, None) => return Verdict::Unknown(reason),
        Found::Maybe(reason, Some(value)) => (value, reason),
        Found::Value(value) => (value, Reason::WitnessRefused),
    };
    confirmed(&value, left, right).map_or(Verdict::Unknown(reason), Verdict::Breaking)
}

/// A small value that the left side accepts and the right side refuses, where the given one is one.
pub fn confirmed(witness: &Json, left: Seat<'_>, right: Seat<'_>) -> Option<Json> {
    let is_witness = |value: &Value| left.accepts(value) && right.refuses(value);
    let value = Value::from(witness);
    let small = is_witness(&value).then(|| shrink::shrunk(value, is_witness))?;
    // What was made smaller is made of parts that were read before.
    Json::try_from(&small).ok()
}

impl Seat<'_> {
    /// Whether the schema is known to accept the value.
    pub fn accepts(self, value: &Value) -> bool {
        self.judge.accepts(self.place, value)
    }

    /// Whether the schema is known to refuse the value.
    pub fn refuses(self, value: &Value) -> bool {
        self.judge.refuses(self.place, value)
    }
}

/// The name of a document as a URI: a path becomes one of its own scheme.
fn uri(name: &str) -> String {
    if is_absolute(name) { name.to_owned() } else { format!("workspace:///{}", encoded(name.trim_start_matches('/'))) }
}

/// Whether a reference begins with a scheme.
fn is_absolute(reference: &str) -> bool {
    let scheme = reference.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

/// Percent-encoded but for what paths and fragments may hold.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte.into()),
            // Writing to a text cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
