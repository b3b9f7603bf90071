//! The live screen: finished rows scroll away above, rows of what runs and waits are redrawn at
//! the bottom.

use super::rows::{Row, counts, running, waiting};
use super::state::State;
use crate::render::counted;
use seam_model::StepState;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// More rows than this hide what was there before.
const ROWS_MAX: usize = 16;

/// A terminal's size.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How wide.
    pub columns: usize,
    /// How high.
    pub rows: usize,
}

/// What stands at the bottom of a terminal.
#[derive(Debug, Default)]
pub struct Screen {
    /// How wide each row was drawn.
    drawn: Vec<usize>,
}

impl Screen {
    /// The bytes that print `above` for good and draw `rows` anew below it.
    pub fn frame(&mut self, above: &str, rows: &[Row], size: Size, colour: bool) -> String {
        let mut frame = self.erase(size);
        frame.push_str(above);
        for row in rows {
            self.drawn.push(row.line(false, size.columns).width());
            let _ = writeln!(frame, "{}", row.line(colour, size.columns));
        }
        frame
    }

    /// The bytes that take the rows away. A terminal that became narrower broke them into more.
    pub fn erase(&mut self, size: Size) -> String {
        let lines: usize = self.drawn.drain(..).map(|width| width.div_ceil(size.columns.max(1)).max(1)).sum();
        if lines == 0 { String::new() } else { format!("\r\x1b[{lines}A\x1b[J") }
    }
}

/// The rows of what runs, then of what waits, as many as fit, then the line with the counts.
/// `stopping` stands in its place.
pub fn rows(state: &State, stopping: Option<&str>, size: Size) -> Vec<Row> {
    if state.status.steps.is_empty() {
        return Vec::new();
    }
    // One line for the counts, one for the cursor.
    let room = size.rows.saturating_sub(2).min(ROWS_MAX);
    let runs = state.running().into_iter().map(|address| running(state, address));
    let waits = state.in_state(&[StepState::Waiting]).into_iter().map(|address| waiting(state, address));
    let mut rows: Vec<Row> = runs.chain(waits).collect();
    if rows.len() > room {
        let shown = room.saturating_sub(1);
        let more = counted(rows.len() - shown, "more step");
        rows.truncate(shown);
        rows.push(Row::plain(format!("  … and {more}")));
    }
    let last = stopping.map_or_else(|| counts(state), str::to_owned);
    rows.push(Row::plain(format!("──── {last} ────")));
    rows
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{started, step};
    use super::{Screen, Size, State, rows};
    use seam_model::{StepState, Verb};

    /// What a person sees after each of these frames.
    fn screen(terminal: &vt100::Parser) -> String {
        terminal.screen().contents().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    fn write(terminal: &mut vt100::Parser, frame: &str) {
        terminal.process(frame.replace('\n', "\r\n").as_bytes());
    }

    #[test]
    fn rows_are_redrawn_below_what_is_over() {
        let size = Size { columns: 40, rows: 10 };
        let mut terminal = vt100::Parser::new(10, 40, 0);
        let mut shown = Screen::default();
        let mut state = State::default();
        state.take(&started(Verb::Apply, &[("a", &[], 0), ("b", &["a"], 0)]));
        state.take(&step("a", StepState::Applying, "cidr changed"));
        let frame = shown.frame("", &rows(&state, None, size), size, true);
        write(&mut terminal, &frame);
        assert_eq!(
            screen(&terminal),
            "  a  applying               0:00\n  b  waits for a\n──── 1 running · 1 waiting · 0:00 ────"
        );
        state.take(&step("a", StepState::Published, "1 created"));
        state.take(&step("b", StepState::Applying, ""));
        let frame = shown.frame("✓ a  1 created\n", &rows(&state, None, size), size, false);
        write(&mut terminal, &frame);
        assert_eq!(
            screen(&terminal),
            "✓ a  1 created\n  b  applying               0:00\n──── 1 done · 1 running · 0:00 ────"
        );
        write(&mut terminal, &shown.erase(size));
        assert_eq!(screen(&terminal), "✓ a  1 created");
    }

    #[test]
    fn rows_fit_the_height_and_the_rest_is_counted() {
        let mut state = State::default();
        let waits: &[&str] = &["a"];
        state.take(&started(Verb::Apply, &[("a", &[], 0), ("b", waits, 0), ("c", waits, 0), ("d", waits, 0)]));
        state.take(&step("a", StepState::Planning, ""));
        let lines = |height| {
            let size = Size { columns: 24, rows: height };
            rows(&state, None, size).iter().map(|row| row.line(false, 24)).collect::<Vec<_>>()
        };
        assert_eq!(lines(4), ["  a  planning          …", "  … and 3 more steps", "──── 1 running · 3 wait…"]);
        assert_eq!(lines(24).len(), 5);
    }

    #[test]
    fn a_narrower_terminal_broke_the_rows_into_more_lines() {
        let mut shown = Screen::default();
        let wide = Size { columns: 40, rows: 10 };
        let mut state = State::default();
        state.take(&started(Verb::Apply, &[("a", &[], 0)]));
        state.take(&step("a", StepState::Applying, ""));
        shown.frame("", &rows(&state, None, wide), wide, false);
        assert_eq!(shown.erase(Size { columns: 20, rows: 10 }), "\r\x1b[4A\x1b[J");
        assert_eq!(shown.erase(wide), "");
    }
}
