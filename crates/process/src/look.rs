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
    /// It is still running, in this process (the supervisor, or the tool if the supervisor was
    /// killed), as far as that can be told.
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
            Found::Running { pid: known.into_iter().find(crate::Identity::is_alive).map(|process| process.pid) }
        }
        None if folder.lock().exists() => Found::Uncertain,
        None => Found::Nothing,
    })
}
