//! What the screen, the lines and the summary are made from: the fold of a run's events, with the
//! times that people want to know.

use seam_model::{Address, RunEvent, RunStatus, StepState, Verb};
use std::collections::BTreeMap;
use std::time::Duration;

/// Shorter estimates are not worth saying.
const ESTIMATE_MIN: Duration = Duration::from_secs(1);

/// A run as far as it came. Times count from the start of the command.
#[derive(Debug, Default)]
pub struct State {
    /// Its steps.
    pub status: RunStatus,
    /// What it does now; `None` before it knows its steps.
    pub verb: Option<Verb>,
    /// The present.
    pub now: Duration,
    /// When each step that runs or ran began to.
    since: BTreeMap<Address, Duration>,
    /// How long the last apply of each step took.
    took: BTreeMap<Address, Duration>,
    jobs: usize,
}

impl State {
    /// Takes one more event in, which happens at `now`.
    pub fn take(&mut self, event: &RunEvent) {
        self.status.fold(event);
        match event {
            RunEvent::Started { verb, took, jobs, .. } => {
                self.since.clear();
                self.took.clone_from(took);
                (self.verb, self.jobs) = (Some(*verb), *jobs);
            }
            RunEvent::Step { address, state: StepState::Planning | StepState::Applying, .. } => {
                self.since.entry(address.clone()).or_insert(self.now);
            }
            _ => {}
        }
    }

    /// How long a step that runs or ran does or did so.
    pub fn elapsed(&self, address: &Address) -> Option<Duration> {
        self.since.get(address).map(|since| self.now.saturating_sub(*since))
    }

    /// The steps in one of these states, in deployment order.
    pub fn in_state(&self, wanted: &[StepState]) -> Vec<&Address> {
        self.status.order.iter().filter(|one| wanted.contains(&self.status.steps[*one].state)).collect()
    }

    /// The steps that run.
    pub fn running(&self) -> Vec<&Address> {
        self.in_state(&[StepState::Planning, StepState::Applying])
    }

    /// Is the whole run planned before anything of it is applied?
    pub fn plans(&self) -> bool {
        self.verb == Some(Verb::Plan)
    }

    /// About how long until the end: the longest remaining path, or all that remains shared by
    /// those that work at once, whichever is longer. `None` where a step was never timed.
    pub fn left(&self) -> Option<Duration> {
        if self.plans() {
            return None;
        }
        let mut ends: BTreeMap<&Address, Duration> = BTreeMap::new();
        let mut work = Duration::ZERO;
        for address in &self.status.order {
            let step = &self.status.steps[address];
            if step.state.is_final() {
                continue;
            }
            let remains = self.took.get(address)?.saturating_sub(self.elapsed(address).unwrap_or_default());
            let begins = step.waits_for.iter().filter_map(|one| ends.get(one)).max().copied().unwrap_or_default();
            ends.insert(address, begins + remains);
            work += remains;
        }
        let shared = work / u32::try_from(self.jobs).unwrap_or(u32::MAX).max(1);
        let longest = ends.into_values().max().unwrap_or_default();
        Some(longest.max(shared)).filter(|left| *left >= ESTIMATE_MIN)
    }

    /// Does anything still run, or can it, besides the steps behind failed ones?
    pub fn goes_on(&self) -> bool {
        let mut stopped: Vec<&Address> = Vec::new();
        for address in &self.status.order {
            let step = &self.status.steps[address];
            let behind = step.waits_for.iter().any(|one| stopped.contains(&one));
            if matches!(step.state, StepState::Failed | StepState::NotStarted) || behind {
                stopped.push(address);
            } else if !step.state.is_final() && step.state != StepState::Planned {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
pub mod tests {
    use super::State;
    use seam_model::{Address, RunEvent, StepState, Verb};
    use std::time::Duration;

    /// Nothing happened for so many seconds.
    pub fn after(seconds: u64) -> State {
        State { now: Duration::from_secs(seconds), ..State::default() }
    }

    /// The instance of a stack.
    pub fn address(stack: &str) -> Address {
        format!("shop/{stack}/dev").parse().unwrap()
    }

    /// A run of steps, each with what it waits for and the seconds it took the last time.
    pub fn started(verb: Verb, steps: &[(&str, &[&str], u64)]) -> RunEvent {
        RunEvent::Started {
            run: Some(42),
            verb,
            environment: "dev".parse().unwrap(),
            steps: steps
                .iter()
                .map(|(stack, waits, _)| (address(stack), waits.iter().map(|one| address(one)).collect()))
                .collect(),
            took: steps.iter().map(|(stack, _, seconds)| (address(stack), Duration::from_secs(*seconds))).collect(),
            jobs: 2,
        }
    }

    /// A step is in a state.
    pub fn step(stack: &str, state: StepState, reason: &str) -> RunEvent {
        RunEvent::Step { address: address(stack), state, reason: reason.to_owned() }
    }

    #[test]
    fn the_estimate_is_the_longest_path_or_the_work_shared() {
        let mut state = State::default();
        state.take(&started(Verb::Apply, &[("a", &[], 5), ("b", &["a"], 10), ("c", &[], 3)]));
        assert_eq!(state.left(), Some(Duration::from_secs(15)));
        state.take(&step("a", StepState::Applying, ""));
        state.now = Duration::from_secs(2);
        assert_eq!(state.left(), Some(Duration::from_secs(13)));
        state.take(&step("a", StepState::Skipped, ""));
        state.take(&step("b", StepState::Published, ""));
        assert_eq!(state.left(), Some(Duration::from_secs(3)));

        state.take(&started(Verb::Apply, &[("a", &[], 8), ("b", &[], 8), ("c", &[], 8), ("d", &[], 8)]));
        assert_eq!(state.left(), Some(Duration::from_secs(16)));
        state.take(&started(Verb::Plan, &[("a", &[], 8)]));
        assert_eq!(state.left(), None);
    }

    #[test]
    fn a_run_goes_on_while_something_does_not_wait_for_a_failure() {
        let mut state = State::default();
        state.take(&started(Verb::Apply, &[("a", &[], 1), ("b", &["a"], 1), ("c", &["b"], 1), ("d", &[], 1)]));
        state.take(&step("a", StepState::Failed, "broken"));
        assert!(state.goes_on());
        state.take(&step("d", StepState::Published, "1 created"));
        assert!(!state.goes_on());
    }
}
