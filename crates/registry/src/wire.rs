//! How values stand in records as JSON. Domain types carry no serde: the types here do, and
//! convert at the edge. Texts, words and paths have one encoding each.

use seam_model::{Address, Path, Pattern, RunResult, Schema, Segment, Verb};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Something in its place, or, where it is large, in a blob.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stored<T> {
    Inline(T),
    /// The blob's digest in hex.
    Blob(String),
}

pub(crate) type Inputs = BTreeMap<String, Input>;
pub(crate) type Outputs = BTreeMap<String, Output>;

/// A value, or its ciphertext. Without `sealed` an absent value is null.
#[derive(Serialize, Deserialize)]
pub(crate) struct Held {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
}

/// A value encrypted with the data key of its instance.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    /// Which data key of the instance.
    pub generation: u64,
    /// 24 bytes in hex.
    pub nonce: String,
    /// Ciphertext and tag in hex.
    pub data: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Output {
    #[serde(flatten)]
    pub held: Held,
    pub schema: Json,
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Input {
    #[serde(flatten)]
    pub held: Held,
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
    #[serde(with = "pattern")]
    pub pattern: Pattern,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Provider>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Provider {
    #[serde(with = "text")]
    pub address: Address,
    pub output: String,
    #[serde(with = "path", default, skip_serializing_if = "Path::is_empty")]
    pub path: Path,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Resource {
    pub kind: String,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct State {
    pub place: String,
    pub lineage: String,
    pub serial: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Exited(i32),
    Signalled(i32),
    TimedOut,
    NotStarted,
    Applied,
    NotApplied,
}

/// A backend with its settings.
#[derive(Serialize, Deserialize)]
pub(crate) struct Backend {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    #[serde(flatten)]
    pub held: Held,
}

/// A success, without its inputs.
#[derive(Serialize, Deserialize)]
pub(crate) struct Success {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    pub tool: String,
    pub tool_version: String,
    pub home: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A type that prints and reads itself.
pub(crate) mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<T: std::fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A path as an array of keys and indexes.
pub(crate) mod path {
    use super::{Path, Segment};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Part {
        Index(usize),
        Key(String),
    }

    pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(path.0.iter().map(|segment| match segment {
            Segment::Index(index) => Part::Index(*index),
            Segment::Key(key) => Part::Key(key.clone()),
        }))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        let parts = Vec::<Part>::deserialize(deserializer)?;
        Ok(Path(
            parts
                .into_iter()
                .map(|part| match part {
                    Part::Index(index) => Segment::Index(index),
                    Part::Key(key) => Segment::Key(key),
                })
                .collect(),
        ))
    }
}

/// A closed set of words of `model`, as serde's `with` wants it.
macro_rules! words {
    ($module:ident, $type:ident: $all:expr) => {
        pub(crate) mod $module {
            use super::$type;
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            pub fn serialize<S: Serializer>(word: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(word.as_str())
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let word = String::deserialize(deserializer)?;
                $all.into_iter()
                    .find(|known| known.as_str() == word)
                    .ok_or_else(|| D::Error::custom(format!("`{word}` is not known")))
            }
        }
    };
}

words!(verb, Verb: [Verb::Plan, Verb::Apply, Verb::Destroy, Verb::Import, Verb::Tool]);
words!(result, RunResult: [
    RunResult::Done,
    RunResult::Failed,
    RunResult::Refused,
    RunResult::Interrupted,
    RunResult::Lost
]);
words!(pattern, Pattern: Pattern::ALL);

impl From<&crate::Provider> for Provider {
    fn from(from: &crate::Provider) -> Self {
        Self { address: from.address.clone(), output: from.output.clone(), path: from.path.clone() }
    }
}

impl From<Provider> for crate::Provider {
    fn from(from: Provider) -> Self {
        Self { address: from.address, output: from.output, path: from.path }
    }
}

impl From<&seam_model::Resource> for Resource {
    fn from(from: &seam_model::Resource) -> Self {
        let seam_model::Resource { kind, id, name, arn, tags } = from.clone();
        Self { kind, id, name, arn, tags }
    }
}

impl From<Resource> for seam_model::Resource {
    fn from(from: Resource) -> Self {
        let Resource { kind, id, name, arn, tags } = from;
        Self { kind, id, name, arn, tags }
    }
}

impl From<&crate::StatePosition> for State {
    fn from(from: &crate::StatePosition) -> Self {
        let crate::StatePosition { place, lineage, serial, stamp } = from.clone();
        Self { place, lineage, serial, stamp }
    }
}

impl From<State> for crate::StatePosition {
    fn from(from: State) -> Self {
        let State { place, lineage, serial, stamp } = from;
        Self { place, lineage, serial, stamp }
    }
}

impl From<crate::Outcome> for Outcome {
    fn from(from: crate::Outcome) -> Self {
        match from {
            crate::Outcome::Exited(status) => Self::Exited(status),
            crate::Outcome::Signalled(signal) => Self::Signalled(signal),
            crate::Outcome::TimedOut => Self::TimedOut,
            crate::Outcome::NotStarted => Self::NotStarted,
            crate::Outcome::Applied => Self::Applied,
            crate::Outcome::NotApplied => Self::NotApplied,
        }
    }
}

impl From<Outcome> for crate::Outcome {
    fn from(from: Outcome) -> Self {
        match from {
            Outcome::Exited(status) => Self::Exited(status),
            Outcome::Signalled(signal) => Self::Signalled(signal),
            Outcome::TimedOut => Self::TimedOut,
            Outcome::NotStarted => Self::NotStarted,
            Outcome::Applied => Self::Applied,
            Outcome::NotApplied => Self::NotApplied,
        }
    }
}

impl Success {
    /// Of what is recorded, with the backend as it may be.
    pub(crate) fn new(from: &crate::Success, backend: Option<Backend>) -> Self {
        Self {
            backend,
            key: from.key.clone(),
            state: from.state.as_ref().map(Into::into),
            tool: from.tool.clone(),
            tool_version: from.tool_version.clone(),
            home: from.home.clone(),
            took_ms: from.took.map(milliseconds),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Output {
    /// The output with its value as it could be opened.
    pub(crate) fn published(self, value: Option<seam_model::Value>) -> crate::PublishedOutput {
        crate::PublishedOutput { value, schema: Schema(self.schema), sensitive: self.sensitive }
    }
}

impl Input {
    /// The input with its value as it could be opened.
    pub(crate) fn last(self, value: Option<seam_model::Value>) -> crate::LastInput {
        let from = self.from.into_iter().map(Into::into).collect();
        crate::LastInput { value, sensitive: self.sensitive, pattern: self.pattern, from }
    }
}

#[cfg(test)]
mod tests {
    use super::Provider;
    use seam_model::{Path, Segment};

    #[test]
    fn a_path_keeps_every_key() {
        let path = Path(vec![Segment::Index(0), Segment::Key("0".into()), Segment::Key("a\"] .b".into())]);
        let provider = Provider { address: "a/b/c".parse().unwrap(), output: "o".into(), path: path.clone() };
        let json = serde_json::to_string(&provider).unwrap();
        assert_eq!(json, r#"{"address":"a/b/c","output":"o","path":[0,"0","a\"] .b"]}"#);
        assert_eq!(serde_json::from_str::<Provider>(&json).unwrap().path, path);
    }
}
