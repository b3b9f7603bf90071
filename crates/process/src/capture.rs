//! Runs a program that only answers a question (`terraform version`, a command that prints a secret):
//! no supervisor, nothing on disk.

use crate::command::why_not_started;
use crate::ready::wait_ready;
use crate::stop::{Send, Stop};
use crate::supervisor::send_to;
use crate::{Command, Ended, Error};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::Instant;

/// What a program answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Captured {
    /// How it ended.
    pub ended: Ended,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
}

impl std::fmt::Debug for Captured {
    /// Without what it wrote, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Captured").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// Runs `command` to its end and returns what it wrote, at most `bytes_max` to each of its two outputs:
/// with more it is killed and the answer is [`Error::TooMuch`]. What programs that it left behind write
/// later is not waited for.
pub fn capture(command: &Command, bytes_max: usize) -> Result<Captured, Error> {
    let mut question = Question::ask(command)?;
    let followed = question.follow(bytes_max);
    if !matches!(followed, Ok(true)) {
        send_to(Pid::from_child(&question.child), Some(Send::Kill));
    }
    let failed = |source| Error::Wait { program: command.program.clone(), source };
    let status = question.child.wait().map_err(failed)?;
    if !followed.map_err(failed)? {
        return Err(Error::TooMuch { program: command.program.clone(), bytes_max });
    }
    Ok(Captured { ended: question.stop.ended(status), stdout: question.stdout.bytes, stderr: question.stderr.bytes })
}

struct Question {
    child: Child,
    /// Closes when the child has ended.
    end: PipeReader,
    stdout: Answer,
    stderr: Answer,
    stop: Stop,
}

impl Question {
    fn ask(command: &Command) -> Result<Self, Error> {
        let program = command.resolved_program();
        let failed = |error: io::Error| Error::Start(why_not_started(&program, &command.folder, &error));
        #[expect(clippy::disallowed_methods, reason = "this crate is the one that starts programs")]
        let mut child = std::process::Command::new(&program)
            .args(&command.args)
            .current_dir(&command.folder)
            .env_clear()
            .envs(command.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let stop = Stop::new(command, Instant::now());
        let stdout = Answer::new(child.stdout.take().map(OwnedFd::from)).map_err(failed)?;
        let stderr = Answer::new(child.stderr.take().map(OwnedFd::from)).map_err(failed)?;
        Ok(Self { end: end_of(&child).map_err(failed)?, child, stdout, stderr, stop })
    }

    /// Reads until the child has ended; `false` as soon as it wrote too much.
    fn follow(&mut self, bytes_max: usize) -> io::Result<bool> {
        let group = Pid::from_child(&self.child);
        loop {
            let answers = [&self.stdout, &self.stderr].into_iter().filter_map(|answer| answer.pipe.as_ref());
            let pipes: Vec<_> = answers.map(AsFd::as_fd).chain([self.end.as_fd()]).collect();
            wait_ready(&pipes, self.stop.next())?;
            // Asked before the last reading, so that what the child wrote is read to its end.
            let ended = wait_ready(&[self.end.as_fd()], Some(Instant::now()))?;
            if !self.stdout.read(bytes_max)? || !self.stderr.read(bytes_max)? {
                return Ok(false);
            }
            if ended {
                return Ok(true);
            }
            send_to(group, self.stop.due(Instant::now()));
        }
    }
}

/// One of the two outputs.
struct Answer {
    /// `None` once it is closed.
    pipe: Option<File>,
    bytes: Vec<u8>,
}

impl Answer {
    fn new(pipe: Option<OwnedFd>) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { pipe: pipe.map(File::from), bytes: Vec::new() })
    }

    /// Reads what is there; `false` if that is too much.
    fn read(&mut self, bytes_max: usize) -> io::Result<bool> {
        let Some(pipe) = &self.pipe else { return Ok(true) };
        let left = (bytes_max - self.bytes.len()) as u64;
        match pipe.take(left.saturating_add(1)).read_to_end(&mut self.bytes) {
            Ok(_) if self.bytes.len() <= bytes_max => self.pipe = None,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Ok(_) | Err(_) => {}
        }
        Ok(self.bytes.len() <= bytes_max)
    }
}

/// A pipe that closes when the child has ended. The child is not waited for by that, so its id stays
/// its own. Both pipes of it closed would not say so: it may close them and go on, or leave them to others.
fn end_of(child: &Child) -> io::Result<PipeReader> {
    let (end, held) = io::pipe()?;
    let child = Pid::from_child(child);
    std::thread::Builder::new().spawn(move || {
        let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT));
        drop(held);
    })?;
    Ok(end)
}
