//! The keyword `pattern`, where a pattern may be too large for the validator. Such a one stops no
//! contract: whoever asks about a text that it would have to judge learns that nobody knows.

use jsonschema::{Keyword, ValidationError, ValidationOptions, Validator};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether a text was asked about that no validator can judge.
pub type Unsure = Arc<AtomicBool>;

/// A pattern as a schema of its own; nothing where it is too large.
struct Pattern {
    validator: Option<Arc<Validator>>,
    unsure: Unsure,
}

impl Pattern {
    fn is_beyond(&self, instance: &Value) -> bool {
        let beyond = self.validator.is_none() && instance.is_string();
        if beyond {
            self.unsure.store(true, Ordering::Relaxed);
        }
        beyond
    }
}

impl<'i> Keyword<'i> for Pattern {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_beyond(instance) {
            return Err(ValidationError::custom("the pattern is too large to judge a text by"));
        }
        self.validator.as_ref().map_or(Ok(()), |validator| validator.validate(instance))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        !self.is_beyond(instance) && self.validator.as_ref().is_none_or(|validator| validator.is_valid(instance))
    }
}

/// The options with that keyword in place of the validator's; what is too large tells `unsure` when
/// it is asked.
pub fn bounded<'o>(options: ValidationOptions<'o>, unsure: &Unsure) -> ValidationOptions<'o> {
    // A document has few patterns, and some of them many times.
    let known: Mutex<HashMap<String, Option<Arc<Validator>>>> = Mutex::default();
    let unsure = unsure.clone();
    options.with_keyword("pattern", move |_, value, _| {
        let name = value.as_str().unwrap_or_default();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(name) {
            known.insert(name.to_owned(), built(value)?);
        }
        let validator = known.get(name).cloned().flatten();
        Ok(Box::new(Pattern { validator, unsure: unsure.clone() }))
    })
}

/// Nothing where it is a pattern, and too large.
fn built(pattern: &Value) -> Result<Option<Arc<Validator>>, ValidationError<'static>> {
    match jsonschema::options().build(&json!({ "pattern": pattern })) {
        Ok(validator) => Ok(Some(Arc::new(validator))),
        Err(_) if is_pattern(pattern) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether it is a pattern at all, whatever its size.
fn is_pattern(pattern: &Value) -> bool {
    let translated = pattern.as_str().and_then(|pattern| jsonschema_regex::to_rust_regex(pattern).ok());
    translated.is_some_and(|pattern| regex_syntax::ast::parse::Parser::new().parse(&pattern).is_ok())
}
