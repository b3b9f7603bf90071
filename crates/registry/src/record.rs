//! The kinds of records of the registry's log and their bodies. A body is JSON, its record's key
//! is the address or the run it is about.

use crate::wire::{self, Inputs, Outputs, Stored, Success, text};
use seam_model::{Address, Name, RunResult, Verb};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! kinds {
    ($($kind:ident $word:literal)*) => {
        /// What a record says.
        pub(crate) enum Body {
            $($kind($kind),)*
        }

        impl Body {
            /// The kind's word in the log.
            pub(crate) fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $word,)*
                }
            }

            /// The body as JSON.
            pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
                match self {
                    $(Self::$kind(body) => serde_json::to_vec(body),)*
                }
            }

            /// Reads a body; `None` for a kind that this version does not know.
            pub(crate) fn decode(kind: &str, body: &[u8]) -> Result<Option<Self>, serde_json::Error> {
                Ok(match kind {
                    $($word => Some(Self::$kind(serde_json::from_slice(body)?)),)*
                    _ => None,
                })
            }
        }
    };
}

kinds! {
    RunStarted "run.started"
    RunEnded "run.ended"
    LeaseTaken "lease.taken"
    StepStarted "step.started"
    StepEnded "step.ended"
    Published "published"
    Unchanged "unchanged"
    Destroyed "destroyed"
    UsesSet "uses.set"
}

/// A record that was decided and is not appended yet.
pub(crate) struct Draft {
    /// The instance's address, or `run/N`.
    pub key: String,
    pub body: Body,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RunStarted {
    pub run: u64,
    #[serde(with = "wire::verb")]
    pub verb: Verb,
    #[serde(with = "text")]
    pub environment: Name,
    pub actor: String,
    pub host: String,
    pub pid: u32,
    pub selection: String,
    pub instances: Stored<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RunEnded {
    pub run: u64,
    #[serde(with = "wire::result")]
    pub result: RunResult,
    pub counts: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct LeaseTaken {
    pub run: u64,
    pub instances: Vec<String>,
    /// Of those, the ones that a dead run held, and which.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub taken_over: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct StepStarted {
    pub run: u64,
    pub folder: String,
    #[serde(with = "wire::verb")]
    pub verb: Verb,
    pub tool: String,
    pub home: String,
    pub supervisor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_before: Option<wire::State>,
    pub key: String,
    pub inputs: Stored<Inputs>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct StepEnded {
    pub run: u64,
    pub folder: String,
    pub outcome: wire::Outcome,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Published {
    pub revision: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Settled>,
    pub actor: String,
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(default)]
    pub dirty: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    pub tags: Vec<String>,
    pub outputs: Stored<Outputs>,
}

/// A step that succeeded.
#[derive(Serialize, Deserialize)]
pub(crate) struct Settled {
    pub run: u64,
    pub success: Success,
    /// Absent: those of the run's step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Stored<Inputs>>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Unchanged {
    pub step: Settled,
    pub tags: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Destroyed {
    pub run: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UsesSet {
    pub uses: Vec<wire::Use>,
}

/// The key of records about an instance.
pub(crate) fn about(address: &Address) -> String {
    address.to_string()
}

/// The key of records about a run.
pub(crate) fn about_run(run: u64) -> String {
    format!("run/{run}")
}
