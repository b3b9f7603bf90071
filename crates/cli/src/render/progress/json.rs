//! JSON Lines of an apply or a destroy, for programs.

use super::state::State;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::json::{FORMAT, plan};
use seam_model::{Address, Finding, RunEvent, RunResult, Severity, Verb};
use seam_run::Deployed;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The first line.
pub fn version() -> Json {
    json!({"type": "version", "seam": env!("CARGO_PKG_VERSION"), "format": FORMAT})
}

/// The line of an event, where it has one.
pub fn line(event: &RunEvent) -> Option<Json> {
    Some(match event {
        RunEvent::Step { address, state, reason } => {
            json!({"type": "step", "address": address.to_string(), "state": state.as_str(), "reason": reason})
        }
        RunEvent::Diagnostic { address, error, text } => json!({
            "type": "diagnostic",
            "address": address.as_ref().map(ToString::to_string),
            "severity": if *error { "error" } else { "warning" },
            "message": text,
        }),
        RunEvent::Planned(planned) => {
            let mut line = plan(planned);
            line["type"] = json!("plan");
            line
        }
        RunEvent::Started { .. } | RunEvent::Progress { .. } | RunEvent::Ended { .. } => return None,
    })
}

/// What went wrong, a line a finding; then the last line.
pub fn summary(state: &State, deployed: &Deployed) -> Vec<Json> {
    let findings = deployed
        .failures
        .iter()
        .flat_map(|(address, failure)| failure.findings.iter().map(move |finding| diagnostic(finding, Some(address))));
    findings.chain([last(state, deployed.result.as_str())]).collect()
}

/// The same of a command that was refused before it had a result.
pub fn refused(state: &State, failure: &Failure) -> Vec<Json> {
    let findings = failure.findings.iter().map(|finding| diagnostic(finding, None));
    let result = if failure.exit() == Exit::Interrupted { RunResult::Interrupted } else { RunResult::Refused };
    findings.chain([last(state, result.as_str())]).collect()
}

fn last(state: &State, result: &str) -> Json {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for step in state.status.steps.values() {
        *counts.entry(step.state.as_str()).or_default() += 1;
    }
    let counts = crate::render::json::counts(state.verb.unwrap_or(Verb::Plan), &counts);
    json!({"type": "summary", "result": result, "counts": counts})
}

fn diagnostic(finding: &Finding, address: Option<&Address>) -> Json {
    let mut line = json!({
        "type": "diagnostic",
        "address": address.map(ToString::to_string),
        "severity": if finding.severity == Severity::Error { "error" } else { "warning" },
        "code": finding.code.id,
        "message": finding.message,
        "help": finding.help,
    });
    if let Some(place) = &finding.place {
        (line["file"], line["line"], line["column"]) = (json!(place.file), json!(place.line), json!(place.column));
    }
    line
}
