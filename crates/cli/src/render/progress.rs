//! A run while it goes on: a live tree on a terminal, plain lines without one, JSON Lines for
//! programs. All three eat the same events; every figure comes from their fold.

use super::json::{FORMAT, plan as plan_json, time};
use super::{counted, duration};
use crate::settings::{Settings, now_us};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use seam_model::{Address, Name, RunEvent, RunResult, RunStatus, StepState, StepStatus};
use seam_run::{Deployed, Goal};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The rows of running steps and times are redrawn this often.
const REDRAW_EVERY: Duration = Duration::from_millis(200);
/// Without a terminal, a line says that a run is alive when nothing changed for this long.
const SAY_EVERY: Duration = Duration::from_secs(30);
/// Rows of steps below the finished ones; the rest is counted in the last line.
const ROWS_MAX: usize = 12;

/// How a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Rows that are redrawn.
    Live,
    /// A line per change.
    Lines,
    /// A JSON document per event, on standard output.
    Json,
}

impl Style {
    /// What fits where the output goes.
    pub fn of(settings: &Settings, json: bool) -> Self {
        match (json, settings.terminal) {
            (true, _) => Self::Json,
            (false, true) => Self::Live,
            (false, false) => Self::Lines,
        }
    }
}

/// Shows the events of one run.
pub struct Progress {
    shared: Arc<Shared>,
    ticker: Mutex<Option<std::thread::JoinHandle<()>>>,
}

struct Shared {
    state: Mutex<State>,
    over: Condvar,
    style: Style,
    bar: ProgressBar,
    width: usize,
}

struct State {
    status: RunStatus,
    began: Instant,
    /// When each step that runs began to.
    since: BTreeMap<Address, Instant>,
    last_line: Instant,
    sequence: u64,
    over: bool,
    paused: bool,
    warnings: usize,
}

impl Progress {
    /// Shows nothing before the first event.
    pub fn new(settings: &Settings, style: Style) -> Self {
        let target = if style == Style::Live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let now = Instant::now();
        let state = State {
            status: RunStatus::default(),
            began: now,
            since: BTreeMap::new(),
            last_line: now,
            sequence: 0,
            over: false,
            paused: false,
            warnings: 0,
        };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), over: Condvar::new(), style, bar, width: settings.err.width });
        let ticking = Arc::clone(&shared);
        let ticker = (style != Style::Json).then(|| std::thread::spawn(move || ticking.tick()));
        if style == Style::Json {
            println!("{}", json!({"type": "version", "seam": env!("CARGO_PKG_VERSION"), "format": FORMAT}));
        }
        Self { shared, ticker: Mutex::new(ticker) }
    }

    /// Takes one more event in.
    pub fn event(&self, event: &RunEvent) {
        let mut state = self.shared.lock();
        state.take(event);
        match self.shared.style {
            Style::Live => self.shared.live(&state, event),
            Style::Lines => self.shared.line(&mut state, event),
            Style::Json => json_line(&mut state, event),
        }
    }

    /// Shows no rows while `question` is on the screen.
    pub fn paused<R>(&self, question: impl FnOnce() -> R) -> R {
        self.shared.lock().paused = true;
        let answer = self.shared.bar.suspend(question);
        self.shared.lock().paused = false;
        answer
    }

    /// No more rows.
    pub fn finish(&self) {
        self.shared.lock().over = true;
        self.shared.over.notify_all();
        let ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ticker) = ticker {
            let _ = ticker.join();
        }
        self.shared.bar.finish_and_clear();
    }

    /// The last line of an apply or a destroy, and what to do next.
    pub fn summary(&self, deployed: &Deployed, environment: &Name, goal: Goal) -> String {
        let state = self.shared.lock();
        let text = counts(&state.status, goal);
        let took = duration(state.began.elapsed());
        let mut text = format!("\n{text}.       run {}, {took}\n", deployed.run);
        let failed: Vec<&str> = deployed.failures.iter().map(|(address, _)| address.stack.as_str()).collect();
        let verb = if goal == Goal::Destroy { "destroy" } else { "apply" };
        if let Some(first) = failed.first() {
            let _ = writeln!(
                text,
                "Mend {}, then: seam {verb} -e {environment}   What its tool said: seam runs log {} {first}",
                failed.join(", "),
                deployed.run
            );
        } else if deployed.result == RunResult::Interrupted {
            let _ = writeln!(text, "Interrupted; what was applied is kept. Go on with: seam {verb} -e {environment}");
        }
        text
    }

    /// The last line for programs.
    pub fn json_summary(&self, deployed: &Deployed) {
        let mut state = self.shared.lock();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for step in state.status.steps.values() {
            *counts.entry(step.state.as_str()).or_default() += 1;
        }
        let line = json!({"type": "summary", "result": deployed.result.as_str(), "counts": counts});
        print_json(&mut state, line);
    }
}

impl State {
    fn take(&mut self, event: &RunEvent) {
        self.status.fold(event);
        match event {
            RunEvent::Step { address, state, .. } => match state {
                StepState::Planning | StepState::Applying => {
                    self.since.entry(address.clone()).or_insert_with(Instant::now);
                }
                _ => {}
            },
            RunEvent::Started { .. } => self.since.clear(),
            RunEvent::Diagnostic { .. } => self.warnings += 1,
            RunEvent::Planned(_) | RunEvent::Progress { .. } | RunEvent::Ended { .. } => {}
        }
    }

    fn took(&self, address: &Address) -> Option<Duration> {
        self.since.get(address).map(Instant::elapsed)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Redraws the rows, or says that the run is alive, until it is over.
    fn tick(&self) {
        let mut state = self.lock();
        while !state.over {
            let waited = self.over.wait_timeout(state, REDRAW_EVERY);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.over || state.paused {
                continue;
            }
            match self.style {
                Style::Live => self.bar.set_message(rows(&state, self.width)),
                Style::Lines if state.last_line.elapsed() >= SAY_EVERY && !state.status.steps.is_empty() => {
                    state.last_line = Instant::now();
                    eprintln!("{} {}", clock(&state), last_row(&state));
                }
                Style::Lines | Style::Json => {}
            }
        }
    }

    fn live(&self, state: &State, event: &RunEvent) {
        match event {
            RunEvent::Step { address, state: now, reason } if now.is_final() => {
                self.bar.println(finished_row(state, address, *now, reason));
            }
            RunEvent::Diagnostic { address, text, .. } => self.bar.println(diagnostic(address.as_ref(), text)),
            RunEvent::Ended { .. } => {}
            _ => {}
        }
        if !state.paused {
            self.bar.set_message(rows(state, self.width));
        }
    }

    fn line(&self, state: &mut State, event: &RunEvent) {
        let text = match event {
            RunEvent::Step { address, state: now, reason } if now.is_final() => {
                finished_row(state, address, *now, reason)
            }
            RunEvent::Step { address, state: now, reason } => {
                format!("  {}  {} · {reason}", padded(state, address), now.as_str())
            }
            RunEvent::Diagnostic { address, text, .. } => diagnostic(address.as_ref(), text),
            RunEvent::Started { .. } | RunEvent::Planned(_) | RunEvent::Progress { .. } | RunEvent::Ended { .. } => {
                return;
            }
        };
        state.last_line = Instant::now();
        eprintln!("{} {}", clock(state), text.trim_end_matches([' ', '·']));
    }
}

/// Time since the start: `0:04`.
fn clock(state: &State) -> String {
    let seconds = state.began.elapsed().as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn padded(state: &State, address: &Address) -> String {
    let width = state.status.order.iter().map(|one| one.stack.as_str().len()).max().unwrap_or_default();
    format!("{:width$}", address.stack)
}

fn finished_row(state: &State, address: &Address, now: StepState, reason: &str) -> String {
    let mark = match now {
        StepState::Published => "✓",
        StepState::Failed => "✗",
        StepState::NotStarted => "–",
        _ => "·",
    };
    let what = match now {
        StepState::Skipped => format!("unchanged · {reason}"),
        StepState::NotStarted => format!("not started · {reason}"),
        StepState::Failed => format!("failed · {reason}"),
        _ => reason.to_owned(),
    };
    let took = state.took(address).filter(|_| now != StepState::Skipped).map(duration).unwrap_or_default();
    format!("{mark} {}  {what:28} {took}", padded(state, address)).trim_end().to_owned()
}

fn diagnostic(address: Option<&Address>, text: &str) -> String {
    let who = address.map_or_else(String::new, |address| format!("{}: ", address.stack));
    format!("! {who}{text}")
}

/// The rows of what runs, then of what waits, then the last line.
fn rows(state: &State, width: usize) -> String {
    if state.status.steps.is_empty() {
        return String::new();
    }
    let in_state = |wanted: &[StepState]| -> Vec<&Address> {
        state.status.order.iter().filter(|one| wanted.contains(&state.status.steps[*one].state)).collect()
    };
    let running = in_state(&[StepState::Planning, StepState::Applying]);
    let waiting = in_state(&[StepState::Waiting]);
    let mut lines: Vec<String> = running
        .iter()
        .map(|address| running_row(state, address))
        .chain(waiting.iter().map(|address| waiting_row(state, address)))
        .take(ROWS_MAX)
        .collect();
    lines.push(last_row(state));
    lines
        .iter()
        .map(|line| line.chars().take(width.saturating_sub(1)).collect::<String>())
        .collect::<Vec<_>>()
        .join("\n")
}

fn running_row(state: &State, address: &Address) -> String {
    let step = &state.status.steps[address];
    let amount = match step.total {
        0 => String::new(),
        total => format!(" · {} of {total}", step.done),
    };
    let elapsed = state.took(address).unwrap_or_default().as_secs();
    let line = if step.line.is_empty() { String::new() } else { format!("   ▸ {}", step.line) };
    format!(
        "  {}  {}{amount}   {}:{:02}{line}",
        padded(state, address),
        step.state.as_str(),
        elapsed / 60,
        elapsed % 60
    )
}

fn waiting_row(state: &State, address: &Address) -> String {
    let step = &state.status.steps[address];
    let open = |one: &&Address| state.status.steps.get(*one).is_some_and(|other: &StepStatus| !other.state.is_final());
    let waits: Vec<&str> = step.waits_for.iter().filter(open).map(|one| one.stack.as_str()).collect();
    let why = match (waits.is_empty(), step.reason.is_empty()) {
        (false, _) => format!("waits for {}", waits.join(", ")),
        (true, false) => step.reason.clone(),
        (true, true) => "waits for a free place".to_owned(),
    };
    format!("  {}  {why}", padded(state, address))
}

fn last_row(state: &State) -> String {
    let count = |wanted| state.status.count(wanted);
    let running = count(StepState::Planning) + count(StepState::Applying);
    let mut parts = Vec::new();
    for (number, word) in [
        (count(StepState::Published), "done"),
        (running, "running"),
        (count(StepState::Waiting), "waiting"),
        (count(StepState::Skipped), "unchanged"),
        (count(StepState::Failed), "failed"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    format!("──── {} · {} ────", parts.join(" · "), clock(state))
}

/// `2 applied, 1 failed, 2 not started because of it (backend, frontend), 1 unchanged`.
fn counts(status: &RunStatus, goal: Goal) -> String {
    let not_started: Vec<&str> = status
        .order
        .iter()
        .filter(|one| matches!(status.steps[*one].state, StepState::NotStarted | StepState::Waiting))
        .map(|one| one.stack.as_str())
        .collect();
    let done = if goal == Goal::Destroy { "destroyed" } else { "applied" };
    let mut parts = Vec::new();
    for (number, word) in [(status.count(StepState::Published), done), (status.count(StepState::Failed), "failed")] {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    if !not_started.is_empty() {
        parts.push(format!("{} not started ({})", not_started.len(), not_started.join(", ")));
    }
    let unchanged = status.count(StepState::Skipped);
    if unchanged > 0 {
        parts.push(format!("{unchanged} unchanged"));
    }
    if parts.is_empty() { counted(0, "step") } else { parts.join(", ") }
}

fn json_line(state: &mut State, event: &RunEvent) {
    let line = match event {
        RunEvent::Step { address, state, reason } => {
            json!({"type": "step", "address": address.to_string(), "state": state.as_str(), "reason": reason})
        }
        RunEvent::Diagnostic { address, error, text } => json!({
            "type": "diagnostic",
            "address": address.as_ref().map(ToString::to_string),
            "severity": if *error { "error" } else { "warning" },
            "message": text,
        }),
        RunEvent::Planned(plan) => {
            let mut line = plan_json(plan);
            line["type"] = json!("plan");
            line
        }
        RunEvent::Started { .. } | RunEvent::Progress { .. } | RunEvent::Ended { .. } => return,
    };
    print_json(state, line);
}

fn print_json(state: &mut State, mut line: Json) {
    state.sequence += 1;
    line["run"] = json!(state.status.run);
    line["seq"] = json!(state.sequence);
    line["time"] = json!(time(now_us()));
    println!("{line}");
}
