//! Uses on their way into records and out of them: of a step from its start on, and of a success.

use crate::decide::No;
use crate::record::{Draft, UsesSet, kind};
use crate::rows::{self, Instance};
use crate::{RecordedInput, StepStart, wire};
use rusqlite::Connection;
use seam_model::{Address, Path, Pattern, Schema, UsedPart, Verb};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeSet;

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
        let part = PartRecord::Output { output: from.output.clone(), path: from.path.clone(), takes: None };
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
    },
    Api {
        operations: Vec<String>,
        fields: Vec<String>,
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
                Self::Output { output, path, takes: takes.map(|schema| schema.0) }
            }
            UsedPart::Api { operations, fields } => Self::Api { operations, fields },
            UsedPart::Event { event, fields } => Self::Event { event, fields },
            UsedPart::Table { table, columns } => Self::Table { table, columns },
        }
    }
}

impl From<PartRecord> for UsedPart {
    fn from(from: PartRecord) -> Self {
        match from {
            PartRecord::Output { output, path, takes } => Self::Output { output, path, takes: takes.map(Schema) },
            PartRecord::Api { operations, fields } => Self::Api { operations, fields },
            PartRecord::Event { event, fields } => Self::Event { event, fields },
            PartRecord::Table { table, columns } => Self::Table { table, columns },
        }
    }
}
