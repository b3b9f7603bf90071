//! The throw-away copy of a mirror that a plan with unknown inputs is made in.

use super::Job;
use super::ready::OVERRIDE_FILE;
use seam_hcl::Rewritten;
use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A copy of a mirror, beside it so that relative paths and links mean the same; removed when it is
/// dropped.
#[derive(Debug)]
pub(super) struct Copy {
    root: TempDir,
    /// The stack's code in it.
    pub folder: PathBuf,
}

impl Copy {
    /// Copies the mirror, with the rewritten code in place of the stack's own.
    pub(super) fn make(job: &Job, rewritten: &Rewritten) -> io::Result<Self> {
        let inside = job.folder.strip_prefix(job.mirror).map_err(io::Error::other)?;
        let beside = job.mirror.parent().unwrap_or(job.mirror);
        let mut prefix = job.mirror.file_name().unwrap_or_default().to_owned();
        prefix.push(".unknown-");
        remove_left_over(beside, &prefix)?;
        let root = tempfile::Builder::new().prefix(&prefix).tempdir_in(beside)?;
        let copy = Self { folder: root.path().join(inside), root };
        copy_folder(job.mirror, copy.root.path())?;
        let _ = std::fs::remove_file(copy.folder.join(OVERRIDE_FILE));
        copy_data(&job.folder.join(".terraform"), &copy.folder.join(".terraform"))?;
        for file in &rewritten.files {
            let path = copy.folder.join(&file.name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, &file.bytes)?;
        }
        Ok(copy)
    }
}

/// Removes copies of runs that were killed. The mirror's lock is held, so nobody plans in one.
fn remove_left_over(beside: &Path, prefix: &OsStr) -> io::Result<()> {
    for entry in std::fs::read_dir(beside)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Copies files and links; the tool's data folders aside, and states.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        let target = to.join(&name);
        if kind.is_symlink() {
            symlink(std::fs::read_link(entry.path())?, target)?;
        } else if kind.is_file() && !name.to_string_lossy().contains(".tfstate") {
            std::fs::copy(entry.path(), target)?;
        } else if kind.is_dir() && name != ".terraform" {
            std::fs::create_dir(&target)?;
            copy_folder(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Makes a data folder with the plugins and modules of another one, and without its backend.
fn copy_data(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to.join("modules"))?;
    for part in ["providers", "plugins"] {
        if from.join(part).exists() {
            symlink(from.join(part), to.join(part))?;
        }
    }
    if from.join("modules").exists() {
        for entry in std::fs::read_dir(from.join("modules"))? {
            let entry = entry?;
            if entry.file_name() != "modules.json" {
                symlink(entry.path(), to.join("modules").join(entry.file_name()))?;
            }
        }
    }
    let existing = std::fs::read(from.join("modules/modules.json")).ok();
    std::fs::write(to.join("modules/modules.json"), seam_hcl::modules_json(existing.as_deref()))
}
