//! The folder of one step: names and contents of the files through which parent, supervisor and
//! whoever looks later speak. The environment is in none of them.

use crate::{Command, Ended, Error, Identity};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of one step's process, and what lies in it.
#[derive(Clone, Debug)]
pub struct StepFolder(pub PathBuf);

/// Who is at work in the folder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Processes {
    pub(crate) supervisor: Identity,
    pub(crate) tool: Option<Identity>,
}

/// What the supervisor says to its parent, one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// It holds the step's lock and stands at the gate.
    Locked(Identity),
    /// It cannot go on.
    Failed(String),
}

#[derive(Serialize, Deserialize)]
struct CommandFile {
    program: Value,
    args: Vec<Value>,
    folder: Value,
    time_limit_ms: Option<u64>,
    grace_ms: u64,
    lock: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StatusFile {
    NotStarted(String),
    Exited(i32),
    Signalled(i32),
    TimedOut,
}

impl StepFolder {
    /// The file whose lock is held by the supervisor and all that it started.
    pub const LOCK: &str = "lock";
    /// The file with standard output and error of the tool, as one.
    pub const OUTPUT: &str = "output";
    const COMMAND: &str = "command";
    const STATUS: &str = "status";
    const PROCESSES: &str = "pid";
    /// All files that the two ends of a supervisor make here; the tool's own words are only in
    /// [`StepFolder::OUTPUT`]. Other files are the caller's.
    pub const FILES: [&str; 5] = [Self::LOCK, Self::OUTPUT, Self::COMMAND, Self::STATUS, Self::PROCESSES];

    /// Held by the supervisor and all that it started.
    pub fn lock(&self) -> PathBuf {
        self.0.join(Self::LOCK)
    }

    /// Standard output and error of the tool, as one.
    pub fn output(&self) -> PathBuf {
        self.0.join(Self::OUTPUT)
    }

    fn command(&self) -> PathBuf {
        self.0.join(Self::COMMAND)
    }

    fn status(&self) -> PathBuf {
        self.0.join(Self::STATUS)
    }

    fn processes(&self) -> PathBuf {
        self.0.join(Self::PROCESSES)
    }

    /// Writes the command, for the supervisor. A folder serves once: an error if it is there already.
    pub(crate) fn write_command(&self, command: &Command) -> Result<(), Error> {
        let file = CommandFile {
            program: from_os(command.program.as_os_str()),
            args: command.args.iter().map(|arg| from_os(arg)).collect(),
            folder: from_os(command.folder.as_os_str()),
            time_limit_ms: command.time_limit.map(milliseconds),
            grace_ms: milliseconds(command.grace),
            lock: command.lock.as_ref().map(|lock| from_os(lock.as_os_str())),
        };
        let path = self.command();
        let written = create(&path, OpenOptions::new().create_new(true)).and_then(|out| to_json(out, &file));
        written.map(drop).map_err(Error::file("write", &path))
    }

    /// The command, without its environment.
    pub(crate) fn read_command(&self) -> Result<Command, Error> {
        let path = self.command();
        let file: CommandFile = read(&path)?.ok_or_else(|| missing(&path))?;
        let os = |value| to_os(value).ok_or_else(|| damaged(&path, "neither a string nor bytes"));
        Ok(Command {
            program: os(file.program)?.into(),
            args: file.args.into_iter().map(os).collect::<Result<_, _>>()?,
            folder: os(file.folder)?.into(),
            env: Vec::new(),
            time_limit: file.time_limit_ms.map(Duration::from_millis),
            grace: Duration::from_millis(file.grace_ms),
            lock: file.lock.map(os).transpose()?.map(PathBuf::from),
        })
    }

    /// Makes the status known for good: it is on disk, whole, when this returns.
    pub(crate) fn write_status(&self, ended: &Ended) -> Result<(), Error> {
        let file = match ended.clone() {
            Ended::NotStarted(reason) => StatusFile::NotStarted(reason),
            Ended::Exited(code) => StatusFile::Exited(code),
            Ended::Signalled(signal) => StatusFile::Signalled(signal),
            Ended::TimedOut => StatusFile::TimedOut,
        };
        let path = self.status();
        replace(&path, &file, File::sync_all)?;
        self.sync()
    }

    /// How the step ended; `None` while nobody said so.
    pub(crate) fn read_status(&self) -> Result<Option<Ended>, Error> {
        let ended = read(&self.status())?.map(|file| match file {
            StatusFile::NotStarted(reason) => Ended::NotStarted(reason),
            StatusFile::Exited(code) => Ended::Exited(code),
            StatusFile::Signalled(signal) => Ended::Signalled(signal),
            StatusFile::TimedOut => Ended::TimedOut,
        });
        Ok(ended)
    }

    pub(crate) fn write_processes(&self, processes: &Processes) -> Result<(), Error> {
        replace(&self.processes(), processes, |_| Ok(()))
    }

    pub(crate) fn read_processes(&self) -> Result<Option<Processes>, Error> {
        read(&self.processes())
    }

    /// Opens the file that the tool writes to.
    pub(crate) fn open_output(&self) -> Result<File, Error> {
        let path = self.output();
        create(&path, OpenOptions::new().create(true).append(true)).map_err(Error::file("create", &path))
    }

    /// Has the names of the files in the folder on disk.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(Error::file("flush", &self.0))
    }
}

fn create(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.write(true).mode(0o600).open(path)
}

fn to_json(mut out: File, value: &impl Serialize) -> io::Result<File> {
    let mut text = serde_json::to_string(value)?;
    text.push('\n');
    out.write_all(text.as_bytes())?;
    Ok(out)
}

/// By write and rename, so that nobody reads a half of it; `settle` is done to the file in between.
fn replace(path: &Path, value: &impl Serialize, settle: fn(&File) -> io::Result<()>) -> Result<(), Error> {
    let new = path.with_extension("new");
    create(&new, OpenOptions::new().create(true).truncate(true))
        .and_then(|out| settle(&to_json(out, value)?))
        .and_then(|()| std::fs::rename(&new, path))
        .map_err(Error::file("write", path))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| damaged(path, &error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read", path)(error)),
    }
}

fn damaged(path: &Path, reason: &str) -> Error {
    Error::Damaged { path: path.to_owned(), reason: reason.to_owned() }
}

fn missing(path: &Path) -> Error {
    Error::file("read", path)(io::ErrorKind::NotFound.into())
}

/// A limit of more than 584 million years is none.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A string, or the bytes of what is no UTF-8.
fn from_os(text: &OsStr) -> Value {
    match text.to_str() {
        Some(text) => Value::from(text),
        None => Value::from(text.as_bytes()),
    }
}

fn to_os(value: Value) -> Option<OsString> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Array(bytes) => {
            let bytes = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
            bytes.collect::<Option<Vec<u8>>>().map(OsString::from_vec)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_command_comes_back_without_its_environment() {
        let folder = tempfile::tempdir().unwrap();
        let step = StepFolder(folder.path().to_owned());
        let bytes = OsString::from_vec(vec![b'a', 0xff, b'\n']);
        let command = Command {
            program: "/bin/ünï cöde".into(),
            args: vec!["plan".into(), bytes.clone()],
            folder: PathBuf::from(bytes.clone()),
            env: vec![("TOKEN".into(), "of-the-environment".into())],
            time_limit: Some(Duration::from_millis(1500)),
            grace: Duration::MAX,
            lock: Some("/the/lock".into()),
        };
        step.write_command(&command).unwrap();

        let text = std::fs::read_to_string(step.command()).unwrap();
        assert!(text.contains("ünï cöde") && !text.contains("of-the-environment"), "{text}");
        assert_eq!(step.command().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let back = step.read_command().unwrap();
        assert_eq!(
            (back.program, back.args, back.folder),
            (command.program.clone(), command.args.clone(), bytes.into())
        );
        assert_eq!((back.time_limit, back.grace), (command.time_limit, Duration::from_millis(u64::MAX)));
        assert_eq!(back.lock, command.lock);
        assert!(back.env.is_empty());
        assert!(step.write_command(&command).is_err(), "a folder serves once");
    }

    #[test]
    fn every_status_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let step = StepFolder(folder.path().to_owned());
        assert_eq!(step.read_status().unwrap(), None);
        for ended in [Ended::NotStarted("why".into()), Ended::Exited(2), Ended::Signalled(9), Ended::TimedOut] {
            step.write_status(&ended).unwrap();
            assert_eq!(step.read_status().unwrap(), Some(ended));
        }
        std::fs::write(step.status(), "{\"exit").unwrap();
        assert!(matches!(step.read_status(), Err(Error::Damaged { .. })));
    }
}
