//! What the registry answers to questions: the state of an instance, its publications, runs.
//!
//! Times are microseconds since the Unix epoch, in UTC.

use crate::{Backend, LiveVersion, Outcome, Provenance, Provider, RunStart, StatePosition, Use};
use seam_model::{Address, Pattern, RunResult, Schema, Value, Verb};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything recorded of an instance. Of one that was never heard of, everything is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceState {
    /// The instance.
    pub address: Address,
    /// How many revisions were ever published; they count from 1.
    pub revisions: u64,
    /// The latest publication; `None` before the first and after a destroy.
    pub publication: Option<Publication>,
    /// Destroyed, and not published since.
    pub destroyed: bool,
    /// The last success of a run; `None` after a destroy.
    pub success: Option<LastSuccess>,
    /// What it consumes.
    pub uses: Vec<Use>,
    /// Who holds it.
    pub lease: Option<Lease>,
    /// A step that was started and led to no publication, success or destroy yet.
    pub open_step: Option<OpenStep>,
    /// A person worked on its state since its last success.
    pub state_changed: Option<StateChange>,
    /// The instance's address by now, where it was asked for by a former one.
    pub now: Option<Address>,
    /// The addresses that it had, the last one first.
    pub formerly: Vec<Former>,
    /// What others deployed of it, in order of the deploys.
    pub deployed: Vec<LiveVersion>,
}

/// An address that an instance had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The address.
    pub address: Address,
    /// When it was given another one.
    pub until_us: i64,
}

impl InstanceState {
    /// Of an instance that was never heard of.
    pub fn nothing(address: Address) -> Self {
        Self {
            address,
            revisions: 0,
            publication: None,
            destroyed: false,
            success: None,
            uses: Vec::new(),
            lease: None,
            open_step: None,
            state_changed: None,
            now: None,
            formerly: Vec::new(),
            deployed: Vec::new(),
        }
    }
}

/// A person worked on the state of an instance with its tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// The run in which they did.
    pub run: u64,
    /// Where the state stood then; `None` where Seam does not read it.
    pub state: Option<StatePosition>,
}

/// A numbered revision of an instance's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// The instance, by the address that it has now.
    pub address: Address,
    /// Counts from 1.
    pub revision: u64,
    /// The run that made it; `None` for `seam publish`.
    pub run: Option<u64>,
    /// When.
    pub time_us: i64,
    /// By name.
    pub outputs: BTreeMap<String, PublishedOutput>,
    /// Who made it, from what.
    pub provenance: Provenance,
}

/// What happened to what an instance provides.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A revision was published.
    Published(Box<Publication>),
    /// It was destroyed, and its revisions are history.
    Destroyed {
        /// The last revision, 0 for none.
        revision: u64,
        /// The run that did it.
        run: u64,
        /// When.
        time_us: i64,
    },
}

/// A point in the history of an instance: a revision, or the destroy that came after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The revision, 0 for none yet.
    pub revision: u64,
    /// Was it destroyed then?
    pub destroyed: bool,
}

impl Entry {
    /// The point of history at which it happened.
    pub fn point(&self) -> Point {
        match self {
            Self::Published(publication) => Point { revision: publication.revision, destroyed: false },
            Self::Destroyed { revision, .. } => Point { revision: *revision, destroyed: true },
        }
    }
}

/// An output as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedOutput {
    /// `None`: sealed, and its key is not here.
    pub value: Option<Value>,
    /// Its type.
    pub schema: Schema,
    /// Never shown unasked.
    pub sensitive: bool,
}

/// The last success of a run on an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct LastSuccess {
    /// The run.
    pub run: u64,
    /// When: data sources were last read then.
    pub time_us: i64,
    /// The step's key.
    pub key: String,
    /// The state after it, where Seam reads it.
    pub state: Option<StatePosition>,
    /// What the state's backend was opened with; `None` for a file, and where the key is not here.
    pub backend: Option<Backend>,
    /// `terraform`, `opentofu`, `exec`.
    pub tool: String,
    /// The tool's version.
    pub tool_version: String,
    /// Which repository runs the instance.
    pub home: String,
    /// What the tool got; destroy needs it.
    pub inputs: BTreeMap<String, LastInput>,
    /// How long the last apply took.
    pub took: Option<Duration>,
}

impl LastSuccess {
    /// Was its state taken in, and nothing applied since? An adoption of a state has no key.
    pub fn is_adoption(&self) -> bool {
        self.key.is_empty()
    }
}

/// An input as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct LastInput {
    /// `None`: sealed, and its key is not here.
    pub value: Option<Value>,
    /// Never shown.
    pub sensitive: bool,
    /// Where it comes from.
    pub pattern: Pattern,
    /// Where it came from.
    pub from: Vec<Provider>,
}

/// Who holds an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The run.
    pub run: u64,
    /// Since when.
    pub since_us: i64,
    /// Who started the run.
    pub actor: String,
    /// Where.
    pub host: String,
    /// As which process.
    pub pid: u32,
    /// Which process that is; see [`RunStart::process`].
    pub process: String,
    /// With which folder of runs there.
    pub runs_folder: String,
}

/// A step that was started and led to nothing recorded yet.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenStep {
    /// The run.
    pub run: u64,
    /// Its folder.
    pub folder: String,
    /// Apply or destroy.
    pub verb: Verb,
    /// Its supervisor.
    pub supervisor: String,
    /// Its key.
    pub key: String,
    /// What the tool got.
    pub inputs: BTreeMap<String, LastInput>,
    /// The state before.
    pub state_before: Option<StatePosition>,
    /// When it started.
    pub started_us: i64,
    /// How it ended; `None`: nobody recorded that it did.
    pub outcome: Option<Outcome>,
}

/// A consumer of an instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    /// Who consumes.
    pub consumer: Address,
    /// What it consumes.
    pub uses: Use,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its number.
    pub run: u64,
    /// How it began; `at_least` is 0.
    pub start: RunStart,
    /// When.
    pub started_us: i64,
    /// How it ended; `None`: nobody recorded that it did.
    pub ending: Option<Ending>,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When.
    pub time_us: i64,
    /// How.
    pub result: RunResult,
    /// What it did, by word.
    pub counts: BTreeMap<String, u64>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// The instance.
    pub address: Address,
    /// Its folder.
    pub folder: String,
    /// Apply or destroy.
    pub verb: Verb,
    /// When it started.
    pub started_us: i64,
    /// When it ended, and how.
    pub ended: Option<(i64, Outcome)>,
}
