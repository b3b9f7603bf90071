//! Contracts as commands and answers speak of them: a version on record, what is live, who answers for
//! a break, and what was seen to be called.

use crate::Use;
use seam_model::{Address, Name};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// A version of a stack's contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractVersion {
    /// The stack's system.
    pub system: Name,
    /// The stack.
    pub stack: Name,
    /// A semantic version; `None` where the stack says none.
    pub version: Option<String>,
    /// The contract with all that it refers to: `{contract, base, api?, files?}`.
    pub document: Json,
    /// Who says so; a claim.
    pub actor: String,
}

/// A deploy by somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The instance.
    pub address: Address,
    /// The contract's version.
    pub version: String,
    /// Versions that are live stay so.
    pub beside: bool,
    /// What the instance consumes; with `beside` it adds to what is on record.
    pub uses: Vec<Use>,
    /// Nobody said what the version uses: `uses` are those that were on record there before.
    pub assumed: bool,
    /// Who says so; a claim.
    pub actor: String,
    /// On which host.
    pub host: String,
}

/// A version of a contract that is live where others deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveVersion {
    /// The contract's version.
    pub version: String,
    /// The contract's digest.
    pub contract: String,
    /// Since when.
    pub since_us: i64,
    /// Who said so; a claim.
    pub actor: String,
    /// What it uses.
    pub uses: Vec<Use>,
}

/// A contract on record, without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredContract {
    /// Its digest.
    pub digest: String,
    /// Its version, where it says one.
    pub version: Option<String>,
    /// When it was registered.
    pub time_us: i64,
    /// By whom; a claim.
    pub actor: String,
    /// What the version uses, as it was said last where others deployed it, with the environment of that.
    /// `None`: nobody said.
    pub uses: Option<(Name, Vec<Use>)>,
}

/// That somebody answers for a break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Of the finding: 16 hexadecimal digits.
    pub fingerprint: String,
    /// Where it holds; `None`: in every environment.
    pub environment: Option<Name>,
    /// The last day on which it holds: `2027-02-01`.
    pub until: String,
    /// In the words of a person.
    pub why: String,
    /// Whom it broke when it was given; who comes later is not covered. `None`: whoever it breaks.
    pub consumers: Option<BTreeSet<Covered>>,
    /// Who; a claim.
    pub actor: String,
    /// When; 0 in a command.
    pub time_us: i64,
}

/// Somebody for whom an approval answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Covered {
    /// The provider's environment in which the change breaks it; `None`, of older records: in all of them.
    pub environment: Option<Name>,
    /// By address, or by the name that logs have.
    pub consumer: String,
}

/// What was seen to be called of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The digest of what it was read from.
    pub source: String,
    /// The time of the first call seen, where the source says times.
    pub from_us: Option<i64>,
    /// The time of the last one.
    pub until_us: Option<i64>,
    /// The calls, by operation and consumer.
    pub calls: Vec<Call>,
    /// How many calls match no operation.
    pub unmatched: u64,
    /// Who read it; a claim.
    pub actor: String,
}

/// Calls of one operation by one consumer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The operation's id, or `GET /orders/{id}`.
    pub operation: String,
    /// Its method and path without the names of parameters, `GET /orders/{}`; `None` in older records.
    pub route: Option<String>,
    /// Who called, as the source names them; `None` where it does not.
    pub consumer: Option<String>,
    /// How often.
    pub count: u64,
    /// When last.
    pub last_us: Option<i64>,
}
