//! Rows: one line a step, with its state, its reason and its time.

use super::state::State;
use crate::render::{duration, without_control};
use anstyle::{AnsiColor, Style};
use seam_model::{Address, RunEvent, StepState};
use std::time::Duration;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Under this many columns nothing is aligned behind the names.
const NARROW: usize = 60;
/// Where the time stands in rows that have the room.
const WHAT_COLUMNS: usize = 28;

/// A line, and how its start looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    text: String,
    style: Style,
    /// How many bytes at the start are in that style.
    styled: usize,
}

impl Row {
    /// A row as it is.
    pub fn plain(text: String) -> Self {
        Self { text, style: Style::new(), styled: 0 }
    }

    fn marked(mark: char, style: Style, text: &str) -> Self {
        Self { text: format!("{mark} {text}"), style, styled: mark.len_utf8() }
    }

    fn dimmed(text: String) -> Self {
        Self { styled: text.len(), style: Style::new().dimmed(), text }
    }

    /// The row as it is written, in at most `columns`.
    pub fn line(&self, colour: bool, columns: usize) -> String {
        let text = cut(&self.text, columns);
        match text.split_at_checked(self.styled.min(text.len())) {
            Some((styled, rest)) if colour && self.styled > 0 => {
                format!("{}{styled}{}{rest}", self.style.render(), self.style.render_reset())
            }
            _ => text,
        }
    }
}

/// At most `columns` wide; what was cut off is an ellipsis.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let fits = |character: &char| {
        let width = character.width().unwrap_or_default();
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// What an event leaves for good. A plan shows for itself what it leaves unchanged, and errors
/// after which nothing else runs are shown at the end alone.
pub fn lasting(state: &State, event: &RunEvent, columns: usize) -> Vec<Row> {
    match event {
        RunEvent::Step { state: StepState::Skipped, .. } if state.plans() => Vec::new(),
        RunEvent::Step { address, state: now, .. } if now.is_final() => vec![finished(state, address, columns)],
        RunEvent::Diagnostic { error: true, .. } if !state.goes_on() => Vec::new(),
        RunEvent::Diagnostic { address, error, text } => diagnostic(address.as_ref(), *error, text),
        _ => Vec::new(),
    }
}

/// A step that is over.
pub fn finished(state: &State, address: &Address, columns: usize) -> Row {
    let step = &state.status.steps[address];
    let reason = &step.reason;
    let elapsed = state.elapsed(address);
    let what = match step.state {
        StepState::Skipped => format!("unchanged · {reason}"),
        StepState::NotStarted if elapsed.is_some() => format!("stopped · {reason}"),
        StepState::NotStarted => format!("not started · {reason}"),
        StepState::Failed if step.total > 0 => format!("failed after {} of {} · {reason}", step.done, step.total),
        StepState::Failed => format!("failed · {reason}"),
        StepState::Planned => "planned".to_owned(),
        _ => reason.clone(),
    };
    let time = elapsed.filter(|_| step.state != StepState::Skipped).map(duration).unwrap_or_default();
    let name = padded(state, address);
    let room = if columns < NARROW { 0 } else { WHAT_COLUMNS };
    let text = format!("{name}  {what:room$}  {time}");
    let text = text.trim_end().trim_end_matches(" ·").to_owned();
    match step.state {
        StepState::Published => Row::marked('✓', AnsiColor::Green.on_default(), &text),
        StepState::Failed => Row::marked('✗', AnsiColor::Red.on_default(), &text),
        StepState::NotStarted => Row::marked('–', AnsiColor::Yellow.on_default(), &text),
        StepState::Planned => Row::plain(format!("  {text}")),
        _ => Row::dimmed(format!("· {text}")),
    }
}

/// A step that runs.
pub fn running(state: &State, address: &Address) -> Row {
    let step = &state.status.steps[address];
    let amount = match step.total {
        0 => String::new(),
        total => format!(" · {} of {total}", step.done),
    };
    let line = if step.line.is_empty() { String::new() } else { format!("   ▸ {}", on_one_line(&step.line)) };
    let what = format!("{}{amount}", step.state.as_str());
    let elapsed = clock(state.elapsed(address).unwrap_or_default());
    Row::plain(format!("  {}  {what:22} {elapsed}{line}", padded(state, address)))
}

/// A step that waits, and what for.
pub fn waiting(state: &State, address: &Address) -> Row {
    let step = &state.status.steps[address];
    let is_open = |one: &&Address| state.status.steps.get(*one).is_some_and(|other| !is_past(state, other.state));
    let waits: Vec<&str> = step.waits_for.iter().filter(is_open).map(|one| one.stack.as_str()).collect();
    let why = match (step.reason.is_empty(), waits.is_empty()) {
        (false, _) => step.reason.clone(),
        (true, false) => format!("waits for {}", waits.join(", ")),
        (true, true) => "waits for a free place".to_owned(),
    };
    Row::dimmed(format!("  {}  {why}", padded(state, address)))
}

/// Nobody waits for a step in this state any more.
fn is_past(state: &State, step: StepState) -> bool {
    step.is_final() || (state.plans() && step == StepState::Planned)
}

/// The line with the counts, the time since the start, and what is left.
pub fn counts(state: &State) -> String {
    let mut parts = tally(state);
    parts.push(clock(state.now));
    parts.extend(left(state));
    parts.join(" · ")
}

/// How many steps are where.
pub fn tally(state: &State) -> Vec<String> {
    let count = |wanted| state.status.count(wanted);
    let counted = [
        (count(StepState::Published), "done"),
        (count(StepState::Planned), "planned"),
        (state.running().len(), "running"),
        (count(StepState::Waiting), "waiting"),
        (count(StepState::Skipped), "unchanged"),
        (count(StepState::Failed), "failed"),
        (count(StepState::NotStarted), "not started"),
    ];
    counted.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect()
}

/// About how long until the end.
pub fn left(state: &State) -> Option<String> {
    state.left().map(|left| format!("about {} left", in_seconds(left)))
}

/// Whole seconds: an estimate is no better than that.
fn in_seconds(left: Duration) -> String {
    match left.as_millis().div_ceil(1_000) {
        seconds @ 0..60 => format!("{seconds} s"),
        _ => duration(left),
    }
}

/// What a tool or Seam said about a step, or about the run.
fn diagnostic(address: Option<&Address>, error: bool, text: &str) -> Vec<Row> {
    let who = address.map_or_else(String::new, |address| format!("{}: ", address.stack));
    let (mark, colour) = if error { ('✗', AnsiColor::Red) } else { ('!', AnsiColor::Yellow) };
    let text = without_control(text);
    let mut lines = text.lines();
    let first = Row::marked(mark, colour.on_default(), &format!("{who}{}", lines.next().unwrap_or_default()));
    std::iter::once(first).chain(lines.map(|line| Row::plain(format!("  {line}")))).collect()
}

/// Time since the start: `0:04`, `1:02:03`.
pub fn clock(since: Duration) -> String {
    let seconds = since.as_secs();
    match seconds / 3_600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds % 3_600 / 60, seconds % 60),
    }
}

/// The stack's name, as wide as the widest.
pub fn padded(state: &State, address: &Address) -> String {
    let width = state.status.order.iter().map(|one| one.stack.as_str().len()).max().unwrap_or_default();
    format!("{:width$}", address.stack)
}

/// Programs may colour what they print and move the cursor; a row must stay a row.
fn on_one_line(text: &str) -> String {
    without_control(text).replace(['\n', '\t'], " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{address, started, step};
    use super::{State, cut, finished, running, waiting};
    use seam_model::{RunEvent, StepState, Verb};
    use std::time::Duration;

    fn shop() -> State {
        let mut state = State::default();
        state.take(&started(Verb::Apply, &[("network", &[], 4), ("api", &["network"], 9), ("web", &["api"], 1)]));
        state
    }

    #[test]
    fn a_row_says_what_runs_how_far_and_why_others_wait() {
        let mut state = shop();
        state.take(&step("network", StepState::Applying, "cidr changed"));
        let line = "aws_vpc.v:\x1b[31m Still\tcreating\r".to_owned();
        state.take(&RunEvent::Progress { address: address("network"), done: 1, total: 3, line });
        state.now = Duration::from_secs(6);
        let rows = [running(&state, &address("network")), waiting(&state, &address("web"))];
        assert_eq!(
            rows.map(|row| row.line(false, 80)),
            ["  network  applying · 1 of 3      0:06   ▸ aws_vpc.v: Still creating", "  web      waits for api"]
        );
        assert_eq!(super::counts(&state), "1 running · 2 waiting · 0:06 · about 10 s left");
    }

    #[test]
    fn a_finished_row_says_how_it_ended() {
        let mut state = shop();
        state.take(&step("network", StepState::Applying, ""));
        state.now = Duration::from_millis(4100);
        state.take(&step("network", StepState::Published, "3 created"));
        state.take(&step("api", StepState::Failed, "the tool failed"));
        state.take(&step("web", StepState::NotStarted, "because api failed"));
        let line = |stack: &str, colour, columns| finished(&state, &address(stack), columns).line(colour, columns);
        assert_eq!(line("network", false, 80), "✓ network  3 created                     4.1 s");
        assert_eq!(line("network", false, 40), "✓ network  3 created  4.1 s");
        assert_eq!(line("api", true, 40), "\u{1b}[31m✗\u{1b}[0m api      failed · the tool failed");
        assert_eq!(line("web", false, 80), "– web      not started · because api failed");
    }

    #[test]
    fn a_cut_row_is_never_too_wide() {
        assert_eq!(cut("waits for api", 13), "waits for api");
        assert_eq!(cut("waits for api", 8), "waits f…");
        assert_eq!(cut("漢字漢字", 4), "漢…");
    }
}
