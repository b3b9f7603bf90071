//! Whole workspaces on disk: what is decoded, and what is found.

mod code;
mod config;
mod decode;
mod design;
mod findings;
mod schema;

use seam_model::{Finding, Workspace};
use seam_workspace::{Loaded, load};
use std::fs;
use tempfile::TempDir;

/// Writes files given as `== path` lines, each followed by its content.
fn write(text: &str) -> TempDir {
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
    let folder = write(text);
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
        line += &format!(" {place}");
        let marked: String = place.source.chars().skip(place.column.saturating_sub(1)).take(place.length).collect();
        if !marked.is_empty() {
            line += &format!(" [{marked}]");
        }
    }
    line += &format!(" {}", finding.message);
    if let Some(label) = &finding.label {
        line += &format!(" | {label}");
    }
    for (place, words) in &finding.related {
        line += &format!(" & {place} {words}");
    }
    if let Some(help) = &finding.help {
        line += &format!(" > {help}");
    }
    line + "\n"
}
