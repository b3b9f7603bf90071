//! Whether somebody writes a local state at this moment.

use super::reading::writer;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// Who holds the tool's own lock of the state at `path`; `None` where nobody does, whatever note lies
/// beside it.
pub fn locked_by(path: &Path) -> io::Result<Option<String>> {
    // The lock is one for writing, and is given back when the file is closed.
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(None),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(Some(writer(path).unwrap_or_else(|| "somebody".to_owned()))),
        Err(error) => Err(error.into()),
    }
}
