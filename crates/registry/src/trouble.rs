//! What goes wrong inside, before it is known which file to name: SQLite's words about the view, a
//! record that cannot be read. Everything else is a [`RegistryError`] already.

use crate::RegistryError;
use seam_log::{AppendError, Holder, OpenError, PutError, ReadError, StorageError, TurnError};
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) enum Trouble {
    /// The view's file.
    View(rusqlite::Error),
    /// A row of the view that does not hold what the fold writes.
    Garbled(String),
    /// A record, or what belongs to one, that does not hold what this version writes.
    Malformed(String),
    /// A record of a kind that this version does not know, and must not skip.
    Newer(String),
    /// To be shown as it is.
    Known(RegistryError),
}

impl Trouble {
    /// Is the view's file damaged? It can be made again.
    pub(crate) fn is_damaged_view(&self) -> bool {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Garbled(_)
            | Self::View(
                FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..),
            ) => true,
            Self::View(error) => matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)),
            _ => false,
        }
    }

    /// Names the files: the log's and the view's.
    pub(crate) fn named(self, log: &Path, view: &Path) -> RegistryError {
        match self {
            Self::View(error) => {
                RegistryError::Io { attempt: "use the view", path: view.to_owned(), detail: error.to_string() }
            }
            Self::Garbled(detail) => RegistryError::Io { attempt: "use the view", path: view.to_owned(), detail },
            Self::Malformed(detail) => RegistryError::Damaged { path: log.to_owned(), detail },
            Self::Newer(detail) => RegistryError::Newer { path: log.to_owned(), detail },
            Self::Known(error) => error,
        }
    }
}

/// Says what was attempted on which file.
pub(crate) fn file_error(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RegistryError {
    move |error| RegistryError::Io { attempt, path: path.to_owned(), detail: error.to_string() }
}

impl From<RegistryError> for Trouble {
    fn from(error: RegistryError) -> Self {
        Self::Known(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::View(error)
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::Garbled(error.to_string())
    }
}

impl From<StorageError> for Trouble {
    fn from(error: StorageError) -> Self {
        Self::Known(storage(&error))
    }
}

impl From<PutError> for Trouble {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Storage(error) => error.into(),
            refused => Self::Malformed(refused.to_string()),
        }
    }
}

impl From<OpenError> for RegistryError {
    fn from(error: OpenError) -> Self {
        let detail = words(&error);
        match error {
            OpenError::Missing { path } => Self::Io { attempt: "find", path, detail },
            OpenError::Network { path, kind } => Self::Network { path, kind: kind.to_owned() },
            OpenError::Newer { path, found, known } => {
                Self::Newer { path, detail: format!("format {found}, and this one knows {known}") }
            }
            OpenError::Damaged { path, what } => Self::Damaged { path, detail: what },
            OpenError::Busy { path, holder } => busy(path, holder),
            OpenError::Io { action, path, source } => Self::Io { attempt: action, path, detail: source.to_string() },
            OpenError::Storage(error) => storage(&error),
        }
    }
}

impl From<TurnError> for Trouble {
    fn from(error: TurnError) -> Self {
        Self::Known(match error {
            TurnError::Busy { path, holder } => busy(path, holder),
            TurnError::ReadOnly { path } => RegistryError::ReadOnly { path },
            TurnError::Replaced { path } => {
                RegistryError::Damaged { path, detail: "it was replaced or removed while it was open".to_owned() }
            }
            TurnError::Lock { path, source } => RegistryError::Io { attempt: "lock", path, detail: source.to_string() },
            TurnError::Storage(error) => storage(&error),
        })
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged { path, sequence } => {
                RegistryError::Damaged { path, detail: format!("record {sequence} is not what was written") }.into()
            }
            ReadError::DamagedBlob { path, digest } => {
                RegistryError::Damaged { path, detail: format!("blob {digest} is not what was written") }.into()
            }
            ReadError::Storage(error) => error.into(),
            lost @ (ReadError::Gone { .. } | ReadError::Diverged { .. }) => Self::Malformed(lost.to_string()),
        }
    }
}

impl From<AppendError> for Trouble {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Full { path } => {
                RegistryError::Io { attempt: "write to", path, detail: "no space is left on the device".to_owned() }
                    .into()
            }
            AppendError::Storage(error) | AppendError::Unknown(error) => error.into(),
            refused => Self::Malformed(refused.to_string()),
        }
    }
}

fn busy(path: PathBuf, holder: Option<Holder>) -> RegistryError {
    let holder = holder
        .map_or_else(|| "another process".to_owned(), |holder| format!("process {}: {}", holder.pid, holder.command));
    RegistryError::Busy { path, holder }
}

fn storage(error: &StorageError) -> RegistryError {
    let (path, detail) = (error.path.clone(), error.source().map(ToString::to_string).unwrap_or_default());
    if error.is_damage() {
        return RegistryError::Damaged { path, detail };
    }
    RegistryError::Io { attempt: error.action, path, detail }
}

/// An error and its causes in one line.
fn words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
