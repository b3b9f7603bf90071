//! Writes to standard output (data) and standard error (everything else). A reader that went away
//! (`seam plan | head`) is no failure, and never ends a run half-way.

use crate::failure::Failure;
use seam_model::{Finding, codes};
use std::fmt::Display;
use std::io::{ErrorKind, Write as _};

/// Data, as it is.
pub fn out(text: impl Display) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let message = format!("cannot write to standard output: {error}");
            Err(Finding::error(codes::UNREADABLE, message).help("is the disk full?").into())
        }
        _ => Ok(()),
    }
}

/// One line of data.
pub fn line(text: impl Display) -> Result<(), Failure> {
    out(format_args!("{text}\n"))
}

/// What is no data. Where it cannot be written, nobody can be told.
pub fn err(text: impl Display) {
    let _ = write!(std::io::stderr().lock(), "{text}");
}
