//! What should stand where in a mirror. The sources are listed, and none is read.

use super::Source;
use super::manifest::{Manifest, Record, Stamp};
use super::paths::absolute;
use super::walk::{Walk, is_never};
use seam_model::Finding;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What stands at one place of a mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A folder.
    Folder,
    /// A copy of a file.
    Copy {
        /// Does it enter the step's key?
        keyed: bool,
        /// Does git ignore it?
        ignored: bool,
    },
    /// A symlink of the source, with its own text.
    Symlink(PathBuf),
    /// A symlink to a folder of the source (absolute).
    Link {
        /// The folder.
        target: PathBuf,
        /// Something that git ignores and the key does not see.
        unseen: bool,
    },
}

/// The wanted content of a mirror.
pub struct Layout {
    /// The folder that the mirror's top stands for, absolute: the root of the repository, or above
    /// it where the code names something outside.
    pub base: PathBuf,
    /// By absolute path of the source; each lies below `base`.
    pub places: BTreeMap<PathBuf, Standing>,
    /// Files that enter the key and are not copied, absolute.
    pub reads: BTreeSet<PathBuf>,
}

impl Layout {
    /// The manifest to leave before anything is touched, so that a sync that is killed half way
    /// leaves nothing that the next one takes for the tool's.
    pub fn intent(&self, before: &Manifest) -> Manifest {
        let mut intent = before.clone();
        for (path, standing) in &self.places {
            let place = path.strip_prefix(&self.base).unwrap_or(path).to_owned();
            intent.records.entry(place).or_insert(match standing {
                Standing::Folder => Record::Folder,
                _ => Record::Copy { source: Stamp::default(), copy: Stamp::default(), digest: None },
            });
        }
        intent
    }
}

/// Decides what stands where, for the stack's folder (absolute) and all that its code names.
pub fn layout(source: &Source, folder: &Path) -> Result<Layout, Box<Finding>> {
    let root = &source.workspace.root;
    let code = source.stack.code.as_ref();
    let by_depth = |paths: &mut Vec<PathBuf>| paths.sort_by_key(|path| path.components().count());
    let mut modules: Vec<PathBuf> =
        code.iter().flat_map(|code| &code.modules).map(|path| absolute(root, path)).collect();
    by_depth(&mut modules);
    let mut named: Vec<PathBuf> = code
        .iter()
        .flat_map(|code| &code.paths)
        .chain(&source.stack.sources)
        .filter(|path| !path.iter().any(is_never))
        .map(|path| absolute(root, path))
        .filter(|path| path.is_file() || path.is_dir())
        .collect();
    by_depth(&mut named);

    let mut base = source.workspace.repository.as_path();
    for path in modules.iter().chain(&named).map(PathBuf::as_path).chain([folder]) {
        while let (false, Some(parent)) = (path.starts_with(base), base.parent()) {
            base = parent;
        }
    }
    let layout = Layout { base: base.to_owned(), places: BTreeMap::new(), reads: BTreeSet::new() };
    let loaded_from = modules.iter().map(PathBuf::as_path).chain([folder]).collect();
    let computes_paths = code.is_some_and(|code| !code.computed_paths.is_empty());
    let mut walk = Walk::new(layout, source.workspace, loaded_from, computes_paths);
    walk.folder(folder, folder, false)?;
    for module in modules.iter().filter(|module| module.is_dir()) {
        walk.module(module)?;
    }
    for path in &named {
        walk.named(path)?;
    }
    if computes_paths && folder.starts_with(&source.workspace.repository) {
        walk.complete(&source.workspace.repository)?;
    }
    walk.version_files(folder);
    Ok(walk.layout)
}
