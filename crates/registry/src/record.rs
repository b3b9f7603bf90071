//! The kinds of records of the registry's log and their bodies. A body is JSON, its record's key
//! is the address or the run it is about.

use crate::trouble::Trouble;
use crate::uses::UseRecord;
use crate::wire::{self, Inputs, Outputs, Stored, Success, text};
use seam_model::{Address, Name, RunResult, Verb};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The words of the kinds.
pub(crate) mod kind {
    pub const RUN_STARTED: &str = "run.started";
    pub const RUN_ENDED: &str = "run.ended";
    pub const LEASE_TAKEN: &str = "lease.taken";
    pub const STEP_STARTED: &str = "step.started";
    pub const STEP_ENDED: &str = "step.ended";
    pub const STEP_RESOLVED: &str = "step.resolved";
    pub const PUBLISHED: &str = "published";
    pub const UNCHANGED: &str = "unchanged";
    pub const ADOPTED: &str = "adopted";
    pub const TOOL_CHANGED: &str = "tool.changed";
    pub const STATE_CHANGED: &str = "state.changed";
    pub const DESTROYED: &str = "destroyed";
    pub const USES_SET: &str = "uses.set";
    pub const RESOURCES_SET: &str = "resources.set";
    pub const USES_IGNORED: &str = "uses.ignored";
    pub const RENAMED: &str = "renamed";
    pub const CONTRACT_REGISTERED: &str = "contract.registered";
    pub const DEPLOYED: &str = "deployed";
    pub const WITHDRAWN: &str = "withdrawn";
    pub const BREAK_APPROVED: &str = "break.approved";
    pub const USES_OBSERVED: &str = "uses.observed";
}

/// A record that was decided and is not appended yet.
pub(crate) struct Draft {
    /// The instance's address, `run/N`, the stack as `system/stack`, or `break/FINGERPRINT`.
    pub key: String,
    pub kind: &'static str,
    pub body: Vec<u8>,
}

impl Draft {
    /// A record about an instance.
    pub(crate) fn of(address: &Address, kind: &'static str, body: &impl Serialize) -> Result<Self, Trouble> {
        Ok(Self { key: address.to_string(), kind, body: serde_json::to_vec(body)? })
    }

    /// A record about a stack in all environments.
    pub(crate) fn of_stack(
        system: &Name,
        stack: &Name,
        kind: &'static str,
        body: &impl Serialize,
    ) -> Result<Self, Trouble> {
        Ok(Self { key: format!("{system}/{stack}"), kind, body: serde_json::to_vec(body)? })
    }

    /// A record about a finding.
    pub(crate) fn of_break(fingerprint: &str, body: &impl Serialize) -> Result<Self, Trouble> {
        let key = format!("break/{fingerprint}");
        Ok(Self { key, kind: kind::BREAK_APPROVED, body: serde_json::to_vec(body)? })
    }

    /// A record about a run.
    pub(crate) fn of_run(run: u64, kind: &'static str, body: &impl Serialize) -> Result<Self, Trouble> {
        Ok(Self { key: format!("run/{run}"), kind, body: serde_json::to_vec(body)? })
    }
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
    #[serde(default)]
    pub process: String,
    pub runs_folder: String,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_over: Vec<TakenOver>,
}

/// What a dead run held of the instances that were leased.
#[derive(Serialize, Deserialize)]
pub(crate) struct TakenOver {
    pub run: u64,
    pub evidence: String,
    pub instances: Vec<String>,
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
    /// What an apply consumes from its start on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UseRecord>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct StepEnded {
    pub run: u64,
    pub folder: String,
    pub outcome: wire::Outcome,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct StepResolved {
    pub run: u64,
    pub folder: String,
    pub applied: bool,
    pub actor: String,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_digest: Option<String>,
    pub tags: Vec<String>,
    pub outputs: Stored<Outputs>,
}

/// What the fold needs of [`Published`]; it does not look into the outputs.
#[derive(Deserialize)]
pub(crate) struct PublishedHead {
    pub revision: u64,
    pub step: Option<Settled>,
    pub tags: Vec<String>,
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

/// A state that was taken in, or moved: what the next run compares with.
#[derive(Serialize, Deserialize)]
pub(crate) struct Adopted {
    pub step: Settled,
    pub tags: Vec<String>,
    /// Where the state was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ToolChanged {
    pub run: u64,
    pub from: String,
    pub to: String,
}

/// A person worked on the state.
#[derive(Serialize, Deserialize)]
pub(crate) struct StateChanged {
    pub run: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<wire::State>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Destroyed {
    pub run: u64,
}

/// Consumers that are let go, so that what they use can be destroyed.
#[derive(Serialize, Deserialize)]
pub(crate) struct UsesIgnored {
    pub run: u64,
    pub why: String,
    pub actor: String,
    pub ignored: Vec<Ignored>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Ignored {
    pub consumer: String,
    pub output: String,
}

/// The instance has this address from now on.
#[derive(Serialize, Deserialize)]
pub(crate) struct Renamed {
    pub run: u64,
    /// The address that it had.
    pub from: String,
    /// Where its state is from now on, where that changes with the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UsesSet {
    pub uses: Vec<UseRecord>,
}

/// What lookups find of an instance, in the place of what they found before.
#[derive(Serialize, Deserialize)]
pub(crate) struct ResourcesSet {
    pub resources: Stored<Vec<wire::Resource>>,
}
