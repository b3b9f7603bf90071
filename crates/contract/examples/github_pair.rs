//! Compares two versions of a large OpenAPI document and prints what it took, as ratios of the time
//! to parse both: `github_pair OLD NEW [EXPECTED_RATIO…]`. The pair of the figures is
//! `api.github.com.json` of `@octokit/openapi` 20.0.0 and 23.0.2.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use seam_contract::diff::{Options, Report, diff};
use seam_contract::document::Document;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn main() {
    let texts: Vec<String> = std::env::args()
        .skip(1)
        .map(|path| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
        .collect();
    let [old, new] = texts.as_slice() else { panic!("two documents are compared") };
    let parse = timed("parse both to values", || {
        for text in [old, new] {
            serde_json::from_str::<serde_json::Value>(text).unwrap();
        }
    })
    .1;
    for (name, explain) in [("verdicts", false), ("with explanations", true)] {
        let (report, took) = timed(name, || compare(old, new, explain));
        println!("{name}: {:.2} x the time to parse", took.as_secs_f64() / parse.as_secs_f64());
        tell(&report);
    }
    println!("peak memory: {} MB", peak_megabytes());
}

fn compare(old: &str, new: &str, explain: bool) -> Report {
    let read = |name: &str, text: &str| Document::read(name, text).unwrap();
    let options = Options { explain, today: "2026-01-01".to_owned(), ..Options::default() };
    diff(read("old.json", old).into(), read("new.json", new).into(), &options).unwrap()
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

fn timed<T>(name: &str, run: impl FnOnce() -> T) -> (T, Duration) {
    let (start, clock) = (processor_time(), Instant::now());
    let done = run();
    let took = match (start, processor_time()) {
        (Some(start), Some(end)) => end.saturating_sub(start),
        _ => clock.elapsed(),
    };
    println!("{name}: {:.3} s", took.as_secs_f64());
    (done, took)
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
