//! What should stand where in a mirror. The sources are listed, and none is read.

use super::ignored::Ignored;
use super::manifest::{Manifest, Record, Stamp};
use super::paths::absolute;
use super::{LOCK_FILE, Source, failed};
use crate::program::VERSION_FILES;
use seam_model::Finding;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirEntry};
use std::io;
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

/// Folders that are too heavy to copy: where git ignores them, symlinks to the source's.
const HEAVY: [&str; 3] = ["node_modules", ".venv", "target"];

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
        .filter(|path| !path.iter().any(|part| is_never(part.as_encoded_bytes())))
        .map(|path| absolute(root, path))
        .filter(|path| path.exists())
        .collect();
    by_depth(&mut named);

    let mut base = source.workspace.repository.as_path();
    for path in modules.iter().chain(&named).map(PathBuf::as_path).chain([folder]) {
        while let (false, Some(parent)) = (path.starts_with(base), base.parent()) {
            base = parent;
        }
    }
    let mut walk = Walk {
        layout: Layout { base: base.to_owned(), places: BTreeMap::new(), reads: BTreeSet::new() },
        ignored: Ignored::of(&source.workspace.repository),
        exclude: &source.workspace.mirror_exclude,
        loaded_from: modules.iter().map(PathBuf::as_path).chain([folder]).collect(),
        walked: BTreeSet::new(),
    };
    walk.folder(folder, folder, false)?;
    for module in modules.iter().filter(|module| module.is_dir()) {
        walk.module(module)?;
    }
    for path in &named {
        walk.named(path)?;
    }
    if code.is_some_and(|code| !code.computed_paths.is_empty()) && folder.starts_with(&source.workspace.repository) {
        walk.complete(&source.workspace.repository)?;
    }
    walk.version_files(folder);
    Ok(walk.layout)
}

/// Names that are never mirrored, whoever asks.
fn is_never(name: &[u8]) -> bool {
    name == b".git" || name == b".seam"
}

/// Does Terraform load a file of that name by itself?
fn is_loaded_by_tool(name: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json", ".auto.tfvars", ".auto.tfvars.json"]
        .iter()
        .any(|end| name.ends_with(end))
        || ["terraform.tfvars", "terraform.tfvars.json", LOCK_FILE].contains(&name)
}

struct Walk<'a> {
    layout: Layout,
    ignored: Ignored,
    exclude: &'a [String],
    /// Folders from which the tool loads files by itself.
    loaded_from: BTreeSet<&'a Path>,
    walked: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    /// Takes a folder with all that lies in it. `top` is where this walk began, `ignored` whether
    /// git ignores the folder.
    fn folder(&mut self, folder: &Path, top: &Path, ignored: bool) -> Result<(), Box<Finding>> {
        let entries = self.list(folder)?;
        let is_nested = |entry: &DirEntry| entry.file_name() == "stack.yaml" || entry.file_name() == "seam.yaml";
        if folder != top && entries.iter().any(is_nested) || !self.walked.insert(folder.to_owned()) {
            return Ok(());
        }
        self.stands(folder, Standing::Folder);
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| failed("look at", &path, &error))?;
            let ignored = ignored || self.ignored.matches(&path, kind.is_dir());
            let name = entry.file_name();
            if kind.is_symlink() {
                self.symlink(&path, top, ignored)?;
            } else if kind.is_dir() && ignored && HEAVY.iter().any(|heavy| name == *heavy) {
                self.stands(&path, Standing::Link { target: path.clone(), unseen: true });
            } else if kind.is_dir() {
                self.folder(&path, top, ignored)?;
            } else if kind.is_file() {
                let loaded = self.loaded_from.contains(folder) && name.to_str().is_some_and(is_loaded_by_tool);
                self.stands(&path, Standing::Copy { keyed: !ignored || loaded, ignored });
            }
        }
        Ok(())
    }

    /// A symlink that stays inside is kept. One that leads outside becomes a copy of the file, or
    /// leads to the source's folder.
    fn symlink(&mut self, path: &Path, top: &Path, ignored: bool) -> Result<(), Box<Finding>> {
        let text = fs::read_link(path).map_err(|error| failed("read", path, &error))?;
        let inside = text.is_relative() && absolute(path.parent().unwrap_or(top), &text).starts_with(top);
        match fs::metadata(path) {
            Ok(target) if !inside && target.is_file() => {
                let loaded = path.parent().is_some_and(|folder| self.loaded_from.contains(folder))
                    && path.file_name().and_then(|name| name.to_str()).is_some_and(is_loaded_by_tool);
                self.stands(path, Standing::Copy { keyed: !ignored || loaded, ignored });
            }
            Ok(target) if !inside && target.is_dir() => {
                let target = fs::canonicalize(path).map_err(|error| failed("follow", path, &error))?;
                self.stands(path, Standing::Link { target, unseen: ignored });
                if !ignored {
                    self.key_content(path)?;
                }
            }
            _ => self.stands(path, Standing::Symlink(text)),
        }
        Ok(())
    }

    fn module(&mut self, module: &Path) -> Result<(), Box<Finding>> {
        if self.is_linked(module) { self.key_content(module) } else { self.folder(module, module, false) }
    }

    /// Something that the code or `sources` names: it enters the key, ignored or not, and stands in
    /// the mirror, folders as symlinks.
    fn named(&mut self, path: &Path) -> Result<(), Box<Finding>> {
        if path.is_dir() {
            self.key_content(path)?
        } else {
            self.key(path)
        }
        self.place(path)
    }

    fn key_content(&mut self, folder: &Path) -> Result<(), Box<Finding>> {
        if let Some(Standing::Link { unseen, .. }) = self.layout.places.get_mut(folder) {
            *unseen = false;
        }
        for entry in self.list(folder)? {
            let kind = entry.file_type().map_err(|error| failed("look at", &entry.path(), &error))?;
            if kind.is_dir() {
                self.key_content(&entry.path())?;
            } else if kind.is_file() || entry.path().is_file() {
                self.key(&entry.path());
            }
        }
        Ok(())
    }

    fn key(&mut self, file: &Path) {
        match self.layout.places.get_mut(file) {
            Some(Standing::Copy { keyed, .. }) => *keyed = true,
            Some(Standing::Symlink(_)) => {}
            _ => {
                self.layout.reads.insert(file.to_owned());
            }
        }
    }

    /// Makes `path` visible in the mirror, unless it is already: a file by a copy, a folder by a
    /// symlink, or entry by entry where a part of it is a real folder of the mirror.
    fn place(&mut self, path: &Path) -> Result<(), Box<Finding>> {
        if self.walked.contains(path) || self.is_linked(path) {
            return Ok(());
        }
        if !path.is_dir() {
            if !self.layout.places.contains_key(path) {
                let keyed = self.layout.reads.remove(path);
                self.stands(path, Standing::Copy { keyed, ignored: false });
            }
            return Ok(());
        }
        let is_real = matches!(self.layout.places.get(path), Some(Standing::Folder)) || self.layout.base == path;
        if is_real {
            self.complete(path)
        } else {
            self.stands(path, Standing::Link { target: path.to_owned(), unseen: false });
            Ok(())
        }
    }

    /// Makes every entry of a real folder of the mirror visible.
    fn complete(&mut self, folder: &Path) -> Result<(), Box<Finding>> {
        for entry in self.list(folder)? {
            self.place(&entry.path())?;
        }
        Ok(())
    }

    /// The files of the folders above by which version managers choose a tool.
    fn version_files(&mut self, folder: &Path) {
        let base = self.layout.base.clone();
        for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(&base)) {
            for file in VERSION_FILES.map(|name| above.join(name)) {
                if file.is_file() && !self.layout.places.contains_key(&file) {
                    self.stands(&file, Standing::Copy { keyed: false, ignored: false });
                }
            }
        }
    }

    /// Puts something at its place, with real folders above it.
    fn stands(&mut self, path: &Path, standing: Standing) {
        let above = path.ancestors().skip(1).take_while(|above| *above != self.layout.base);
        for folder in above.take_while(|above| above.starts_with(&self.layout.base)) {
            self.layout.places.entry(folder.to_owned()).or_insert(Standing::Folder);
        }
        if path != self.layout.base {
            self.layout.places.insert(path.to_owned(), standing);
        }
    }

    /// Is it visible already through a symlink above it, or is it one?
    fn is_linked(&self, path: &Path) -> bool {
        path.ancestors()
            .any(|above| matches!(self.layout.places.get(above), Some(Standing::Link { .. } | Standing::Symlink(_))))
    }

    /// The entries of a folder that may be mirrored at all.
    fn list(&self, folder: &Path) -> Result<Vec<DirEntry>, Box<Finding>> {
        let entries: io::Result<Vec<DirEntry>> = fs::read_dir(folder).and_then(Iterator::collect);
        let mut entries = entries.map_err(|error| failed("list", folder, &error))?;
        if let Some(entry) = entries.iter().find(|entry| entry.file_name().to_str().is_none()) {
            let error = io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8");
            return Err(failed("mirror", &entry.path(), &error));
        }
        entries.retain(|entry| {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            let is_state = name.windows(8).any(|part| part == b".tfstate");
            let is_excluded = self.exclude.iter().any(|exclude| exclude.as_bytes() == name);
            !(is_never(name) || name == b".terraform" || is_state || is_excluded)
        });
        Ok(entries)
    }
}
