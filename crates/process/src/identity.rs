//! Which process it is: a process id means nothing without the time it was given at, and that
//! nothing without the boot.

use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One process, told apart from a later one with the same process id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The process id.
    pub pid: u32,
    /// Clock ticks between boot and its start; only Linux tells.
    pub start_ticks: Option<u64>,
    /// The random id of the boot; only Linux tells.
    pub boot: Option<String>,
}

impl Identity {
    /// Of the process that has this id now.
    pub fn of(pid: u32) -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
        let boot = boot.map(|id| id.trim().to_owned());
        Self { pid, start_ticks: stat(pid).map(|(_, start)| start), boot }
    }

    /// Its id, to send it something, while that very process runs.
    pub(crate) fn alive(&self) -> Option<Pid> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        pid.filter(|_| self.is_alive())
    }

    /// Is that very process still running? One that ended and was not waited for is not.
    pub fn is_alive(&self) -> bool {
        if self.start_ticks.is_none() {
            let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
            return pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok());
        }
        let zombie = matches!(stat(self.pid), Some(('Z' | 'X', _)));
        !zombie && Self::of(self.pid) == *self
    }
}

/// What stands in the text where only Linux tells.
const UNTOLD: &str = "-";

impl fmt::Display for Identity {
    /// `PID TICKS BOOT`, with `-` for what was not told; records hold it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ticks = self.start_ticks.map_or_else(|| UNTOLD.to_owned(), |ticks| ticks.to_string());
        write!(f, "{} {ticks} {}", self.pid, self.boot.as_deref().unwrap_or(UNTOLD))
    }
}

/// A text that is no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not say which process it is")]
pub struct BadIdentity(String);

impl FromStr for Identity {
    type Err = BadIdentity;

    fn from_str(text: &str) -> Result<Self, BadIdentity> {
        let bad = || BadIdentity(text.to_owned());
        let [pid, ticks, boot] = text.split(' ').collect::<Vec<_>>()[..] else { return Err(bad()) };
        let told = |word: &str| (word != UNTOLD).then(|| word.to_owned());
        Ok(Self {
            pid: pid.parse().map_err(|_| bad())?,
            start_ticks: told(ticks).map(|ticks| ticks.parse()).transpose().map_err(|_| bad())?,
            boot: told(boot),
        })
    }
}

/// State and start of a process, fields 3 and 22 of proc_pid_stat(5). The name before them may
/// contain anything, so they are counted from its closing parenthesis.
fn stat(pid: u32) -> Option<(char, u64)> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let fields = String::from_utf8_lossy(&stat[name_end + 1..]).into_owned();
    let mut fields = fields.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_id_of_another_start_or_boot_is_another_process() {
        let this = Identity::of(std::process::id());
        assert!(this.is_alive());
        if cfg!(target_os = "linux") {
            assert!(!Identity { start_ticks: this.start_ticks.map(|ticks| ticks + 1), ..this.clone() }.is_alive());
            assert!(!Identity { boot: Some("another".to_owned()), ..this }.is_alive());
        }
    }

    #[test]
    fn its_text_comes_back() {
        for (text, start_ticks, boot) in [("7 12 a-b", Some(12), Some("a-b")), ("7 - -", None, None)] {
            let identity = Identity { pid: 7, start_ticks, boot: boot.map(str::to_owned) };
            assert_eq!((identity.to_string().as_str(), text.parse().as_ref()), (text, Ok(&identity)));
        }
        assert!(["", "7", "x 1 b", "7 y b"].iter().all(|text| text.parse::<Identity>().is_err()));
    }
}
