//! The view is made again from the log, and answers the same.

use crate::support::{Home, ask, at, done, end_run, id_of, input, publish, start_run, step, uses};
use rusqlite::Connection;
use seam_log::{Log, Options, Record};
use seam_model::{Value, Verb, codes};
use seam_registry::{Command, Handle, Reply, Settings, open};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// A bit of everything.
fn fill(registry: &Handle) {
    let run = start_run(registry, &["network", "app", "old"]);
    for stack in ["network", "app", "old"] {
        let mut start = step(run, stack, Verb::Apply);
        start.inputs =
            BTreeMap::from([("a".to_owned(), input(json!(1), false)), ("b".to_owned(), input(json!(2), true))]);
        done(registry, Command::StartStep(start));
        ask(registry, publish(Some(run), stack, "v", vec![uses("network", "id")])).unwrap();
    }
    done(registry, Command::StartStep(step(run, "old", Verb::Destroy)));
    done(registry, Command::Destroyed { run, address: at("old") });
    done(registry, Command::ChangeState { run, address: at("network"), state: None });
    done(registry, end_run(run));
    let dead = start_run(registry, &["app"]);
    done(registry, Command::StartStep(step(dead, "app", Verb::Apply)));
    ask(registry, publish(None, "platform/dns/global", "z", vec![])).unwrap();
}

/// Every row of every table of the view.
fn dump(home: &Home) -> String {
    let view = Connection::open(home.path("cache/view-9.db")).unwrap();
    let mut text = String::new();
    for table in
        ["applied", "instance", "publication", "destroy", "used", "run", "step", "contract", "approval", "observed"]
    {
        let mut statement = view.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2, 3")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let row: Vec<_> = (0..columns).map(|column| format!("{:?}", row.get_ref(column).unwrap())).collect();
            writeln!(text, "{table}: {}", row.join(" ")).unwrap();
        }
    }
    text
}

fn answers(registry: &Handle) -> String {
    let asked = ["network", "app", "old", "platform/dns/global"].map(at).to_vec();
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        registry.instances(asked.clone()),
        registry.users(asked),
        registry.runs(10),
        registry.run(1)
    )
}

#[test]
fn a_view_that_was_deleted_answers_the_same() {
    let home = Home::new();
    let registry = home.open();
    fill(&registry);
    let (before, dumped) = (answers(&registry), dump(&home));
    assert!(dumped.lines().count() > 15);
    drop(registry);
    fs::remove_dir_all(home.path("cache")).unwrap();
    let registry = home.open();
    assert_eq!(answers(&registry), before);
    assert_eq!(dump(&home), dumped);
}

#[test]
fn a_clock_that_stands_still_makes_the_same_view() {
    let home = Home::new();
    let registry = open(Settings { clock: Arc::new(|| -5), ..home.settings() }).unwrap();
    ask(&registry, publish(None, "app", "a", vec![])).unwrap();
    ask(&registry, publish(None, "app", "b", vec![])).unwrap();
    let dumped = dump(&home);
    drop(registry);
    fs::remove_dir_all(home.path("cache")).unwrap();
    assert_eq!(id_of(&home.open(), "app"), Some(Value::from("b")));
    assert_eq!(dump(&home), dumped);
}

#[test]
fn a_view_deleted_under_a_process_that_works_harms_nobody() {
    let home = Home::new();
    let first = home.open();
    ask(&first, publish(None, "app", "a", vec![])).unwrap();
    fs::remove_dir_all(home.path("cache")).unwrap();
    let second = home.open();
    ask(&second, publish(None, "app", "b", vec![])).unwrap();
    assert_eq!(id_of(&first, "app"), Some(Value::from("b")));
    ask(&first, publish(None, "app", "c", vec![])).unwrap();
    drop(first);
    assert_eq!(id_of(&second, "app"), Some(Value::from("c")));
    drop(second);
    assert_eq!(id_of(&home.open(), "app"), Some(Value::from("c")));
}

#[test]
fn a_damaged_view_is_made_again() {
    let home = Home::new();
    let registry = home.open();
    fill(&registry);
    let before = answers(&registry);
    drop(registry);
    let path = home.path("cache/view-9.db");
    fs::write(&path, b"this is no database, and that is longer than a header of one, by far, as you see").unwrap();
    assert_eq!(answers(&home.open()), before);

    // Its pages, with a sound header, and the side file gone.
    let registry = home.open();
    Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(registry);
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(answers(&home.open()), before);
    fs::write(&path, &bytes).unwrap();
    let registry = home.open();
    assert_eq!(ask(&registry, publish(None, "platform/dns/global", "y", vec![])), Ok(Reply::Revision(2)));
}

#[test]
fn an_older_copy_of_the_log_put_back_is_noticed() {
    let home = Home::new();
    ask(&home.open(), publish(None, "app", "a", vec![])).unwrap();
    let (log, kept) = (home.path("data/registry.db"), home.path("kept.db"));
    fs::copy(&log, &kept).unwrap();
    ask(&home.open(), publish(None, "app", "lost", vec![])).unwrap();
    fs::copy(&kept, &log).unwrap();
    let registry = home.open();
    assert_eq!(id_of(&registry, "app"), Some(Value::from("a")));
    assert_eq!(ask(&registry, publish(None, "app", "b", vec![])), Ok(Reply::Revision(2)));
}

#[test]
fn another_registry_with_the_same_cache_is_noticed() {
    let home = Home::new();
    ask(&home.open(), publish(None, "app", "here", vec![])).unwrap();
    let elsewhere = Settings { log: home.path("elsewhere/registry.db"), ..home.settings() };
    assert_eq!(id_of(&open(elsewhere).unwrap(), "app"), None);
    assert_eq!(id_of(&home.open(), "app"), Some(Value::from("here")));
}

#[test]
fn two_registries_with_one_cache_at_the_same_time_never_answer_for_each_other() {
    let home = Home::new();
    let elsewhere = Settings { log: home.path("elsewhere/registry.db"), ..home.settings() };
    let ask_often = |registry: Handle, value: &'static str| {
        thread::spawn(move || {
            for _ in 0..30 {
                ask(&registry, publish(None, "app", value, vec![])).unwrap();
                assert_eq!(id_of(&registry, "app"), Some(Value::from(value)));
            }
        })
    };
    let both = [ask_often(home.open(), "here"), ask_often(open(elsewhere).unwrap(), "there")];
    for asking in both {
        asking.join().unwrap();
    }
}

fn append(log: &Path, id: u8, kind: &str, critical: bool) {
    let mut log = Log::open(log, &Options::default()).unwrap();
    let record = Record { id: [id; 32], key: "x".into(), kind: kind.into(), critical, body: b"?".to_vec() };
    log.turn(Duration::from_secs(5)).unwrap().append(&[record], 0).unwrap();
}

#[test]
fn a_record_of_a_newer_kind_is_skipped_or_stops() {
    let home = Home::new();
    let log = home.path("data/registry.db");
    ask(&home.open(), publish(None, "app", "a", vec![])).unwrap();
    append(&log, 1, "remark", false);
    assert_eq!(id_of(&home.open(), "app"), Some(Value::from("a")));
    append(&log, 2, "feature.raised", true);
    let registry = home.open();
    assert_eq!(registry.instances(vec![at("app")]).unwrap_err().code(), codes::REGISTRY_NEWER);
    let submitted = registry.submit(vec![publish(None, "app", "b", vec![])]);
    assert_eq!(submitted.unwrap_err().code(), codes::REGISTRY_NEWER);
}

#[test]
fn a_record_that_cannot_be_read_is_damage() {
    let home = Home::new();
    append(&home.path("data/registry.db"), 1, "published", true);
    let error = home.open().instances(vec![at("app")]).unwrap_err();
    assert_eq!(error.code(), codes::REGISTRY_DAMAGED);
    assert!(error.to_string().contains("record 1: "), "{error}");
}
