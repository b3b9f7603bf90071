//! A step whose supervisor is no child of ours, or was killed: its end is waited for by what lies in its
//! folder.

use crate::folder::StepFolder;
use crate::{Ended, Error, Found, look};
use std::time::{Duration, Instant};

/// How often the folder is looked at: nothing tells when a process ends that is not our child.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until the step is over, at most until `deadline`; `None`: it still runs. `meanwhile` is called
/// whenever it was seen running.
pub(crate) fn wait(
    folder: &StepFolder,
    deadline: Option<Instant>,
    meanwhile: &mut dyn FnMut(),
) -> Result<Option<Ended>, Error> {
    loop {
        match look(&folder.0)? {
            Found::Ended(ended) => return Ok(Some(ended)),
            Found::NotStarted(reason) => return Ok(Some(Ended::NotStarted(reason))),
            Found::Uncertain | Found::Nothing => return Err(Error::Uncertain { folder: folder.0.clone() }),
            Found::Running { .. } => meanwhile(),
        }
        let left = deadline.map_or(LOOK_EVERY, |at| at.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Ok(None);
        }
        std::thread::sleep(left.min(LOOK_EVERY));
    }
}
