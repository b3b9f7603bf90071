//! What a tool left in a mirror beside the code, so that it can be named once.

use super::manifest::{Manifest, Record, Stamp};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Everything below `root` that the manifest does not know, relative to `root`: files, folders that
/// hold nothing else, and copies that were written to. What a tool keeps for itself is left out.
pub fn remains(root: &Path, manifest: &Manifest) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let place = path.strip_prefix(root).unwrap_or(&path).to_owned();
            match manifest.records.get(&place) {
                _ if is_the_tools_own(entry.file_name().as_encoded_bytes()) => {}
                Some(Record::Copy { copy, .. }) if *copy == Stamp::of(&entry.metadata()?) => {}
                Some(Record::Symlink(_)) => {}
                Some(Record::Folder) if entry.file_type()?.is_dir() => folders.push(path),
                _ => {
                    found.insert(place);
                }
            }
        }
    }
    Ok(found)
}

/// Plugins and modules, the lock file, the lock of a local state, and the override that Seam adds.
fn is_the_tools_own(name: &[u8]) -> bool {
    name.starts_with(b".terraform") || name.starts_with(b"seam_override.")
}
