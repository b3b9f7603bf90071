//! The supervisor's side: take the step's lock, wait at the gate, run the tool, leave its status.
//! It has one thread, so that the lock leaks into nothing but its tool.

use crate::command::why_not_started;
use crate::folder::{Processes, Report, StepFolder};
use crate::ready::wait_ready;
use crate::stop::{Send, Stop};
use crate::{Command, Ended, Error, Identity, Lock};
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The word after the program's name that makes a process a supervisor.
pub(crate) const STEP: &str = "__step";

/// How often the lock that a command names is tried while somebody else holds it.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What the parent writes to open the gate.
pub(crate) const OPEN: u8 = b'o';

/// Is this process a supervisor? `main` asks first of all, with all its arguments (the program's name
/// is one), before it starts a thread or parses anything. If it is one, this does the whole work of
/// it and returns the exit code: 0 if a status was left.
pub fn supervise(args: &mut dyn Iterator<Item = OsString>) -> Option<ExitCode> {
    let (_program, word, folder) = (args.next()?, args.next()?, args.next()?);
    if word != STEP {
        return None;
    }
    let folder = StepFolder(PathBuf::from(folder));
    let left = match Supervisor::at_gate(&folder) {
        Ok(supervisor) => supervisor.run(),
        Err(error) => {
            report(&Report::Failed(error.in_full()));
            folder.write_status(&Ended::NotStarted(error.in_full()))
        }
    };
    Some(if left.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Supervisor<'a> {
    folder: &'a StepFolder,
    command: Command,
    signals: SignalDelivery<UnixStream, SignalOnly>,
    lock: Lock,
    output: File,
}

impl<'a> Supervisor<'a> {
    /// All that can fail is done before the parent is told that the step's lock is held.
    fn at_gate(folder: &'a StepFolder) -> Result<Self, Error> {
        let session = rustix::process::setsid();
        session.map_err(|error| Error::Start(format!("cannot open a session: {error}")))?;
        let command = folder.read_command()?;
        let lock = Lock::take(&folder.lock(), &command.program.to_string_lossy())?;
        let output = folder.open_output()?;
        let signals = watch_signals().map_err(|error| Error::Start(format!("cannot watch signals: {error}")))?;
        let supervisor = Identity::of(std::process::id());
        folder.write_processes(&Processes { supervisor: supervisor.clone(), tool: None })?;
        folder.sync()?;
        report(&Report::Locked(supervisor));
        Ok(Self { folder, command, signals, lock, output })
    }

    /// The lock outlives the writing of the status: free without a status means that nobody knows.
    fn run(mut self) -> Result<(), Error> {
        let ended = match self.wait_for_gate().and_then(|()| self.wait_for_lock()) {
            Ok(mut named) => {
                let ended = match self.start(named.as_mut()) {
                    Ok((tool, stop)) => self.follow(tool, stop)?,
                    Err(reason) => Ended::NotStarted(reason),
                };
                // What the tool left behind inherited it too, and must not keep others waiting.
                if let Some(lock) = named {
                    lock.free();
                }
                ended
            }
            Err(reason) => Ended::NotStarted(reason),
        };
        self.folder.write_status(&ended)
    }

    /// Waits for the parent's word; the reason if it never comes.
    fn wait_for_gate(&mut self) -> Result<(), String> {
        let gate = rustix::stdio::stdin();
        let failed = |error: io::Error| format!("cannot wait at the gate: {error}");
        loop {
            wait_ready(&[gate, self.signals.get_read().as_fd()], None).map_err(failed)?;
            if self.is_stopped() {
                return Err("stopped before the gate opened".to_owned());
            }
            if wait_ready(&[gate], Some(Instant::now())).map_err(failed)? {
                let mut word = [0];
                let read = rustix::io::read(gate, &mut word).map_err(|error| failed(error.into()))?;
                let opened = read == 1 && word == [OPEN];
                return opened.then_some(()).ok_or_else(|| "the run ended before the gate opened".to_owned());
            }
        }
    }

    /// Waits for the lock that the command names, if it names one. Looked for again and again: a thread
    /// that waits would hold copies of what must leak into nothing.
    fn wait_for_lock(&mut self) -> Result<Option<Lock>, String> {
        let Some(path) = self.command.lock.clone() else { return Ok(None) };
        let what = self.command.program.to_string_lossy().into_owned();
        loop {
            if let Some(lock) = Lock::try_take(&path, &what).map_err(|error| error.in_full())? {
                return Ok(Some(lock));
            }
            wait_ready(&[self.signals.get_read().as_fd()], Some(Instant::now() + LOOK_EVERY))
                .map_err(|error| format!("cannot wait for the lock {}: {error}", path.display()))?;
            if self.is_stopped() {
                let holder = Lock::holder(&path).unwrap_or_else(|| "somebody".to_owned());
                return Err(format!("stopped while it waited for {holder}"));
            }
        }
    }

    /// Did somebody stop the step before its tool was started?
    fn is_stopped(&mut self) -> bool {
        self.signals.pending().any(|signal| matches!(signal, SIGINT | SIGTERM | SIGQUIT))
    }

    /// Starts the tool, in its own process group, with the step's lock and the one that its command names.
    fn start(&mut self, named: Option<&mut Lock>) -> Result<(Child, Stop), String> {
        let program = self.command.resolved_program();
        let failed = |error: io::Error| why_not_started(&program, &self.command.folder, &error);
        for lock in std::iter::once(&mut self.lock).chain(named) {
            lock.bequeath().map_err(|error| failed(error.into()))?;
        }
        #[expect(clippy::disallowed_methods, reason = "this crate is the one that starts programs")]
        let tool = std::process::Command::new(&program)
            .args(&self.command.args)
            .current_dir(&self.command.folder)
            .stdin(Stdio::null())
            .stdout(self.output.try_clone().map_err(failed)?)
            .stderr(self.output.try_clone().map_err(failed)?)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        Ok((tool, Stop::new(&self.command, Instant::now())))
    }

    /// Waits for the tool and passes on what stops it. It is sent nothing after it was waited for:
    /// its id could be another's by then.
    fn follow(&mut self, mut tool: Child, mut stop: Stop) -> Result<Ended, Error> {
        let failed = |source| Error::Wait { program: self.command.program.clone(), source };
        let processes = Processes { supervisor: Identity::of(std::process::id()), tool: Some(Identity::of(tool.id())) };
        // Only for people who look: the tool runs, so a full disk must not end its supervisor.
        let _ = self.folder.write_processes(&processes);
        let group = Pid::from_child(&tool);
        loop {
            if let Some(status) = tool.try_wait().map_err(failed)? {
                return Ok(stop.ended(status));
            }
            wait_ready(&[self.signals.get_read().as_fd()], stop.next()).map_err(failed)?;
            for signal in self.signals.pending() {
                match signal {
                    SIGINT | SIGTERM => send_to(group, stop.ask(signal, Instant::now())),
                    SIGQUIT => send_to(group, Some(Send::Kill)),
                    _ => {}
                }
            }
            send_to(group, stop.due(Instant::now()));
        }
    }
}

/// Sends, if there is something to send, to a process group whose leader was not waited for yet. A
/// group that has just died is no error.
pub(crate) fn send_to(group: Pid, send: Option<Send>) {
    let signal = match send {
        None => return,
        Some(Send::Interrupt) => Signal::INT,
        Some(Send::Kill) => Signal::KILL,
    };
    let _ = rustix::process::kill_process_group(group, signal);
}

/// A hangup is watched and nothing is done about it: a step outlives the terminal it was started from.
fn watch_signals() -> io::Result<SignalDelivery<UnixStream, SignalOnly>> {
    let (read, write) = UnixStream::pair()?;
    SignalDelivery::with_pipe(read, write, SignalOnly, [SIGCHLD, SIGINT, SIGTERM, SIGQUIT, SIGHUP])
}

/// Tells the parent. One that died is noticed at the gate.
fn report(report: &Report) {
    let mut line = serde_json::to_vec(report).unwrap_or_default();
    line.push(b'\n');
    let _ = rustix::io::write(rustix::stdio::stdout(), &line);
}
