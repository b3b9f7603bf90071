//! Finds `seam.yaml` upwards and the folders with `stack.yaml` downwards.

use ignore::{DirEntry, WalkBuilder};
use seam_model::{Finding, Place, codes};
use std::path::{Path, PathBuf};

/// Folders that are never entered.
const SKIPPED: [&str; 4] = [".git", ".seam", ".terraform", "node_modules"];

/// The folder of the nearest `seam.yaml`, from `start` upwards.
pub fn find(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join("seam.yaml").is_file()).map(Path::to_owned)
}

/// The folders below `root` that hold a `stack.yaml`, relative to it and sorted. Links are not
/// followed; what a `.gitignore` of the workspace leaves out and what lies under another
/// `seam.yaml` is not looked at.
pub(crate) fn stack_folders(root: &Path, findings: &mut Vec<Finding>) -> Vec<PathBuf> {
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(true)
        .require_git(false)
        .filter_entry(is_entered)
        .build();
    let mut folders = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| !kind.is_dir()) => {
                let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
                match path.file_name().and_then(|name| name.to_str()) {
                    Some("stack.yaml") => folders.extend(path.parent().map(Path::to_owned)),
                    Some("stack.yml") => findings.push(misnamed(path)),
                    _ => {}
                }
            }
            Ok(_) => {}
            Err(error) => findings.push(Finding::warning(codes::UNREADABLE, format!("cannot look there: {error}"))),
        }
    }
    folders.sort();
    folders
}

fn is_entered(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    if !is_folder || entry.depth() == 0 {
        return true;
    }
    let skipped = entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name));
    !skipped && !entry.path().join("seam.yaml").is_file()
}

fn misnamed(path: &Path) -> Finding {
    Finding::warning(codes::MISSING_FILE, "this file is not read: the name is `stack.yaml`")
        .at(&Place::file(path.to_string_lossy()))
        .help("rename it to stack.yaml")
}
