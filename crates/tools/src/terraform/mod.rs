//! Terraform and OpenTofu: one module, and which of the two is a setting.
//!
//! A `Job` is one instance with its mirror, its state's place and its inputs. `plan` makes a
//! `TerraformPlan`, `apply` makes it so, `outputs` reads what came of it. Each call that needs the
//! program goes through a `Launcher`: three processes the first time, two later, one where nothing
//! is to change.

mod apply;
mod ask;
mod attributes;
mod call;
mod check;
mod copy;
mod creations;
mod failure;
mod place;
mod plan;
mod pull;
mod ready;
mod saved;
mod show;
mod stream;
mod unknown;
mod wire;

pub use crate::state::StatePosition;
pub use apply::{Applied, apply, clear, outputs, protect_state};
pub use call::{Wish, call, make_ready};
pub use check::Recorded;
pub use creations::{creations, said};
pub use place::{StatePlace, two_on_one_state};
pub use plan::plan;
pub use pull::{Pull, pull, pull_file, push, refuse_locked};
pub use saved::in_state;
pub use show::show;
pub use stream::WAITS_FOR_LOCK;

use crate::{Diagnostic, Program};
use seam_model::{Address, Change, Deferred, PlannedOutput, StackCode, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One instance and everything that its tool needs. The caller holds the mirror's lock.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The instance; `None` where the state is of no stack that Seam runs here.
    pub instance: Option<&'a Address>,
    /// The program.
    pub program: &'a Program,
    /// The root of the instance's mirror (`Mirror::root`).
    pub mirror: &'a Path,
    /// The stack's code inside the mirror, absolute; the program runs there (`Mirror::folder`).
    pub folder: &'a Path,
    /// The root of the workspace, absolute.
    pub workspace: &'a Path,
    /// The stack's code in the workspace, relative to its root (`Stack::source`).
    pub source: &'a Path,
    /// What the code declares.
    pub code: &'a StackCode,
    /// The program's whole environment.
    pub env: &'a [(OsString, OsString)],
    /// Where the instance's state is.
    pub state: &'a StatePlace,
    /// What the registry knows of that state.
    pub recorded: &'a Recorded,
    /// By variable. Leaves may be unknown: then the plan is made with real unknowns and cannot be
    /// applied. Those that the code does not declare are left out.
    pub inputs: &'a BTreeMap<String, Value>,
    /// A folder that holds plugins for all instances; used unless `env` names one
    /// (`TF_PLUGIN_CACHE_DIR`). Made where it is missing.
    pub plugin_cache: &'a Path,
    /// A file whose lock each `init` of Terraform holds, because its plugin cache is not safe for two.
    pub plugin_lock: &'a Path,
    /// How long one process may take.
    pub time_limit: Duration,
    /// How long an interrupted process may take to end.
    pub grace: Duration,
}

/// What a plan is for. Of all that a run may do, these two are planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// To make the world as the code says.
    Apply,
    /// To take everything away.
    Destroy,
}

/// How far a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Operations done.
    pub done: usize,
    /// Operations to do; 0 while it is not known.
    pub total: usize,
    /// The tool's last line.
    pub line: String,
}

/// What a plan says, and where it is saved.
#[derive(Debug)]
pub struct TerraformPlan {
    /// What it was made for.
    pub goal: Goal,
    /// What changes. No-ops are left out, but for what only moves or is only imported.
    pub changes: Vec<Change>,
    /// By name, unchanged ones too. The value of an unchanged one is the state's where Seam reads
    /// the state itself; every other value is unknown until `show`.
    pub outputs: BTreeMap<String, PlannedOutput>,
    /// Is there anything to apply? Outputs alone count.
    pub has_changes: bool,
    /// The saved plan, in the step's folder, where there is one; secrets are in it in clear.
    pub saved: Option<PathBuf>,
    /// Was it made with unknown inputs? Then it is never applied.
    pub with_unknowns: bool,
    /// The state that it was made on; `None` where there was none.
    pub position: Option<StatePosition>,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What could not be planned because of an unknown input.
    pub deferred: Vec<Deferred>,
    /// What was assumed ("vpc_id: assumed not null").
    pub notes: Vec<String>,
    /// The version that the program said it has, for `Program::confirm`.
    pub version: Option<String>,
    /// A plugin planned without a setting that is not known yet: values may be another account's.
    outputs_in_doubt: bool,
    /// The throw-away copy of the mirror that a plan with unknown inputs is made in.
    copy: Option<copy::Copy>,
}

/// What a saved plan says beyond its actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// By name, with values; leaves may be unknown.
    pub outputs: BTreeMap<String, PlannedOutput>,
    /// Of each changing resource, by address, its planned values as Terraform writes them
    /// (`after`, `after_unknown`). Secrets are in clear.
    pub values: BTreeMap<String, Json>,
    /// The plan's changes, with what of each resource changes. Secrets are in clear.
    pub changes: Vec<Change>,
}

impl Job<'_> {
    /// The program with these arguments, in the mirror.
    fn command(&self, args: Vec<OsString>) -> seam_process::Command {
        seam_process::Command {
            program: self.program.path.clone(),
            args,
            folder: self.folder.to_owned(),
            env: self.env.to_vec(),
            time_limit: Some(self.time_limit),
            grace: self.grace,
            lock: None,
        }
    }
}
