//! What can go wrong, per operation; each names the file it happened to.

use crate::{Cursor, Digest, LogId};
use std::path::{Path, PathBuf};

/// Who has the turn, as it said itself when it took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Its command, from [`Options`](crate::Options).
    pub command: String,
}

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file to read.
    #[error("there is no log at {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// SQLite's locks do not hold there.
    #[error("{} lies on a network file system ({kind})", path.display())]
    Network {
        /// The file.
        path: PathBuf,
        /// Such as `NFS`.
        kind: &'static str,
    },
    /// A newer program wrote it.
    #[error("{} has format {found}, newer than {known}, the newest this program knows", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format or feature level.
        found: i64,
        /// The newest known.
        known: i64,
    },
    /// The file holds something else, or not what was written to it.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Somebody else is creating it and did not finish in time.
    #[error("another process holds {}", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// Who, where it is known.
        holder: Option<Holder>,
    },
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// Such as `create`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Its words.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The store refused a read or a write; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct StorageError {
    /// What was attempted, such as `read`.
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// The store's words.
    pub(crate) source: rusqlite::Error,
}

/// Why there is no turn.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Somebody else had it until the deadline. The place in the queue is kept for the next call.
    #[error("another process holds {}", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// Who, where it is known.
        holder: Option<Holder>,
    },
    /// The log was opened for reading.
    #[error("{} was opened for reading only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file at the path is another one than was opened, or gone: what is appended would be lost.
    #[error("{} was replaced or removed while it was open", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The system refused the lock.
    #[error("cannot lock {}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Its words.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why records were not appended. But for `Unknown`, none of them is or will be in the log.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A record, a name or the whole commit is beyond its limit.
    #[error("{what} has {bytes} bytes, the limit is {bytes_max}")]
    TooLarge {
        /// Such as `the body of a record`.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A record has the id of one that is in the log, or of another one of the same commit.
    #[error("a record of kind {kind} with the same id exists")]
    Duplicate {
        /// The kind of the record that was refused.
        kind: String,
    },
    /// The disk is full.
    #[error("no space left for {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The system failed while it made the commit durable: in a new turn the ids are either there
    /// or will never be.
    #[error("nobody knows whether the commit is on disk")]
    Unknown(#[source] StorageError),
    /// SQLite refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why reading cannot go on from a cursor.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// What follows the cursor is not kept any more.
    #[error("record {} is not kept any more, the oldest is {}", sequence + 1, oldest.sequence + 1)]
    Gone {
        /// Where the cursor stands.
        sequence: u64,
        /// The first cursor that can be read from.
        oldest: Cursor,
    },
    /// The cursor belongs to another history: another log, a backup restored, a tail lost.
    #[error("the log does not know record {} of log {}: another file, or an older copy, was put in its place", cursor.sequence, cursor.log)]
    Diverged {
        /// The cursor.
        cursor: Cursor,
        /// The log that was asked.
        log: LogId,
    },
    /// What is stored is not what was appended.
    #[error("{} is damaged at record {sequence}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first record of the first commit that is not whole.
        sequence: u64,
    },
    /// The bytes of a blob are not those that were stored.
    #[error("{} is damaged at blob {digest}", path.display())]
    DamagedBlob {
        /// The file.
        path: PathBuf,
        /// The blob.
        digest: Digest,
    },
    /// SQLite refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why an item of work was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It has another version than the one expected.
    #[error("work item {key} was changed by somebody else")]
    Stale {
        /// The item.
        key: String,
        /// Its version; `None` where it does not exist.
        version: Option<u64>,
    },
    /// Key, value or blob is beyond its limit.
    #[error("{what} has {bytes} bytes, the limit is {bytes_max}")]
    TooLarge {
        /// Such as `a blob`.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// SQLite refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl StorageError {
    /// Does the store say that its file is damaged?
    pub fn is_damage(&self) -> bool {
        is_damage(&self.source)
    }

    /// To be given to `map_err`.
    pub(crate) fn on(action: &'static str, path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { action, path, source }
    }
}

pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..) => true,
        other => matches!(other.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)),
    }
}
