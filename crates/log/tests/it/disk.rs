//! A disk whose power can fail: it knows what was flushed, and what it was only asked to write.
//!
//! What it takes for granted: what was flushed stays; a change of one folder (an entry made, removed
//! or renamed) happens as a whole or not at all; bytes next to those that are written are not
//! touched, as SQLite takes for granted too ("powersafe overwrite"). Nothing else: of changes that
//! were not flushed any may happen without those before it, and in a write every sector for itself
//! may be new, old, zeros or noise. To flush a file does not flush its name.

use crate::trace::Event;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const SECTOR_BYTES: usize = 512;

/// The disk as the programs see it, and what of that would survive.
pub struct Disk {
    nodes: Vec<Node>,
    /// As the programs see it.
    names: BTreeMap<PathBuf, usize>,
}

enum Node {
    File { flushed: Vec<u8>, changes: Vec<Change> },
    Folder { flushed: Entries, changes: Vec<Entered> },
}

/// What names a folder has, and which node each one is.
type Entries = BTreeMap<OsString, usize>;
/// Names that changed together; `None` for one that was removed.
type Entered = Vec<(OsString, Option<usize>)>;

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// What becomes of the changes to one file or folder that were not flushed.
enum Fate {
    Lost,
    Kept,
    /// Those before this one are kept, it is torn, and the others are lost.
    KeptUpTo(usize),
    /// Each for itself.
    Each,
}

/// What becomes of one change.
enum Outcome {
    Lost,
    Kept,
    Torn,
}

impl Disk {
    /// `root` is there and empty.
    pub fn new(root: &Path) -> Self {
        let folder = Node::Folder { flushed: Entries::new(), changes: Vec::new() };
        Self { nodes: vec![folder], names: [(root.to_owned(), 0)].into() }
    }

    /// Follows what a program did.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::MakeFolder(path) => {
                self.create(path, Node::Folder { flushed: Entries::new(), changes: Vec::new() });
            }
            Event::OpenOrCreate(path) if self.names.contains_key(path) => {}
            Event::OpenOrCreate(path) => self.create(path, Node::File { flushed: Vec::new(), changes: Vec::new() }),
            Event::Write { path, offset, bytes } => {
                self.change(path, Change::Write { offset: *offset, bytes: bytes.clone() });
            }
            Event::Resize { path, length } => self.change(path, Change::Resize(*length)),
            Event::Flush(path) => self.nodes[self.names[path]].flush(),
            Event::Rename { from, to } => {
                let node = self.names.remove(from).unwrap();
                self.names.insert(to.clone(), node);
                assert_eq!(from.parent(), to.parent(), "a rename between folders is not one change");
                self.enter(from, vec![(name(from), None), (name(to), Some(node))]);
            }
            Event::Remove(path) => {
                self.names.remove(path).unwrap();
                self.enter(path, vec![(name(path), None)]);
            }
            Event::Said(_) => {}
        }
    }

    fn create(&mut self, path: &Path, node: Node) {
        let index = self.nodes.len();
        self.nodes.push(node);
        self.names.insert(path.to_owned(), index);
        self.enter(path, vec![(name(path), Some(index))]);
    }

    fn enter(&mut self, path: &Path, entered: Entered) {
        let parent = self.names[path.parent().unwrap()];
        let Node::Folder { changes, .. } = &mut self.nodes[parent] else { panic!("{} is in a file", path.display()) };
        changes.push(entered);
    }

    fn change(&mut self, path: &Path, change: Change) {
        let Node::File { changes, .. } = &mut self.nodes[self.names[path]] else { panic!("{}", path.display()) };
        changes.push(change);
    }

    /// Writes into the folder `to` what a power cut at this moment could leave.
    pub fn cut_power(&self, random: &mut Rng, to: &Path) {
        self.leave(0, random, to);
    }

    fn leave(&self, node: usize, random: &mut Rng, to: &Path) {
        match &self.nodes[node] {
            Node::File { flushed, changes } => {
                let mut bytes = survivor(flushed, changes, random);
                if to.as_os_str().as_encoded_bytes().ends_with(b"-shm") {
                    // Written through memory, which no trace shows.
                    random.fill(&mut bytes);
                }
                fs::write(to, bytes).unwrap();
            }
            Node::Folder { flushed, changes } => {
                if !to.exists() {
                    fs::create_dir(to).unwrap();
                }
                for (name, node) in entries(flushed, changes, random) {
                    self.leave(node, random, &to.join(name));
                }
            }
        }
    }
}

impl Node {
    fn flush(&mut self) {
        match self {
            Self::File { flushed, changes } => changes.drain(..).for_each(|change| change.apply(flushed)),
            Self::Folder { flushed, changes } => changes.drain(..).for_each(|entered| enter(flushed, entered)),
        }
    }
}

fn survivor(flushed: &[u8], changes: &[Change], random: &mut Rng) -> Vec<u8> {
    let mut bytes = flushed.to_owned();
    let fate = Fate::draw(changes.len(), random);
    for (index, change) in changes.iter().enumerate() {
        match fate.of(index, random) {
            Outcome::Lost => {}
            Outcome::Kept => change.apply(&mut bytes),
            Outcome::Torn => change.tear(&mut bytes, random),
        }
    }
    bytes
}

fn entries(flushed: &Entries, changes: &[Entered], random: &mut Rng) -> Entries {
    let mut entries = flushed.clone();
    let fate = Fate::draw(changes.len(), random);
    for (index, entered) in changes.iter().enumerate() {
        match fate.of(index, random) {
            Outcome::Lost => {}
            Outcome::Kept | Outcome::Torn => enter(&mut entries, entered.clone()),
        }
    }
    entries
}

fn enter(entries: &mut Entries, entered: Entered) {
    for (name, node) in entered {
        match node {
            Some(node) => entries.insert(name, node),
            None => entries.remove(&name),
        };
    }
}

fn name(path: &Path) -> OsString {
    path.file_name().unwrap().to_owned()
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => write(file, *offset, bytes),
            Self::Resize(length) => file.resize(*length, 0),
        }
    }

    fn tear(&self, file: &mut Vec<u8>, random: &mut Rng) {
        let Self::Write { offset, bytes } = self else { return };
        if random.bool() {
            file.resize(file.len().max(offset + bytes.len()), 0); // The length came before the bytes.
        }
        let mut at = *offset;
        let end = offset + bytes.len();
        while at < end {
            let next = end.min((at / SECTOR_BYTES + 1) * SECTOR_BYTES);
            let mut sector = bytes[at - offset..next - offset].to_owned();
            match random.u8(..4) {
                0 => write(file, at, &sector),
                1 => write(file, at, &vec![0; next - at]),
                2 => {
                    random.fill(&mut sector);
                    write(file, at, &sector);
                }
                _ => {}
            }
            at = next;
        }
    }
}

fn write(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    file.resize(file.len().max(end), 0);
    file[offset..end].copy_from_slice(bytes);
}

impl Fate {
    fn draw(changes: usize, random: &mut Rng) -> Self {
        match random.u8(..8) {
            0 => Self::Lost,
            1 => Self::Kept,
            2 | 3 => Self::KeptUpTo(random.usize(..=changes)),
            _ => Self::Each,
        }
    }

    fn of(&self, index: usize, random: &mut Rng) -> Outcome {
        match self {
            Self::Lost => Outcome::Lost,
            Self::Kept => Outcome::Kept,
            Self::KeptUpTo(torn) if index < *torn => Outcome::Kept,
            Self::KeptUpTo(torn) if index > *torn => Outcome::Lost,
            Self::KeptUpTo(_) => Outcome::Torn,
            Self::Each => match random.u8(..3) {
                0 => Outcome::Lost,
                1 => Outcome::Kept,
                _ => Outcome::Torn,
            },
        }
    }
}
