//! What a run is given: the workspace and its graph, who answers for the registry, where things
//! lie, and who calls.

use crate::states::States;
use seam_compat::{Contracts, Scene};
use seam_graph::Graph;
use seam_model::{Address, Environment, Name, Stack, Workspace};
use seam_registry::Handle;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Everything that stays the same during a run.
pub struct Session {
    /// The workspace.
    pub workspace: Workspace,
    /// Its graph, free of errors.
    pub graph: Graph,
    /// What its stacks promise.
    pub contracts: Contracts,
    /// Who answers for the registry.
    pub registry: Handle,
    /// Where things lie.
    pub places: Places,
    /// Who calls.
    pub caller: Caller,
    /// Somebody wants the run to end.
    pub stop: Stop,
    /// The states that inputs read directly.
    pub states: States,
}

/// Folders, all absolute.
#[derive(Clone, Debug)]
pub struct Places {
    /// `.seam`, or `SEAM_DATA_DIR`: the registry, runs and the states of stacks without a backend.
    pub data: PathBuf,
    /// `.seam/cache`: may be deleted at any time.
    pub cache: PathBuf,
    /// Where plans have their folders: `.seam/runs`, or what takes its place for somebody who may
    /// only read it.
    pub plans: PathBuf,
    /// The shared plugin cache of Terraform and OpenTofu.
    pub plugins: PathBuf,
}

/// Who calls, and with what.
#[derive(Clone)]
pub struct Caller {
    /// All variables of the caller's environment.
    pub env: Vec<(OsString, OsString)>,
    /// Who says so; a claim.
    pub actor: String,
    /// The host.
    pub host: String,
    /// Seam's own process.
    pub pid: u32,
    /// The command as it was typed, shown to those who wait.
    pub command: String,
    /// The program that becomes the supervisor: this one.
    pub supervisor: PathBuf,
    /// Which repository and folder this workspace is; a second home of an instance is refused.
    pub home: String,
    /// The git commit.
    pub commit: Option<String>,
    /// The tree differs from the commit.
    pub dirty: bool,
    /// How long an interrupted tool may take to end before it is killed.
    pub grace: Duration,
    /// The day, in UTC: `2026-01-31`.
    pub today: String,
    /// The wall clock: microseconds since 1970, UTC.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// Counts the wishes that the run ends: the first asks the tools to stop, the second kills them. A
/// run that lost its lease wishes so once.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    interrupts: Arc<AtomicUsize>,
    interrupted: Arc<AtomicBool>,
    lost: Arc<AtomicBool>,
}

impl Stop {
    /// One more interrupt of a person.
    pub fn request(&self) {
        self.interrupts.fetch_add(1, Ordering::SeqCst);
    }

    /// The run lost its lease.
    pub fn lose(&self) {
        self.lost.store(true, Ordering::SeqCst);
    }

    /// How often it was wished. A person's first interrupt of a lost run kills nothing.
    pub fn requests(&self) -> usize {
        let is_set = |flag: &AtomicBool| usize::from(flag.load(Ordering::SeqCst));
        self.interrupts.load(Ordering::SeqCst).max(is_set(&self.interrupted)).max(is_set(&self.lost))
    }

    /// For a signal handler to set: a tool that heard the same signal may have ended before a
    /// thread comes to count it.
    pub fn interrupted(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupted)
    }
}

impl Places {
    /// `.seam/runs`.
    pub fn runs(&self) -> PathBuf {
        self.data.join("runs")
    }

    /// Where the processes of a step of a run have their folders: `.seam/runs/RUN/STACK`.
    pub fn step(&self, run: u64, stack: &Name) -> PathBuf {
        self.runs().join(run.to_string()).join(stack)
    }

    /// `.seam/state`, with a folder an environment for the states of stacks without a backend.
    pub fn states(&self) -> PathBuf {
        self.data.join("state")
    }
}

impl Session {
    /// What contracts are compared in.
    pub fn scene(&self) -> Scene<'_> {
        Scene {
            workspace: &self.workspace,
            contracts: &self.contracts,
            graph: &self.graph,
            registry: &self.registry,
            today: &self.caller.today,
        }
    }

    /// The stack and the environment of an instance of this workspace.
    ///
    /// # Panics
    /// When the address is not of this workspace: addresses come from its graph.
    pub fn instance(&self, address: &Address) -> (&Stack, &Environment) {
        (&self.workspace.stacks[&address.stack], &self.workspace.environments[&address.environment])
    }
}
