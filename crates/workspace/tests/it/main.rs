//! Whole workspaces on disk: what is decoded, and what is found.

mod code;
mod config;
mod decode;
mod design;
mod findings;
mod programs;
mod schema;

use seam_model::{Finding, Workspace};
use seam_workspace::{Loaded, load};
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

/// Writes files given as `== path` lines, each followed by its content.
fn write_files(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in text.split("== ").skip(1) {
        let (path, content) = part.split_once('\n').unwrap();
        let path = folder.path().join(path.trim());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn load_text(text: &str) -> Loaded {
    let folder = write_files(text);
    load(folder.path())
}

/// The workspace of files in which nothing is wrong.
fn sound(text: &str) -> Workspace {
    let loaded = load_text(text);
    assert_eq!(rendered(&loaded.findings), "");
    loaded.workspace.unwrap()
}

/// One line a finding: code, place, what is marked there, message, label, related places, help.
fn rendered(findings: &[Finding]) -> String {
    findings.iter().map(line).collect()
}

fn line(finding: &Finding) -> String {
    let mut line = finding.code.to_string();
    if let Some(place) = &finding.place {
        write!(line, " {place}").unwrap();
        let marked: String = place.source.chars().skip(place.column.saturating_sub(1)).take(place.length).collect();
        if !marked.is_empty() {
            write!(line, " [{marked}]").unwrap();
        }
    }
    write!(line, " {}", finding.message).unwrap();
    if let Some(label) = &finding.label {
        write!(line, " | {label}").unwrap();
    }
    for (place, words) in &finding.related {
        write!(line, " & {place} {words}").unwrap();
    }
    if let Some(help) = &finding.help {
        write!(line, " > {help}").unwrap();
    }
    line + "\n"
}
