//! The steps by which a layout is made: folders walked, names taken in, symlinks followed.

use super::ignored::Ignored;
use super::layout::{Layout, Standing};
use super::paths::absolute;
use super::{LOCK_FILE, failed};
use crate::program::VERSION_FILES;
use seam_model::{Finding, Workspace};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

/// Folders that are too heavy to copy: where git ignores them, symlinks to the source's.
const HEAVY: [&str; 3] = ["node_modules", ".venv", "target"];

/// A layout in the making.
pub struct Walk<'a> {
    /// What came of it so far.
    pub layout: Layout,
    ignored: Ignored,
    exclude: &'a [String],
    /// Files that Seam itself reads and the tool does not: what they say enters the key, not their bytes.
    own: BTreeSet<PathBuf>,
    /// Folders from which the tool loads files by itself.
    loaded_from: BTreeSet<&'a Path>,
    walked: BTreeSet<PathBuf>,
}

impl<'a> Walk<'a> {
    /// Begins with an empty `layout`; `loaded_from` are the folders of the root module and of the
    /// local modules. Where the code computes paths it may read every file, Seam's own too.
    pub fn new(
        layout: Layout,
        workspace: &'a Workspace,
        loaded_from: BTreeSet<&'a Path>,
        computes_paths: bool,
    ) -> Self {
        let own = workspace.own_files.iter().filter(|_| !computes_paths);
        Self {
            own: own.map(|file| absolute(&workspace.root, file)).collect(),
            layout,
            ignored: Ignored::of(&workspace.repository),
            exclude: &workspace.mirror_exclude,
            loaded_from,
            walked: BTreeSet::new(),
        }
    }

    /// Takes a folder with all that lies in it. `top` is where this walk began, `ignored` whether
    /// git ignores the folder.
    pub fn folder(&mut self, folder: &Path, top: &Path, ignored: bool) -> Result<(), Box<Finding>> {
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
                self.file(&path, ignored);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, ignored: bool) {
        let is_loaded = path.parent().is_some_and(|folder| self.loaded_from.contains(folder))
            && path.file_name().and_then(OsStr::to_str).is_some_and(is_loaded_by_tool);
        self.stands(path, Standing::Copy { keyed: (!ignored || is_loaded) && !self.own.contains(path), ignored });
    }

    /// A symlink that stays inside is kept. One that leads outside becomes a copy of the file, or
    /// leads to the source's folder.
    fn symlink(&mut self, path: &Path, top: &Path, ignored: bool) -> Result<(), Box<Finding>> {
        let text = fs::read_link(path).map_err(|error| failed("read", path, &error))?;
        let inside = text.is_relative() && absolute(path.parent().unwrap_or(top), &text).starts_with(top);
        match fs::metadata(path) {
            Ok(target) if !inside && target.is_file() => self.file(path, ignored),
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

    /// Takes the folder of a local module, wherever it lies.
    pub fn module(&mut self, module: &Path) -> Result<(), Box<Finding>> {
        if self.is_linked(module) { self.key_content(module) } else { self.folder(module, module, false) }
    }

    /// Something that the code or `sources` names: it enters the key, ignored or not, and stands in
    /// the mirror, folders as symlinks.
    pub fn named(&mut self, path: &Path) -> Result<(), Box<Finding>> {
        if path.is_dir() {
            self.key_content(path)?;
        } else {
            self.key(path);
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
            if path.is_file() && !self.layout.places.contains_key(path) {
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
    pub fn complete(&mut self, folder: &Path) -> Result<(), Box<Finding>> {
        for entry in self.list(folder)? {
            self.place(&entry.path())?;
        }
        Ok(())
    }

    /// The files of the folders above by which version managers choose a tool.
    pub fn version_files(&mut self, folder: &Path) {
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
            let is_state = name.as_encoded_bytes().windows(8).any(|part| part == b".tfstate");
            let is_excluded = || self.exclude.iter().any(|exclude| name == exclude.as_str()) && entry.path().is_dir();
            !(is_never(&name) || is_state || is_excluded())
        });
        Ok(entries)
    }
}

/// Names that are never mirrored, whoever asks.
pub fn is_never(name: &OsStr) -> bool {
    name == ".git" || name == ".seam" || name == ".terraform"
}

/// Does Terraform load a file of that name by itself?
fn is_loaded_by_tool(name: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json", ".auto.tfvars", ".auto.tfvars.json"]
        .iter()
        .any(|end| name.ends_with(end))
        || ["terraform.tfvars", "terraform.tfvars.json", LOCK_FILE].contains(&name)
}
