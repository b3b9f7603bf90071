//! A log in a temporary folder, records to append, and what is in a log.

use seam_log::{Commit, Cursor, Digest, Limits, Log, Options, Record};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any turn of a test.
pub const SOON: Duration = Duration::from_secs(20);

/// Where a log of a test lies.
pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("seam/registry.db")
    }

    pub fn open(&self) -> Log {
        Log::open(&self.file(), &Options { command: "seam apply".to_owned() }).unwrap()
    }

    /// Another program's hand in the file.
    pub fn tamper(&self, sql: &str) {
        rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }
}

/// A record whose id follows from `name`.
pub fn record(name: &str) -> Record {
    Record {
        id: Digest::of(name.as_bytes()).0,
        key: format!("shop/{name}/dev"),
        kind: "published".to_owned(),
        critical: true,
        body: format!("the body of {name}").into_bytes(),
    }
}

pub fn append(log: &mut Log, names: &[&str]) -> Cursor {
    let records: Vec<Record> = names.iter().map(|name| record(name)).collect();
    log.turn(SOON).unwrap().append(&records, 1_000).unwrap()
}

pub fn read_all(log: &Log) -> Vec<Commit> {
    log.read(&log.start().unwrap(), Limits::default()).unwrap()
}
