//! What a tool prints when it is asked: one JSON document, and perhaps warnings around it.

use super::Row;
use crate::Output;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Reads what `output -json` prints. Some versions print warnings before or after it, so the first
/// line that opens an object starts the one value that is read.
pub(crate) fn parse_outputs(text: &str) -> Result<BTreeMap<String, Output>, serde_json::Error> {
    let rows: BTreeMap<String, Row> = first_object(text)?;
    Ok(rows.into_iter().map(|(name, row)| (name, row.into())).collect())
}

/// The first JSON object of `text` that starts a line; what stands before and behind it is skipped.
pub(crate) fn first_object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    let start = if text.starts_with('{') { 0 } else { text.find("\n{").map_or(text.len(), |at| at + 1) };
    T::deserialize(&mut serde_json::Deserializer::from_str(&text[start..]))
}

#[cfg(test)]
mod tests {
    use super::parse_outputs;

    #[test]
    fn warnings_around_the_json_of_outputs_are_skipped() {
        let outputs =
            parse_outputs("Warning: x\n{\n \"a\": {\"value\": 1, \"type\": \"number\"}\n}\nWarning: y").unwrap();
        assert_eq!(outputs.len(), 1);
        assert!(parse_outputs("Error").is_err());
    }
}
