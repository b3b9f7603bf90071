//! What a call that went wrong is told as: the tool's own diagnostics, one sentence, what to do next.

use super::stream::Stream;
use super::{Job, StatePlace};
use crate::Failure;
use seam_model::{Finding, codes};
use seam_process::Ended;

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
                let finding = of_error(job, &name, &first.summary, &first.detail, more.len());
                match &first.place {
                    Some(place) => finding.at(place),
                    None => finding,
                }
            }
        },
        other => Finding::error(codes::TOOL_FAILED, format!("{name} {other}")),
    };
    let finding = match job.folder.join("errored.tfstate") {
        path if path.exists() => finding.help(format!(
            "the state could not be saved and is kept in {}; put it in place with `{} state push` before anything else",
            path.display(),
            program_name(job)
        )),
        _ => finding,
    };
    Failure { finding: Box::new(finding), diagnostics, tail: stream.tail.into(), ended: Some(ended) }
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

fn of_error(job: &Job, name: &str, summary: &str, detail: &str, more: usize) -> Finding {
    match summary {
        "Error acquiring the state lock" => locked(job, detail),
        "Saved plan is stale" => {
            Finding::error(codes::TOOL_FAILED, "the state was changed by somebody else after it was planned on")
                .help("nothing was applied; apply again, so that it is planned anew")
        }
        _ => {
            let more = match more {
                0 => String::new(),
                1 => " (and 1 more error)".to_owned(),
                more => format!(" (and {more} more errors)"),
            };
            Finding::error(codes::TOOL_FAILED, format!("{name} failed: {}{more}", summary.trim_end_matches('.')))
        }
    }
}

/// Who holds the state's lock, and how to free it where the holder is dead.
fn locked(job: &Job, detail: &str) -> Finding {
    let field = |name: &str| {
        let line = detail.lines().map(str::trim).find_map(|line| line.strip_prefix(name));
        line.map(str::trim).filter(|text| !text.is_empty())
    };
    let mut message = "the state is locked".to_owned();
    for (words, name) in [(" by", "Who:"), (" for", "Operation:"), (" since", "Created:"), (", lock id", "ID:")] {
        if let Some(text) = field(name) {
            message.push_str(&format!("{words} {text}"));
        }
    }
    let help = match (job.state, field("ID:")) {
        (StatePlace::Backend { .. }, Some(id)) => format!(
            "wait until it is done; if the holder is dead: cd '{}' && {} force-unlock {id}",
            job.folder.display(),
            program_name(job)
        ),
        _ => "wait until it is done; the lock of a local state is free as soon as its holder has ended".to_owned(),
    };
    Finding::error(codes::LOCKED, message).help(help)
}

fn program_name(job: &Job) -> &'static str {
    match job.program.tool {
        seam_model::Tool::OpenTofu => "tofu",
        _ => "terraform",
    }
}
