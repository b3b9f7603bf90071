//! The registry: commands and questions as plain values, decided in order on one thread, recorded
//! in the log, folded into a view. [`Handle`] is the one way to ask, whoever answers.
//!
//! This crate knows no HTTP and no processes. Whether a run is alive is the caller's knowledge.

mod answer;
mod command;
mod contract;
mod contract_records;
mod contract_rules;
mod decide;
mod error;
mod fold;
mod handle;
mod keys;
mod node;
mod query;
mod record;
mod refusal;
mod rename;
mod request;
mod rows;
mod store;
mod success;
mod trouble;
mod uses;
mod view;
mod wire;

pub use answer::{
    Ending, Entry, Former, InstanceState, LastInput, LastSuccess, Lease, OpenStep, Point, Publication, PublishedOutput,
    RunRecord, StateChange, StepRecord, User,
};
pub use command::{Command, DeadRun, Outcome, Reply, RunStart, StepStart};
pub use contract::{
    Approval, Call, ContractVersion, Covered, Deployment, LiveVersion, Observation, RegisteredContract,
};
pub use contract_rules::contract_digest;
pub use error::RegistryError;
pub use handle::{Handle, Settings, open};
pub use refusal::Refusal;
pub use request::{Answer, Query, Request};
pub use success::{Adoption, Backend, Output, Provenance, RecordedInput, StatePosition, Success};
pub use uses::{Provider, Use};
