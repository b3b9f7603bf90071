//! What is said of a step that succeeded: its outputs and who made them, what the next run compares with,
//! where its state is.

use crate::Provider;
use seam_model::{Address, Name, Pattern, Schema, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// A version of all outputs of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePosition {
    /// Where the state is: backend and address, without secrets; a file relative to the workspace.
    pub place: String,
    /// Another lineage is another state.
    pub lineage: String,
    /// Counts the writes of one lineage.
    pub serial: u64,
    /// A cheap mark that changes whenever the state does (size and time of a file, an `ETag`).
    pub stamp: Option<String>,
}

/// A backend of Terraform or OpenTofu with its settings, so that a state can be fetched from there when
/// the workspace names another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// `s3`, `http` …
    pub kind: String,
    /// The TF workspace, where it is not `default`.
    pub workspace: Option<String>,
    /// An object, known throughout.
    pub settings: Value,
    /// Sealed, never shown.
    pub sensitive: bool,
}

/// An input as a step got it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedInput {
    /// Known throughout.
    pub value: Value,
    /// Sealed, never shown.
    pub sensitive: bool,
    /// Where it comes from.
    pub pattern: Pattern,
    /// Where it came from; several for a fan-in.
    pub from: Vec<Provider>,
}

/// An output to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Known throughout; as JSON at most 1 MiB.
    pub value: Value,
    /// Its type.
    pub schema: Schema,
    /// Sealed, never shown unasked.
    pub sensitive: bool,
}

/// Who made a publication, and from what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Who says so; a claim.
    pub actor: String,
    /// On which host.
    pub host: String,
    /// The git commit.
    pub commit: Option<String>,
    /// The tree differed from the commit.
    pub dirty: bool,
    /// The contract's version.
    pub contract: Option<String>,
    /// The contract itself, by [`contract_digest`](crate::contract_digest).
    pub contract_digest: Option<String>,
}

/// What a step's success leaves behind, for the next run to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Success {
    /// The run, which holds the lease.
    pub run: u64,
    /// The step's key.
    pub key: String,
    /// The state after it, where Seam reads it.
    pub state: Option<StatePosition>,
    /// What the state's backend was opened with; `None` for a file.
    pub backend: Option<Backend>,
    /// `terraform`, `opentofu`, `exec`; another one than recorded is refused.
    pub tool: String,
    /// The tool's version.
    pub tool_version: String,
    /// Which repository runs the instance; a second one is refused.
    pub home: String,
    /// What the tool got, without `secret` inputs; `None`: what this run's step on the instance
    /// was started with. Say it where nothing was applied, because then no step was started.
    pub inputs: Option<BTreeMap<String, RecordedInput>>,
    /// How long the apply took; `None` where nothing was applied, and then the last time is kept.
    pub took: Option<Duration>,
}

/// An existing state that is taken in, or that has another place, tool or home than before.
#[derive(Clone, Debug, PartialEq)]
pub struct Adoption {
    /// The instance.
    pub address: Address,
    /// What the next run compares with. An empty key is that of no step, so that nothing is skipped.
    pub success: Success,
    /// The outputs of the state, where a revision is to be made of them.
    pub outputs: Option<BTreeMap<String, Output>>,
    /// Who made that revision.
    pub provenance: Provenance,
    /// The stack's tags.
    pub tags: Vec<Name>,
    /// Where the state was before, in words without secrets; `None` where it stayed.
    pub from: Option<String>,
    /// Tool and home may be others than on record.
    pub changes_owner: bool,
}
