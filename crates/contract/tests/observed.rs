//! Observed use on random documents and long logs: a target finds the operation that a scan over all
//! templates finds, and a log of any length is counted in the same room.

#![expect(clippy::print_stdout, reason = "a test tells its seed")]

use fastrand::Rng;
use seam_contract::observed::{CONSUMERS_MAX, OTHERS, Options, Reader, Routes, UNMATCHED_MAX};
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::BTreeSet;

const DOCUMENTS: usize = 2_000;
const TARGETS_EACH: usize = 100;

#[expect(clippy::disallowed_methods, reason = "the seed of a run that is repeated comes from outside")]
fn seeded() -> Rng {
    let seed = std::env::var("SEAM_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("SEAM_TEST_SEED={seed}");
    Rng::with_seed(seed)
}

/// Few, so that templates are in each other's way.
const LITERALS: [&str; 4] = ["a", "b", "ab", "a.b"];
const TEMPLATES: [&str; 5] = ["{x}", "{x}.b", "a{x}", "a{x}b", "{x}.{y}"];
const METHODS: [&str; 2] = ["get", "put"];

fn path(rng: &mut Rng, is_template: bool) -> String {
    let segment = |rng: &mut Rng| {
        let from = if is_template && rng.bool() { &TEMPLATES[..] } else { &LITERALS[..] };
        from[rng.usize(..from.len())]
    };
    (0..rng.usize(..4)).map(|_| format!("/{}", segment(rng))).collect()
}

/// The order in which templates of one segment are tried, for a segment that it matches.
fn rank(template: &str, segment: &str) -> Option<(usize, Reverse<usize>, String)> {
    let Some((before, _)) = template.split_once('{') else { return (template == segment).then(Default::default) };
    let (_, after) = template.rsplit_once('}')?;
    let inner = segment.strip_prefix(before)?.strip_suffix(after)?;
    let is_match = match template {
        "{x}.{y}" => inner.char_indices().any(|(at, dot)| dot == '.' && at > 0 && at + 1 < inner.len()),
        _ => !inner.is_empty(),
    };
    let kind = if template == "{x}" { 2 } else { 1 };
    let literal = template.chars().filter(|character| !"{}xy".contains(*character)).count();
    let pieces = template.replace("{x}", "\0").replace("{y}", "\0");
    is_match.then_some((kind, Reverse(literal), pieces))
}

/// What a scan over all templates finds.
fn scanned(operations: &[(String, &str)], method: &str, target: &str) -> Option<usize> {
    let ranks = |template: &str| {
        let (left, right): (Vec<_>, Vec<_>) = (template.split('/').collect(), target.split('/').collect());
        (left.len() == right.len()).then_some(())?;
        left.iter().zip(&right).map(|(template, segment)| rank(template, segment)).collect::<Option<Vec<_>>>()
    };
    let of_method = operations.iter().enumerate().filter(|(_, (_, other))| *other == method);
    let matching = of_method.filter_map(|(index, (template, _))| Some((ranks(template)?, index)));
    matching.min().map(|(_, index)| index)
}

#[test]
fn a_target_finds_what_a_scan_finds() {
    let mut rng = seeded();
    let mut found = 0;
    for _ in 0..DOCUMENTS {
        let base = path(&mut rng, false);
        let mut paths = Map::new();
        let mut erased = BTreeSet::new();
        let (mut served, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..rng.usize(1..12) {
            let path = path(&mut rng, true);
            if !erased.insert(path.clone()) {
                continue;
            }
            let mut item = Map::new();
            for method in METHODS.into_iter().filter(|_| rng.u8(..3) > 0) {
                item.insert(method.to_owned(), json!({"operationId": bare.len().to_string()}));
                served.push((format!("{base}{path}"), method));
                bare.push((path.clone(), method));
            }
            paths.insert(if path.is_empty() { "/".to_owned() } else { path }, Value::Object(item));
        }
        let routes = Routes::of(&json!({"servers": [{"url": base}], "paths": paths})).unwrap();
        for _ in 0..TARGETS_EACH {
            let tail = path(&mut rng, false);
            let target = if rng.bool() { format!("{base}{tail}") } else { tail };
            let method = METHODS[rng.usize(..2)];
            let expected = scanned(&served, method, &target).or_else(|| scanned(&bare, method, &target));
            let name = expected.map(|index| index.to_string());
            assert_eq!(routes.find(method, &target), name.as_deref(), "{method} {target} of {served:?}");
            found += usize::from(expected.is_some());
        }
    }
    println!("{found} of {} targets are of an operation", DOCUMENTS * TARGETS_EACH);
    assert!(found > DOCUMENTS * TARGETS_EACH / 10);
}

/// The most memory that this process had so far, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).map_or(0, |kilobytes| kilobytes / 1024)
}

/// A server's span of a call that a client's span may yet explain.
fn span(index: usize, path: &str) -> String {
    let attribute = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let caller = attribute("client.service.name", &format!("caller-{index}"));
    let (method, path) = (attribute("http.request.method", "GET"), attribute("url.path", path));
    let span = format!(r#"{{"kind":2,"parentSpanId":"{:016x}","attributes":[{caller},{method},{path}]}}"#, index + 1);
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#)
}

fn object(index: usize, path: &str) -> String {
    format!(r#"{{"method":"GET","path":"{path}","client_id":"client-{index}"}}"#)
}

fn combined(index: usize, path: &str) -> String {
    format!(r#"10.0.0.7 - - [06/May/2024:07:08:09 +0000] "GET {path} HTTP/1.1" 200 9 "-" "agent-{index}""#)
}

/// A word of letters that no other number has.
fn word(number: usize) -> String {
    let letters = (0..5_u32).map(|place| number / 26_usize.pow(place) % 26);
    letters.filter_map(|letter| ('a'..='z').nth(letter)).collect()
}

#[test]
fn a_long_log_is_counted_in_little_room() {
    let lines = 100_000;
    let item = json!({"get": {"operationId": "getItem"}});
    let routes = Routes::of(&json!({"paths": {"/items/{id}": item}})).unwrap();
    let before = peak_mb();
    let long = "x".repeat(1_000);
    for (name, line) in [("combined", combined as fn(usize, &str) -> String), ("JSON", object), ("spans", span)] {
        let mut reader = Reader::new(&routes, &Options::default());
        for index in 0..lines {
            let path = if index % 2 == 0 { format!("/items/{index}") } else { format!("/{}/x/", word(index)) };
            reader.line(&line(index, &format!("{path}{long}"))).unwrap();
        }
        let observed = reader.finish().unwrap();
        let calls = &observed.operations["getItem"];
        assert_eq!(calls.len(), CONSUMERS_MAX + 1, "{name}");
        assert_eq!(calls[OTHERS].count, (lines / 2 - CONSUMERS_MAX) as u64, "{name}");
        assert_eq!(observed.unmatched.count, lines as u64 / 2, "{name}");
        assert_eq!(observed.unmatched.top.len(), UNMATCHED_MAX, "{name}");
    }
    let grown = peak_mb() - before;
    println!("{grown} MB more at the most");
    assert!(grown <= 20, "{grown} MB more");
}
