//! What to run, and how it ended.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// A program to run. Its standard input is `/dev/null`, unless it is run in the foreground.
#[derive(Clone)]
pub struct Command {
    /// A bare name is looked for along `PATH` of `env`; a relative path starts at `folder`.
    pub program: PathBuf,
    /// The arguments after the program's name. They are seen by everybody on the host.
    pub args: Vec<OsString>,
    /// The folder it runs in.
    pub folder: PathBuf,
    /// Its whole environment; of a name that is there twice the last one counts.
    pub env: Vec<(OsString, OsString)>,
    /// It is interrupted when it has run this long.
    pub time_limit: Option<Duration>,
    /// How long after an interrupt, this or another's, it is killed.
    pub grace: Duration,
    /// A lock that the program holds while it runs, absolute; its folder exists. The supervisor waits
    /// for it, takes it and lets the program inherit it, so that a supervisor that is killed does not
    /// free it. [`capture`](crate::capture) takes none.
    pub lock: Option<PathBuf>,
}

impl Command {
    /// The program as the system is asked for it.
    pub(crate) fn resolved_program(&self) -> PathBuf {
        if self.program.components().count() > 1 { self.folder.join(&self.program) } else { self.program.clone() }
    }
}

impl fmt::Debug for Command {
    /// Names of variables only: their values may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("folder", &self.folder)
            .field("env", &self.env.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("time_limit", &self.time_limit)
            .field("grace", &self.grace)
            .field("lock", &self.lock)
            .finish()
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It never ran; why.
    NotStarted(String),
    /// It ended by itself, with this exit code.
    Exited(i32),
    /// A signal of this number ended it.
    Signalled(i32),
    /// It reached its time limit, was interrupted and failed or, after the grace, was killed.
    TimedOut,
}

impl Ended {
    /// Did it end with exit code 0?
    pub fn is_success(&self) -> bool {
        *self == Self::Exited(0)
    }

    pub(crate) fn from_status(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match status.code() {
            Some(code) => Self::Exited(code),
            None => Self::Signalled(status.signal().unwrap_or_default()),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(reason) => write!(f, "was not started: {reason}"),
            Self::Exited(code) => write!(f, "ended with exit code {code}"),
            Self::Signalled(signal) => write!(f, "was ended by signal {signal}"),
            Self::TimedOut => f.write_str("reached its time limit"),
        }
    }
}

/// Why `program` could not be started in `folder`, in the system's words and one of ours where those
/// mislead: the system says "not found" of a missing folder and of a missing interpreter as well.
pub(crate) fn why_not_started(program: &Path, folder: &Path, error: &std::io::Error) -> String {
    let name = program.display();
    if error.kind() != std::io::ErrorKind::NotFound {
        format!("cannot start {name}: {error}")
    } else if !folder.is_dir() {
        format!("cannot start {name}: the folder {} does not exist", folder.display())
    } else if program.components().count() > 1 && program.exists() {
        format!("cannot start {name}: the interpreter that its first line names does not exist")
    } else {
        format!("cannot start {name}: {error}")
    }
}
