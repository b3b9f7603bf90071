//! An open log: where it lies, who it is, where it begins and ends.

use crate::error::is_damage;
use crate::queue::{Queue, Refused};
use crate::read::Tail;
use crate::{Cursor, LogId, OpenError, ReadError, StorageError, file_system, schema};
use rusqlite::Connection;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an opening waits for another process that is creating the log.
const CREATE_DEADLINE: Duration = Duration::from_secs(30);

/// How a log is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The command of this process, shown to those who wait for its turn.
    pub command: String,
}

/// An open log. One connection: it may move between threads, and serves one at a time. Another
/// thread opens the log once more.
///
/// Nothing else in the process may open the file: closing it would drop SQLite's locks.
pub struct Log {
    pub(crate) path: PathBuf,
    pub(crate) id: LogId,
    pub(crate) connection: Connection,
    /// `None` where the log was opened for reading.
    pub(crate) queue: Option<Queue>,
    /// The writer's node.
    pub(crate) node: [u8; 16],
    /// Device and inode of the file that was opened.
    pub(crate) inode: (u64, u64),
    /// Something was written; the write-ahead log is emptied at the end.
    pub(crate) written: bool,
    /// A commit failed while it was made durable, see `Turn::begin`.
    pub(crate) unsettled: bool,
}

impl Log {
    /// Opens the log in the file `path` (`NAME.db`), and creates it where there is none (folder
    /// 0700, file 0600). Beside it lie `NAME.lock` and `NAME.gate`, the queue for the turn, and SQLite's
    /// side files `NAME.db-wal` and `NAME.db-shm`.
    ///
    /// Refused are network file systems, files that something else or a newer program wrote, and
    /// files whose last commit is not whole; [`verify`](Self::verify) checks them all.
    pub fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        refuse_network(path)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io_error("create", folder))?;
        }
        let lock = path.with_extension("lock");
        let gate = path.with_extension("gate");
        let mut queue = Queue::open(&lock, &gate, &options.command).map_err(io_error("open", &lock))?;
        if !path.try_exists().map_err(io_error("open", path))? {
            queue.take(CREATE_DEADLINE).map_err(|refused| match refused {
                Refused::Busy(holder) => OpenError::Busy { path: path.to_owned(), holder },
                Refused::Io(source) => io_error("lock", &lock)(source),
            })?;
            let created = create(path);
            queue.release();
            created?;
        }
        let connection = schema::connect(path).map_err(open_error(path))?;
        Self::checked(path, connection, Some(queue))
    }

    /// Opens an existing log for reading. Needs no right to write; turns are refused.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        refuse_network(path)?;
        if !path.try_exists().map_err(io_error("open", path))? {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        let connection = schema::connect_read_only(path).map_err(open_error(path))?;
        Self::checked(path, connection, None)
    }

    fn checked(path: &Path, connection: Connection, queue: Option<Queue>) -> Result<Self, OpenError> {
        let id = identify(path, &connection)?;
        let inode = inode(path).map_err(io_error("open", path))?;
        let node = schema::random(&connection).map_err(open_error(path))?;
        let path = path.to_owned();
        let log = Self { path, id, connection, queue, node, inode, written: false, unsettled: false };
        log.check_last_commit()?;
        Ok(log)
    }

    /// The log's id.
    pub fn id(&self) -> LogId {
        self.id
    }

    /// The cursor before the oldest commit that is kept: reading everything starts here.
    pub fn start(&self) -> Result<Cursor, StorageError> {
        Ok(self.cursor_at(&self.start_tail().map_err(StorageError::on("read", &self.path))?))
    }

    /// The cursor at the newest commit; [`start`](Self::start) where there is none.
    pub fn head(&self) -> Result<Cursor, StorageError> {
        Ok(self.cursor_at(&self.tail().map_err(StorageError::on("read", &self.path))?))
    }

    fn cursor_at(&self, tail: &Tail) -> Cursor {
        Cursor { log: self.id, sequence: tail.sequence, digest: tail.digest }
    }

    /// The end of the history is where a torn or shortened file shows first.
    fn check_last_commit(&self) -> Result<(), OpenError> {
        let before = self.tail_before_last().map_err(open_error(&self.path))?;
        let head = self.tail().map_err(open_error(&self.path))?;
        let what = match self.verify(&self.cursor_at(&before), &self.cursor_at(&head)) {
            Ok(()) => return Ok(()),
            Err(ReadError::Storage(error)) => return Err(open_error(&self.path)(error.source)),
            Err(ReadError::Damaged { sequence, .. }) => format!("record {sequence} is not what was appended"),
            Err(other) => other.to_string(),
        };
        Err(OpenError::Damaged { path: self.path.clone(), what })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.written {
            // Somebody else may be in the way; then it is theirs to do.
            let _ = schema::checkpoint(&self.connection);
        }
    }
}

/// Device and inode of the file at `path`. Without opening it.
pub(crate) fn inode(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

fn refuse_network(path: &Path) -> Result<(), OpenError> {
    match file_system::network_kind(path).map_err(io_error("open", path))? {
        Some(kind) => Err(OpenError::Network { path: path.to_owned(), kind }),
        None => Ok(()),
    }
}

/// Makes the log beside its place and moves it there, so that the file is never seen half made: an
/// empty file at `path` is damage. To be called in the turn.
fn create(path: &Path) -> Result<(), OpenError> {
    if path.try_exists().map_err(io_error("open", path))? {
        return Ok(()); // Somebody else was first.
    }
    let folder = path.parent().unwrap_or(path);
    for above in folder.ancestors().skip(1) {
        // It may be as new as the log. What we may not flush is not of our making.
        if flush(above).is_err() {
            break;
        }
    }
    let new = beside(path, ".new");
    // Side files of a log that was removed would be taken for those of the new one.
    for stale in [new.clone(), beside(&new, "-wal"), beside(&new, "-shm"), beside(path, "-wal"), beside(path, "-shm")] {
        match fs::remove_file(&stale) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error("remove", &stale)(error)),
            _ => {}
        }
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(io_error("create", &new))?;
    schema::create(&new).map_err(StorageError::on("create", &new))?;
    fs::rename(&new, path).map_err(io_error("create", path))?;
    flush(folder).map_err(io_error("flush", folder))
}

/// Makes the names in a folder survive a power cut.
fn flush(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Is it a log, and one that this program can read? Its id.
fn identify(path: &Path, connection: &Connection) -> Result<LogId, OpenError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(open_error(path));
    if pragma("application_id")? != schema::APPLICATION {
        return Err(OpenError::Damaged { path: path.to_owned(), what: "it is not a log".to_owned() });
    }
    let newer = |found, known| OpenError::Newer { path: path.to_owned(), found, known };
    let format = pragma("user_version")?;
    if format > schema::FORMAT {
        return Err(newer(format, schema::FORMAT));
    }
    if format < schema::FORMAT {
        let what = format!("it has format {format}, which only programs before the first release wrote");
        return Err(OpenError::Damaged { path: path.to_owned(), what });
    }
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (id, features) = connection.query_row("SELECT id, features FROM log", [], row).map_err(open_error(path))?;
    if features > schema::FEATURES {
        return Err(newer(features, schema::FEATURES));
    }
    Ok(LogId(id))
}

fn open_error(path: &Path) -> impl FnOnce(rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    move |error| {
        if is_damage(&error) {
            return OpenError::Damaged { path, what: error.to_string() };
        }
        StorageError::on("open", &path)(error).into()
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { action, path, source }
}
