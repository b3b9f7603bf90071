//! What a call that went wrong is told as: the tool's own diagnostics, one sentence, what to do next.

use super::call::by_hand;
use super::stream::Stream;
use super::{Job, StatePlace};
use crate::Failure;
use seam_model::{Finding, codes};
use seam_process::Ended;
use std::fmt::Write;

/// What a tool calls a state, in the folder it runs in, that it could not save.
pub(super) const UNSAVED_STATE: &str = "errored.tfstate";

/// How a tool says that it did not get a state's lock, for whatever reason: [`is_held`] tells it from others.
pub(super) const LOCK_REFUSED: &str = "Error acquiring the state lock";

/// Tells why `call` ("plan", "apply") ended as it did.
pub(super) fn failure(job: &Job, call: &str, stream: Stream, ended: Ended) -> Failure {
    let diagnostics: Vec<_> = stream.diagnostics.iter().map(|diagnostic| diagnostic.outcome(job)).collect();
    let name = format!("`{} {call}`", program_name(job));
    let finding = match &ended {
        Ended::TimedOut => Finding::error(codes::TOOL_TIMEOUT, format!("{name} reached its time limit"))
            .help("what it had applied is in its state; raise the stack's `timeout` and apply again"),
        Ended::Exited(code) => match diagnostics.iter().filter(|diagnostic| diagnostic.error).collect::<Vec<_>>()[..] {
            [] => Finding::error(codes::TOOL_FAILED, format!("{name} ended with exit code {code}")),
            [first, ref more @ ..] => {
                let finding = of_error(job, &name, (&first.summary, &first.detail), 1 + more.len());
                match &first.place {
                    Some(place) => finding.at(place),
                    None => finding,
                }
            }
        },
        other => Finding::error(codes::TOOL_FAILED, format!("{name} {other}")),
    };
    let finding = refuse_unsaved_state(job).map_or_else(|unsaved| *unsaved, |()| finding);
    Failure { finding: Box::new(finding), diagnostics, tail: stream.tail.into(), ended: Some(ended) }
}

/// A tool that applied and could not save the state leaves it beside the code. Another apply would
/// fork the state, so nothing is started until it is where it belongs.
pub(super) fn refuse_unsaved_state(job: &Job) -> Result<(), Box<Finding>> {
    let path = job.folder.join(UNSAVED_STATE);
    if !path.exists() {
        return Ok(());
    }
    let message = format!("an apply could not save its state; it is kept in {}", path.display());
    let push = by_hand(job, &format!("state push {UNSAVED_STATE}"))
        .unwrap_or_else(|| format!("{} state push '{}'", program_name(job), path.display()));
    let help = format!("put it where it belongs, then remove it: {push} && rm '{}'", path.display());
    Err(Box::new(Finding::error(codes::STATE_NOT_SAVED, message).help(help)))
}

/// Does the tool ask for `init`?
pub(super) fn wants_init(failure: &Failure) -> bool {
    const SUMMARIES: [&str; 9] = [
        "Backend initialization required",
        "Backend configuration changed",
        "Inconsistent dependency lock file",
        "Module not installed",
        "Module source has changed",
        "Module version requirements have changed",
        "Missing required provider",
        "Required plugins are not installed",
        "Required providers are not installed",
    ];
    failure
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.error && SUMMARIES.iter().any(|summary| diagnostic.summary.starts_with(summary)))
}

/// What the first of `errors` comes to. Its words are not said here: they stand in the diagnostics, whole.
fn of_error(job: &Job, name: &str, (summary, detail): (&str, &str), errors: usize) -> Finding {
    match summary {
        LOCK_REFUSED if is_held(detail) => locked(job, detail),
        "Saved plan is stale" => {
            Finding::error(codes::TOOL_FAILED, "the state was changed by somebody else after it was planned on")
                .help("nothing was applied; apply again, so that it is planned anew")
        }
        _ => {
            let errors = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
            Finding::error(codes::TOOL_FAILED, format!("{name} ended with {errors}"))
        }
    }
}

/// Who holds the state's lock, and how to free it where the holder is dead.
fn locked(job: &Job, detail: &str) -> Finding {
    let (message, id) = lock_of(detail);
    let help = match (job.state, id) {
        (StatePlace::Backend { .. }, Some(id)) => match by_hand(job, &format!("force-unlock {id}")) {
            Some(unlock) => format!("wait until it is done; if the holder is dead: {unlock}"),
            None => {
                format!("wait until it is done; if the holder is dead, `force-unlock {id}` from its own stack frees it")
            }
        },
        _ => "wait until it is done; the lock of a local state is free as soon as its holder has ended".to_owned(),
    };
    Finding::error(codes::LOCKED, message).help(help)
}

/// Did it not get the lock because somebody holds it? A backend that cannot be asked has no lock to tell of.
pub(super) fn is_held(detail: &str) -> bool {
    detail.contains("Lock Info:") || detail.contains("already locked")
}

/// Who holds a lock, and its id, as Terraform's error tells it. The backends `http` and `pg` say in their
/// error that it is held, and tell beside it of the lock that was not had.
pub(super) fn lock_of(detail: &str) -> (String, Option<&str>) {
    let field = |name: &str| {
        let (_, rest) = detail.split_once(name)?;
        rest.lines().next().map(str::trim).filter(|text| !text.is_empty())
    };
    let of_waiter = detail.contains("state already locked") || detail.contains("Workspace is already locked");
    let id = field("state already locked: ID=").or_else(|| field("  ID:").filter(|_| !of_waiter));
    let mut message = "the state is locked".to_owned();
    if !of_waiter {
        for (words, name) in [("by", "  Who:"), ("for", "  Operation:"), ("since", "  Created:")] {
            if let Some(text) = field(name) {
                let _ = write!(message, " {words} {text}");
            }
        }
    }
    if let Some(id) = id {
        let _ = write!(message, ", lock id {id}");
    }
    (message, id)
}

fn program_name(job: &Job) -> &'static str {
    match job.program.tool {
        seam_model::Tool::OpenTofu => "tofu",
        _ => "terraform",
    }
}

#[cfg(test)]
mod tests {
    use super::{is_held, lock_of};

    const DETAIL: &str = "Error message: resource temporarily unavailable\nLock Info:\n  ID:        b06e\n  \
        Path:      terraform.tfstate\n  Operation: OperationTypeApply\n  Who:       ann@host\n  Version:   1.11.4\n  \
        Created:   2026-11-21 08:51\n  Info:      \n\n\nTerraform acquires a state lock";

    #[test]
    fn the_holder_of_a_lock_is_told() {
        let (message, id) = lock_of(DETAIL);
        assert_eq!(
            message,
            "the state is locked by ann@host for OperationTypeApply since 2026-11-21 08:51, lock id b06e"
        );
        assert_eq!(id, Some("b06e"));
        let http = |words| DETAIL.replace("resource temporarily unavailable", words);
        let (message, id) = (http("HTTP remote state already locked: ID=http"), Some("http"));
        assert_eq!(lock_of(&message), ("the state is locked, lock id http".to_owned(), id));
        let nobody = http("HTTP remote state already locked, failed to unmarshal body");
        assert_eq!(lock_of(&nobody), ("the state is locked".to_owned(), None));
        assert!([DETAIL, &message, &nobody].into_iter().all(is_held));
        assert!(!is_held("Error message: HTTP remote state endpoint requires auth\n\nTerraform acquires a state lock"));
        assert_eq!(lock_of("unreadable"), ("the state is locked".to_owned(), None));
    }
}
