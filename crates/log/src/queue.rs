//! The queue for the turn: blocking `flock`s on side files, because SQLite's own busy handler
//! retries at random and starves whoever is unlucky. The kernel frees them when their holder dies.
//!
//! One lock is not fair: whoever gives it back takes it again before the waiter that was woken gets
//! to run. So there are two. The gate is held while one waits for the turn, and given back with the
//! turn in hand: the one at the gate has no rival for the turn, and who comes back queues behind.
//!
//! `flock` knows no deadline, so a thread waits. Where the deadline passes the thread goes on
//! waiting and keeps its place for the next call; if it gets the turn while nobody asks, it gives
//! the turn back.

use crate::Holder;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::mem;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most characters of a command that are shown to those who wait.
const COMMAND_CHARACTERS_MAX: usize = 200;

pub(crate) struct Queue {
    shared: Arc<Shared>,
    /// What the turn's file says while the turn is ours: pid and command, a line each.
    signature: String,
}

pub(crate) enum Refused {
    Busy(Option<Holder>),
    Io(io::Error),
}

struct Shared {
    gate: File,
    turn: File,
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    /// No thread waits.
    Idle,
    /// A thread waits for the lock; does anybody want it still?
    Waiting { wanted: bool },
    /// The thread is done.
    Done(io::Result<()>),
}

impl Queue {
    /// Opens the files of the turn and of the gate, and creates them where there are none.
    pub(crate) fn open(turn: &Path, gate: &Path, command: &str) -> io::Result<Self> {
        let open = |path| OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let shared =
            Shared { gate: open(gate)?, turn: open(turn)?, state: Mutex::new(State::Idle), changed: Condvar::new() };
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let command: String = command.chars().map(printable).take(COMMAND_CHARACTERS_MAX).collect();
        let signature = format!("{}\n{command}\n", std::process::id());
        Ok(Self { shared: Arc::new(shared), signature })
    }

    /// Waits for the turn.
    pub(crate) fn take(&mut self, deadline: Duration) -> Result<(), Refused> {
        let shared = &self.shared;
        let mut state = shared.state();
        if matches!(*state, State::Idle) {
            match shared.try_take() {
                Ok(()) => {
                    self.sign();
                    return Ok(());
                }
                Err(TryLockError::WouldBlock) => {
                    let shared = Arc::clone(shared);
                    std::thread::spawn(move || shared.wait());
                }
                Err(TryLockError::Error(error)) => return Err(Refused::Io(error)),
            }
        }
        *state = State::Waiting { wanted: true };
        let waiting = |state: &mut State| matches!(state, State::Waiting { .. });
        let (mut state, _) =
            shared.changed.wait_timeout_while(state, deadline, waiting).unwrap_or_else(PoisonError::into_inner);
        match mem::replace(&mut *state, State::Idle) {
            State::Done(result) => {
                result.map_err(Refused::Io)?;
                self.sign();
                Ok(())
            }
            State::Waiting { .. } | State::Idle => {
                *state = State::Waiting { wanted: false };
                Err(Refused::Busy(self.holder()))
            }
        }
    }

    /// Gives the turn to the next.
    pub(crate) fn release(&self) {
        // To unlock an open file cannot fail; if it did, the lock would end with the process.
        let _ = self.shared.turn.unlock();
    }

    /// Says who has the turn. For people only, so a failure is not worth the turn.
    fn sign(&self) {
        let _ = self.shared.turn.write_all_at(self.signature.as_bytes(), 0);
    }

    /// Who signed last. Lines after the second are left over from a longer signature.
    fn holder(&self) -> Option<Holder> {
        let mut bytes = [0; 4 * COMMAND_CHARACTERS_MAX + 16];
        let length = self.shared.turn.read_at(&mut bytes, 0).ok()?;
        let text = String::from_utf8_lossy(&bytes[..length]);
        let mut lines = text.lines();
        let pid = lines.next()?.parse().ok()?;
        Some(Holder { pid, command: lines.next()?.to_owned() })
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the turn if nobody has it and nobody is at the gate.
    fn try_take(&self) -> Result<(), TryLockError> {
        self.gate.try_lock()?;
        let taken = self.turn.try_lock();
        if !matches!(taken, Err(TryLockError::WouldBlock)) {
            self.gate.unlock().map_err(TryLockError::Error)?;
        }
        taken // Where the turn is not free we stay at the gate.
    }

    /// The thread that waits.
    fn wait(&self) {
        let result = lock(&self.gate).and_then(|()| lock(&self.turn));
        let result = self.gate.unlock().and(result);
        let mut state = self.state();
        if matches!(*state, State::Waiting { wanted: true }) {
            *state = State::Done(result);
            self.changed.notify_all();
        } else {
            *state = State::Idle;
            let _ = self.turn.unlock();
        }
    }
}

fn lock(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
