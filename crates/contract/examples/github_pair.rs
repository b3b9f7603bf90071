//! Compares two versions of a large OpenAPI document, and the same doubled, and prints what it took,
//! as ratios of the time to parse both: `github_pair OLD NEW`. The pair of the figures is
//! `api.github.com.json` of `@octokit/openapi` 20.0.0 and 23.0.2.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use seam_contract::diff::{Options, Report, diff};
use seam_contract::document::Document;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often each is measured; the median counts.
const ROUNDS: usize = 9;

/// What is measured: each in processes of its own, as somebody runs it once, and in turns.
const MEASURED: [&str; 4] = ["parse", "verdicts", "explained", "doubled"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (paths, one) = arguments.split_at(arguments.len().min(2));
    let texts: Vec<String> = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}")))
        .collect();
    let [old, new] = texts.as_slice() else { panic!("two documents are compared") };
    if let [what] = one {
        return println!("{}", measured(what, old, new).as_nanos());
    }
    tell(&compare(old, new, false));
    tell(&compare(old, new, true));
    println!("peak memory: {} MB", peak_megabytes());
    let mut rounds = MEASURED.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        MEASURED.iter().zip(&mut rounds).for_each(|(what, times)| times.push(in_a_process(paths, what)));
    }
    let [parse, verdicts, explained, doubled] = rounds.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2].as_secs_f64()
    });
    println!("parse both to values: {parse:.3} s");
    println!("verdicts: {:.2} x that; explained and rendered: {:.2} x", verdicts / parse, explained / parse);
    println!("verdicts, doubled: {:.2} x the single ones", doubled / verdicts);
}

fn in_a_process(paths: &[String], what: &str) -> Duration {
    let program = std::env::current_exe().unwrap();
    let told = std::process::Command::new(program).args(paths).arg(what).output().unwrap();
    Duration::from_nanos(String::from_utf8(told.stdout).unwrap().trim().parse().unwrap())
}

fn measured(what: &str, old: &str, new: &str) -> Duration {
    match what {
        "parse" => took(|| [old, new].map(|text| serde_json::from_str::<Value>(text).unwrap()).len()),
        "verdicts" => took(|| compare(old, new, false)),
        "explained" => took(|| compare(old, new, true)),
        _ => {
            let [old, new] = [old, new].map(doubled);
            took(|| compare(&old, &new, false))
        }
    }
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

fn took<T>(run: impl FnOnce() -> T) -> Duration {
    let (start, clock) = (processor_time(), Instant::now());
    drop(run());
    match (start, processor_time()) {
        (Some(start), Some(end)) => end.saturating_sub(start),
        _ => clock.elapsed(),
    }
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
