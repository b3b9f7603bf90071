//! Plain lines for logs: one per change of state, with the time since the start.

use super::rows::{clock, lasting, left, padded, tally};
use super::state::State;
use seam_model::{Address, RunEvent, StepState};

/// Lines are never cut.
const COLUMNS: usize = usize::MAX;

/// The lines of an event; several for a diagnostic, none for what is no change.
pub fn lines(state: &State, event: &RunEvent, colour: bool) -> Vec<String> {
    let indent = " ".repeat(clock(state.now).len());
    let rows = match event {
        RunEvent::Step { address, state: now, reason } if !now.is_final() => {
            // Why it runs was said when it was planned.
            let said = matches!(now, StepState::Planned | StepState::Applying) || reason.is_empty();
            let reason = if said { String::new() } else { format!(" · {reason}") };
            vec![format!("  {}  {}{reason}", padded(state, address), now.as_str())]
        }
        event => lasting(state, event, COLUMNS).iter().map(|row| row.line(colour, COLUMNS)).collect(),
    };
    let stamp = |(at, row)| if at == 0 { format!("{} {row}", clock(state.now)) } else { format!("{indent} {row}") };
    rows.into_iter().enumerate().map(stamp).collect()
}

/// Says that a run is alive, and what it is at.
pub fn alive(state: &State) -> String {
    let since = |address: &Address| clock(state.elapsed(address).unwrap_or_default());
    let running = state.running().into_iter().map(|address| format!("{} {}", address.stack, since(address)));
    format!("{}   {}", clock(state.now), running.chain(tally(state)).chain(left(state)).collect::<Vec<_>>().join(" · "))
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{address, after, started, step};
    use super::{State, alive, lines};
    use seam_model::{RunEvent, StepState, Verb};
    use std::time::Duration;

    fn told(state: &mut State, events: &[RunEvent]) -> Vec<String> {
        let told = |event: &RunEvent| {
            state.take(event);
            lines(state, event, false)
        };
        events.iter().flat_map(told).collect()
    }

    #[test]
    fn each_change_is_a_line_with_the_time_since_the_start() {
        let mut state = after(64);
        let warning = "Warning: old\n  stacks/api/main.tf line 3".to_owned();
        let events = [
            started(Verb::Apply, &[("network", &[], 5), ("api", &["network"], 5)]),
            step("network", StepState::Skipped, "nothing it reads changed since run 41, 2 h ago"),
            step("api", StepState::Planning, "memory changed"),
            step("api", StepState::Applying, "memory changed"),
            RunEvent::Diagnostic { address: Some(address("api")), error: false, text: warning },
        ];
        assert_eq!(
            told(&mut state, &events),
            [
                "1:04 · network  unchanged · nothing it reads changed since run 41, 2 h ago",
                "1:04   api      planning · memory changed",
                "1:04   api      applying",
                "1:04 ! api: Warning: old",
                "         stacks/api/main.tf line 3",
            ]
        );
        state.now = Duration::from_secs(94);
        assert_eq!(alive(&state), "1:34   api 0:30 · 1 running · 1 unchanged");
    }

    #[test]
    fn what_a_plan_leaves_unchanged_is_in_the_plan() {
        let mut state = State::default();
        let events = [
            started(Verb::Plan, &[("network", &[], 5), ("api", &[], 5)]),
            step("network", StepState::Skipped, "nothing changed"),
            step("api", StepState::Planned, "memory changed"),
        ];
        assert_eq!(told(&mut state, &events), ["0:00   api      planned"]);
    }

    #[test]
    fn an_error_is_told_at_once_only_where_the_run_goes_on() {
        let error = || RunEvent::Diagnostic { address: Some(address("a")), error: true, text: "Error: no".to_owned() };
        let failed = step("a", StepState::Failed, "no");
        let mut state = State::default();
        let alone = [started(Verb::Apply, &[("a", &[], 1), ("b", &["a"], 1)]), failed.clone(), error()];
        assert_eq!(told(&mut state, &alone), ["0:00 ✗ a  failed · no"]);
        let beside = [started(Verb::Apply, &[("a", &[], 1), ("b", &[], 1)]), failed, error()];
        assert_eq!(told(&mut state, &beside), ["0:00 ✗ a  failed · no", "0:00 ✗ a: Error: no"]);
    }
}
