//! Finds a tool's program on a PATH and knows its version without asking twice: the answer is kept
//! by the program's real path, size and modification time, and by the files through which version
//! managers choose for a folder.

use crate::digest::hex;
use seam_model::{Finding, Tool, codes};
use seam_process::{Command, capture};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A tool's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Which tool it is.
    pub tool: Tool,
    /// Where it was found on PATH, absolute.
    pub path: PathBuf,
    /// The version that it says it has.
    pub version: semver::Version,
    /// The digest of the version files that it was asked under.
    chosen_by: String,
}

/// Where and how to look for programs.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// What a tool gets as environment; its `PATH` is searched.
    pub env: &'a [(OsString, OsString)],
    /// `.seam/cache`, absolute; versions are kept in `programs.json` there.
    pub cache: &'a Path,
}

/// What is kept of one program, by its real path.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    size: u64,
    mtime_s: i64,
    mtime_ns: i64,
    /// By digest of the version files.
    versions: BTreeMap<String, String>,
}

/// Files by which version managers choose a version.
pub(crate) const VERSION_FILES: [&str; 3] = [".terraform-version", ".opentofu-version", ".tool-versions"];

/// A version manager may download the version that a folder asks for.
const VERSION_TIME_LIMIT: Duration = Duration::from_secs(300);
const GRACE: Duration = Duration::from_secs(5);
const VERSION_BYTES_MAX: usize = 1 << 20;

/// Finds the program of `tool`, Terraform or OpenTofu, for the code in `folder` (absolute; version
/// files such as `.terraform-version` are looked for there and above), and asks for its version
/// unless that is kept.
pub fn find(tool: Tool, folder: &Path, search: &Search) -> Result<Program, Box<Finding>> {
    let (name, minimum) = match tool {
        Tool::OpenTofu => ("tofu", semver::Version::new(1, 6, 0)),
        _ => ("terraform", semver::Version::new(1, 4, 0)),
    };
    let missing = || {
        Finding::error(codes::TOOL_MISSING, format!("`{name}` is not on PATH"))
            .help(format!("install it ({minimum} or later), or name another tool with `tool:` in stack.yaml"))
    };
    let path = on_path(name, search.env).ok_or_else(missing)?;
    let (run_in, chosen_by) = version_files(folder, search.cache);
    let known = kept(&path, search.cache).and_then(|kept| kept.versions.get(&chosen_by)?.parse().ok());
    let version = if let Some(version) = known {
        version
    } else {
        let version = ask(&path, run_in, search.env)?;
        keep(&path, search.cache, &chosen_by, &version);
        version
    };
    if version < minimum {
        let old = format!("{name} {version} at {} is older than {minimum}", path.display());
        return Err(Box::new(Finding::error(codes::TOOL_OLD, old).help("install a newer one")));
    }
    Ok(Program { tool, path, version, chosen_by })
}

impl Program {
    /// Takes note of the version that a `plan -json` names, in case a version manager chooses
    /// another one by now. Says whether it is another one.
    pub fn confirm(&mut self, version: &str, cache: &Path) -> bool {
        match semver::Version::parse(version) {
            Ok(version) if version != self.version => {
                keep(&self.path, cache, &self.chosen_by, &version);
                self.version = version;
                true
            }
            _ => false,
        }
    }
}

/// The first executable file of that name along the `PATH` of `env`.
pub(crate) fn on_path(name: &str, env: &[(OsString, OsString)]) -> Option<PathBuf> {
    let path = env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value)?;
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0))
}

/// The deepest folder with a version file, at `folder` or above, else `cache`; and a digest of the
/// nearest file of each name.
fn version_files<'a>(folder: &'a Path, cache: &'a Path) -> (&'a Path, String) {
    let mut hash = Sha256::new();
    let mut run_in = cache;
    for name in VERSION_FILES {
        let nearest = folder.ancestors().find_map(|above| Some((above, fs::read(above.join(name)).ok()?)));
        if let Some((above, content)) = nearest {
            hash.update(above.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(name);
            hash.update([0]);
            hash.update(Sha256::digest(&content));
            if run_in == cache || above.starts_with(run_in) {
                run_in = above;
            }
        }
    }
    (run_in, hex(hash))
}

fn ask(path: &Path, run_in: &Path, env: &[(OsString, OsString)]) -> Result<semver::Version, Box<Finding>> {
    #[derive(Deserialize)]
    struct Answer {
        terraform_version: String,
    }
    let failed = |words: String| {
        let message = format!("`{} version -json` does not tell its version: {words}", path.display());
        Box::new(Finding::error(codes::TOOL_FAILED, message))
    };
    fs::create_dir_all(run_in).map_err(|error| failed(error.to_string()))?;
    let command = Command {
        program: path.to_owned(),
        args: vec!["version".into(), "-json".into()],
        folder: run_in.to_owned(),
        env: env.to_vec(),
        time_limit: Some(VERSION_TIME_LIMIT),
        grace: GRACE,
        lock: None,
    };
    let captured = capture(&command, VERSION_BYTES_MAX).map_err(|error| failed(error.to_string()))?;
    // Some versions print a warning behind the document.
    let answer = serde_json::Deserializer::from_slice(&captured.stdout).into_iter::<Answer>().next();
    match answer.and_then(|answer| answer.ok()?.terraform_version.parse().ok()) {
        Some(version) => Ok(version),
        None => Err(failed(format!("it {}\n{}", captured.ended, String::from_utf8_lossy(&captured.stderr).trim()))),
    }
}

/// What is kept of the program at `path`, as it is now.
fn kept(path: &Path, cache: &Path) -> Option<Kept> {
    let real = fs::canonicalize(path).ok()?;
    let found = fs::metadata(&real).ok()?;
    let kept = load(cache).remove(&real)?;
    let same = (kept.size, kept.mtime_s, kept.mtime_ns) == (found.len(), found.mtime(), found.mtime_nsec());
    same.then_some(kept)
}

/// Keeps an answer. What cannot be kept is asked again.
fn keep(path: &Path, cache: &Path, chosen_by: &str, version: &semver::Version) {
    let store = || -> io::Result<()> {
        let real = fs::canonicalize(path)?;
        let found = fs::metadata(&real)?;
        let mut entry = kept(path, cache).unwrap_or_default();
        (entry.size, entry.mtime_s, entry.mtime_ns) = (found.len(), found.mtime(), found.mtime_nsec());
        entry.versions.insert(chosen_by.to_owned(), version.to_string());
        let mut all = load(cache);
        all.insert(real, entry);
        fs::create_dir_all(cache)?;
        let mut new = tempfile::NamedTempFile::new_in(cache)?;
        new.write_all(&serde_json::to_vec(&all)?)?;
        new.persist(file(cache))?;
        Ok(())
    };
    let _ = store();
}

fn load(cache: &Path) -> BTreeMap<PathBuf, Kept> {
    fs::read(file(cache)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn file(cache: &Path) -> PathBuf {
    cache.join("programs.json")
}
