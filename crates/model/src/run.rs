//! The events of a run and their fold. The live screen, the stored run and its replay eat the
//! same events.

use crate::{Address, Name, Plan};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Shows what an apply would do.
    Plan,
    /// Deploys.
    Apply,
    /// Takes away.
    Destroy,
    /// Takes existing states in.
    Import,
    /// Lets a person work with a stack's tool.
    Tool,
}

impl Verb {
    /// The word that files and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Import => "import",
            Self::Tool => "tool",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunResult {
    /// Everything that was to be done is done.
    Done,
    /// A step failed.
    Failed,
    /// A rule said no.
    Refused,
    /// Somebody interrupted it.
    Interrupted,
    /// Its process died, or it lost its lease.
    Lost,
}

impl RunResult {
    /// The word that files and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
            Self::Lost => "lost",
        }
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepState {
    /// Waits for its dependencies or for a free place.
    Waiting,
    /// Its tool plans.
    Planning,
    /// Planned, and to be applied later.
    Planned,
    /// Its tool applies or destroys.
    Applying,
    /// Applied, and its outputs are published (or it is destroyed).
    Published,
    /// Not run: nothing changed, or nothing to change.
    Skipped,
    /// It failed; what was applied is kept.
    Failed,
    /// Never started, because of a failure, a refusal or an interrupt.
    NotStarted,
}

impl StepState {
    /// The word that files and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Planning => "planning",
            Self::Planned => "planned",
            Self::Applying => "applying",
            Self::Published => "published",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::NotStarted => "not_started",
        }
    }

    /// Will it not change any more?
    pub fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Skipped | Self::Failed | Self::NotStarted)
    }
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEvent {
    /// The run knows its steps, in deployment order. It comes a second time where the steps are
    /// planned as a whole before the first of them is applied.
    Started {
        /// Its number; `None` for a plan.
        run: Option<u64>,
        /// What it does from here on: an apply that is planned first says `Plan`, then `Apply`.
        verb: Verb,
        /// Where.
        environment: Name,
        /// Its steps, each with the steps it waits for.
        steps: Vec<(Address, Vec<Address>)>,
        /// How long the last apply of a step took, where one is on record.
        took: BTreeMap<Address, Duration>,
        /// How many steps run at once.
        jobs: usize,
    },
    /// The whole plan that a yes is asked for.
    Planned(Plan),
    /// A step is somewhere else now.
    Step {
        /// Which.
        address: Address,
        /// Where it stands.
        state: StepState,
        /// Why, in a few words: why it runs, why it is skipped, what it waits for.
        reason: String,
    },
    /// A tool told how far it is.
    Progress {
        /// Which step.
        address: Address,
        /// Resources done.
        done: usize,
        /// Resources to do, as planned.
        total: usize,
        /// The tool's last line.
        line: String,
    },
    /// A tool or Seam itself said something that people must see.
    Diagnostic {
        /// Which step; `None` for the run.
        address: Option<Address>,
        /// Is it an error, or a warning?
        error: bool,
        /// The words, several lines perhaps, secrets masked.
        text: String,
    },
    /// Everything is over.
    Ended {
        /// How.
        result: RunResult,
    },
}

/// One step in the fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepStatus {
    /// Where it stands.
    pub state: StepState,
    /// Why.
    pub reason: String,
    /// Which steps it waits for.
    pub waits_for: Vec<Address>,
    /// Resources done.
    pub done: usize,
    /// Resources to do.
    pub total: usize,
    /// The tool's last line.
    pub line: String,
}

/// A run's status: a fold over its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunStatus {
    /// Its number.
    pub run: Option<u64>,
    /// In deployment order.
    pub order: Vec<Address>,
    /// By address.
    pub steps: BTreeMap<Address, StepStatus>,
    /// How it ended, once it has.
    pub result: Option<RunResult>,
}

impl RunStatus {
    /// Takes one more event in.
    pub fn fold(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started { run, steps, .. } => {
                self.run = *run;
                self.order = steps.iter().map(|(address, _)| address.clone()).collect();
                self.steps =
                    steps.iter().map(|(address, waits)| (address.clone(), StepStatus::waiting(waits))).collect();
            }
            RunEvent::Step { address, state, reason } => {
                if let Some(step) = self.steps.get_mut(address) {
                    step.state = *state;
                    step.reason.clone_from(reason);
                }
            }
            RunEvent::Progress { address, done, total, line } => {
                if let Some(step) = self.steps.get_mut(address) {
                    (step.done, step.total) = (*done, *total);
                    step.line.clone_from(line);
                }
            }
            RunEvent::Planned(_) | RunEvent::Diagnostic { .. } => {}
            RunEvent::Ended { result } => self.result = Some(*result),
        }
    }

    /// How many steps are in `state`.
    pub fn count(&self, state: StepState) -> usize {
        self.steps.values().filter(|step| step.state == state).count()
    }
}

impl StepStatus {
    fn waiting(waits_for: &[Address]) -> Self {
        Self {
            state: StepState::Waiting,
            reason: String::new(),
            waits_for: waits_for.to_vec(),
            done: 0,
            total: 0,
            line: String::new(),
        }
    }
}
