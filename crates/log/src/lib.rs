//! The ordered log, work and blobs, in one SQLite file.
//!
//! Records are appended in commits by whoever holds the turn; commits are atomic, numbered without
//! gaps, bound by one chain of digests, and on disk before they are acknowledged. This crate knows
//! bytes and order, not what records mean. Its interface blocks, and names nothing of SQLite, so
//! that a bucket and PostgreSQL can come under it later.

mod blob;
mod error;
mod file_system;
mod ids;
mod log;
mod queue;
mod read;
mod record;
mod schema;
mod turn;
mod work;

pub use error::{AppendError, Holder, OpenError, PutError, ReadError, StorageError, TurnError};
pub use log::{Log, Options};
pub use read::{Found, Limits};
pub use record::{
    BLOB_BYTES_MAX, BODY_BYTES_MAX, COMMIT_BYTES_MAX, Commit, Cursor, Digest, LogId, NAME_BYTES_MAX, Record, Writer,
};
pub use turn::Turn;
pub use work::WorkItem;
