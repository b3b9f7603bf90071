//! What a mirror held when it was last in step, so that unchanged files are not read again. It
//! lies beside the mirror, as JSON, and may be deleted with it.

use seam_model::Finding;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What tells whether a file changed: size in bytes, modification and status change in nanoseconds
/// since 1970, inode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(u64, i64, i64, u64);

impl Stamp {
    /// The stamp of a file.
    pub fn of(file: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Self(
            file.len(),
            nanoseconds(file.mtime(), file.mtime_nsec()),
            nanoseconds(file.ctime(), file.ctime_nsec()),
            file.ino(),
        )
    }

    /// The stamp of a file read when the file system's clock had reached `now`; one that matches
    /// nothing where the file is so fresh that a change could follow within the same tick.
    pub fn settled(self, now: Self) -> Self {
        const TICK_NS: i64 = 100_000_000;
        if self.1.max(self.2).saturating_add(TICK_NS) >= now.1 { Self::default() } else { self }
    }
}

/// What stands at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// A folder.
    Folder,
    /// A copy; its digest where it enters the key.
    Copy {
        /// The file it was copied from.
        source: Stamp,
        /// The copy as it was made.
        copy: Stamp,
        /// In hexadecimal.
        digest: Option<String>,
    },
    /// A symlink with this text.
    Symlink(PathBuf),
    /// Nothing: a file that was read for the key alone.
    Read {
        /// The file.
        source: Stamp,
        /// In hexadecimal.
        digest: String,
    },
}

/// The content of a mirror, by path relative to its top.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The folder that the top stands for; with another one every place is elsewhere.
    pub base: PathBuf,
    /// What Seam put there or read.
    pub records: BTreeMap<PathBuf, Record>,
    /// What the tool left and people were told of.
    pub named: BTreeSet<PathBuf>,
}

impl Manifest {
    /// Reads a manifest; an empty one where there is none for `base` that can be read.
    pub fn load(file: &Path, base: &Path) -> Self {
        let stored = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let empty = Self { base: base.to_owned(), ..Self::default() };
        stored.filter(|manifest| manifest.base == base).unwrap_or(empty)
    }

    /// Writes it, all or nothing.
    pub fn save(&self, file: &Path) -> Result<(), Box<Finding>> {
        let failed = |error: std::io::Error| super::failed("write", file, &error);
        let bytes = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        let folder = file.parent().unwrap_or(file);
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        new.write_all(&bytes).map_err(failed)?;
        new.persist(file).map_err(|error| failed(error.error))?;
        Ok(())
    }
}
