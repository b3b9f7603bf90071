//! Compatibility of what is deployed: whom a change of a contract breaks, what the providers of a
//! workspace promise, and what may be deployed where. It joins the contracts of a workspace's files
//! with those on record and with who uses what.
//!
//! This crate compares and judges; it runs nothing and records nothing.

mod admission;
mod announced;
mod approvals;
mod breaks;
mod can_deploy;
mod changes;
mod check;
mod consumers;
mod contracts;
mod declared;
mod deprecated;
mod document;
mod effect;
mod fingerprint;
mod holders;
mod keywords;
mod live;
mod lookups;
mod misspelt;
mod operations;
mod promised;
mod readable;
mod reads;
mod schemas;
mod usage;
mod version;
mod windows;

pub use admission::refused_breaks;
pub use approvals::{broken_by, renewed};
pub use can_deploy::{
    Candidate, Deployable, Reason, UNREADABLE, Verdict, broken_at, can_deploy, not_registered, of_workspace, registered,
};
pub use changes::{compared, compared_files};
pub use check::check;
pub use consumers::{Consumer, consumers_of};
pub use contracts::Contracts;
pub use declared::Declared;
pub use document::{ContractDocument, ReadError, place, read_version, read_with};
pub use keywords::SCHEMA as SCHEMA_KEYWORDS;
pub use live::{Live, contracts_of, live_at};
pub use operations::{route_in, uses_to_record};
pub use promised::boundaries;
pub use usage::{Leaving, Usage, usage};

use seam_graph::Graph;
use seam_model::{Finding, Workspace};
use seam_registry::{Handle, RegistryError};

/// What is compared with what.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// What its stacks declare.
    pub contracts: &'a Contracts,
    /// Its graph.
    pub graph: &'a Graph,
    /// Where contracts, uses and deployments are on record.
    pub registry: &'a Handle,
    /// The day, as `2026-01-31`: it tells which sunsets and approvals are over.
    pub today: &'a str,
}

/// Why nothing could be said.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CompatError {
    /// The registry could not answer.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A contract that cannot be read.
    #[error("{}", .0.message)]
    Contract(Box<Finding>),
}

impl From<Box<Finding>> for CompatError {
    fn from(finding: Box<Finding>) -> Self {
        Self::Contract(finding)
    }
}
