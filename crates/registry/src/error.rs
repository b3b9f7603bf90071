//! Why the registry could not answer at all.

use seam_model::{Code, codes};
use std::path::PathBuf;

/// The registry could not be opened, read or written. Nothing of the request was recorded, with
/// the exception that [`RegistryError::Io`] names.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistryError {
    /// Another process kept the turn for too long.
    #[error("the registry {} is held by {holder}", .path.display())]
    Busy {
        /// The registry's file.
        path: PathBuf,
        /// Pid and command of the holder.
        holder: String,
    },
    /// The file does not hold what was written to it.
    #[error("the registry {} is damaged: {detail}", .path.display())]
    Damaged {
        /// The registry's file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// A newer Seam wrote it.
    #[error("the registry {} was written by a newer version of seam ({detail})", .path.display())]
    Newer {
        /// The registry's file.
        path: PathBuf,
        /// What this version does not know.
        detail: String,
    },
    /// It is on a network file system.
    #[error("the registry {} is on a network file system ({kind})", .path.display())]
    Network {
        /// The registry's file.
        path: PathBuf,
        /// Which kind.
        kind: String,
    },
    /// It was opened for reading only.
    #[error("the registry {} is open for reading only", .path.display())]
    ReadOnly {
        /// The registry's file.
        path: PathBuf,
    },
    /// The system refused. Where a write was under way, it may or may not have been recorded.
    #[error("cannot {attempt} {}: {detail}", .path.display())]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's words.
        detail: String,
    },
    /// The thread that answers has ended.
    #[error("the registry has stopped")]
    Stopped,
    /// Whoever answers does not speak of what was asked.
    #[error("the registry answered something else than was asked")]
    Mismatched,
}

impl RegistryError {
    /// The stable code that `seam explain` describes.
    pub fn code(&self) -> Code {
        match self {
            Self::Busy { .. } => codes::REGISTRY_BUSY,
            Self::Damaged { .. } => codes::REGISTRY_DAMAGED,
            Self::Newer { .. } => codes::REGISTRY_NEWER,
            Self::Network { .. } => codes::REGISTRY_NETWORK,
            Self::ReadOnly { .. } | Self::Io { .. } | Self::Stopped | Self::Mismatched => codes::REGISTRY_IO,
        }
    }
}
