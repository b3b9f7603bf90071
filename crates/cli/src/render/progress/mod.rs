//! A run while it goes on: rows on a terminal, plain lines without one, JSON Lines for programs.
//! All three eat the same events; every figure comes from their fold.

mod json;
mod lines;
mod live;
mod rows;
mod state;
mod summary;

pub use json::version;

use crate::failure::Failure;
use crate::print::{self, err as say};
use crate::settings::{Look, Settings, now_us};
use live::{Screen, Size};
use seam_model::RunEvent;
use seam_run::{Deployed, Deployment, Stop};
use serde_json::{Value as Json, json};
use state::State;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Rows with their times are redrawn this often.
const REDRAW_EVERY: Duration = Duration::from_millis(200);
/// Without a terminal, a line says that a run is alive when nothing changed for this long.
const SAY_EVERY: Duration = Duration::from_secs(30);
/// Where a terminal does not say how large it is.
const SIZE_UNKNOWN: Size = Size { columns: 80, rows: 24 };

const STOPPING: &str = "stopping: the tools save their state · Ctrl-C again kills them";
const KILLING: &str = "killing the tools";

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
        let dumb = settings.var("TERM").is_some_and(|term| term == "dumb");
        match (json, settings.terminal && !dumb) {
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
    /// One question at a time.
    question: Mutex<()>,
}

struct Shared {
    inner: Mutex<Inner>,
    over: Condvar,
    style: Style,
    look: Look,
    began: Instant,
    stop: Stop,
}

#[derive(Default)]
struct Inner {
    state: State,
    screen: Screen,
    /// What happened while a question is on the screen.
    held: Option<String>,
    last_line: Duration,
    sequence: u64,
    stops_said: usize,
    over: bool,
}

impl Progress {
    /// Shows nothing before the first event, the version line of JSON aside. `stop` says whether
    /// somebody wants the run to end.
    pub fn new(settings: &Settings, style: Style, stop: &Stop) -> Self {
        let shared = Arc::new(Shared {
            inner: Mutex::default(),
            over: Condvar::new(),
            style,
            look: settings.err,
            began: Instant::now(),
            stop: stop.clone(),
        });
        let ticking = Arc::clone(&shared);
        let ticker = (style != Style::Json).then(|| std::thread::spawn(move || ticking.tick()));
        if style == Style::Json {
            print(&json::version());
        }
        Self { shared, ticker: Mutex::new(ticker), question: Mutex::default() }
    }

    /// Takes one more event in.
    pub fn event(&self, event: &RunEvent) {
        let mut inner = self.shared.lock();
        inner.state.take(event);
        match self.shared.style {
            Style::Json => {
                if let Some(line) = json::line(event) {
                    inner.print(line);
                }
            }
            Style::Live if matches!(event, RunEvent::Progress { .. }) => {}
            Style::Live => {
                let columns = size().columns;
                let rows = rows::lasting(&inner.state, event, columns);
                let lines = rows.iter().map(|row| row.line(self.shared.look.colour, usize::MAX));
                self.shared.show(&mut inner, lines.collect());
            }
            Style::Lines => {
                let lines = lines::lines(&inner.state, event, self.shared.look.colour);
                if !lines.is_empty() {
                    self.shared.show(&mut inner, lines);
                }
            }
        }
    }

    /// Shows nothing while `question` is on the screen.
    pub fn paused<R>(&self, question: impl FnOnce() -> R) -> R {
        let _alone = self.question.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inner = self.shared.lock();
        say(inner.screen.erase(size()));
        inner.held = Some(String::new());
        drop(inner);
        let answer = question();
        let held = self.shared.lock().held.take();
        say(held.unwrap_or_default());
        answer
    }

    /// No more rows.
    pub fn finish(&self) {
        let mut inner = self.shared.lock();
        inner.over = true;
        say(inner.screen.erase(size()));
        drop(inner);
        self.shared.over.notify_all();
        let ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ticker) = ticker {
            let _ = ticker.join();
        }
    }

    /// Failed steps, each whole, then what came of the run and what to do next.
    pub fn summary(&self, deployed: &Deployed, deployment: &Deployment) {
        let mut inner = self.shared.lock();
        if self.shared.style == Style::Json {
            for line in json::summary(&inner.state, deployed) {
                inner.print(line);
            }
            return;
        }
        say(super::failures(&deployed.failures, self.shared.look));
        say(summary::summary(&inner.state, deployed, deployment));
    }

    /// The last lines for programs where the command ended before there was anything to sum up.
    pub fn refused(&self, failure: &Failure) {
        let mut inner = self.shared.lock();
        if self.shared.style == Style::Json {
            for line in json::refused(&inner.state, failure) {
                inner.print(line);
            }
        }
    }
}

impl Shared {
    /// The state, brought to the present.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.state.now = self.began.elapsed();
        inner
    }

    /// Prints lines for good, and redraws the rows.
    fn show(&self, inner: &mut Inner, lines: Vec<String>) {
        let above: String = lines.into_iter().map(|line| line + "\n").collect();
        inner.last_line = inner.state.now;
        match &mut inner.held {
            Some(held) => held.push_str(&above),
            None if self.style == Style::Live && !inner.over => {
                let size = size();
                let stopping = match self.stop.requests() {
                    0 => None,
                    1 => Some(STOPPING),
                    _ => Some(KILLING),
                };
                let rows = live::rows(&inner.state, stopping, size);
                say(inner.screen.frame(&above, &rows, size, self.look.colour));
            }
            None => say(above),
        }
    }

    /// Redraws the rows, or says that the run is alive, until it is over.
    fn tick(&self) {
        let mut inner = self.lock();
        while !inner.over {
            let waited = self.over.wait_timeout(inner, REDRAW_EVERY);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
            inner.state.now = self.began.elapsed();
            if inner.over || inner.state.status.steps.is_empty() {
                continue;
            }
            match self.style {
                Style::Live => self.show(&mut inner, Vec::new()),
                Style::Lines | Style::Json => self.say_alive(&mut inner),
            }
        }
    }

    fn say_alive(&self, inner: &mut Inner) {
        let stops = self.stop.requests();
        if stops > std::mem::replace(&mut inner.stops_said, stops) {
            let words = if stops == 1 { STOPPING } else { KILLING };
            let line = format!("{} {words}", rows::clock(inner.state.now));
            self.show(inner, vec![line]);
        } else if inner.state.now.saturating_sub(inner.last_line) >= SAY_EVERY {
            let line = lines::alive(&inner.state);
            self.show(inner, vec![line]);
        }
    }
}

impl Inner {
    /// Prints a line for programs.
    fn print(&mut self, mut line: Json) {
        self.sequence += 1;
        line["run"] = json!(self.state.status.run);
        line["seq"] = json!(self.sequence);
        line["time"] = json!(super::json::time(now_us()));
        print(&line);
    }
}

/// Nobody may be listening any more, and the run goes on all the same.
fn print(line: &Json) {
    let _ = print::line(line);
}

/// Of the terminal at this moment.
fn size() -> Size {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            Size { columns: usize::from(size.ws_col), rows: usize::from(size.ws_row) }
        }
        _ => SIZE_UNKNOWN,
    }
}
