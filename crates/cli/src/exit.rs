//! Exit codes. Scripts rely on them.

use seam_model::{Code, Finding, Severity, codes as c};
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
    /// That of a tool that a person called.
    Tool(u8),
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
            Exit::Tool(code) => code,
        })
    }
}

/// The exit of a refusal, by its code: one table for every command.
pub fn exit_of(code: Code) -> Exit {
    match code {
        c::SELECTION | c::NO_MATCH | c::UNDECLARED_ENVIRONMENT | c::USAGE => Exit::Usage,
        c::LOCKED | c::REGISTRY_BUSY => Exit::Locked,
        c::STILL_USED
        | c::NOT_COVERED
        | c::NEEDS_YES
        | c::NEEDS_APPROVAL
        | c::CONTRACT_BREAKS
        | c::CONTRACT_UNKNOWN
        | c::CANNOT_DEPLOY => Exit::Refused,
        c::INTERRUPTED => Exit::Interrupted,
        _ => Exit::Failed,
    }
}

/// The exit of all errors of several findings: that of the first, but whom a contract breaks weighs more
/// than a mistake in a file.
pub fn exit_of_all(findings: &[Finding]) -> Exit {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let exits: Vec<Exit> = errors.map(|finding| exit_of(finding.code)).collect();
    match exits.first() {
        None => Exit::Done,
        Some(_) if exits.contains(&Exit::Refused) => Exit::Refused,
        Some(first) => *first,
    }
}
