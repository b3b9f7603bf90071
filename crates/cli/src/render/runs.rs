//! Runs, for people: a list, one with its steps, what a tool said.

use super::duration;
use super::table::{Cell, head, table};
use crate::settings::Look;
use anstyle::AnsiColor;
use seam_model::{Address, Name, Verb};
use seam_registry::{Outcome, RunRecord, StepRecord};
use seam_run::age;
use std::time::Duration;

/// Runs, newest first.
pub fn list(runs: &[RunRecord], now_us: i64, alive: &dyn Fn(&RunRecord) -> bool, look: Look) -> String {
    let first = head(["run", "verb", "in", "who", "result", "started", "took", "steps"]);
    let rows = runs.iter().map(|run| row(run, now_us, alive));
    table(&[first].into_iter().chain(rows).collect::<Vec<_>>(), look)
}

fn row(run: &RunRecord, now_us: i64, alive: &dyn Fn(&RunRecord) -> bool) -> Vec<Cell> {
    let counts = run.ending.as_ref().map(|ending| {
        let words =
            ending.counts.iter().map(|(state, count)| format!("{count} {}", what_was_done(run.start.verb, state)));
        words.collect::<Vec<_>>().join(", ")
    });
    let took = run.ending.as_ref().map(|ending| took(run.started_us, ending.time_us));
    vec![
        run.run.to_string().into(),
        run.start.verb.as_str().into(),
        run.start.environment.as_str().into(),
        run.start.actor.as_str().into(),
        result_cell(result(run, alive)),
        age(now_us - run.started_us).into(),
        took.unwrap_or_default().into(),
        counts.unwrap_or_default().into(),
    ]
}

/// What the state of a step that is over came to, in the words of the last line of its run.
fn what_was_done(verb: Verb, state: &str) -> &str {
    match (state, verb) {
        ("published", Verb::Destroy) => "destroyed",
        ("published", Verb::Import) => "taken in",
        ("published", _) => "applied",
        ("skipped", _) => "unchanged",
        ("not_started", _) => "not started",
        (other, _) => other,
    }
}

fn result_cell(result: &str) -> Cell {
    match result {
        "done" => Cell::styled(format!("✓ {result}"), AnsiColor::Green.on_default()),
        "running" => Cell::styled(format!("▸ {result}"), AnsiColor::Cyan.on_default()),
        "failed" | "lost" => Cell::styled(format!("✗ {result}"), AnsiColor::Red.on_default()),
        _ => Cell::styled(format!("! {result}"), AnsiColor::Yellow.on_default()),
    }
}

/// The word for how a run ended; of one whose process died without a record, `lost`.
pub fn result(run: &RunRecord, alive: &dyn Fn(&RunRecord) -> bool) -> &'static str {
    match &run.ending {
        Some(ending) => ending.result.as_str(),
        None if alive(run) => "running",
        None => "lost",
    }
}

/// A question about a run or a stack.
type Asks<'a, T> = &'a dyn Fn(&T) -> bool;

/// One run and its steps. Of a stack without a step that changed anything it says whether a tool `said`
/// something.
pub fn one(
    run: &RunRecord,
    steps: &[StepRecord],
    now_us: i64,
    (alive, said): (Asks<RunRecord>, Asks<Name>),
    look: Look,
) -> String {
    let selection = if run.start.selection.is_empty() { "everything" } else { &run.start.selection };
    let row = |step: &StepRecord| -> Vec<Cell> {
        let ended = step.ended.as_ref();
        vec![
            step.address.stack.as_str().into(),
            step.folder.as_str().into(),
            ended.map(|(at, _)| took(step.started_us, *at)).unwrap_or_default().into(),
            ended.map_or_else(|| "no end on record".to_owned(), |(_, outcome)| outcome_words(*outcome)).into(),
        ]
    };
    let others = run.start.instances.iter().filter(|address| !steps.iter().any(|step| step.address == **address));
    let other = |address: &Address| -> Vec<Cell> {
        let (process, outcome) = match said(&address.stack) {
            _ if run.start.verb == Verb::Tool => ("tool", "called by hand: its output was not kept".to_owned()),
            true => ("plan", format!("nothing was changed (`seam runs log {} {}`)", run.run, address.stack)),
            false => ("–", "no tool was started".to_owned()),
        };
        vec![address.stack.as_str().into(), process.into(), Cell::default(), outcome.into()]
    };
    let first = head(["stack", "process", "took", "outcome"]);
    let rows: Vec<Vec<Cell>> = steps.iter().map(row).chain(others.map(other)).collect();
    let steps = match rows.as_slice() {
        [] => "Nothing in it was to be run.\n".to_owned(),
        _ => table(&[first].into_iter().chain(rows).collect::<Vec<_>>(), look),
    };
    format!("{}\nselected: {selection}\n\n{steps}", list(std::slice::from_ref(run), now_us, alive, look))
}

/// How a process ended, in words.
pub fn outcome_words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Exited(0) => "success".to_owned(),
        Outcome::Exited(code) => format!("exit code {code}"),
        Outcome::Signalled(signal) => format!("ended by signal {signal}"),
        Outcome::TimedOut => "time limit".to_owned(),
        Outcome::NotStarted => "not started".to_owned(),
        Outcome::Applied => "resolved as applied".to_owned(),
        Outcome::NotApplied => "resolved as not applied".to_owned(),
    }
}

fn took(started_us: i64, ended_us: i64) -> String {
    duration(Duration::from_micros(u64::try_from(ended_us - started_us).unwrap_or_default()))
}

/// What a tool said: of Terraform's JSON lines the messages, everything else as it is.
pub fn log(output: &str) -> String {
    let mut text = String::new();
    for line in output.lines() {
        match serde_json::from_str::<serde_json::Value>(line) {
            Ok(json) if json.get("@message").is_some() => {
                text.push_str(json["@message"].as_str().unwrap_or_default());
                if let Some(detail) = json["diagnostic"]["detail"].as_str().filter(|detail| !detail.is_empty()) {
                    text.push('\n');
                    text.push_str(detail);
                }
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}
