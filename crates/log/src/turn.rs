//! The turn: the exclusive right to append the next commit. It is the head of the queue and a write
//! transaction of SQLite, and ends with one commit or with nothing.

use crate::log::inode;
use crate::queue::Refused;
use crate::{
    AppendError, BODY_BYTES_MAX, COMMIT_BYTES_MAX, Cursor, Digest, Log, NAME_BYTES_MAX, Record, StorageError,
    TurnError, Writer, ids, schema,
};
use rusqlite::{Connection, ErrorCode, ffi};
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

/// The exclusive right to append the next commit. It reads like the [`Log`] it was taken from, and
/// sees what it changed itself. Dropped, it writes nothing. No other IO belongs into it.
pub struct Turn<'log> {
    log: &'log mut Log,
}

impl Log {
    /// Waits up to `deadline` for the turn. Fair between processes; the wait of a call that ended
    /// with `Busy` counts for the next one.
    pub fn turn(&mut self, deadline: Duration) -> Result<Turn<'_>, TurnError> {
        let path = self.path.clone();
        let Some(queue) = &mut self.queue else { return Err(TurnError::ReadOnly { path }) };
        queue.take(deadline).map_err(|refused| match refused {
            Refused::Busy(holder) => TurnError::Busy { path, holder },
            Refused::Io(source) => TurnError::Lock { path, source },
        })?;
        Turn { log: self }.begin()
    }
}

impl Turn<'_> {
    /// Appends `records` as one commit, together with what this turn changed in work and blobs, and
    /// returns the new head when all of it is on disk. Without records only work and blobs are
    /// changed and the head stays. The commit's time is `now_us` (microseconds since 1970), or one
    /// after the last commit's where that is later.
    pub fn append(self, records: &[Record], now_us: i64) -> Result<Cursor, AppendError> {
        check_limits(records)?;
        self.check_open()?;
        let head = if records.is_empty() { self.head()? } else { self.insert(records, now_us)? };
        self.log.written = true;
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => Ok(head),
            Err(error) if is_full(&error) => Err(AppendError::Full { path: self.path.clone() }),
            Err(error) => {
                self.log.unsettled = true;
                Err(AppendError::Unknown(StorageError::on("write to", &self.path)(error)))
            }
        }
    }

    /// From here on a drop gives the turn back.
    fn begin(self) -> Result<Self, TurnError> {
        if inode(&self.path).ok() != Some(self.inode) {
            return Err(TurnError::Replaced { path: self.path.clone() });
        }
        if self.unsettled {
            // SQLite forgot the commit that failed, but it may be whole on the disk, and a crash
            // would bring it back. What is committed next takes its place.
            self.execute("BEGIN IMMEDIATE; UPDATE log SET work_version = work_version + 1; COMMIT")?;
            self.log.unsettled = false;
        }
        self.execute("BEGIN IMMEDIATE")?;
        Ok(self)
    }

    /// SQLite takes a whole transaction back after some failures, such as a full disk. What is
    /// written after that would be a commit of its own.
    fn check_open(&self) -> Result<(), StorageError> {
        if !self.connection.is_autocommit() {
            return Ok(());
        }
        let taken_back = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK), None);
        Err(StorageError::on("write to", &self.path)(taken_back))
    }

    /// Changes work or blobs in the turn's transaction.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StorageError> {
        self.check_open()?;
        write(&self.connection).map_err(StorageError::on("write to", &self.path))
    }

    fn execute(&self, sql: &str) -> Result<(), StorageError> {
        self.connection.execute_batch(sql).map_err(StorageError::on("write to", &self.path))
    }

    fn insert(&self, records: &[Record], now_us: i64) -> Result<Cursor, AppendError> {
        let refused = |error| append_error(&self.path, error);
        let tail = self.tail().map_err(refused)?;
        let first = tail.sequence + 1;
        let mut sequence = tail.sequence;
        let sql = "INSERT INTO records (sequence, id, key, kind, critical, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut statement = self.connection.prepare_cached(sql).map_err(refused)?;
        for record in records {
            if ids::find(&self.connection, &record.id).map_err(refused)?.is_some() {
                return Err(AppendError::Duplicate { kind: record.kind.clone() });
            }
            sequence += 1;
            let row = (sequence, record.id, &record.key, &record.kind, record.critical, &record.body);
            statement.execute(row).map_err(refused)?;
            ids::add(&self.connection, &record.id, sequence).map_err(refused)?;
        }
        ids::tidy(&self.connection, tail.sequence, sequence).map_err(refused)?;
        let time_us = now_us.max(tail.time_us + 1);
        let writer = Writer { node: self.node, nonce: schema::random(&self.connection).map_err(refused)? };
        let digest = Digest::chain(tail.digest, first, time_us, &writer, records);
        let sql = "INSERT INTO commits (last, time, node, nonce, digest) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut statement = self.connection.prepare_cached(sql).map_err(refused)?;
        statement.execute((sequence, time_us, writer.node, writer.nonce, digest.0)).map_err(refused)?;
        Ok(Cursor { log: self.id, sequence, digest })
    }
}

impl Deref for Turn<'_> {
    type Target = Log;

    fn deref(&self) -> &Log {
        self.log
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.connection.is_autocommit() {
            // Where it fails the transaction stays open, and the next turn says so.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        if let Some(queue) = &self.queue {
            queue.release();
        }
    }
}

fn check_limits(records: &[Record]) -> Result<(), AppendError> {
    let check = |what, bytes, bytes_max| {
        if bytes <= bytes_max {
            return Ok(());
        }
        Err(AppendError::TooLarge { what, bytes, bytes_max })
    };
    for record in records {
        check("the key of a record", record.key.len(), NAME_BYTES_MAX)?;
        check("the kind of a record", record.kind.len(), NAME_BYTES_MAX)?;
        check("the body of a record", record.body.len(), BODY_BYTES_MAX)?;
    }
    check("a commit", records.iter().map(Record::bytes).sum(), COMMIT_BYTES_MAX)
}

fn append_error(path: &Path, error: rusqlite::Error) -> AppendError {
    if is_full(&error) {
        return AppendError::Full { path: path.to_owned() };
    }
    StorageError::on("write to", path)(error).into()
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

#[cfg(test)]
mod tests {
    use crate::{AppendError, Log, Options, PutError, Record};
    use std::time::Duration;

    #[test]
    fn a_full_disk_takes_the_whole_turn_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::open(&folder.path().join("log.db"), &Options::default()).unwrap();
        let record = |body| Record { id: [1; 32], key: String::new(), kind: String::new(), critical: false, body };
        let limit = |log: &Log, pages: i64| {
            log.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        };
        limit(&log, 16);

        let turn = log.turn(Duration::ZERO).unwrap();
        turn.put_work("before", None, b"").unwrap();
        assert!(matches!(turn.put_blob(&vec![0; 100_000]), Err(PutError::Storage(_))));
        assert!(matches!(turn.put_work("after", None, b""), Err(PutError::Storage(_))));
        assert!(matches!(turn.append(&[record(Vec::new())], 0), Err(AppendError::Storage(_))));
        let full = log.turn(Duration::ZERO).unwrap().append(&[record(vec![0; 100_000])], 0);
        assert!(matches!(full, Err(AppendError::Full { .. })), "{full:?}");
        assert_eq!((log.head().unwrap().sequence, log.scan_work("", "", 9).unwrap()), (0, Vec::new()));

        limit(&log, 1000);
        assert!(log.turn(Duration::ZERO).unwrap().append(&[record(vec![0; 100_000])], 0).is_ok());
    }
}
