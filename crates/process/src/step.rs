//! The parent's side of a step: start the supervisor, open the gate, follow, stop.

use crate::folder::{Report, StepFolder};
use crate::orphan::Orphan;
use crate::ready::wait_ready;
use crate::supervisor::{OPEN, STEP};
use crate::{Command, Ended, Error, Found, Identity, Tail, adopt, look};
use rustix::process::Signal;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
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
    let child = Some((child, pipe));
    Ok(Gated { gate, running: Running { folder, identity, child, tail, ended: None, orphan: None } })
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
    /// The supervisor, if it is our child and was not seen to end, and the pipe that closes when it does.
    /// It is not waited for before: its id is its own.
    child: Option<(Child, ChildStdout)>,
    tail: Tail,
    ended: Option<Ended>,
    /// The tool, once its supervisor was killed.
    orphan: Option<Orphan>,
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
        Ok(Some(Self { folder, identity, child: None, tail, ended: None, orphan: None }))
    }

    /// Of the supervisor.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Waits for the end, at most so long; `None`: it is still running. [`Error::Uncertain`] where the
    /// supervisor was killed, once the tool is gone too. Until then time limit and grace are kept here,
    /// as long as this is called again and again.
    pub fn wait(&mut self, at_most: Duration) -> Result<Option<Ended>, Error> {
        if self.ended.is_some() {
            return Ok(self.ended.clone());
        }
        let deadline = Instant::now().checked_add(at_most);
        if let Some((child, pipe)) = &mut self.child {
            let failed = |source| Error::Wait { program: self.folder.0.clone(), source };
            if !wait_ready(&[pipe.as_fd()], deadline).map_err(failed)? {
                return Ok(None);
            }
            child.wait().map_err(failed)?;
            self.child = None;
        }
        let Self { folder, identity, orphan, .. } = self;
        self.ended = adopt::wait(folder, deadline, &mut || {
            if let Some(orphan) = orphaned(folder, identity, orphan) {
                orphan.keep_limits(Instant::now());
            }
        })?;
        Ok(self.ended.clone())
    }

    /// Was the supervisor killed while its tool went on? How that ends nobody will know.
    pub fn is_orphaned(&self) -> bool {
        self.orphan.is_some()
    }

    /// Asks the tool to end and to save what it has (SIGINT to its process group, through the
    /// supervisor). After the grace, or a second time once it heard of the first, it is killed.
    pub fn interrupt(&mut self) {
        self.signal(Signal::INT);
    }

    /// Kills the tool and its process group.
    pub fn kill(&mut self) {
        self.signal(Signal::QUIT);
    }

    /// The lines that the tool wrote since the last call, of standard output and error as they came,
    /// at most 64 KiB or one longer line; empty when there are none. After the end also a last line without its line end.
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

    /// Leaves out what comes next of the output, up to its last `bytes`.
    pub fn skip_to_last(&mut self, bytes: u64) -> Result<(), Error> {
        self.tail.skip_to_last(bytes)
    }

    /// How much of the output was read.
    pub fn read_bytes(&self) -> u64 {
        self.tail.read_bytes()
    }

    /// How much the tool wrote until now.
    pub fn output_bytes(&self) -> Result<u64, Error> {
        self.tail.length_bytes()
    }

    /// To the supervisor, or to the tool what the supervisor would have sent.
    fn signal(&mut self, signal: Signal) {
        if self.ended.is_some() {
            return;
        }
        if let Some(supervisor) = self.identity.alive() {
            let _ = rustix::process::kill_process(supervisor, signal);
        } else if let Some(orphan) = orphaned(&self.folder, &self.identity, &mut self.orphan) {
            if signal == Signal::INT { orphan.interrupt(Instant::now()) } else { orphan.kill() }
        }
    }
}

/// The tool, if its supervisor was killed. One that was not waited for yet is no more alive than others.
fn orphaned<'a>(folder: &StepFolder, supervisor: &Identity, known: &'a mut Option<Orphan>) -> Option<&'a mut Orphan> {
    if known.is_none() && !supervisor.is_alive() {
        *known = Orphan::found(folder, Instant::now());
    }
    known.as_mut()
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
