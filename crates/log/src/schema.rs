//! The tables, the format's number, and the settings of every connection.

use crate::record::Digest;
use crate::{LogId, ids};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The number of the format of the file, in `user_version`. Format 1 had one index of all ids.
pub(crate) const FORMAT: i64 = 2;
/// The newest feature level of what the records mean that this program knows.
pub(crate) const FEATURES: i64 = 1;
/// "SEAM", in `application_id`.
pub(crate) const APPLICATION: i64 = 0x5345_414d;

/// How long SQLite waits for locks that are not the turn: a reader that recovers the file after a
/// crash, somebody's checkpoint. Only a net; who waits for the turn waits in the queue.
const BUSY_NET: Duration = Duration::from_secs(5);

/// Pages of 4 KiB in the write-ahead log after which a commit also copies them into the file: 16 MiB.
const CHECKPOINT_PAGES: i64 = 4096;

/// One row in `log`. `start_*` is the commit before the oldest kept one; `work_version` is the last
/// version given to an item of work. A commit is numbered by its last record; as numbers are dense,
/// its first one follows from the commit before.
const TABLES: &str = "
CREATE TABLE log (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    id BLOB NOT NULL,
    features INTEGER NOT NULL,
    start_sequence INTEGER NOT NULL,
    start_time INTEGER NOT NULL,
    start_digest BLOB NOT NULL,
    work_version INTEGER NOT NULL
) STRICT;
CREATE TABLE commits (
    last INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    node BLOB NOT NULL,
    nonce BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE TABLE records (
    sequence INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    critical INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE work (
    key TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE blobs (
    digest BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
";

/// Makes an empty log in the empty file `path`.
pub(crate) fn create(path: &Path) -> rusqlite::Result<()> {
    let mut connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    make_durable(&connection)?;
    let id = LogId(random(&connection)?);
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.execute_batch(ids::TABLES)?;
    transaction.execute("INSERT INTO log VALUES (1, ?1, ?2, 0, 0, ?3, 0)", (id.0, FEATURES, Digest::start(id).0))?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.close().map_err(|(_, error)| error)
}

/// Opens the file for appending.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_NET)?;
    make_durable(&connection)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    // The side files stay when the last one closes, so that somebody with read access alone can
    // open the log: SQLite cannot read without them, and such a process cannot make them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Opens the file for reading.
pub(crate) fn connect_read_only(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_NET)?;
    Ok(connection)
}

/// Copies the write-ahead log into the file and empties it, if nobody is in the way.
pub(crate) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Names a log, a node or a commit. From SQLite's generator, which the system seeds; not for secrets.
pub(crate) fn random(connection: &Connection) -> rusqlite::Result<[u8; 16]> {
    connection.prepare_cached("SELECT randomblob(16)")?.query_row([], |row| row.get(0))
}

/// A commit is on disk when it returns; on macOS that needs the full flush.
fn make_durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)
}
