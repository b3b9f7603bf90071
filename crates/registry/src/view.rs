//! The view: what was folded out of the log, in a SQLite file of its own. Never the truth: it may
//! be deleted at any time, and is then folded again.

use crate::RegistryError;
use crate::fold::{Ids, fold};
use crate::trouble::{Trouble, file_error};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, config::DbConfig};
use seam_log::{Commit, Cursor, Digest, Limits, Log, LogId, ReadError};
use std::fs::{DirBuilder, File, OpenOptions, remove_file};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The version of the fold; part of the file's name. Another fold or another table is another
/// version.
const VERSION: u32 = 9;

/// How long another process may keep the view: it folds one page of the log at a time.
const BUSY: Duration = Duration::from_secs(30);

/// How much is folded in one transaction, so that nobody waits long.
const PAGE: Limits = Limits { commits: 20_000, bytes: 16 * 1024 * 1024 };

/// Pages of 4 KiB in the side file after which they are copied into the view: 64 MiB. A page of the
/// log writes many that the next one writes again: copying after each made making the view 7 % dearer.
const CHECKPOINT_PAGES: i64 = 16_384;

/// How often to begin anew because another process made the view another registry's.
const HEAD_TRIES: usize = 100;

const TABLES: &str = "
    DROP TABLE IF EXISTS applied; DROP TABLE IF EXISTS instance; DROP TABLE IF EXISTS publication;
    DROP TABLE IF EXISTS used; DROP TABLE IF EXISTS run; DROP TABLE IF EXISTS step;
    DROP TABLE IF EXISTS destroy; DROP TABLE IF EXISTS former; DROP TABLE IF EXISTS contract;
    DROP TABLE IF EXISTS approval; DROP TABLE IF EXISTS observed;
    CREATE TABLE applied (log BLOB NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL, time_us INTEGER NOT NULL);
    CREATE TABLE instance (
        id INTEGER PRIMARY KEY, address TEXT UNIQUE,
        system TEXT NOT NULL, stack TEXT NOT NULL, environment TEXT NOT NULL,
        revision INTEGER NOT NULL DEFAULT 0, destroyed INTEGER NOT NULL DEFAULT 0, tags TEXT NOT NULL DEFAULT '[]',
        settled INTEGER NOT NULL DEFAULT 0, success TEXT, success_run INTEGER, success_us INTEGER, inputs TEXT,
        took_ms INTEGER, resources BLOB, lease_run INTEGER, lease_us INTEGER, state_changed BLOB,
        step_uses INTEGER NOT NULL DEFAULT 0, now INTEGER, deployed TEXT);
    CREATE INDEX instance_by_stack ON instance (system, stack);
    CREATE INDEX instance_by_environment ON instance (system, environment);
    CREATE INDEX instance_by_lease ON instance (lease_run) WHERE lease_run IS NOT NULL;
    CREATE INDEX instance_by_now ON instance (now) WHERE now IS NOT NULL;
    CREATE TABLE former (
        instance INTEGER NOT NULL, sequence INTEGER NOT NULL, address TEXT NOT NULL, until_us INTEGER NOT NULL,
        PRIMARY KEY (instance, sequence)) WITHOUT ROWID;
    CREATE TABLE publication (
        sequence INTEGER PRIMARY KEY, instance INTEGER NOT NULL, revision INTEGER NOT NULL, time_us INTEGER NOT NULL,
        body BLOB NOT NULL, UNIQUE (instance, revision));
    CREATE TABLE destroy (
        instance INTEGER NOT NULL, revision INTEGER NOT NULL, time_us INTEGER NOT NULL, run INTEGER NOT NULL,
        PRIMARY KEY (instance, revision)) WITHOUT ROWID;
    CREATE TABLE used (consumer INTEGER NOT NULL, step INTEGER NOT NULL, provider INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (consumer, step, provider, body)) WITHOUT ROWID;
    CREATE INDEX used_by_provider ON used (provider);
    CREATE TABLE run (
        run INTEGER PRIMARY KEY, started_us INTEGER NOT NULL, start BLOB NOT NULL, ended_us INTEGER, ending BLOB);
    CREATE INDEX run_unfinished ON run (run) WHERE ended_us IS NULL;
    CREATE TABLE step (
        sequence INTEGER PRIMARY KEY, run INTEGER NOT NULL, instance INTEGER NOT NULL, folder TEXT NOT NULL,
        started_us INTEGER NOT NULL, body BLOB NOT NULL, ended_us INTEGER, outcome TEXT);
    CREATE INDEX step_by_run ON step (run, instance);
    CREATE INDEX step_by_instance ON step (instance);
    CREATE TABLE contract (
        system TEXT NOT NULL, stack TEXT NOT NULL, digest TEXT NOT NULL, version TEXT, sequence INTEGER NOT NULL,
        time_us INTEGER NOT NULL, body BLOB NOT NULL, uses TEXT, PRIMARY KEY (system, stack, digest)) WITHOUT ROWID;
    CREATE TABLE approval (
        fingerprint TEXT NOT NULL, environment TEXT NOT NULL, time_us INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (fingerprint, environment)) WITHOUT ROWID;
    CREATE TABLE observed (
        instance INTEGER NOT NULL, sequence INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (instance, sequence)) WITHOUT ROWID;
";

pub(crate) struct View {
    connection: Connection,
    /// `None`: in memory, for those who cannot write or have nothing to read.
    path: Option<PathBuf>,
}

/// How far the view is.
pub(crate) struct Applied {
    pub(crate) cursor: Cursor,
    pub(crate) time_us: i64,
}

impl View {
    /// Opens the view in `folder`, and creates it where it is missing or damaged.
    pub(crate) fn open(folder: &Path) -> Result<Self, Trouble> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(file_error("create", folder))?;
        let path = folder.join(format!("view-{VERSION}.db"));
        let _alone = lock(&path.with_extension("lock"))?;
        match Self::connect(&path) {
            Err(trouble) if trouble.is_damaged_view() => {
                remove(&path)?;
                Self::connect(&path)
            }
            opened => opened,
        }
    }

    /// A view that nobody else sees and nobody keeps.
    pub(crate) fn in_memory() -> Result<Self, Trouble> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(TABLES)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, path: None })
    }

    /// Throws a damaged view away and starts another.
    pub(crate) fn replace(&mut self) -> Result<(), Trouble> {
        *self = match self.path.clone() {
            None => Self::in_memory()?,
            Some(path) => {
                let _alone = lock(&path.with_extension("lock"))?;
                remove(&path)?;
                Self::connect(&path)?
            }
        };
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(":memory:"))
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A state of the view for several questions, at the log's head or later.
    pub(crate) fn snapshot(&self, log: &Log) -> Result<Transaction<'_>, Trouble> {
        Ok(self.at_head(log, TransactionBehavior::Deferred)?.0)
    }

    /// The right to change the view, which is at the log's head, until it is committed or dropped.
    /// Whoever asks has the log's turn, so that the head stays where it is.
    pub(crate) fn change(&self, log: &Log) -> Result<(Transaction<'_>, Applied), Trouble> {
        self.at_head(log, TransactionBehavior::Immediate)
    }

    fn at_head(&self, log: &Log, behavior: TransactionBehavior) -> Result<(Transaction<'_>, Applied), Trouble> {
        for _ in 0..HEAD_TRIES {
            let head = self.catch_up(log)?;
            let transaction = Transaction::new_unchecked(&self.connection, behavior)?;
            let reached = |at: Cursor| at.log == head.log && at.sequence >= head.sequence;
            if let Some(applied) = self.applied()?.filter(|applied| reached(applied.cursor)) {
                return Ok((transaction, applied));
            }
        }
        let detail = "processes with different registries use this cache at the same time".to_owned();
        Err(RegistryError::Io { attempt: "use the view", path: self.path().to_owned(), detail }.into())
    }

    /// Folds what the log has beyond the view, and returns how far that was. A history that the
    /// log does not know is dropped.
    fn catch_up(&self, log: &Log) -> Result<Cursor, Trouble> {
        loop {
            let Some(applied) = self.applied()? else {
                self.reset(&log.start()?)?;
                continue;
            };
            if applied.cursor == log.head()? {
                return Ok(applied.cursor);
            }
            match log.read(&applied.cursor, PAGE) {
                Ok(commits) if commits.is_empty() => return Ok(applied.cursor),
                Ok(commits) => self.fold(log, &applied, &commits)?,
                Err(ReadError::Gone { .. } | ReadError::Diverged { .. }) => self.reset(&log.start()?)?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn begin(&self) -> Result<Transaction<'_>, Trouble> {
        Ok(Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?)
    }

    fn applied(&self) -> Result<Option<Applied>, Trouble> {
        let sql = "SELECT log, sequence, digest, time_us FROM applied";
        let mut statement = self.connection.prepare_cached(sql)?;
        let row = statement.query_row([], |row| {
            let cursor = Cursor { log: LogId(row.get(0)?), sequence: row.get(1)?, digest: Digest(row.get(2)?) };
            Ok(Applied { cursor, time_us: row.get(3)? })
        });
        Ok(row.optional()?)
    }

    /// Says how far the view is; part of the change that brings it there.
    pub(crate) fn set_applied(&self, cursor: &Cursor, time_us: i64) -> Result<(), Trouble> {
        let sql = "UPDATE applied SET log = ?1, sequence = ?2, digest = ?3, time_us = ?4";
        let row = (cursor.log.0, cursor.sequence, cursor.digest.0, time_us);
        self.connection.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    fn fold(&self, log: &Log, from: &Applied, commits: &[Commit]) -> Result<(), Trouble> {
        let change = self.begin()?;
        if self.applied()?.is_none_or(|applied| applied.cursor != from.cursor) {
            return Ok(()); // Another process was faster.
        }
        let ids = Ids::default();
        for commit in commits {
            for (record, sequence) in commit.records.iter().zip(commit.first..) {
                fold(&self.connection, &ids, sequence, commit.time_us, record)?;
            }
        }
        if let Some(last) = commits.last() {
            self.set_applied(&log.cursor(last), last.time_us)?;
        }
        Ok(change.commit()?)
    }

    fn reset(&self, start: &Cursor) -> Result<(), Trouble> {
        let change = self.begin()?;
        self.connection.execute_batch(TABLES)?;
        // A log's time begins at 0; where older commits are gone, the first one read says it.
        let row = (start.log.0, start.sequence, start.digest.0, 0);
        self.connection.execute("INSERT INTO applied VALUES (?1, ?2, ?3, ?4)", row)?;
        Ok(change.commit()?)
    }

    fn connect(path: &Path) -> Result<Self, Trouble> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        file.map_err(file_error("create", path))?;
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        // SQLite would remove the side file by its name, and that may by then belong to another
        // view: this one's folder may be deleted at any time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.set_prepared_statement_cache_capacity(64);
        let made: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let view = Self { connection, path: Some(path.to_owned()) };
        if made == 0 {
            let change = view.begin()?;
            view.connection.execute_batch(TABLES)?;
            change.commit()?;
        }
        Ok(view)
    }
}

/// Only one process at a time opens, creates or removes the view's file.
fn lock(path: &Path) -> Result<File, Trouble> {
    let open = || {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        file.lock().map(|()| file)
    };
    Ok(open().map_err(file_error("lock", path))?)
}

fn remove(path: &Path) -> Result<(), Trouble> {
    for suffix in ["db", "db-wal", "db-shm"] {
        let path = path.with_extension(suffix);
        match remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(file_error("remove", &path)(error).into());
            }
            _ => {}
        }
    }
    Ok(())
}
