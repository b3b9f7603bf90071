//! How a command fails, and the exit code that says so. Scripts rely on the codes.

use seam_model::{Code, Finding};
use std::process::ExitCode;

/// Why a process ends as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Done,
    /// 1: findings, a refused state or registry, a failed step.
    Failed,
    /// 2: only with `--detailed-exitcode`.
    ChangesPending,
    /// 3: a rule said no, and somebody may allow it.
    Refused,
    /// 5: somebody else holds a lock.
    Locked,
    /// 64: flags, a selection, an undeclared environment.
    Usage,
    /// 130: interrupted.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::ChangesPending => 2,
            Exit::Refused => 3,
            Exit::Locked => 5,
            Exit::Usage => 64,
            Exit::Interrupted => 130,
        })
    }
}

/// A command that did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Findings; the code of the first error says which exit.
    #[error("{}", .0.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; "))]
    Findings(Vec<Finding>),
    /// Everything else that can go wrong on the way.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Self {
        Self::Findings(vec![finding])
    }
}

impl Failure {
    /// Which exit it is.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Findings(findings) => findings
                .iter()
                .find(|finding| finding.severity == seam_model::Severity::Error)
                .map_or(Exit::Failed, |finding| exit_of(finding.code)),
            Self::Other(_) => Exit::Failed,
        }
    }
}

/// The exit of a refusal, by its code. One table for every command.
pub fn exit_of(code: Code) -> Exit {
    use seam_model::codes as c;
    match code {
        c::SELECTION | c::NO_MATCH | c::UNDECLARED_ENVIRONMENT | c::USAGE => Exit::Usage,
        c::LOCKED | c::REGISTRY_BUSY => Exit::Locked,
        c::STILL_USED | c::NOT_COVERED | c::NEEDS_YES | c::NEEDS_APPROVAL => Exit::Refused,
        c::INTERRUPTED => Exit::Interrupted,
        _ => Exit::Failed,
    }
}
