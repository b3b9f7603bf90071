//! What a stack promises to its consumers, its [`Contract`], and what it says that it uses of others'.

use crate::{Lookup, LookupRule, Name, Path, Place, Schema};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a stack promises, as its `stack.yaml` declares it. `$ref`s in its schemas are relative to
/// that file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// A semantic version.
    pub version: Option<String>,
    /// By name.
    pub outputs: BTreeMap<String, ContractOutput>,
    /// What lookups find, by a name of its own.
    pub lookups: BTreeMap<String, LookupRule>,
    /// The file of its OpenAPI document, relative to the workspace.
    pub api: Option<ContractFile>,
    /// What it sends, by a name of its own.
    pub events: BTreeMap<String, ContractEvent>,
    /// The tables that it shares inside the system, by name.
    pub tables: BTreeMap<String, ContractTable>,
}

/// What is promised of one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractOutput {
    /// What its values are.
    pub schema: Schema,
    /// Is it a secret?
    pub sensitive: bool,
    /// Is it on its way out?
    pub deprecated: Option<Deprecation>,
    /// Where it is declared.
    pub place: Place,
}

/// A file that is part of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractFile {
    /// Relative to the workspace.
    pub path: PathBuf,
    /// Where it is named.
    pub place: Place,
}

/// An event that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractEvent {
    /// The `type` of CloudEvents: `com.acme.order.created`.
    pub kind: String,
    /// The part of the payload that events are ordered by: `order_id`.
    pub key: Option<String>,
    /// What its payload is.
    pub schema: Schema,
    /// Is it on its way out?
    pub deprecated: Option<Deprecation>,
    /// Where it is declared.
    pub place: Place,
}

/// A table of a data store that others of the system read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractTable {
    /// What the values of each column are.
    pub columns: BTreeMap<String, Schema>,
    /// The columns that tell rows apart, in order.
    pub key: Vec<String>,
    /// Is it on its way out?
    pub deprecated: Option<Deprecation>,
    /// Where it is declared.
    pub place: Place,
}

/// That something is on its way out: who uses it is told, and may go on until the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deprecation {
    /// The version of the contract that said so first.
    pub since: Option<String>,
    /// What to use instead.
    pub instead: Option<String>,
    /// The day from which it may be gone: `2027-02-01`.
    pub sunset: Option<String>,
}

/// A use that no input shows: a service says what it calls, receives or reads of another stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredUse {
    /// The other system; `None` for the workspace's own.
    pub system: Option<Name>,
    /// The provider stack.
    pub stack: Name,
    /// What of it.
    pub what: UsedPart,
    /// The versions of its contract that are accepted.
    pub range: Option<String>,
    /// Where it is declared.
    pub place: Place,
}

/// The part of a contract that a consumer uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UsedPart {
    /// An output, or a part of it.
    Output {
        /// Its name; in older records of lookups the words of what is looked for.
        output: String,
        /// Where inside the output.
        path: Path,
        /// What the consumer takes there; `None` where nobody said: then whatever was promised.
        takes: Option<Schema>,
    },
    /// Resources that are looked up.
    Lookup(Lookup),
    /// Operations of the API and the fields of their answers that are read, such as `items[].sku`; no
    /// field: all that is there.
    Api {
        /// At least one.
        operations: Vec<UsedOperation>,
        /// As paths.
        fields: Vec<String>,
    },
    /// An event, by its name in the contract, and the fields of its payload that are read.
    Event {
        /// Its name.
        event: String,
        /// As paths.
        fields: Vec<String>,
    },
    /// A table, and the columns that are read.
    Table {
        /// Its name.
        table: String,
        /// Names of columns.
        columns: Vec<String>,
    },
}

/// An operation of an API that somebody calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsedOperation {
    /// As people call it: its id, or `GET /orders/{id}`.
    pub name: String,
    /// Its method and path, without the names of parameters: `GET /orders/{}`. It is this operation,
    /// whatever it is called. `None` where no contract was there to tell it.
    pub route: Option<String>,
}

impl From<&str> for UsedOperation {
    /// One of which the name alone is known.
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), route: None }
    }
}

impl UsedPart {
    /// Is it what services use of each other, which no input shows?
    pub fn is_of_service(&self) -> bool {
        matches!(self, Self::Api { .. } | Self::Event { .. } | Self::Table { .. })
    }

    /// The output, where it is one.
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Output { output, .. } => Some(output),
            _ => None,
        }
    }

    /// In words, after the consumer and before the provider: `reads `url[0]` of`.
    pub fn words(&self) -> String {
        let list = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match self {
            Self::Output { output, path, .. } => format!("reads `{output}{path}` of"),
            Self::Lookup(lookup) => format!("looks up `{}` in", lookup.words()),
            Self::Api { operations, .. } => {
                let names: Vec<String> = operations.iter().map(|operation| operation.name.clone()).collect();
                format!("calls {} of", list(&names))
            }
            Self::Event { event, .. } => format!("receives `{event}` of"),
            Self::Table { table, columns } if columns.is_empty() => format!("reads table `{table}` of"),
            Self::Table { table, columns } => format!("reads {} of table `{table}` of", list(columns)),
        }
    }
}

impl Contract {
    /// The document that is registered and compared: without the places of the file, and without the
    /// API, whose document is a file of its own.
    pub fn to_json(&self) -> Json {
        let mut document = Map::new();
        if let Some(version) = &self.version {
            document.insert("version".to_owned(), json!(version));
        }
        let parts: [(&str, Map<String, Json>); 4] = [
            ("outputs", each(&self.outputs, ContractOutput::to_json)),
            ("lookups", each(&self.lookups, rule_json)),
            ("events", each(&self.events, ContractEvent::to_json)),
            ("tables", each(&self.tables, ContractTable::to_json)),
        ];
        for (key, members) in parts.into_iter().filter(|(_, members)| !members.is_empty()) {
            document.insert(key.to_owned(), Json::Object(members));
        }
        Json::Object(document)
    }
}

fn each<T>(members: &BTreeMap<String, T>, to_json: impl Fn(&T) -> Json) -> Map<String, Json> {
    members.iter().map(|(name, member)| (name.clone(), to_json(member))).collect()
}

impl ContractOutput {
    /// Its schema, with what is said of it beside.
    fn to_json(&self) -> Json {
        let mut members = self.schema.0.as_object().cloned().unwrap_or_default();
        if self.sensitive {
            members.insert("sensitive".to_owned(), json!(true));
        }
        with_deprecation(members, self.deprecated.as_ref())
    }
}

impl ContractEvent {
    fn to_json(&self) -> Json {
        let mut members =
            Map::from_iter([("type".to_owned(), json!(self.kind)), ("schema".to_owned(), self.schema.0.clone())]);
        if let Some(key) = &self.key {
            members.insert("key".to_owned(), json!(key));
        }
        with_deprecation(members, self.deprecated.as_ref())
    }
}

impl ContractTable {
    fn to_json(&self) -> Json {
        let columns = each(&self.columns, |schema| schema.0.clone());
        let members =
            Map::from_iter([("columns".to_owned(), Json::Object(columns)), ("key".to_owned(), json!(self.key))]);
        with_deprecation(members, self.deprecated.as_ref())
    }
}

impl Deprecation {
    /// `{since, use, sunset}`, each where it is known.
    pub fn to_json(&self) -> Json {
        let members = [("since", &self.since), ("use", &self.instead), ("sunset", &self.sunset)];
        let known = members.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?))));
        Json::Object(known.collect())
    }
}

fn with_deprecation(mut members: Map<String, Json>, deprecated: Option<&Deprecation>) -> Json {
    if let Some(deprecated) = deprecated {
        members.insert("deprecated".to_owned(), deprecated.to_json());
    }
    Json::Object(members)
}

fn rule_json(rule: &LookupRule) -> Json {
    let mut members = Map::from_iter([("kind".to_owned(), json!(rule.kind)), ("tags".to_owned(), json!(rule.tags))]);
    if let Some(name) = &rule.name {
        members.insert("name".to_owned(), json!(name));
    }
    Json::Object(members)
}
