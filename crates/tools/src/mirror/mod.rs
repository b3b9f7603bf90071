//! The mirror: a copy of a stack's code in which its tool runs, one per instance, so that the
//! stack's own folder stays clean and environments run at once. What Seam copied follows the
//! source; what the tool wrote stays. The same reading of the files gives the entries of the
//! step's key.

mod files;
mod ignored;
mod layout;
mod manifest;
mod paths;
mod remains;
mod walk;

use crate::digest::hex;
use layout::{Layout, Standing};
use manifest::{Manifest, Record};
use seam_model::{Finding, Name, Stack, Workspace, codes};
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What a mirror is made of, and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The stack.
    pub stack: &'a Stack,
    /// The environment of the instance.
    pub environment: &'a Name,
    /// `.seam/cache`, absolute.
    pub cache: &'a Path,
}

/// One file that the tool reads, as it enters the step's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Relative to the workspace; `..` where it lies outside. Below `.terraform/modules` of the
    /// stack's folder for downloaded modules.
    pub path: PathBuf,
    /// SHA-256 of the content in hexadecimal; for a symlink `link:` and its target.
    pub digest: String,
}

/// The right to use a mirror: nobody else syncs it or runs a tool in it meanwhile.
#[derive(Debug)]
pub struct Lock {
    _held: seam_process::Lock,
}

/// A mirror in step with its source.
#[derive(Debug)]
pub struct Mirror {
    /// The folder that stands for the root of the repository.
    pub root: PathBuf,
    /// The folder of the stack's code, inside `root`: where the tool runs.
    pub folder: PathBuf,
    /// Exactly what enters the step's key, ordered by path.
    pub entries: Vec<Entry>,
    /// Why a skip would be a guess, where it would: a computed path may read ignored files.
    pub unskippable: Option<String>,
    /// The stack's own folder, absolute.
    source: PathBuf,
    /// The root of the workspace.
    workspace: PathBuf,
    manifest: Manifest,
}

const LOCK_FILE: &str = ".terraform.lock.hcl";

/// Takes the lock of the instance's mirror and writes `holder` into it. While somebody else has it,
/// `waits` is called with what they wrote, at once and then ten times a second, and the call blocks
/// until it answers `false`: then `None`.
pub fn lock(source: &Source, holder: &str, waits: &mut dyn FnMut(&str) -> bool) -> Result<Option<Lock>, Box<Finding>> {
    let file = root(source).with_extension("lock");
    private_folder(file.parent().unwrap_or(&file))?;
    let refused = |error: seam_process::Error| {
        Box::new(Finding::error(codes::MIRROR, format!("cannot lock the mirror {}: {error}", file.display())))
    };
    if let Some(held) = seam_process::Lock::try_take(&file, holder).map_err(refused)? {
        return Ok(Some(Lock { _held: held }));
    }
    let mut go_on = || waits(&seam_process::Lock::holder(&file).unwrap_or_else(|| "somebody".to_owned()));
    let held = seam_process::Lock::take_while(&file, holder, &mut go_on).map_err(refused)?;
    Ok(held.map(|held| Lock { _held: held }))
}

/// Brings the instance's mirror in step with its source, and reads what the step's key needs on
/// the way.
pub fn sync(_lock: &Lock, source: &Source) -> Result<Mirror, Box<Finding>> {
    let folder = paths::absolute(&source.workspace.root, &source.stack.source);
    let layout = layout::layout(source, &folder)?;
    let root = root(source);
    let manifest_file = manifest_file(&root);
    let before = Manifest::load(&manifest_file, &layout.base);
    if before.records.is_empty() && root.exists() {
        fs::remove_dir_all(&root).map_err(|error| failed("empty", &root, &error))?;
    }
    private_folder(&root)?;
    let intent = layout.intent(&before);
    if intent != before {
        intent.save(&manifest_file)?;
    }
    let manifest = files::bring(&layout, &root, &before, &folder.join(LOCK_FILE))?;
    let mut mirror = Mirror {
        folder: root.join(folder.strip_prefix(&layout.base).unwrap_or(&folder)),
        root,
        entries: Vec::new(),
        unskippable: unskippable(source, &layout),
        source: folder,
        workspace: source.workspace.root.clone(),
        manifest,
    };
    mirror.read_downloads(&before)?;
    if mirror.manifest != intent {
        mirror.manifest.save(&manifest_file)?;
    }
    Ok(mirror)
}

impl Mirror {
    /// The digest of all entries, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for entry in &self.entries {
            hash.update(entry.path.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(&entry.digest);
            hash.update([0]);
        }
        hex(hash)
    }

    /// What the tool left beside the code, relative to `root`, that was not named before: files,
    /// and folders that hold nothing else. Plugins, modules and the lock file are not named.
    pub fn left_by_tool(&mut self) -> Result<Vec<PathBuf>, Box<Finding>> {
        let found = remains::remains(&self.root, &self.manifest).map_err(|error| failed("list", &self.root, &error))?;
        let new = found.difference(&self.manifest.named).cloned().collect();
        if self.manifest.named != found {
            self.manifest.named = found;
            self.manifest.save(&manifest_file(&self.root))?;
        }
        Ok(new)
    }

    /// After a success: copies a new or changed lock file back into the stack's folder, unless
    /// somebody changed it there meanwhile, and takes it and the downloaded modules into the
    /// entries. Says whether the stack's folder changed.
    pub fn copy_back_lock_file(&mut self) -> Result<bool, Box<Finding>> {
        let before = self.manifest.clone();
        let changed = self.write_lock_file()?;
        self.read_downloads(&before)?;
        if self.manifest != before {
            self.manifest.save(&manifest_file(&self.root))?;
        }
        Ok(changed)
    }

    fn write_lock_file(&mut self) -> Result<bool, Box<Finding>> {
        let (ours, theirs) = (self.folder.join(LOCK_FILE), self.source.join(LOCK_FILE));
        let place = ours.strip_prefix(&self.root).unwrap_or(&ours).to_owned();
        let known = match self.manifest.records.get(&place) {
            Some(Record::Copy { digest, .. }) => digest.clone(),
            _ => None,
        };
        let new = digest_of(&ours)?;
        if new.is_none() || new == known || digest_of(&theirs)? != known {
            return Ok(false);
        }
        let target = fs::canonicalize(&theirs).unwrap_or(theirs);
        write_shared(&target, &ours).map_err(|error| failed("write", &target, &error))?;
        let (source, copy) = (manifest::Stamp::default(), manifest::Stamp::default());
        self.manifest.records.insert(place, Record::Copy { source, copy, digest: new });
        Ok(true)
    }

    /// Reads the downloaded modules and lists all entries anew.
    fn read_downloads(&mut self, before: &Manifest) -> Result<(), Box<Finding>> {
        let modules = self.folder.join(".terraform/modules");
        self.manifest.records.retain(|place, _| !self.root.join(place).starts_with(&modules));
        files::read_downloads(&self.root, &modules, before, &mut self.manifest)?;
        let base = &self.manifest.base;
        let entries = self.manifest.records.iter().filter_map(|(place, record)| {
            let digest = match record {
                Record::Folder | Record::Copy { digest: None, .. } => return None,
                Record::Copy { digest: Some(digest), .. } | Record::Read { digest, .. } => digest.clone(),
                Record::Symlink(text) if text.is_absolute() => return None,
                Record::Symlink(text) => format!("link:{}", text.display()),
            };
            Some(Entry { path: paths::relative(&self.workspace, &base.join(place)), digest })
        });
        self.entries = entries.collect();
        self.entries.sort();
        Ok(())
    }
}

/// Where the mirror of an instance is.
fn root(source: &Source) -> PathBuf {
    source.cache.join("mirror").join(source.environment).join(&source.stack.name)
}

fn manifest_file(root: &Path) -> PathBuf {
    root.with_extension("json")
}

/// Names what a computed path may read and the key does not see.
fn unskippable(source: &Source, layout: &Layout) -> Option<String> {
    let place = source.stack.code.as_ref()?.computed_paths.first()?;
    let unseen = layout.places.iter().find(|(_, standing)| {
        matches!(standing, Standing::Copy { keyed: false, ignored: true } | Standing::Link { unseen: true, .. })
    });
    let unseen = paths::relative(&source.workspace.root, unseen?.0);
    Some(format!("{place} computes a path and git ignores {}: name what it reads in `sources`", unseen.display()))
}

/// The digest of a file; `None` where there is none.
fn digest_of(path: &Path) -> Result<Option<String>, Box<Finding>> {
    match files::digest(path) {
        Ok(digest) => Ok(Some(digest)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Replaces a file of the user's by the content of another one, all or nothing.
fn write_shared(target: &Path, content: &Path) -> io::Result<()> {
    let mut new = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(target.parent().unwrap_or(target))?;
    new.write_all(&fs::read(content)?)?;
    new.persist(target)?;
    Ok(())
}

fn private_folder(folder: &Path) -> Result<(), Box<Finding>> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed("make", folder, &error))
}

/// A mirror that could not be made, with the path and the system's words.
fn failed(verb: &str, path: &Path, error: &io::Error) -> Box<Finding> {
    Box::new(Finding::error(codes::MIRROR, format!("cannot {verb} {}: {error}", path.display())))
}
