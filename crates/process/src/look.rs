//! What became of a step that an earlier process started.

use crate::folder::StepFolder;
use crate::{Ended, Error, Lock};
use std::path::Path;

/// What a step's folder says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No supervisor ever took its lock: nothing ran.
    Nothing,
    /// A supervisor was there and did not start the tool; why.
    NotStarted(String),
    /// It is still running, in this process (the supervisor, the tool if the supervisor was killed, or
    /// what the tool started if that was killed too), as far as that can be told.
    Running {
        /// The process id.
        pid: Option<u32>,
    },
    /// It ended like this. Programs that the tool left behind may still hold the step's lock.
    Ended(Ended),
    /// All are gone and there is no status: nobody knows whether, and how far, the tool ran.
    Uncertain,
}

/// Looks at the folder of a step, which may be missing.
pub fn look(folder: &Path) -> Result<Found, Error> {
    let folder = StepFolder(folder.to_owned());
    // In this order: a step may end between the two, and does so by a status first.
    let free = Lock::is_free(&folder.lock())?;
    Ok(match folder.read_status()? {
        Some(Ended::NotStarted(reason)) => Found::NotStarted(reason),
        Some(ended) => Found::Ended(ended),
        None if !free => {
            let processes = folder.read_processes()?;
            let known = processes.into_iter().flat_map(|known| [Some(known.supervisor), known.tool]).flatten();
            let alive = known.into_iter().find(crate::Identity::is_alive).map(|process| process.pid);
            Found::Running { pid: alive.or_else(|| holder(&folder.lock())) }
        }
        None if folder.lock().exists() => Found::Uncertain,
        None => Found::Nothing,
    })
}

/// A process that has the lock open, as what a tool starts inherits it; only Linux tells, and of one's
/// own processes.
fn holder(lock: &Path) -> Option<u32> {
    let lock = lock.canonicalize().ok()?;
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.find(|pid| {
        let open = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let mut targets = open.filter_map(|file| std::fs::read_link(file.path()).ok());
        *pid != std::process::id() && targets.any(|target| target == lock)
    })
}
