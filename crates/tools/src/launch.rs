//! How a tool is started: the module of the tool says which program with which files, a `Launcher`
//! does it (under a supervisor, journalled) and gives the tool's lines back.

use crate::Failure;
use seam_model::Finding;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What a process of a tool is for; its folder is named after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Fetches plugins and modules, opens the backend.
    Init,
    /// Says what would change.
    Plan,
    /// Changes it.
    Apply,
    /// Takes it away.
    Destroy,
    /// Reads the outputs.
    Outputs,
    /// Reads a saved plan.
    Show,
    /// Reads a state from where it is.
    Pull,
    /// Writes a state to where it belongs.
    Push,
    /// Sees whether a state's lock is free.
    Lock,
    /// Asks whether an apply of which nobody knows was done.
    Verify,
    /// Does what a person wants of it.
    Tool,
}

impl Call {
    /// The word that folders and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Outputs => "outputs",
            Self::Show => "show",
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Lock => "lock",
            Self::Verify => "verify",
            Self::Tool => "tool",
        }
    }

    /// Does it change the world? Only these are recorded as started and can be uncertain.
    pub fn changes_the_world(self) -> bool {
        matches!(self, Self::Apply | Self::Destroy)
    }
}

/// Runs one process of a tool and says how it ended. The run loop does it under a supervisor and
/// with a journal; tests do it plainly.
pub trait Launcher {
    /// Makes the step's folder (0700, empty), lets `build` put files there and name the program,
    /// runs it, and hands each line of its output, standard output and error as one, to `line`
    /// (without its line end). A failure of `build` is `LaunchError::Folder`.
    fn launch(
        &mut self,
        call: Call,
        build: &mut dyn FnMut(&Path) -> io::Result<seam_process::Command>,
        line: &mut dyn FnMut(&str),
    ) -> Result<Launched, LaunchError>;
}

/// A process that was started and ended.
#[derive(Clone, Debug)]
pub struct Launched {
    /// The step's folder, with what `build` and the program put there.
    pub folder: PathBuf,
    /// How the program ended.
    pub ended: seam_process::Ended,
}

/// Why a process was not started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The step's folder or a file in it could not be made.
    #[error("cannot prepare {}", folder.display())]
    Folder {
        /// The step's folder.
        folder: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The run starts nothing more (interrupted, lease lost, journal not writable); it says why.
    #[error("{}", .0.message)]
    Refused(Box<Finding>),
}

impl From<LaunchError> for Failure {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Refused(finding) => Self::from(finding),
            LaunchError::Folder { folder, source } => Self::from(Box::new(Finding::error(
                seam_model::codes::TOOL_FAILED,
                format!("cannot prepare {}: {source}", folder.display()),
            ))),
        }
    }
}

/// Writes a new file that only its owner can read (0600). It is an error when it exists already.
pub fn private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}
