//! Reads Terraform states in process: their position, and their outputs with types. Resources are
//! counted and skipped, so a big state costs its parse alone.

use crate::Output;
use seam_model::{Schema, Value};
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The version of everything in a state. Another lineage is another state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatePosition {
    /// Random, given when the state was made; empty where it was never written.
    pub lineage: String,
    /// Counts its writes.
    pub serial: u64,
}

/// What Seam reads of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Which state, and which version of it.
    pub position: StatePosition,
    /// By name; `None` in an encrypted state.
    pub outputs: Option<BTreeMap<String, Output>>,
    /// How many resources it holds; 0 in an encrypted state.
    pub resources: usize,
}

/// A state that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadState {
    /// The file refused.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Not a state's JSON.
    #[error("it is not the JSON of a state")]
    Shape(#[from] serde_json::Error),
    /// Another format than version 4.
    #[error("its format is version {0}, and Seam reads version 4")]
    Version(u64),
}

impl State {
    /// Does it hold nothing? So it is after a destroy.
    pub fn is_empty(&self) -> bool {
        self.resources == 0 && self.outputs.as_ref().is_some_and(BTreeMap::is_empty)
    }
}

/// Reads the state at `path`; `None` where there is no file, or an empty one.
pub fn read(path: &Path) -> Result<Option<State>, BadState> {
    match std::fs::read(path) {
        Ok(bytes) if bytes.trim_ascii().is_empty() => Ok(None),
        Ok(bytes) => parse(&bytes).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BadState::File { path: path.to_owned(), source }),
    }
}

/// Reads a state of version 4, or the outside of one that OpenTofu encrypted.
pub fn parse(bytes: &[u8]) -> Result<State, BadState> {
    let document: Document = serde_json::from_slice(bytes)?;
    let position = StatePosition { lineage: document.lineage, serial: document.serial };
    if document.encryption_version.is_some() {
        return Ok(State { position, outputs: None, resources: 0 });
    }
    match document.version {
        Some(4) => Ok(State {
            position,
            outputs: Some(document.outputs.into_iter().map(|(name, row)| (name, row.into())).collect()),
            resources: document.resources.0,
        }),
        Some(other) => Err(BadState::Version(other)),
        None => Err(BadState::Shape(de::Error::missing_field("version"))),
    }
}

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

#[derive(Deserialize)]
struct Document {
    version: Option<u64>,
    encryption_version: Option<IgnoredAny>,
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    outputs: BTreeMap<String, Row>,
    #[serde(default)]
    resources: Count,
}

#[derive(Deserialize)]
struct Row {
    value: Json,
    #[serde(rename = "type", default)]
    kind: Json,
    #[serde(default)]
    sensitive: bool,
}

impl From<Row> for Output {
    fn from(row: Row) -> Self {
        Self { value: Value::from(row.value), schema: Schema(schema(&row.kind)), sensitive: row.sensitive }
    }
}

/// Terraform's notation of a type (`"string"`, `["list", "string"]`, `["object", {…}]`) as JSON
/// Schema. Lists, sets and tuples are arrays; a tuple of unlike items says nothing of them.
fn schema(kind: &Json) -> Json {
    match kind {
        Json::String(word) => match word.as_str() {
            "string" => json!({"type": "string"}),
            "number" => json!({"type": "number"}),
            "bool" => json!({"type": "boolean"}),
            _ => json!({}),
        },
        Json::Array(parts) => match (parts.first().and_then(Json::as_str), parts.get(1)) {
            (Some("list" | "set"), Some(item)) => array_of(&schema(item)),
            (Some("map"), Some(item)) => open_or(json!({"type": "object"}), "additionalProperties", schema(item)),
            (Some("tuple"), Some(Json::Array(items))) => {
                let mut items = items.iter().map(schema);
                let first = items.next().unwrap_or_else(|| json!({}));
                array_of(&if items.all(|item| item == first) { first } else { json!({}) })
            }
            (Some("object"), Some(Json::Object(members))) => {
                let properties: serde_json::Map<_, _> =
                    members.iter().map(|(name, member)| (name.clone(), schema(member))).collect();
                let required: Vec<_> = members.keys().cloned().collect();
                json!({"type": "object", "properties": properties, "required": required})
            }
            _ => json!({}),
        },
        _ => json!({}),
    }
}

fn array_of(item: &Json) -> Json {
    open_or(json!({"type": "array"}), "items", item.clone())
}

/// Adds `key` unless its schema admits everything anyway.
fn open_or(mut schema: Json, key: &str, inner: Json) -> Json {
    if inner != json!({}) {
        schema[key] = inner;
    }
    schema
}

/// How many items an array has, without keeping any.
#[derive(Default)]
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Count;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while items.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

#[cfg(test)]
mod tests {
    use super::{BadState, parse, parse_outputs, schema};
    use serde_json::json;

    #[test]
    fn outputs_come_with_types_and_resources_are_counted() {
        let state = parse(
            br#"{"version": 4, "serial": 7, "lineage": "l", "outputs": {"n": {"value": 1.50, "type": "number"},
                 "s": {"value": ["a"], "type": ["tuple", ["string"]], "sensitive": true}}, "resources": [{}, {"a": [1]}]}"#,
        )
        .unwrap();
        assert_eq!((state.position.lineage.as_str(), state.position.serial, state.resources), ("l", 7, 2));
        let outputs = state.outputs.unwrap();
        assert_eq!(outputs["n"].value.to_json().unwrap().to_string(), "1.50");
        assert!(outputs["s"].sensitive);
        assert_eq!(outputs["s"].schema.0, json!({"type": "array", "items": {"type": "string"}}));
    }

    #[test]
    fn only_version_4_is_read_and_encryption_is_seen() {
        assert!(matches!(parse(br#"{"version": 3}"#), Err(BadState::Version(3))));
        assert!(matches!(parse(br#"{"serial": 3}"#), Err(BadState::Shape(_))));
        let state =
            parse(br#"{"serial": 3, "lineage": "l", "encrypted_data": "x", "encryption_version": "v0"}"#).unwrap();
        assert_eq!(state.outputs, None);
        assert!(!state.is_empty());
    }

    #[test]
    fn types_become_json_schema() {
        assert_eq!(
            schema(&json!(["map", "bool"])),
            json!({"type": "object", "additionalProperties": {"type": "boolean"}})
        );
        assert_eq!(schema(&json!(["set", "dynamic"])), json!({"type": "array"}));
        assert_eq!(schema(&json!(["tuple", ["string", "number"]])), json!({"type": "array"}));
        assert_eq!(schema(&json!(["tuple", []])), json!({"type": "array"}));
        assert_eq!(
            schema(&json!(["object", {"a": ["list", "number"]}])),
            json!({"type": "object", "required": ["a"],
                   "properties": {"a": {"type": "array", "items": {"type": "number"}}}})
        );
    }

    #[test]
    fn warnings_around_the_json_of_outputs_are_skipped() {
        let outputs =
            parse_outputs("Warning: x\n{\n \"a\": {\"value\": 1, \"type\": \"number\"}\n}\nWarning: y").unwrap();
        assert_eq!(outputs.len(), 1);
        assert!(parse_outputs("Error").is_err());
    }
}
