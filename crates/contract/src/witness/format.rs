//! The keyword `format` as contracts mean it: it asserts in every dialect, and the formats of numbers
//! are bounds. The validator by itself lets newer formats pass in older dialects, and knows none of
//! numbers.

use crate::schema::bounds;
use jsonschema::{Keyword, ValidationError, ValidationOptions, Validator};
use serde_json::{Number, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a format asserts, as a schema of its own.
struct Format(Arc<Validator>);

impl<'i> Keyword<'i> for Format {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        self.0.validate(instance)
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.0.is_valid(instance)
    }
}

/// The options with that keyword in place of the validator's.
pub fn asserted(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    // A document has few formats, and each of them many times.
    let known: Mutex<HashMap<String, Arc<Validator>>> = Mutex::default();
    options.with_keyword("format", move |_, value, _| {
        let name = value.as_str().unwrap_or_default();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = known.get(name) {
            return Ok(Box::new(Format(validator.clone())));
        }
        let validator = jsonschema::options().should_validate_formats(true).build(&meaning(name))?;
        let validator = Arc::new(validator);
        known.insert(name.to_owned(), validator.clone());
        Ok(Box::new(Format(validator)))
    })
}

/// A schema of the newest dialect that says what the format says.
fn meaning(format: &str) -> Value {
    let number = |text: String| text.parse::<Number>().ok();
    match bounds(format) {
        Some((min, max)) => json!({ "minimum": number(min.to_string()), "maximum": number(max.to_string()) }),
        None => json!({ "format": format }),
    }
}
