//! What can go wrong with a step or a lock.

use std::io;
use std::path::PathBuf;

/// Why a program could not be run, or nothing can be said about one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder refused.
    #[error("cannot {attempt} {}", path.display())]
    File {
        /// A verb: `read`, `write`, `lock`.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A file of a step's folder does not hold what a supervisor writes.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The program, or the supervisor itself, could not be started.
    #[error("{0}")]
    Start(String),
    /// The system refused to wait for a program.
    #[error("cannot wait for {}", program.display())]
    Wait {
        /// The program, or the folder of its step.
        program: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A captured program wrote more than was allowed, and was killed.
    #[error("{} wrote more than {bytes_max} bytes", program.display())]
    TooMuch {
        /// The program.
        program: PathBuf,
        /// What was allowed for each of its two outputs.
        bytes_max: usize,
    },
    /// The supervisor and all that it started are gone, and there is no status: nobody knows how far
    /// the tool came.
    #[error("the supervisor of {} was killed and left no status", folder.display())]
    Uncertain {
        /// The step's folder.
        folder: PathBuf,
    },
}

impl Error {
    /// For `map_err` on what is done to a file.
    pub(crate) fn file(attempt: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { attempt, path, source }
    }

    /// This error and all its sources in one line.
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(source) = next {
            text = format!("{text}: {source}");
            next = source.source();
        }
        text
    }
}
