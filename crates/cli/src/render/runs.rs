//! Runs, for people: a list, one with its steps, what a tool said.

use super::duration;
use super::table::{Cell, head, table};
use crate::settings::Look;
use anstyle::AnsiColor;
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
        ending.counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
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

/// One run and its steps.
pub fn one(
    run: &RunRecord,
    steps: &[StepRecord],
    now_us: i64,
    alive: &dyn Fn(&RunRecord) -> bool,
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
    let first = head(["stack", "process", "took", "outcome"]);
    let steps = match steps {
        [] => "No tool was started.\n".to_owned(),
        steps => table(&[first].into_iter().chain(steps.iter().map(row)).collect::<Vec<_>>(), look),
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
