//! What can be asked of the registry, and what it answers, as plain values: whoever answers them, a
//! node in this process or something far away, is asked the same way.

use crate::{
    Approval, Command, Entry, InstanceState, Observation, Point, Publication, Refusal, RegisteredContract, Reply,
    RunRecord, StepRecord, User,
};
use seam_model::{Address, Name, Resource};
use serde_json::Value as Json;
use std::time::Duration;

/// Something to be answered. Each says which [`Answer`] it gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Commands to be decided in order: [`Answer::Decided`].
    Submit(Vec<Command>),
    /// A question about what is recorded.
    Ask(Query),
    /// Texts to be digested with a key of the registry: [`Answer::Macs`]. May create the key.
    Macs(Vec<Vec<u8>>),
}

/// A question. It is answered from one state of the registry, at the log's head or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// What is recorded of each instance: [`Answer::Instances`].
    Instances(Vec<Address>),
    /// One revision of an instance: [`Answer::Revision`].
    Revision {
        /// The instance.
        address: Address,
        /// Counts from 1.
        revision: u64,
    },
    /// What became of an instance after a point of its history, in order, at most 100 entries:
    /// [`Answer::History`].
    History {
        /// The instance.
        address: Address,
        /// After this.
        after: Point,
    },
    /// Where a stack is published: [`Answer::Environments`].
    EnvironmentsOf {
        /// The stack's system.
        system: Name,
        /// The stack.
        stack: Name,
    },
    /// The published instances whose stack has a tag: [`Answer::Addresses`].
    Tagged {
        /// Of this system.
        system: Name,
        /// In this environment.
        environment: Name,
        /// The tag.
        tag: Name,
    },
    /// Every published instance: [`Answer::Addresses`].
    Published,
    /// Who uses any of these instances: [`Answer::Users`].
    Users(Vec<Address>),
    /// The latest runs, at most so many: [`Answer::Runs`].
    Runs(usize),
    /// Runs whose end nobody recorded: [`Answer::Runs`].
    UnfinishedRuns,
    /// A run and its steps: [`Answer::Run`].
    Run(u64),
    /// How long the last apply of each instance took: [`Answer::Durations`].
    Durations(Vec<Address>),
    /// What lookups find of these instances: [`Answer::Resources`].
    Resources(Vec<Address>),
    /// The contracts of a stack: [`Answer::Contracts`].
    Contracts {
        /// The stack's system.
        system: Name,
        /// The stack.
        stack: Name,
    },
    /// The document of a contract: [`Answer::Contract`].
    Contract {
        /// The stack's system.
        system: Name,
        /// The stack.
        stack: Name,
        /// The contract's digest.
        digest: String,
    },
    /// The instances of a stack that are published, or deployed by others: [`Answer::Addresses`].
    Live {
        /// The stack's system.
        system: Name,
        /// The stack.
        stack: Name,
    },
    /// Who answers for breaks of these fingerprints: [`Answer::Approvals`].
    Approvals(Vec<String>),
    /// What was seen to be called of an instance: [`Answer::Observed`].
    Observed(Address),
}

/// The answer to a [`Request`]. Lists are in the order that [`Handle`](crate::Handle) says.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// What became of each command, in order.
    Decided(Vec<Result<Reply, Refusal>>),
    /// An instance each.
    Instances(Vec<InstanceState>),
    /// `None` where it does not exist.
    Revision(Option<Publication>),
    /// In order.
    History(Vec<Entry>),
    /// Names of environments.
    Environments(Vec<Name>),
    /// Instances.
    Addresses(Vec<Address>),
    /// Who uses what.
    Users(Vec<User>),
    /// Runs.
    Runs(Vec<RunRecord>),
    /// `None` where it does not exist.
    Run(Option<(RunRecord, Vec<StepRecord>)>),
    /// A duration each; `None` where nothing was applied.
    Durations(Vec<Option<Duration>>),
    /// A list each; `None` where nothing was recorded, and after a destroy.
    Resources(Vec<Option<Vec<Resource>>>),
    /// The last one registered first.
    Contracts(Vec<RegisteredContract>),
    /// `None` where it is not on record.
    Contract(Option<Json>),
    /// Those that there are.
    Approvals(Vec<Approval>),
    /// In order of their records; the latest 1,000.
    Observed(Vec<Observation>),
    /// A digest each, in hex.
    Macs(Vec<String>),
}
