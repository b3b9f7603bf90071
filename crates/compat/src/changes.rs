//! What changed between two versions of a stack's contract: one list, whatever part of it changed.

use crate::announced::with_announced;
use crate::document::{ContractDocument, place};
use seam_contract::diff::{DiffError, Options, Outcome, Report, Version, diff};
use seam_contract::document::{Document, Kind};
use seam_contract::finding::{Finding as Change, Identity, Proof, Severity};
use seam_model::{Finding, codes};
use serde_json::json;
use std::path::Path;

/// The changes from one version to another; their fingerprints are those of `stack` alone.
pub fn changes(
    old: &ContractDocument,
    new: &ContractDocument,
    (stack, today): (&str, &str),
) -> Result<Vec<Change>, DiffError> {
    let options = Options { today: today.to_owned(), ..Options::default() };
    let mut changes = compared(old, new, &options)?.findings;
    for change in &mut changes {
        let identity = Identity { place: stack, old: &change.fingerprint, new: "" };
        change.fingerprint = identity.fingerprint(&change.rule);
    }
    Ok(changes)
}

/// The report on two versions of a contract: its outputs, lookups, events and tables, and its API.
pub fn compared(old: &ContractDocument, new: &ContractDocument, options: &Options) -> Result<Report, DiffError> {
    let mut report = diff(old.stack.clone(), new.stack.clone(), options)?;
    if old.api.is_some() || new.api.is_some() {
        let api = |side: &ContractDocument| side.api.clone().unwrap_or_else(|| no_api(&side.stack.document.name));
        let of_api = diff(api(old), api(new), options)?;
        report.findings.extend(of_api.findings);
        report.left_out += of_api.left_out;
        report.compared += of_api.compared;
    }
    report.findings = with_announced((old, new), report.findings, &options.today);
    let any = |severity| report.findings.iter().any(|change| change.severity == severity);
    report.outcome = match (any(Severity::Error) || report.left_out > 0, any(Severity::Unknown)) {
        (true, _) => Outcome::Breaking,
        (false, true) => Outcome::Unknown,
        (false, false) => Outcome::Compatible,
    };
    Ok(report)
}

/// The report on two files: a `stack.yaml` and an API are contracts, whose fields may have windows.
pub fn compared_files(old: Version, new: Version, options: &Options) -> Result<Report, DiffError> {
    let is_api = |version: &Version| matches!(version.document.kind, Kind::OpenApi30 | Kind::OpenApi31);
    match (old.document.kind, new.document.kind) {
        (Kind::Schema, _) | (_, Kind::Schema) => diff(old, new, options),
        _ if is_api(&old) != is_api(&new) => diff(old, new, options),
        _ => compared(&ContractDocument::of_version(old), &ContractDocument::of_version(new), options),
    }
}

/// Does it break somebody who holds to the old version, or may it?
pub fn weighs(change: &Change) -> bool {
    matches!(change.severity, Severity::Error | Severity::Unknown)
}

/// Something that is gone as announced, although somebody may still use it.
pub fn is_removal(change: &Change) -> bool {
    change.rule.ends_with("-removed-with-deprecation")
}

/// Is it about values, so that it may lie outside of what somebody reads?
pub fn is_of_values(change: &Change) -> bool {
    matches!(change.proof, Proof::Witness(_) | Proof::Undecided(..))
}

/// A document of no operation.
fn no_api(name: &str) -> Version {
    let value = json!({"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {}});
    match Document::of_value(name, value) {
        Ok(document) => document.into(),
        Err(error) => unreachable!("{error}"),
    }
}

/// A contract that cannot be compared, with its place in the workspace at `root` where it is a file there.
pub fn not_comparable(root: &Path, error: &DiffError) -> Finding {
    let finding = Finding::error(codes::UNREADABLE_CONTRACT, &error.message);
    match error.position {
        Some(position) => finding.at(&place(root, &error.name, position)),
        None => finding.help(format!("see {}#{}", error.name, error.pointer)),
    }
}
