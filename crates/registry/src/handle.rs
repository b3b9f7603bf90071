//! A [`Handle`]: the one way to ask the registry, whoever answers.

use crate::node::{self, Answer, Request};
use crate::{Command, InstanceState, Publication, Refusal, RegistryError, Reply, RunRecord, StepRecord, User};
use seam_model::{Address, Name};
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
    node: Arc<Node>,
}

struct Node {
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    created_key: Arc<OnceLock<PathBuf>>,
}

/// Opens the registry, which is created where it is missing, and starts the thread that answers.
pub fn open(settings: Settings) -> Result<Handle, RegistryError> {
    let (requests, incoming) = channel();
    let (opened, answer) = channel();
    let created_key = Arc::new(OnceLock::new());
    let for_thread = Arc::clone(&created_key);
    let thread = std::thread::spawn(move || node::run(settings, &incoming, &opened, for_thread));
    let node = Node { requests: Some(requests), thread: Some(thread), created_key };
    answer.recv().map_err(|_| RegistryError::Stopped)??;
    Ok(Handle { node: Arc::new(node) })
}

impl Handle {
    /// Decides the commands in order. One that is refused does not stop the others. What was
    /// accepted is on disk when this returns, all of it in one commit where it fits in one (4 MiB).
    pub fn submit(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply, Refusal>>, RegistryError> {
        self.ask(|answer| Request::Submit(commands, answer))
    }

    /// What is recorded of each instance, in the order asked.
    pub fn instances(&self, addresses: Vec<Address>) -> Result<Vec<InstanceState>, RegistryError> {
        self.ask(|answer| Request::Instances(addresses, answer))
    }

    /// One revision of an instance, of a destroyed one too; `None` where it does not exist.
    pub fn revision(&self, address: Address, revision: u64) -> Result<Option<Publication>, RegistryError> {
        self.ask(|answer| Request::Revision(address, revision, answer))
    }

    /// The environments in which a stack is published, in order.
    pub fn environments_of(&self, system: Name, stack: Name) -> Result<Vec<Name>, RegistryError> {
        self.ask(|answer| Request::EnvironmentsOf(system, stack, answer))
    }

    /// The published instances of a system in an environment whose stack has the tag, in order.
    pub fn tagged(&self, system: Name, environment: Name, tag: Name) -> Result<Vec<Address>, RegistryError> {
        self.ask(|answer| Request::Tagged(system, environment, tag, answer))
    }

    /// Who uses what of any of these instances, in order of consumer.
    pub fn users(&self, providers: Vec<Address>) -> Result<Vec<User>, RegistryError> {
        self.ask(|answer| Request::Users(providers, answer))
    }

    /// The latest runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, RegistryError> {
        self.ask(|answer| Request::Runs(limit, answer))
    }

    /// Runs whose end nobody recorded, oldest first: they go on, or their process died.
    pub fn unfinished_runs(&self) -> Result<Vec<RunRecord>, RegistryError> {
        self.ask(Request::UnfinishedRuns)
    }

    /// A run and its steps in the order in which they started.
    pub fn run(&self, run: u64) -> Result<Option<(RunRecord, Vec<StepRecord>)>, RegistryError> {
        self.ask(|answer| Request::Run(run, answer))
    }

    /// How long the last apply of each instance took, in the order asked.
    pub fn durations(&self, addresses: Vec<Address>) -> Result<Vec<Option<Duration>>, RegistryError> {
        self.ask(|answer| Request::Durations(addresses, answer))
    }

    /// HMAC-SHA256 of each text with a key of this registry, in hex: a digest of a secret that
    /// nobody can try values against. May create the key file, see [`Handle::created_key`].
    pub fn macs(&self, texts: Vec<Vec<u8>>) -> Result<Vec<String>, RegistryError> {
        self.ask(|answer| Request::Macs(texts, answer))
    }

    /// The key file, where this handle's registry had to create one. It must be kept: without it
    /// sensitive values cannot be read.
    pub fn created_key(&self) -> Option<PathBuf> {
        self.node.created_key.get().cloned()
    }

    fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, RegistryError> {
        let (sender, answer) = channel();
        let requests = self.node.requests.as_ref().ok_or(RegistryError::Stopped)?;
        requests.send(request(sender)).map_err(|_| RegistryError::Stopped)?;
        answer.recv().map_err(|_| RegistryError::Stopped)?
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
