//! A step that another process started, which died since: followed through what lies in its folder.

use crate::folder::{Processes, StepFolder};
use crate::stop::Send;
use crate::supervisor::send_to;
use crate::{Ended, Error, Found, Identity, look};
use rustix::process::{Pid, Signal};
use std::time::{Duration, Instant};

/// How often the folder is looked at: nothing tells when a process ends that is not our child.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until the step is over, at most until `deadline`; `None`: it still runs.
pub(crate) fn wait(folder: &StepFolder, deadline: Option<Instant>) -> Result<Option<Ended>, Error> {
    loop {
        match look(&folder.0)? {
            Found::Ended(ended) => return Ok(Some(ended)),
            Found::NotStarted(reason) => return Ok(Some(Ended::NotStarted(reason))),
            Found::Uncertain | Found::Nothing => return Err(Error::Uncertain { folder: folder.0.clone() }),
            Found::Running { .. } => {}
        }
        let left = deadline.map_or(LOOK_EVERY, |at| at.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Ok(None);
        }
        std::thread::sleep(left.min(LOOK_EVERY));
    }
}

/// Sends to the supervisor; where that was killed, to the tool's process group what the supervisor
/// would have sent. A process of another start with the same id is sent nothing.
pub(crate) fn signal(folder: &StepFolder, signal: Signal) {
    let Ok(Some(Processes { supervisor, tool })) = folder.read_processes() else { return };
    if let Some(pid) = alive(&supervisor) {
        let _ = rustix::process::kill_process(pid, signal);
    } else if let Some(group) = tool.as_ref().and_then(alive) {
        send_to(group, Some(if signal == Signal::INT { Send::Interrupt } else { Send::Kill }));
    }
}

fn alive(process: &Identity) -> Option<Pid> {
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw);
    pid.filter(|_| process.is_alive())
}
