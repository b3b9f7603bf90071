//! Reading: commits after a cursor, each checked against the chain of digests, and records by ids.

use crate::error::is_damage;
use crate::{Commit, Cursor, Digest, Log, ReadError, Record, StorageError, Writer, ids};
use rusqlite::{OptionalExtension, Row, Rows, Transaction};

/// How much one call reads at most. At least one commit is returned where there is one.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Commits.
    pub commits: usize,
    /// Bytes of their records, as [`Record::bytes`] counts them.
    pub bytes: usize,
}

/// A record that is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub sequence: u64,
    /// The digest of its body.
    pub hash: Digest,
}

/// Where a history stands after a commit.
pub(crate) struct Tail {
    pub(crate) sequence: u64,
    pub(crate) time_us: i64,
    pub(crate) digest: Digest,
}

impl Default for Limits {
    /// 10,000 commits, 16 MiB: a read takes well below a second.
    fn default() -> Self {
        Self { commits: 10_000, bytes: 16 * 1024 * 1024 }
    }
}

impl Log {
    /// The commits after `after`, in order, each checked against the chain of digests; empty at the
    /// head. Call again with the [`cursor`](Self::cursor) of the last one for more.
    pub fn read(&self, after: &Cursor, limits: Limits) -> Result<Vec<Commit>, ReadError> {
        self.read_to(after, u64::MAX, limits)
    }

    /// Checks that the history leads from `from` to `to` without a gap or a change. `Diverged` names
    /// the one of the two that the log does not know.
    pub fn verify(&self, from: &Cursor, to: &Cursor) -> Result<(), ReadError> {
        let mut at = *from;
        while let Some(last) = self.read_to(&at, to.sequence, Limits::default())?.last() {
            at = self.cursor(last);
        }
        if at == *to { Ok(()) } else { Err(ReadError::Diverged { cursor: *to, log: self.id }) }
    }

    /// Where the records with these ids are, in the order of the ids; `None` for one that is not.
    pub fn find(&self, ids: &[[u8; 32]]) -> Result<Vec<Option<Found>>, StorageError> {
        let find = || {
            let mut statement = self.connection.prepare_cached("SELECT body FROM records WHERE sequence = ?1")?;
            let mut found = |sequence| {
                let hash = statement.query_row([sequence], |row| Ok(Digest::of(row.get_ref(0)?.as_blob()?)))?;
                Ok(Found { sequence, hash })
            };
            let find = |id| ids::find(&self.connection, id)?.map(&mut found).transpose();
            ids.iter().map(find).collect::<Result<_, _>>()
        };
        find().map_err(StorageError::on("read", &self.path))
    }

    /// The cursor at the end of a commit of this log.
    pub fn cursor(&self, commit: &Commit) -> Cursor {
        Cursor { log: self.id, sequence: commit.last(), digest: commit.digest }
    }

    /// The newest commit, or what stands before the first.
    pub(crate) fn tail(&self) -> rusqlite::Result<Tail> {
        self.nth_tail(0)
    }

    /// The commit before the newest.
    pub(crate) fn tail_before_last(&self) -> rusqlite::Result<Tail> {
        self.nth_tail(1)
    }

    fn nth_tail(&self, back: usize) -> rusqlite::Result<Tail> {
        let sql = "SELECT last, time, digest FROM commits ORDER BY last DESC LIMIT 1 OFFSET ?1";
        let commit = self.connection.prepare_cached(sql)?.query_row([back], Tail::from_row).optional()?;
        commit.map_or_else(|| self.start_tail(), Ok)
    }

    pub(crate) fn start_tail(&self) -> rusqlite::Result<Tail> {
        let sql = "SELECT start_sequence, start_time, start_digest FROM log";
        self.connection.prepare_cached(sql)?.query_row([], Tail::from_row)
    }

    /// One state of the file for several statements. A turn is one already.
    fn snapshot(&self) -> Result<Option<Transaction<'_>>, StorageError> {
        let begin = || self.connection.is_autocommit().then(|| self.connection.unchecked_transaction()).transpose();
        begin().map_err(StorageError::on("read", &self.path))
    }

    fn read_to(&self, after: &Cursor, to: u64, limits: Limits) -> Result<Vec<Commit>, ReadError> {
        let _snapshot = self.snapshot()?;
        self.check_cursor(after)?;
        let mut chain = Chain { before: after.digest, next: after.sequence + 1 };
        self.read_chain(&mut chain, to, limits).map_err(|error| match error {
            Broken::Damaged => ReadError::Damaged { path: self.path.clone(), sequence: chain.next },
            Broken::Storage(error) => StorageError::on("read", &self.path)(error).into(),
        })
    }

    fn check_cursor(&self, cursor: &Cursor) -> Result<(), ReadError> {
        let digest_at = |sequence: u64| {
            let mut statement = self.connection.prepare_cached("SELECT digest FROM commits WHERE last = ?1")?;
            statement.query_row([i64::try_from(sequence).unwrap_or(i64::MAX)], |row| row.get(0).map(Digest)).optional()
        };
        let start = self.start()?;
        let known = if cursor.log != self.id {
            None
        } else if cursor.sequence < start.sequence {
            return Err(ReadError::Gone { sequence: cursor.sequence, oldest: start });
        } else if cursor.sequence == start.sequence {
            Some(start.digest)
        } else {
            digest_at(cursor.sequence).map_err(StorageError::on("read", &self.path))?
        };
        if known == Some(cursor.digest) {
            return Ok(());
        }
        Err(ReadError::Diverged { cursor: *cursor, log: self.id })
    }

    fn read_chain(&self, chain: &mut Chain, to: u64, limits: Limits) -> Result<Vec<Commit>, Broken> {
        let after = chain.next - 1;
        let mut commits = self.connection.prepare_cached(
            "SELECT last, time, digest, node, nonce FROM commits WHERE last > ?1 AND last <= ?2 ORDER BY last LIMIT ?3",
        )?;
        let to = i64::try_from(to).unwrap_or(i64::MAX);
        let mut commits = commits.query((after, to, limits.commits.max(1)))?;
        let mut records = self.connection.prepare_cached(
            "SELECT sequence, id, key, kind, critical, body FROM records WHERE sequence > ?1 ORDER BY sequence",
        )?;
        let mut records = records.query([after])?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while let Some(row) = commits.next()? {
            let commit = chain.next_commit(row, &mut records)?;
            bytes += commit.records.iter().map(Record::bytes).sum::<usize>();
            found.push(commit);
            if bytes >= limits.bytes {
                break;
            }
        }
        Ok(found)
    }
}

/// How far the chain was followed.
struct Chain {
    before: Digest,
    /// The number of the next record.
    next: u64,
}

/// Why it could not be followed.
enum Broken {
    Damaged,
    Storage(rusqlite::Error),
}

impl Chain {
    fn next_commit(&mut self, row: &Row<'_>, records: &mut Rows<'_>) -> Result<Commit, Broken> {
        let tail = Tail::from_row(row)?;
        let writer = Writer { node: row.get(3)?, nonce: row.get(4)? };
        let mut commit =
            Commit { first: self.next, time_us: tail.time_us, writer, digest: tail.digest, records: Vec::new() };
        for sequence in self.next..=tail.sequence {
            let row = records.next()?.ok_or(Broken::Damaged)?;
            if row.get::<_, u64>(0)? != sequence {
                return Err(Broken::Damaged);
            }
            commit.records.push(record(row)?);
        }
        if Digest::chain(self.before, self.next, tail.time_us, &writer, &commit.records) != tail.digest {
            return Err(Broken::Damaged);
        }
        *self = Self { before: tail.digest, next: tail.sequence + 1 };
        Ok(commit)
    }
}

impl Tail {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { sequence: row.get(0)?, time_us: row.get(1)?, digest: Digest(row.get(2)?) })
    }
}

impl From<rusqlite::Error> for Broken {
    fn from(error: rusqlite::Error) -> Self {
        if is_damage(&error) { Self::Damaged } else { Self::Storage(error) }
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record { id: row.get(1)?, key: row.get(2)?, kind: row.get(3)?, critical: row.get(4)?, body: row.get(5)? })
}
