//! Which variables a variables file (`*.tfvars`, `*.tfvars.json`) sets.

use crate::expression::span;
use crate::source::{Error, Place, SourceFile};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The names that the file sets, each with its place (in JSON the start of the file).
///
/// # Errors
/// Where the file cannot be read.
pub fn variables_set(file: &SourceFile) -> Result<BTreeMap<String, Place>, Error> {
    let text = file.text()?;
    if file.is_json() {
        let start = text.place(0..0);
        let members: Map<String, Json> = serde_json::from_str(&text.content)
            .map_err(|error| Error { place: start.clone(), message: error.to_string() })?;
        return Ok(members.into_iter().map(|(name, _)| (name, start.clone())).collect());
    }
    let body = text.parse()?;
    Ok(body.attributes().map(|it| (it.key.as_str().to_owned(), text.place(span(&it.key)))).collect())
}

#[cfg(test)]
mod tests {
    use super::variables_set;
    use crate::SourceFile;

    #[test]
    fn both_syntaxes_name_what_they_set() {
        for (name, bytes) in [("a.tfvars", "b = 1\na = [\n  2\n]\n"), ("a.tfvars.json", r#"{"a": [2], "b": 1}"#)] {
            let file = SourceFile { name: name.to_owned(), bytes: bytes.into() };
            assert_eq!(variables_set(&file).unwrap().into_keys().collect::<Vec<_>>(), ["a", "b"]);
        }
    }
}
