//! Several that ask at once, and those who may only read.

use crate::support::{Home, ask, at, id_of, publish, start_run};
use seam_model::{Value, codes};
use seam_registry::{Reply, Settings, open};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

#[test]
fn two_registries_on_one_file_lose_nothing() {
    let home = Home::new();
    let loops = [home.open(), home.open()].map(|registry| {
        thread::spawn(move || {
            let publish_one = |n: usize| match ask(&registry, publish(None, "app", &n.to_string(), vec![])) {
                Ok(Reply::Revision(revision)) => revision,
                other => panic!("{other:?}"),
            };
            (0..50).map(publish_one).collect::<BTreeSet<_>>()
        })
    });
    let [first, second] = loops.map(|publishing| publishing.join().unwrap());
    assert!(first.is_disjoint(&second));
    let all: BTreeSet<_> = first.union(&second).copied().collect();
    assert_eq!(all, (1..=100).collect());
    assert_eq!(home.open().instances(vec![at("app")]).unwrap()[0].revisions, 100);
}

#[test]
fn what_waits_together_is_one_commit_and_each_gets_its_own_answer() {
    let home = Home::new();
    let registry = home.open();
    let writers: Vec<_> = (0..32)
        .map(|n| {
            let registry = registry.clone();
            thread::spawn(move || {
                let commands = vec![publish(None, &format!("s{n}"), "v", vec![]), publish(Some(9), "x", "v", vec![])];
                let answers = registry.submit(commands).unwrap();
                assert_eq!(answers[0], Ok(Reply::Revision(1)));
                assert_eq!(answers[1].as_ref().unwrap_err().code(), codes::LEASE_LOST);
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let states = registry.instances((0..32).map(|n| at(&format!("s{n}"))).collect()).unwrap();
    assert!(states.iter().all(|state| state.revisions == 1));
}

#[test]
fn a_request_larger_than_a_commit_is_several() {
    let home = Home::new();
    let registry = home.open();
    let large = "x".repeat(90_000);
    let commands = (0..120).map(|n| publish(None, &format!("s{n}"), &large, vec![])).collect();
    let answers = registry.submit(commands).unwrap();
    assert_eq!(answers, vec![Ok(Reply::Revision(1)); 120]);
    assert_eq!(id_of(&registry, "s119"), Some(Value::String(large)));
}

#[test]
fn reading_needs_no_registry_and_makes_none() {
    let home = Home::new();
    let registry = home.open_read_only();
    assert_eq!(registry.instances(vec![at("app")]).unwrap()[0].revisions, 0);
    assert_eq!(registry.runs(10).unwrap(), []);
    assert_eq!(registry.macs(vec![b"a".to_vec()]).unwrap().len(), 1);
    let refused = registry.submit(vec![publish(None, "app", "v", vec![])]).unwrap_err();
    assert_eq!(refused.code(), codes::REGISTRY_IO);
    assert_eq!(fs::read_dir(home.path("")).unwrap().count(), 0);
}

#[test]
fn reading_follows_those_who_write() {
    let home = Home::new();
    let writer = home.open();
    ask(&writer, publish(None, "app", "a", vec![])).unwrap();
    let reader = home.open_read_only();
    assert_eq!(id_of(&reader, "app"), Some(Value::from("a")));
    ask(&writer, publish(None, "app", "b", vec![])).unwrap();
    assert_eq!(id_of(&reader, "app"), Some(Value::from("b")));
}

#[test]
fn reading_works_where_no_cache_can_be_written() {
    let home = Home::new();
    ask(&home.open(), publish(None, "app", "a", vec![])).unwrap();
    let blocked = home.path("blocked");
    fs::write(&blocked, "").unwrap();
    let settings = Settings { cache: blocked.join("cache"), read_only: true, ..home.settings() };
    assert_eq!(id_of(&open(settings).unwrap(), "app"), Some(Value::from("a")));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = Home::new();
    let blocked = home.path("blocked");
    fs::write(&blocked, "").unwrap();
    let error = open(Settings { cache: blocked.join("cache"), ..home.settings() }).map(drop).unwrap_err();
    assert_eq!(error.code(), codes::REGISTRY_IO);
    assert!(error.to_string().contains("blocked/cache"), "{error}");
}

#[test]
fn folders_and_files_are_the_users_own() {
    let home = Home::new();
    start_run(&home.open(), &["app"]);
    for (path, mode) in [("cache", 0o700), ("cache/view-9.db", 0o600), ("data", 0o700), ("data/registry.db", 0o600)] {
        assert_eq!(fs::metadata(home.path(path)).unwrap().permissions().mode() & 0o777, mode, "{path}");
    }
}

/// What `examples/registry_writers.rs` says was acknowledged, under `strace` with these options. Is
/// that there? In CI it must be.
#[expect(clippy::disallowed_methods, reason = "flushes are seen from outside; CI is a setting of the test run")]
fn write_under(options: &[&str], folder: &std::path::Path, writers: usize, count: usize) -> Option<usize> {
    let program = std::env::current_exe().unwrap().with_file_name("../examples/registry_writers");
    assert!(program.exists(), "{} is not built: `cargo build -p seam-registry --examples`", program.display());
    let mut strace = std::process::Command::new("strace");
    strace.arg("-f").args(options).arg(program).arg(folder.join("data")).args([writers.to_string(), count.to_string()]);
    let Ok(output) = strace.output() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs strace");
        println!("skipped: strace is not on PATH");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
}

fn count_flushes(folder: &std::path::Path, writers: usize, count: usize) -> Option<usize> {
    let trace = folder.join("trace");
    let options = ["-e", "trace=fsync,fdatasync", "-o", trace.to_str().unwrap()];
    assert_eq!(write_under(&options, folder, writers, count)?, writers * count);
    Some(fs::read_to_string(trace).unwrap().lines().filter(|line| line.contains("sync(")).count())
}

#[test]
fn many_writers_of_a_process_share_flushes() {
    let home = Home::new();
    if let Some(flushes) = count_flushes(&home.path(""), 64, 50) {
        assert!(flushes * 100 <= 64 * 50 * 8, "{flushes} flushes for {} records", 64 * 50);
    }
}

#[test]
fn a_single_writer_flushes_once_a_record() {
    let home = Home::new();
    if let Some(flushes) = count_flushes(&home.path(""), 1, 1_000) {
        assert!((1_000..=1_050).contains(&flushes), "{flushes} flushes for 1,000 records");
    }
}

#[test]
fn what_a_failed_flush_left_open_is_answered_as_it_is() {
    let home = Home::new();
    let options = ["-o", "/dev/null", "-e", "inject=fsync,fdatasync:error=EIO:when=10..30+4"];
    let Some(acknowledged) = write_under(&options, &home.path(""), 1, 30) else { return };
    assert!((1..30).contains(&acknowledged), "{acknowledged} of 30");
    let state = home.open().instances(vec![at("stack-0")]).unwrap().remove(0);
    assert_eq!(state.revisions, u64::try_from(acknowledged).unwrap());
}
