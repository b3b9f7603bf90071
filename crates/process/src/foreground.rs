//! Runs a program in the foreground, with our own terminal: somebody works with it, so there is no
//! supervisor, nothing is kept of what it prints, and it may take as long as it likes.

use crate::command::why_not_started;
use crate::lock::Lock;
use crate::ready::wait_ready;
use crate::{Command, Ended, Error};
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Child;

/// Runs `command` to its end with standard input, output and error of this process; its time limit
/// and grace count for nothing. It inherits its lock, which is free when both have ended.
///
/// With a `terminal` as standard input the program stays in our process group, so that it may read
/// what is typed, and the terminal itself tells both of Ctrl-C. Without one it has a group of its own,
/// and each interrupt is passed on. SIGTERM is passed on in both cases. The caller sees to it that no
/// signal ends this process first.
pub fn foreground(command: &Command, terminal: bool) -> Result<Ended, Error> {
    let failed = |source| Error::Wait { program: command.program.clone(), source };
    let mut signals = watch().map_err(failed)?;
    let mut lock =
        command.lock.as_deref().map(|path| Lock::take(path, &command.program.to_string_lossy())).transpose()?;
    if let Some(lock) = &mut lock {
        lock.bequeath().map_err(|error| failed(error.into()))?;
    }
    let mut child = start(command, terminal)?;
    let pid = Pid::from_child(&child);
    let ended = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break Ended::from_status(status);
        }
        wait_ready(&[signals.get_read().as_fd()], None).map_err(failed)?;
        for signal in signals.pending() {
            match signal {
                SIGINT if !terminal => send(pid, Signal::INT, terminal),
                SIGTERM => send(pid, Signal::TERM, terminal),
                _ => {}
            }
        }
    };
    if let Some(lock) = lock {
        lock.free();
    }
    Ok(ended)
}

fn start(command: &Command, terminal: bool) -> Result<Child, Error> {
    let program = command.resolved_program();
    #[expect(clippy::disallowed_methods, reason = "this crate is the one that starts programs")]
    let mut child = std::process::Command::new(&program);
    child
        .args(&command.args)
        .current_dir(&command.folder)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)));
    if !terminal {
        child.process_group(0);
    }
    child.spawn().map_err(|error| Error::Start(why_not_started(&program, &command.folder, &error)))
}

/// To the program, or to its group where it has one; it was not waited for yet. One that has just died
/// is no error.
fn send(pid: Pid, signal: Signal, terminal: bool) {
    let _ = if terminal {
        rustix::process::kill_process(pid, signal)
    } else {
        rustix::process::kill_process_group(pid, signal)
    };
}

/// Watched before the program starts, so that its end is not missed.
fn watch() -> io::Result<SignalDelivery<UnixStream, SignalOnly>> {
    let (read, write) = UnixStream::pair()?;
    SignalDelivery::with_pipe(read, write, SignalOnly, [SIGCHLD, SIGINT, SIGTERM])
}
