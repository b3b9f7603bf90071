//! Plain lines for logs: one per change of state, with the time since the start.

use super::rows::{clock, counts, lasting, padded};
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
    format!("{}   {}", clock(state.now), running.chain([counts(state)]).collect::<Vec<_>>().join(" · "))
}
