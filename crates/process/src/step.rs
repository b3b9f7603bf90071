//! The parent's side of a step: start the supervisor, open the gate, follow, stop.

use crate::folder::{Report, StepFolder};
use crate::ready::wait_ready;
use crate::supervisor::{OPEN, STEP};
use crate::{Command, Ended, Error, Found, Identity, Lock, Tail, adopt, look};
use rustix::process::{Pid, Signal};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The supervisor says one line, an identity or an error.
const REPORT_BYTES_MAX: u64 = 64 << 10;

/// Starts a supervisor for `command` and returns when it holds the step's lock and waits at the gate.
///
/// `folder` is the step's: it exists, only its owner can enter it, and it serves for one command; the
/// caller may have put files for the tool there. `supervisor` is a program whose `main` begins with
/// [`supervise`](crate::supervise): this one, on Linux as `/proc/self/exe`, which holds after an upgrade.
pub fn prepare(folder: &Path, supervisor: &Path, command: &Command) -> Result<Gated, Error> {
    let folder = StepFolder(folder.to_owned());
    folder.write_command(command)?;
    #[expect(clippy::disallowed_methods, reason = "this crate is the one that starts programs")]
    let mut child = std::process::Command::new(supervisor)
        .arg0("seam")
        .arg(STEP)
        .arg(&folder.0)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Error::Start(format!("cannot start the supervisor {}: {error}", supervisor.display())))?;
    let (Some(gate), Some(pipe)) = (child.stdin.take(), child.stdout.take()) else {
        unreachable!("both were asked for")
    };
    let (identity, pipe) = match hear(pipe) {
        Ok(heard) => heard,
        Err(reason) => {
            drop(gate);
            let _ = child.wait();
            return Err(Error::Start(reason));
        }
    };
    let tail = Tail::open(&folder.output())?;
    let supervisor = Supervisor::Child { child, pipe };
    Ok(Gated { gate, running: Running { folder, identity, supervisor, tail, ended: None, lock_free: None } })
}

/// A step whose supervisor stands at the gate. Dropped, nothing runs: the supervisor leaves the status
/// "not started", also if this process is killed.
#[derive(Debug)]
pub struct Gated {
    gate: ChildStdin,
    running: Running,
}

impl Gated {
    /// Of the supervisor.
    pub fn identity(&self) -> &Identity {
        &self.running.identity
    }

    /// Lets the tool start; that it could not is told by [`Running::wait`]. An error: the supervisor is
    /// gone, and nothing runs.
    pub fn open(mut self) -> Result<Running, Error> {
        let opened = self.gate.write_all(&[OPEN]);
        opened.map_err(|error| Error::Start(format!("the supervisor is gone: {error}")))?;
        Ok(self.running)
    }
}

/// A step behind its opened gate. Dropped, it goes on.
#[derive(Debug)]
pub struct Running {
    folder: StepFolder,
    identity: Identity,
    supervisor: Supervisor,
    tail: Tail,
    ended: Option<Ended>,
    /// Hears when the lock of a step whose supervisor was killed is free.
    lock_free: Option<Receiver<Result<(), Error>>>,
}

/// Who watches the tool.
#[derive(Debug)]
enum Supervisor {
    Child {
        /// Not waited for while the step's end is not known: its id is its own.
        child: Child,
        /// Closes when the supervisor ends.
        pipe: ChildStdout,
    },
    /// The child of a process that died.
    Adopted,
}

impl Running {
    /// Follows a step that another process started, from its first line of output on. `None`: it is
    /// over, as [`look`] says.
    pub fn adopt(folder: &Path) -> Result<Option<Self>, Error> {
        if !matches!(look(folder)?, Found::Running { .. }) {
            return Ok(None);
        }
        let folder = StepFolder(folder.to_owned());
        let Some(processes) = folder.read_processes()? else { return Err(Error::Uncertain { folder: folder.0 }) };
        let (identity, tail) = (processes.supervisor, Tail::open(&folder.output())?);
        Ok(Some(Self { folder, identity, supervisor: Supervisor::Adopted, tail, ended: None, lock_free: None }))
    }

    /// Of the supervisor.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Waits for the end, at most so long; `None`: it is still running. [`Error::Uncertain`] where the
    /// supervisor was killed, once the tool is gone too.
    pub fn wait(&mut self, at_most: Duration) -> Result<Option<Ended>, Error> {
        if self.ended.is_some() {
            return Ok(self.ended.clone());
        }
        let deadline = Instant::now().checked_add(at_most);
        let failed = |source| Error::Wait { program: self.folder.0.clone(), source };
        let Supervisor::Child { child, pipe } = &mut self.supervisor else {
            self.ended = adopt::wait(&self.folder, deadline)?;
            return Ok(self.ended.clone());
        };
        if !wait_ready(&[pipe.as_fd()], deadline).map_err(failed)? {
            return Ok(None);
        }
        match self.folder.read_status()? {
            Some(ended) => {
                child.wait().map_err(failed)?;
                self.ended = Some(ended);
                Ok(self.ended.clone())
            }
            None => self.wait_for_lock(deadline),
        }
    }

    /// Asks the tool to end and to save what it has (SIGINT to its process group, through the
    /// supervisor). After the grace, or a second time once it heard of the first, it is killed.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Kills the tool and its process group.
    pub fn kill(&self) {
        self.signal(Signal::QUIT);
    }

    /// The lines that the tool wrote since the last call, of standard output and error as they came,
    /// at most 1 MiB; empty when there are none. After the end also a last line without its line end.
    pub fn output(&mut self) -> Result<Vec<String>, Error> {
        loop {
            match self.tail.lines()? {
                // A part of a long line: read on.
                Some(lines) if lines.is_empty() => {}
                Some(lines) => return Ok(lines),
                None if self.ended.is_some() => return Ok(self.tail.rest().into_iter().collect()),
                None => return Ok(Vec::new()),
            }
        }
    }

    /// How much the tool wrote until now.
    pub fn output_bytes(&self) -> Result<u64, Error> {
        let path = self.folder.output();
        path.metadata().map(|file| file.len()).map_err(Error::file("read", &path))
    }

    fn signal(&self, signal: Signal) {
        match &self.supervisor {
            _ if self.ended.is_some() => {}
            Supervisor::Child { child, .. } => {
                let _ = rustix::process::kill_process(Pid::from_child(child), signal);
            }
            Supervisor::Adopted => adopt::signal(&self.folder, signal),
        }
    }

    /// The supervisor was killed. Its tool may live on; who waits for its lock needs a thread, because a
    /// lock cannot be waited for until a deadline.
    fn wait_for_lock(&mut self, deadline: Option<Instant>) -> Result<Option<Ended>, Error> {
        let path = self.folder.lock();
        let lock_free = self.lock_free.get_or_insert_with(|| {
            let (tell, hear) = channel();
            std::thread::spawn(move || tell.send(Lock::take(&path, "seam").map(drop)));
            hear
        });
        let left = deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        match lock_free.recv_timeout(left) {
            Ok(Err(error)) => Err(error),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Ok(Ok(())) | Err(RecvTimeoutError::Disconnected) => Err(Error::Uncertain { folder: self.folder.0.clone() }),
        }
    }
}

/// The supervisor's report, and its pipe back.
fn hear(pipe: ChildStdout) -> Result<(Identity, ChildStdout), String> {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    let read = reader.by_ref().take(REPORT_BYTES_MAX).read_until(b'\n', &mut line);
    read.map_err(|error| format!("cannot hear the supervisor: {error}"))?;
    match serde_json::from_slice(&line) {
        Ok(Report::Locked(identity)) => Ok((identity, reader.into_inner())),
        Ok(Report::Failed(reason)) => Err(format!("the supervisor cannot start: {reason}")),
        Err(_) => Err("the supervisor ended before it reported".to_owned()),
    }
}
