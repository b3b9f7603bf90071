//! Runs, for people: a list, one with its steps, what a tool said.

use super::duration;
use super::status::aligned;
use seam_registry::{Outcome, RunRecord, StepRecord};
use seam_run::age;
use std::time::Duration;

/// Runs, newest first.
pub fn list(runs: &[RunRecord], now_us: i64, alive: &dyn Fn(u64) -> bool) -> String {
    let head = ["run", "verb", "environment", "who", "result", "started", "took", "steps"].map(str::to_owned);
    let cells: Vec<Vec<String>> = runs.iter().map(|run| row(run, now_us, alive)).collect();
    aligned(&head, &cells)
}

fn row(run: &RunRecord, now_us: i64, alive: &dyn Fn(u64) -> bool) -> Vec<String> {
    let counts = run.ending.as_ref().map(|ending| {
        ending.counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    });
    let took = run.ending.as_ref().map(|ending| took(run.started_us, ending.time_us));
    vec![
        run.run.to_string(),
        run.start.verb.as_str().to_owned(),
        run.start.environment.to_string(),
        run.start.actor.clone(),
        result(run, alive).to_owned(),
        age(now_us - run.started_us),
        took.unwrap_or_default(),
        counts.unwrap_or_default(),
    ]
}

/// The word for how a run ended; of one whose process died without a record, `lost`.
pub fn result(run: &RunRecord, alive: &dyn Fn(u64) -> bool) -> &'static str {
    match &run.ending {
        Some(ending) => ending.result.as_str(),
        None if alive(run.run) => "running",
        None => "lost",
    }
}

/// One run and its steps.
pub fn one(run: &RunRecord, steps: &[StepRecord], now_us: i64, alive: &dyn Fn(u64) -> bool) -> String {
    let mut text = list(std::slice::from_ref(run), now_us, alive);
    let selection = if run.start.selection.is_empty() { "everything" } else { &run.start.selection };
    text.push_str(&format!("\nselected: {selection}\n\n"));
    let head = ["stack", "process", "took", "outcome"].map(str::to_owned);
    let cells: Vec<Vec<String>> = steps
        .iter()
        .map(|step| {
            let ended = step.ended.as_ref();
            vec![
                step.address.stack.to_string(),
                step.folder.clone(),
                ended.map(|(at, _)| took(step.started_us, *at)).unwrap_or_default(),
                ended.map_or_else(|| "no end on record".to_owned(), |(_, outcome)| outcome_words(*outcome)),
            ]
        })
        .collect();
    text.push_str(&aligned(&head, &cells));
    text
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
                    text.push_str(&format!("\n{detail}"));
                }
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}
