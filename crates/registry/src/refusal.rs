//! Why a command is refused: the rules of the registry in words.

use crate::{Lease, User};
use seam_model::{Address, Code, codes};

/// A rule said no; nothing of the command was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another run holds the instance.
    #[error("{address} is held by run {} ({} on {}, process {})", .lease.run, .lease.actor, .lease.host, .lease.pid)]
    Held {
        /// The instance.
        address: Address,
        /// Who holds it.
        lease: Box<Lease>,
    },
    /// The run does not hold the instance, or not any more.
    #[error("run {run} does not hold {address}")]
    Lost {
        /// The instance.
        address: Address,
        /// The run that thought so.
        run: u64,
    },
    /// The run is not in the registry, or is over.
    #[error("run {run} is over")]
    RunOver {
        /// The run.
        run: u64,
    },
    /// The run started no such step, or its end is recorded already.
    #[error("run {run} has no running step {folder} of {address}")]
    NoSuchStep {
        /// The run.
        run: u64,
        /// The instance.
        address: Address,
        /// The step's folder.
        folder: String,
    },
    /// Somebody still uses what would be destroyed.
    #[error("{address} is still used by {}", consumers(.users))]
    StillUsed {
        /// The instance.
        address: Address,
        /// Who uses what of it.
        users: Vec<User>,
    },
    /// `seam publish` on an instance that a workspace runs or began to run.
    #[error("{address} is published by its applies, from {home}")]
    RunByWorkspace {
        /// The instance.
        address: Address,
        /// The workspace's home.
        home: String,
    },
    /// The instance is run from another repository.
    #[error("{address} is run from {recorded}, another repository than this one")]
    OtherHome {
        /// The instance.
        address: Address,
        /// The home on record.
        recorded: String,
    },
    /// The instance was deployed with another tool.
    #[error("{address} was deployed with {recorded}, another tool than now")]
    ToolChanged {
        /// The instance.
        address: Address,
        /// The tool on record.
        recorded: String,
    },
    /// Nothing is deployed under the name that the instance is said to have had.
    #[error("nothing is deployed as {address} that could be renamed")]
    NothingToRename {
        /// The former address.
        address: Address,
    },
    /// A step under the former name led to nothing recorded yet.
    #[error("{address} has a step of run {run} that led to nothing recorded")]
    StepOpen {
        /// The former address.
        address: Address,
        /// The run.
        run: u64,
    },
    /// Both the former and the new address are deployed.
    #[error("{address} is deployed already, and cannot be the new name of something else")]
    AddressTaken {
        /// The new address.
        address: Address,
    },
    /// A version has one content for ever.
    #[error("version {version} of the contract of {stack} is on record with another content")]
    VersionTaken {
        /// `system/stack`.
        stack: String,
        /// The version.
        version: String,
    },
    /// Nothing is known of the version.
    #[error("no version {version} of the contract of {stack} is on record")]
    NoSuchVersion {
        /// `system/stack`.
        stack: String,
        /// The version.
        version: String,
    },
    /// Nobody said that this version is there.
    #[error("version {version} of {address} is not on record as deployed")]
    NotDeployed {
        /// The instance.
        address: Address,
        /// The version.
        version: String,
    },
    /// Nothing was published yet that could be unchanged.
    #[error("{address} has no publication")]
    NeverPublished {
        /// The instance.
        address: Address,
    },
    /// Larger than what is recorded may be.
    #[error("{what} has {bytes} bytes as JSON, and the limit is {limit}")]
    TooLarge {
        /// What, such as ``output `x` of shop/app/dev``.
        what: String,
        /// Its size.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// Something that nobody knows yet cannot be recorded.
    #[error("the value of `{name}` of {address} is not known")]
    Unknown {
        /// The instance.
        address: Address,
        /// The input or output.
        name: String,
    },
}

impl Refusal {
    /// The stable code that `seam explain` describes.
    pub fn code(&self) -> Code {
        match self {
            Self::Held { .. } => codes::LOCKED,
            Self::Lost { .. } => codes::LEASE_LOST,
            Self::RunOver { .. } | Self::NoSuchStep { .. } => codes::RUN_OVER,
            Self::StillUsed { .. } => codes::STILL_USED,
            Self::RunByWorkspace { .. } => codes::RUN_BY_WORKSPACE,
            Self::OtherHome { .. } => codes::OTHER_HOME,
            Self::ToolChanged { .. } => codes::TOOL_CHANGED,
            Self::NeverPublished { .. } => codes::NEVER_PUBLISHED,
            Self::VersionTaken { .. } => codes::VERSION_TAKEN,
            Self::NoSuchVersion { .. } | Self::NotDeployed { .. } => codes::CONTRACT_NOT_REGISTERED,
            Self::NothingToRename { .. } | Self::StepOpen { .. } | Self::AddressTaken { .. } => codes::NOT_RENAMED,
            Self::TooLarge { .. } | Self::Unknown { .. } => codes::OUTPUT_REFUSED,
        }
    }
}

fn consumers(users: &[User]) -> String {
    let mut names: Vec<_> = users.iter().map(|user| user.consumer.to_string()).collect();
    names.dedup();
    names.join(", ")
}
