//! Compares two versions of a large OpenAPI document, and the same doubled, and prints what it took,
//! as ratios of the time to parse both: `github_pair OLD NEW`. The pair of the figures is
//! `api.github.com.json` of `@octokit/openapi` 20.0.0 and 23.0.2.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use seam_contract::diff::{Options, Report, diff};
use seam_contract::document::Document;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often each is measured; the least counts.
const ROUNDS: usize = 5;

fn main() {
    let texts: Vec<String> = std::env::args()
        .skip(1)
        .map(|path| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
        .collect();
    let [old, new] = texts.as_slice() else { panic!("two documents are compared") };
    let mut last = None;
    let verdicts = least(|| last = Some(compare(old, new, false)));
    tell(&last.take().unwrap());
    let explained = least(|| last = Some(compare(old, new, true)));
    tell(&last.take().unwrap());
    println!("peak memory: {} MB", peak_megabytes());
    let parse = least(|| [old, new].map(|text| serde_json::from_str::<Value>(text).unwrap()).len());
    let ratio = |took: Duration| took.as_secs_f64() / parse.as_secs_f64();
    println!("parse both to values: {:.3} s", parse.as_secs_f64());
    println!("verdicts: {:.2} x that; explained and rendered: {:.2} x", ratio(verdicts), ratio(explained));
    let [old, new] = [old, new].map(|text| doubled(text));
    let twice = least(|| compare(&old, &new, false));
    println!("verdicts, doubled: {:.2} x the single ones", twice.as_secs_f64() / verdicts.as_secs_f64());
}

fn compare(old: &str, new: &str, explain: bool) -> Report {
    let read = |name: &str, text: &str| Document::read(name, text).unwrap();
    let options = Options { explain, today: "2026-01-01".to_owned(), ..Options::default() };
    let report = diff(read("old.json", old).into(), read("new.json", new).into(), &options).unwrap();
    assert!(!explain || report.to_json().to_string().len() > 2);
    report
}

fn tell(report: &Report) {
    let mut rules: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for finding in &report.findings {
        let entry = rules.entry((finding.severity.name(), &finding.rule)).or_default();
        *entry = (entry.0 + 1, entry.1 + finding.places.len());
    }
    println!(
        "{}: {} schemas compared, {} findings, {} left out",
        report.outcome.name(),
        report.compared,
        report.findings.len(),
        report.left_out
    );
    for ((severity, rule), (findings, places)) in rules {
        println!("  {severity} {rule}: {findings} at {places} places");
    }
}

/// The document with a copy of each path and each component beside it. Nothing can be shared with
/// the copies: their members have other names.
fn doubled(text: &str) -> String {
    let mut document: Value = serde_json::from_str(text).unwrap();
    let paths = document["paths"].as_object_mut().unwrap();
    let copies: Vec<_> = paths.iter().map(|(path, item)| (format!("/copy{path}"), copied(item, ""))).collect();
    paths.extend(copies);
    for components in document["components"].as_object_mut().unwrap().values_mut() {
        let components = components.as_object_mut().unwrap();
        let copies: Vec<_> = components.iter().map(|(name, one)| (format!("{name}-copy"), copied(one, ""))).collect();
        components.extend(copies);
    }
    serde_json::to_string_pretty(&document).unwrap()
}

fn copied(value: &Value, key: &str) -> Value {
    match (key, value) {
        ("$ref" | "operationId", Value::String(text)) => format!("{text}-copy").into(),
        ("properties", Value::Object(members)) => {
            let member = |(name, value): (&String, &Value)| (format!("{name}-copy"), copied(value, ""));
            Value::Object(members.iter().map(member).collect())
        }
        ("required", Value::Array(names)) => {
            names.iter().map(|name| name.as_str().map_or(name.clone(), |name| format!("{name}-copy").into())).collect()
        }
        (_, Value::Object(members)) => {
            let member = |(name, value): (&String, &Value)| (name.clone(), copied(value, name));
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        (_, Value::Array(items)) => items.iter().map(|item| copied(item, "")).collect(),
        (_, plain) => plain.clone(),
    }
}

fn least<T>(mut run: impl FnMut() -> T) -> Duration {
    let round = |_| {
        let (start, clock) = (processor_time(), Instant::now());
        run();
        match (start, processor_time()) {
            (Some(start), Some(end)) => end.saturating_sub(start),
            _ => clock.elapsed(),
        }
    };
    (0..ROUNDS).map(round).min().unwrap_or_default()
}

/// How long the process was on a processor, where the system says so: a busy machine does not
/// change that as it changes the time on the wall.
fn processor_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// What the system says that the process took at most; 0 where it does not say.
fn peak_megabytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<usize>().ok()).map_or(0, |peak| peak / 1000)
}
