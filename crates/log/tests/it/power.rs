//! When the power fails, what was acknowledged is there, and nothing is there in part. One real
//! run is traced, the power is cut after each of its calls, and the log is opened on what a disk
//! could keep of that.

use crate::disk::Disk;
use crate::processes::strace;
use crate::support::{SOON, record};
use crate::trace::{self, Event};
use fastrand::Rng;
use seam_log::{Digest, Log, Options};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// Each one gives other remains of the same run.
const SEEDS: Range<u64> = 0..1;

/// `examples/log_turns.rs`, traced.
struct Run {
    /// The folder it ran in, for the paths of `events`.
    folder: PathBuf,
    events: Vec<Event>,
    /// What was acknowledged: `[0]` before the first turn, `[n]` by the turn `n`.
    states: Vec<State>,
}

/// What the log holds after a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    sequence: u64,
    digest: String,
    blobs: usize,
}

impl Run {
    #[expect(clippy::disallowed_methods, reason = "a test finds the program beside it")]
    fn record() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().canonicalize().unwrap().join("disk");
        std::fs::create_dir(&folder).unwrap();
        let program = std::env::current_exe().unwrap().with_file_name("../examples/log_turns");
        assert!(program.exists(), "{} is not built: `cargo build -p seam-log --examples`", program.display());
        let events = trace::run(&program, &file(&folder), &folder);
        let states: Vec<State> = [State::empty()].into_iter().chain(events.iter().filter_map(acknowledged)).collect();
        assert_eq!(states.len(), 49);
        Self { folder, events, states }
    }

    /// The same without the flushes of these files and folders: a disk that lies.
    fn without_flushes_of(&self, name: &str) -> Self {
        let lied = |event: &&Event| !matches!(event, Event::Flush(path) if path.ends_with(name));
        let events: Vec<Event> = self.events.iter().filter(lied).cloned().collect();
        assert!(events.len() < self.events.len(), "{name} was never flushed");
        Self { folder: self.folder.clone(), events, states: self.states.clone() }
    }

    /// Cuts the power after each call, once with each seed; the first loss ends it. How many cuts?
    fn cut_power(&self) -> Result<usize, String> {
        let (mut disk, mut acknowledged, mut cuts) = (Disk::new(&self.folder), 0, 0);
        for (index, event) in self.events.iter().enumerate() {
            disk.apply(event);
            acknowledged += usize::from(matches!(event, Event::Said(_)));
            for seed in SEEDS {
                let remains = in_memory();
                disk.cut_power(&mut Rng::with_seed(seed << 32 | index as u64), remains.path());
                self.judge(remains.path(), acknowledged)
                    .map_err(|loss| format!("{loss}; {}", self.describe(index, seed)))?;
                cuts += 1;
            }
        }
        Ok(cuts)
    }

    fn describe(&self, index: usize, seed: u64) -> String {
        let call = match &self.events[index] {
            Event::Write { path, offset, bytes } => format!("{} bytes at {offset} of {}", bytes.len(), path.display()),
            other => format!("{other:?}"),
        };
        format!("power cut after call {index} ({call}), seed {seed}")
    }

    /// Is everything there that was acknowledged by the first turns, and at most the next turn, whole?
    fn judge(&self, remains: &Path, acknowledged: usize) -> Result<(), String> {
        let open = || Log::open(&file(remains), &Options::default()).map_err(text);
        let mut log = open()?;
        let turn = log.work("turn").map_err(text)?;
        let turn = turn.map_or(0, |item| String::from_utf8(item.value).unwrap().parse().unwrap());
        if turn != acknowledged && (turn != acknowledged + 1 || turn >= self.states.len()) {
            return Err(format!("turn {acknowledged} was acknowledged, turn {turn} is the last"));
        }
        let mut found = State::of(&log, turn)?;
        if turn == 0 {
            found.digest.clear(); // That of a new log, perhaps of another one than before.
        }
        if found != self.states[turn] {
            return Err(format!("turn {turn} left {:?}, {found:?} is there", self.states[turn]));
        }
        let head = log.turn(SOON).map_err(text)?.append(&[record("after")], 0).map_err(text)?;
        drop(log);
        let log = open()?;
        if (head, head.sequence) != (log.head().map_err(text)?, found.sequence + 1) {
            return Err(format!("{head:?} was appended after record {}", found.sequence));
        }
        // Every digest up to here, and so every byte of the commits.
        log.verify(&log.start().map_err(text)?, &head).map_err(text)
    }
}

impl State {
    fn empty() -> Self {
        Self { sequence: 0, digest: String::new(), blobs: 0 }
    }

    /// What is in the log, if work and blobs fit together.
    fn of(log: &Log, turn: usize) -> Result<Self, String> {
        let head = log.head().map_err(text)?;
        if log.work("odd").map_err(text)?.is_some() != (turn % 2 == 1) {
            return Err(format!("work of turn {turn} is there in part"));
        }
        let blobs = log.scan_work("blob/", "", 99).map_err(text)?;
        for blob in &blobs {
            let digest = Digest(blob.value.as_slice().try_into().unwrap());
            log.blob(&digest).map_err(text)?.ok_or_else(|| format!("{} is gone", blob.key))?;
        }
        Ok(Self { sequence: head.sequence, digest: head.digest.to_string(), blobs: blobs.len() })
    }
}

/// A folder, in memory where the system has such: flushes of what is judged count for nothing.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The run of these tests; `None` where it cannot be traced.
fn run() -> Option<&'static Run> {
    static RUN: LazyLock<Option<Run>> = LazyLock::new(|| strace().then(Run::record));
    RUN.as_ref()
}

fn file(folder: &Path) -> PathBuf {
    folder.join("seam/registry.db")
}

fn acknowledged(event: &Event) -> Option<State> {
    let Event::Said(line) = event else { return None };
    let words: Vec<&str> = line.split(' ').collect();
    let ["acknowledged", _, sequence, digest, blobs] = words[..] else { panic!("{line}") };
    Some(State { sequence: sequence.parse().unwrap(), digest: digest.to_owned(), blobs: blobs.parse().unwrap() })
}

fn text(error: impl std::error::Error) -> String {
    std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let Some(run) = run() else { return };
    let cuts = run.cut_power().unwrap();
    assert!(cuts > 500, "{cuts} power cuts");
}

#[test]
fn a_disk_that_lies_about_its_flushes_is_found_out() {
    let Some(run) = run() else { return };
    for name in ["registry.db-wal", "registry.db", "registry.db.new", "seam", "disk"] {
        let loss = run.without_flushes_of(name).cut_power();
        assert!(loss.is_err(), "without flushes of {name} nothing was lost");
    }
}

#[test]
fn a_flush_comes_before_every_acknowledgement() {
    let Some(run) = run() else { return };
    let (mut written, mut unflushed) = (false, BTreeSet::new());
    for event in &run.events {
        match event {
            Event::Write { path, .. } => {
                written |= path.ends_with("registry.db-wal");
                unflushed.insert(path);
            }
            Event::Flush(path) => _ = unflushed.remove(path),
            Event::Said(line) => {
                assert!(written, "nothing was written before it said `{line}`");
                let wal = unflushed.iter().find(|path| path.ends_with("registry.db-wal"));
                assert_eq!(wal, None, "before it said `{line}`");
                written = false;
            }
            _ => {}
        }
    }
}
