//! The records about contracts, and how their parts stand in them as JSON.

use crate::uses::UseRecord;
use crate::wire::Stored;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A version of a stack's contract.
#[derive(Serialize, Deserialize)]
pub(crate) struct ContractRegistered {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub digest: String,
    pub actor: String,
    pub document: Stored<Json>,
}

/// Others deployed a version.
#[derive(Serialize, Deserialize)]
pub(crate) struct Deployed {
    pub version: String,
    /// Its digest.
    pub contract: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    pub actor: String,
    pub host: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UseRecord>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
}

/// A version that others deployed is there no more.
#[derive(Serialize, Deserialize)]
pub(crate) struct Withdrawn {
    pub version: String,
    pub actor: String,
    pub host: String,
}

/// Somebody answers for a break.
#[derive(Serialize, Deserialize)]
pub(crate) struct BreakApproved {
    /// `None`: in every environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    pub until: String,
    pub why: String,
    /// `None`: whoever it breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumers: Option<BTreeSet<String>>,
    /// By consumer the environments in which it breaks it; of older records: in all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, BTreeSet<String>>,
    pub actor: String,
}

/// Calls that were seen.
#[derive(Serialize, Deserialize)]
pub(crate) struct UsesObserved {
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_us: Option<i64>,
    pub calls: Vec<Call>,
    pub unmatched: u64,
    pub actor: String,
}

/// A version that others deployed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Live {
    pub version: String,
    pub contract: String,
    pub since_us: i64,
    pub actor: String,
    pub uses: Vec<UseRecord>,
}

/// Calls of one operation.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Call {
    pub operation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    pub count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_us: Option<i64>,
}

impl From<crate::LiveVersion> for Live {
    fn from(from: crate::LiveVersion) -> Self {
        let crate::LiveVersion { version, contract, since_us, actor, uses } = from;
        Self { version, contract, since_us, actor, uses: uses.iter().map(Into::into).collect() }
    }
}

impl From<Live> for crate::LiveVersion {
    fn from(from: Live) -> Self {
        let Live { version, contract, since_us, actor, uses } = from;
        Self { version, contract, since_us, actor, uses: uses.into_iter().map(Into::into).collect() }
    }
}

impl From<crate::Observation> for UsesObserved {
    fn from(from: crate::Observation) -> Self {
        let crate::Observation { source, from_us, until_us, calls, unmatched, actor } = from;
        let call = |crate::Call { operation, route, consumer, count, last_us }| Call {
            operation,
            route,
            consumer,
            count,
            last_us,
        };
        Self { source, from_us, until_us, calls: calls.into_iter().map(call).collect(), unmatched, actor }
    }
}

impl From<UsesObserved> for crate::Observation {
    fn from(from: UsesObserved) -> Self {
        let UsesObserved { source, from_us, until_us, calls, unmatched, actor } = from;
        let call = |Call { operation, route, consumer, count, last_us }| crate::Call {
            operation,
            route,
            consumer,
            count,
            last_us,
        };
        Self { source, from_us, until_us, calls: calls.into_iter().map(call).collect(), unmatched, actor }
    }
}
