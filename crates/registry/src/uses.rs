//! Uses on their way into records and out of them: of a step from its start on, and of a success.

use crate::decide::No;
use crate::record::{Draft, UsesSet, kind};
use crate::rows::{self, Instance};
use crate::{RecordedInput, StepStart, wire};
use rusqlite::Connection;
use seam_model::{Address, Lookup, Path, Pattern, Schema, UsedOperation, UsedPart, Verb};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// An output, or a part of it, of a provider stack's instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provider {
    /// The instance.
    pub address: Address,
    /// Its output.
    pub output: String,
    /// Where inside the output.
    pub path: Path,
}

/// An instance consumes this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Of whom.
    pub provider: Address,
    /// What.
    pub part: UsedPart,
    /// By which pattern.
    pub pattern: Pattern,
    /// The accepted contract versions, a semver range.
    pub range: Option<String>,
}

/// What an apply builds on from its start, whether it succeeds or not.
pub(crate) fn of(step: &StepStart) -> Vec<UseRecord> {
    let consumes = |input: &&RecordedInput| step.verb == Verb::Apply && input.pattern.is_recorded_use();
    let inputs = step.inputs.values().filter(consumes);
    let from: BTreeSet<_> = inputs.flat_map(|input| input.from.iter().map(|from| (from, input.pattern))).collect();
    let one = |(from, pattern): (&Provider, Pattern)| {
        let part = PartRecord::output(from.output.clone(), from.path.clone());
        UseRecord { provider: from.address.clone(), part, pattern, range: None }
    };
    from.into_iter().map(one).collect()
}

/// The record that replaces the uses, where they are others than before.
pub(crate) fn set(
    view: &Connection,
    address: &Address,
    instance: Option<&Instance>,
    uses: &[Use],
) -> Result<Option<Draft>, No> {
    let mut after = uses.to_vec();
    after.sort();
    after.dedup();
    let before = match instance {
        Some(instance) => rows::uses(view, instance.id)?,
        None => Vec::new(),
    };
    if before == after {
        return Ok(None);
    }
    let uses = after.iter().map(Into::into).collect();
    Ok(Some(Draft::of(address, kind::USES_SET, &UsesSet { uses })?))
}

/// A use in a record.
#[derive(Serialize, Deserialize)]
pub(crate) struct UseRecord {
    #[serde(rename = "address", with = "wire::text")]
    pub provider: Address,
    #[serde(flatten)]
    pub part: PartRecord,
    #[serde(with = "wire::pattern")]
    pub pattern: Pattern,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
}

/// What is used; its members tell which it is.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum PartRecord {
    Output {
        output: String,
        #[serde(with = "wire::path", default, skip_serializing_if = "Path::is_empty")]
        path: Path,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        takes: Option<Json>,
        /// Of what is looked up: the output is its words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lookup: Option<LookupRecord>,
    },
    Api {
        /// Names.
        operations: Vec<String>,
        fields: Vec<String>,
        /// Method and path by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        routes: BTreeMap<String, String>,
    },
    Event {
        event: String,
        fields: Vec<String>,
    },
    Table {
        table: String,
        columns: Vec<String>,
    },
}

/// What is looked for.
#[derive(Serialize, Deserialize)]
pub(crate) struct LookupRecord {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl PartRecord {
    fn output(output: String, path: Path) -> Self {
        Self::Output { output, path, takes: None, lookup: None }
    }
}

impl From<&Use> for UseRecord {
    fn from(from: &Use) -> Self {
        let Use { provider, part, pattern, range } = from.clone();
        Self { provider, part: part.into(), pattern, range }
    }
}

impl From<UseRecord> for Use {
    fn from(from: UseRecord) -> Self {
        Self { provider: from.provider, part: from.part.into(), pattern: from.pattern, range: from.range }
    }
}

impl From<UsedPart> for PartRecord {
    fn from(from: UsedPart) -> Self {
        match from {
            UsedPart::Output { output, path, takes } => {
                Self::Output { output, path, takes: takes.map(|schema| schema.0), lookup: None }
            }
            UsedPart::Lookup(lookup) => {
                let output = lookup.words();
                let Lookup { kind, name, tags } = lookup;
                let lookup = Some(LookupRecord { kind, name, tags });
                Self::Output { output, path: Path::default(), takes: None, lookup }
            }
            UsedPart::Api { operations, fields } => {
                let routed = operations.iter().filter_map(|one| Some((one.name.clone(), one.route.clone()?)));
                let routes = routed.collect();
                Self::Api { operations: operations.into_iter().map(|one| one.name).collect(), fields, routes }
            }
            UsedPart::Event { event, fields } => Self::Event { event, fields },
            UsedPart::Table { table, columns } => Self::Table { table, columns },
        }
    }
}

impl From<PartRecord> for UsedPart {
    fn from(from: PartRecord) -> Self {
        match from {
            PartRecord::Output { lookup: Some(LookupRecord { kind, name, tags }), .. } => {
                Self::Lookup(Lookup { kind, name, tags })
            }
            PartRecord::Output { output, path, takes, .. } => Self::Output { output, path, takes: takes.map(Schema) },
            PartRecord::Api { operations, fields, routes } => {
                let operation = |name: String| UsedOperation { route: routes.get(&name).cloned(), name };
                Self::Api { operations: operations.into_iter().map(operation).collect(), fields }
            }
            PartRecord::Event { event, fields } => Self::Event { event, fields },
            PartRecord::Table { table, columns } => Self::Table { table, columns },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Use, UseRecord};
    use seam_model::{Lookup, UsedPart};

    #[test]
    fn uses_of_older_records_are_read_and_newer_ones_say_what_those_said() {
        let read = |json: &str| Use::from(serde_json::from_str::<UseRecord>(json).unwrap()).part;
        let looked_up = r#"{"address":"shop/net/dev","output":"subnet tier=web","pattern":"lookup"}"#;
        assert_eq!(read(looked_up).output(), Some("subnet tier=web"));
        let called = r#"{"address":"shop/api/dev","operations":["getOrder"],"fields":[],"pattern":"api"}"#;
        assert_eq!(read(called), UsedPart::Api { operations: vec!["getOrder".into()], fields: vec![] });

        let tags = [("tier".to_owned(), "web".to_owned())].into();
        let lookup = UsedPart::Lookup(Lookup { kind: "subnet".to_owned(), name: None, tags });
        let uses = Use { part: lookup, ..serde_json::from_str::<UseRecord>(looked_up).unwrap().into() };
        let written = serde_json::to_value(UseRecord::from(&uses)).unwrap();
        assert_eq!(
            (&written["output"], &written["lookup"]["tags"]["tier"]),
            (&"subnet tier=web".into(), &"web".into())
        );
    }
}
