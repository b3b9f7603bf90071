//! A [`Handle`]: the one way to ask the registry, whoever answers.

use crate::node::{self, Incoming};
use crate::{
    Answer, Approval, Command, Entry, InstanceState, Observation, Point, Publication, Query, Refusal,
    RegisteredContract, RegistryError, Reply, Request, RunRecord, StepRecord, User,
};
use seam_model::{Address, Name, Resource};
use serde_json::Value as Json;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

/// Where the registry is and who asks.
#[derive(Clone)]
pub struct Settings {
    /// The log's file, `.seam/registry.db`.
    pub log: PathBuf,
    /// The folder of `view-N.db`, `.seam/cache`.
    pub cache: PathBuf,
    /// The folder of key files, one a registry, named by the log's id.
    pub keys: PathBuf,
    /// A key file to use instead.
    pub key_file: Option<PathBuf>,
    /// What is shown to those who wait for this process, such as `seam apply -e dev`.
    pub command: String,
    /// The wall clock: microseconds since the Unix epoch.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Works with read access; a registry that does not exist is then empty and not created.
    pub read_only: bool,
}

/// Asks the registry. Cheap to clone, usable from any thread; each call blocks until it is
/// answered. The registry is closed when the last clone is dropped.
#[derive(Clone)]
pub struct Handle {
    answer: Arc<dyn Fn(Request) -> Result<Answer, RegistryError> + Send + Sync>,
    created_key: Arc<OnceLock<PathBuf>>,
}

/// The thread that answers in this process.
struct Thread {
    requests: Option<Sender<Incoming>>,
    thread: Option<JoinHandle<()>>,
}

/// Opens the registry, which is created where it is missing, and starts the thread that answers.
pub fn open(settings: Settings) -> Result<Handle, RegistryError> {
    let (requests, incoming) = channel();
    let (opened, answer) = channel();
    let created_key = Arc::new(OnceLock::new());
    let for_thread = Arc::clone(&created_key);
    let thread = std::thread::spawn(move || node::run(settings, &incoming, &opened, for_thread));
    let thread = Thread { requests: Some(requests), thread: Some(thread) };
    answer.recv().map_err(|_| RegistryError::Stopped)??;
    Ok(Handle { created_key, ..Handle::answered_by(move |request| thread.answer(request)) })
}

/// What was asked for out of its [`Answer`].
macro_rules! only {
    ($kind:ident, $answer:expr) => {
        match $answer? {
            Answer::$kind(found) => Ok(found),
            _ => Err(RegistryError::Mismatched),
        }
    };
}

impl Handle {
    /// A handle whose requests `answer` answers, from any thread. It is dropped with the last clone.
    pub fn answered_by(answer: impl Fn(Request) -> Result<Answer, RegistryError> + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), created_key: Arc::default() }
    }

    /// Decides the commands in order. One that is refused does not stop the others. What was
    /// accepted is on disk when this returns, all of it in one commit where it fits in one (4 MiB).
    pub fn submit(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply, Refusal>>, RegistryError> {
        only!(Decided, self.answer(Request::Submit(commands)))
    }

    /// What is recorded of each instance, in the order asked.
    pub fn instances(&self, addresses: Vec<Address>) -> Result<Vec<InstanceState>, RegistryError> {
        only!(Instances, self.ask(Query::Instances(addresses)))
    }

    /// One revision of an instance, of a destroyed one too; `None` where it does not exist.
    pub fn revision(&self, address: Address, revision: u64) -> Result<Option<Publication>, RegistryError> {
        only!(Revision, self.ask(Query::Revision { address, revision }))
    }

    /// What became of an instance after a point of its history, in order and without gaps: at most 100
    /// entries at once.
    pub fn history(&self, address: Address, after: Point) -> Result<Vec<Entry>, RegistryError> {
        only!(History, self.ask(Query::History { address, after }))
    }

    /// The environments in which a stack is published, in order.
    pub fn environments_of(&self, system: Name, stack: Name) -> Result<Vec<Name>, RegistryError> {
        only!(Environments, self.ask(Query::EnvironmentsOf { system, stack }))
    }

    /// The published instances of a system in an environment whose stack has the tag, in order.
    pub fn tagged(&self, system: Name, environment: Name, tag: Name) -> Result<Vec<Address>, RegistryError> {
        only!(Addresses, self.ask(Query::Tagged { system, environment, tag }))
    }

    /// Every published instance, in order.
    pub fn published(&self) -> Result<Vec<Address>, RegistryError> {
        only!(Addresses, self.ask(Query::Published))
    }

    /// Who uses what of any of these instances, in order of consumer.
    pub fn users(&self, providers: Vec<Address>) -> Result<Vec<User>, RegistryError> {
        only!(Users, self.ask(Query::Users(providers)))
    }

    /// The latest runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, RegistryError> {
        only!(Runs, self.ask(Query::Runs(limit)))
    }

    /// Runs whose end nobody recorded, oldest first: they go on, or their process died.
    pub fn unfinished_runs(&self) -> Result<Vec<RunRecord>, RegistryError> {
        only!(Runs, self.ask(Query::UnfinishedRuns))
    }

    /// A run and its steps in the order in which they started.
    pub fn run(&self, run: u64) -> Result<Option<(RunRecord, Vec<StepRecord>)>, RegistryError> {
        only!(Run, self.ask(Query::Run(run)))
    }

    /// How long the last apply of each instance took, in the order asked.
    pub fn durations(&self, addresses: Vec<Address>) -> Result<Vec<Option<Duration>>, RegistryError> {
        only!(Durations, self.ask(Query::Durations(addresses)))
    }

    /// What lookups find of each instance, in the order asked; `None` where nothing was recorded.
    pub fn resources(&self, addresses: Vec<Address>) -> Result<Vec<Option<Vec<Resource>>>, RegistryError> {
        only!(Resources, self.ask(Query::Resources(addresses)))
    }

    /// The contracts of a stack, the last one registered first.
    pub fn contracts(&self, system: Name, stack: Name) -> Result<Vec<RegisteredContract>, RegistryError> {
        only!(Contracts, self.ask(Query::Contracts { system, stack }))
    }

    /// The document of a contract; `None` where it is not on record.
    pub fn contract(&self, system: Name, stack: Name, digest: String) -> Result<Option<Json>, RegistryError> {
        only!(Contract, self.ask(Query::Contract { system, stack, digest }))
    }

    /// The instances of a stack that are published, or deployed by others, in order of environment.
    pub fn live(&self, system: Name, stack: Name) -> Result<Vec<Address>, RegistryError> {
        only!(Addresses, self.ask(Query::Live { system, stack }))
    }

    /// Who answers for breaks of these fingerprints, expired or not.
    pub fn approvals(&self, fingerprints: Vec<String>) -> Result<Vec<Approval>, RegistryError> {
        only!(Approvals, self.ask(Query::Approvals(fingerprints)))
    }

    /// What was seen to be called of an instance: the latest 1,000 observations in order.
    pub fn observed(&self, address: Address) -> Result<Vec<Observation>, RegistryError> {
        only!(Observed, self.ask(Query::Observed(address)))
    }

    /// HMAC-SHA256 of each text with a key of this registry, in hex: a digest of a secret that
    /// nobody can try values against. May create the key file, see [`Handle::created_key`].
    pub fn macs(&self, texts: Vec<Vec<u8>>) -> Result<Vec<String>, RegistryError> {
        only!(Macs, self.answer(Request::Macs(texts)))
    }

    /// The key file, where this handle's registry had to create one. It must be kept: without it
    /// sensitive values cannot be read.
    pub fn created_key(&self) -> Option<PathBuf> {
        self.created_key.get().cloned()
    }

    /// The answer to a request as a value: for whoever passes on what somebody else asks.
    pub fn answer(&self, request: Request) -> Result<Answer, RegistryError> {
        (self.answer)(request)
    }

    fn ask(&self, query: Query) -> Result<Answer, RegistryError> {
        self.answer(Request::Ask(query))
    }
}

impl Thread {
    fn answer(&self, request: Request) -> Result<Answer, RegistryError> {
        let (sender, answer) = channel();
        let requests = self.requests.as_ref().ok_or(RegistryError::Stopped)?;
        requests.send((request, sender)).map_err(|_| RegistryError::Stopped)?;
        answer.recv().map_err(|_| RegistryError::Stopped)?
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
