//! Brings the files of a mirror in step with a layout, and digests what enters the key. Nothing is
//! ever written through a symlink, so nothing can be written into the source.

use super::failed;
use super::layout::{Layout, Standing};
use super::manifest::{Manifest, Record, Stamp};
use crate::digest::hex;
use seam_model::Finding;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Makes the mirror at `root` hold what `layout` says, and returns what it holds. `before` is what
/// it held, `lock_file` the place of the stack's lock file.
pub fn bring(layout: &Layout, root: &Path, before: &Manifest, lock_file: &Path) -> Result<Manifest, Box<Finding>> {
    let mut bring = Bring { root, now: file_clock(root)?, real: BTreeSet::from([root.to_owned()]) };
    let place = |path: &Path| path.strip_prefix(&layout.base).unwrap_or(path).to_owned();
    for (place, record) in before.records.iter().rev() {
        if !matches!(record, Record::Read { .. }) && !layout.places.contains_key(&layout.base.join(place)) {
            bring.remove(place)?;
        }
    }
    let mut after = Manifest { base: layout.base.clone(), ..Manifest::default() };
    for (path, standing) in &layout.places {
        let place = place(path);
        let old = before.records.get(&place);
        let record = match standing {
            Standing::Folder => bring.folder(&root.join(&place)).map(|()| Some(Record::Folder))?,
            Standing::Symlink(text) | Standing::Link { target: text, .. } => Some(bring.symlink(&place, text)?),
            Standing::Copy { keyed, .. } if path == lock_file => bring.lock_file(path, &place, old, *keyed)?,
            Standing::Copy { keyed, .. } => bring.copy(path, &place, old, *keyed)?,
        };
        after.records.extend(record.map(|record| (place, record)));
    }
    for path in &layout.reads {
        let place = place(path);
        let record = bring.read(path, before.records.get(&place))?;
        after.records.extend(record.map(|record| (place, record)));
    }
    after.named.clone_from(&before.named);
    Ok(after)
}

/// Reads files that the tool downloaded, below `folder` of the mirror, for the key.
pub fn read_downloads(root: &Path, folder: &Path, before: &Manifest, after: &mut Manifest) -> Result<(), Box<Finding>> {
    if !folder.is_dir() {
        return Ok(());
    }
    let bring = Bring { root, now: file_clock(root)?, real: BTreeSet::new() };
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| failed("list", &folder, &error))? {
            let entry = entry.map_err(|error| failed("list", &folder, &error))?;
            let (path, kind) = (entry.path(), entry.file_type());
            let kind = kind.map_err(|error| failed("look at", &path, &error))?;
            if entry.file_name() == ".git" || entry.file_name() == "modules.json" {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let place = path.strip_prefix(root).unwrap_or(&path).to_owned();
                let record = bring.read(&path, before.records.get(&place))?;
                after.records.extend(record.map(|record| (place, record)));
            }
        }
    }
    Ok(())
}

/// SHA-256 of a file's content, in hexadecimal.
pub fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(hash)),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// What the clock of the file system says, as the stamp of a file written this moment.
fn file_clock(root: &Path) -> Result<Stamp, Box<Finding>> {
    let probe = tempfile::NamedTempFile::new_in(root.parent().unwrap_or(root));
    let stamp = probe.and_then(|probe| Ok(Stamp::of(&probe.as_file().metadata()?)));
    stamp.map_err(|error| failed("write into", root, &error))
}

struct Bring<'a> {
    root: &'a Path,
    now: Stamp,
    /// Folders of the mirror that are known to be no symlinks.
    real: BTreeSet<PathBuf>,
}

impl Bring<'_> {
    /// Makes a real folder, and real ones above it.
    fn folder(&mut self, folder: &Path) -> Result<(), Box<Finding>> {
        if self.real.contains(folder) {
            return Ok(());
        }
        if let Some(above) = folder.parent() {
            self.folder(above)?;
        }
        if !fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir()) {
            clear(folder)?;
            fs::create_dir(folder).map_err(|error| failed("make", folder, &error))?;
        }
        self.real.insert(folder.to_owned());
        Ok(())
    }

    /// Takes away what Seam once put at `place`; a folder only when nothing is left in it.
    fn remove(&self, place: &Path) -> Result<(), Box<Finding>> {
        let path = self.root.join(place);
        let above = path.ancestors().skip(1).take_while(|above| *above != self.root);
        let mut kinds = above.map(fs::symlink_metadata);
        if !kinds.all(|found| found.is_ok_and(|found| found.is_dir())) {
            return Ok(());
        }
        let removed = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => fs::remove_dir(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) => Err(error),
        };
        match removed.map_err(|error| (error.kind(), error)) {
            Ok(()) | Err((ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty, _)) => Ok(()),
            Err((_, error)) => Err(failed("remove", &path, &error)),
        }
    }

    fn symlink(&mut self, place: &Path, text: &Path) -> Result<Record, Box<Finding>> {
        let path = self.ready(place)?;
        if !fs::read_link(&path).is_ok_and(|found| found == text) {
            clear(&path)?;
            symlink(text, &path).map_err(|error| failed("make", &path, &error))?;
        }
        Ok(Record::Symlink(text.to_owned()))
    }

    /// Copies a file unless source and copy are as they were. `None` where the source vanished
    /// since it was listed (an editor's swap file).
    fn copy(
        &mut self,
        source: &Path,
        place: &Path,
        old: Option<&Record>,
        keyed: bool,
    ) -> Result<Option<Record>, Box<Finding>> {
        let path = self.ready(place)?;
        let stamp = match fs::metadata(source) {
            Ok(found) => Stamp::of(&found),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("look at", source, &error)),
        };
        let in_place = fs::symlink_metadata(&path).ok().map(|found| Stamp::of(&found));
        if let Some(Record::Copy { source: before, copy, digest: known }) = old
            && *before == stamp
            && Some(*copy) == in_place
        {
            let digest = match known {
                None if keyed => Some(digest(&path).map_err(|error| failed("read", &path, &error))?),
                known => known.clone().filter(|_| keyed),
            };
            return Ok(Some(Record::Copy { source: *before, copy: *copy, digest }));
        }
        if in_place.is_some() {
            clear(&path)?;
        }
        match fs::copy(source, &path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("copy", source, &error)),
        }
        let copied = fs::symlink_metadata(&path).map_err(|error| failed("look at", &path, &error))?;
        let digest = keyed.then(|| digest(&path)).transpose().map_err(|error| failed("read", &path, &error))?;
        Ok(Some(Record::Copy { source: stamp.settled(self.now), copy: Stamp::of(&copied), digest }))
    }

    /// The lock file follows the source's content only: what `init` added in the mirror stays until
    /// it is copied back.
    fn lock_file(
        &mut self,
        source: &Path,
        place: &Path,
        old: Option<&Record>,
        keyed: bool,
    ) -> Result<Option<Record>, Box<Finding>> {
        let now = digest(source).map_err(|error| failed("read", source, &error))?;
        match old {
            Some(Record::Copy { digest: Some(before), .. }) if *before == now && self.root.join(place).exists() => {
                Ok(old.cloned())
            }
            _ => self.copy(source, place, None, keyed),
        }
    }

    fn read(&self, source: &Path, old: Option<&Record>) -> Result<Option<Record>, Box<Finding>> {
        let stamp = match fs::metadata(source) {
            Ok(found) => Stamp::of(&found),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("look at", source, &error)),
        };
        if let Some(Record::Read { source: before, .. }) = old
            && *before == stamp
        {
            return Ok(old.cloned());
        }
        let digest = digest(source).map_err(|error| failed("read", source, &error))?;
        Ok(Some(Record::Read { source: stamp.settled(self.now), digest }))
    }

    /// A place with real folders above it.
    fn ready(&mut self, place: &Path) -> Result<PathBuf, Box<Finding>> {
        let path = self.root.join(place);
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        Ok(path)
    }
}

/// Takes away whatever is there.
fn clear(path: &Path) -> Result<(), Box<Finding>> {
    let cleared = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    cleared.map_err(|error| failed("replace", path, &error))
}
