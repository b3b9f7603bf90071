//! The scheduler of a run as a pure state machine: what happened goes in, what to start comes out.
//! It starts a step when all it waits for is done, at most `jobs` at once, the longest remaining
//! path first. A failed step stops those that wait for it, and nothing else.

use seam_model::Address;
use std::collections::{BTreeMap, BTreeSet};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleEvent {
    /// The run begins.
    Begin,
    /// The step succeeded, was skipped or had nothing to do: what waits for it may start.
    Done(Address),
    /// The step failed or was refused: what waits for it never starts.
    Failed(Address),
    /// Somebody wants the run to end: nothing more starts.
    Interrupt,
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleAction {
    /// Start this step.
    Start(Address),
    /// This step will never start.
    NotStarted {
        /// The step.
        step: Address,
        /// The step whose failure is the cause; `None` for an interrupt.
        because: Option<Address>,
    },
}

/// The state of a run's steps, and which may start.
#[derive(Clone, Debug)]
pub struct Scheduler {
    steps: Vec<Step>,
    positions: BTreeMap<Address, usize>,
    /// Rank and position of each step that may start; the first is started first.
    ready: BTreeSet<(usize, usize)>,
    running: usize,
    jobs: usize,
}

#[derive(Clone, Debug)]
struct Step {
    address: Address,
    state: State,
    /// How many of those it waits for are not done yet.
    waits: usize,
    dependents: Vec<usize>,
    /// Its place when all steps are ordered by the longest remaining path, the longest first.
    rank: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Over,
}

impl Scheduler {
    /// `steps` in deployment order: address, the steps it waits for (those that are no steps of
    /// this run are ignored), and its seconds in earlier runs. `jobs` is at least 1.
    pub fn new(steps: &[(Address, Vec<Address>, f64)], jobs: usize) -> Self {
        let positions: BTreeMap<Address, usize> =
            steps.iter().enumerate().map(|(at, (address, ..))| (address.clone(), at)).collect();
        let mut all: Vec<Step> = steps.iter().map(|(address, ..)| Step::waiting(address)).collect();
        for (at, (_, waits_for, _)) in steps.iter().enumerate() {
            for provider in waits_for.iter().filter_map(|address| positions.get(address)) {
                all[*provider].dependents.push(at);
                all[at].waits += 1;
            }
        }
        let seconds: Vec<f64> = steps.iter().map(|(_, _, seconds)| *seconds).collect();
        for (rank, at) in by_remaining_path(&all, &seconds).into_iter().enumerate() {
            all[at].rank = rank;
        }
        let mut scheduler = Self { steps: all, positions, ready: BTreeSet::new(), running: 0, jobs: jobs.max(1) };
        for at in 0..scheduler.steps.len() {
            scheduler.make_ready(at);
        }
        scheduler
    }

    /// Takes one event in and says what to do. Actions come in the order to carry them out. A
    /// `Done` or `Failed` of a step that does not run changes nothing.
    pub fn next(&mut self, event: &ScheduleEvent) -> Vec<ScheduleAction> {
        let mut actions = Vec::new();
        match event {
            ScheduleEvent::Begin => {}
            ScheduleEvent::Done(address) => {
                if let Some(at) = self.end(address) {
                    for next in self.steps[at].dependents.clone() {
                        self.steps[next].waits -= 1;
                        self.make_ready(next);
                    }
                }
            }
            ScheduleEvent::Failed(address) => {
                if let Some(at) = self.end(address) {
                    self.stop_dependents(at, &mut actions);
                }
            }
            ScheduleEvent::Interrupt => self.stop_all(&mut actions),
        }
        self.start(&mut actions);
        actions
    }

    /// Does nothing run, and can nothing start any more?
    pub fn is_finished(&self) -> bool {
        self.running == 0 && self.ready.is_empty()
    }

    /// How many steps run.
    pub fn running(&self) -> usize {
        self.running
    }

    fn end(&mut self, address: &Address) -> Option<usize> {
        let at = *self.positions.get(address)?;
        if self.steps[at].state != State::Running {
            return None;
        }
        self.steps[at].state = State::Over;
        self.running -= 1;
        Some(at)
    }

    fn make_ready(&mut self, at: usize) {
        let step = &self.steps[at];
        if step.state == State::Waiting && step.waits == 0 {
            self.ready.insert((step.rank, at));
        }
    }

    fn start(&mut self, actions: &mut Vec<ScheduleAction>) {
        while self.running < self.jobs {
            let Some((_, at)) = self.ready.pop_first() else { return };
            self.steps[at].state = State::Running;
            self.running += 1;
            actions.push(ScheduleAction::Start(self.steps[at].address.clone()));
        }
    }

    /// A step behind a failure waits for it, so it is not in the ready queue.
    fn stop_dependents(&mut self, failed: usize, actions: &mut Vec<ScheduleAction>) {
        let because = self.steps[failed].address.clone();
        let mut behind: BTreeSet<usize> = self.steps[failed].dependents.iter().copied().collect();
        while let Some(at) = behind.pop_first() {
            if self.steps[at].state == State::Waiting {
                self.steps[at].state = State::Over;
                behind.extend(&self.steps[at].dependents);
                let step = self.steps[at].address.clone();
                actions.push(ScheduleAction::NotStarted { step, because: Some(because.clone()) });
            }
        }
    }

    fn stop_all(&mut self, actions: &mut Vec<ScheduleAction>) {
        self.ready.clear();
        for step in self.steps.iter_mut().filter(|step| step.state == State::Waiting) {
            step.state = State::Over;
            actions.push(ScheduleAction::NotStarted { step: step.address.clone(), because: None });
        }
    }
}

impl Step {
    fn waiting(address: &Address) -> Self {
        Self { address: address.clone(), state: State::Waiting, waits: 0, dependents: Vec::new(), rank: 0 }
    }
}

/// The positions of all steps, the one with the longest path behind it (in seconds, its own
/// included) first, the earlier of two equals first.
fn by_remaining_path(steps: &[Step], seconds: &[f64]) -> Vec<usize> {
    /// What a step without history counts, so that long chains go before short ones.
    const SECONDS_MIN: f64 = 0.001;
    let mut remaining = vec![0.0; steps.len()];
    for at in (0..steps.len()).rev() {
        let behind = steps[at].dependents.iter().map(|next| remaining[*next]).fold(0.0, f64::max);
        remaining[at] = seconds[at].max(SECONDS_MIN) + behind;
    }
    let mut positions: Vec<usize> = (0..steps.len()).collect();
    positions.sort_by(|a, b| remaining[*b].total_cmp(&remaining[*a]));
    positions
}
