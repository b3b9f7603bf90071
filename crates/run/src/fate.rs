//! What became of a step that was started and led to nothing recorded: one answer out of what its
//! folder says, what is on record and what a person said, for everybody who asks.

use seam_process::{Ended, Found};
use seam_registry::Outcome;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on, in this process as far as that can be told.
    Running(Option<u32>),
    /// It never began.
    NotStarted,
    /// It ended with success.
    Done,
    /// A person says that it did its work.
    SaidDone,
    /// A person says that it did not.
    SaidNotDone,
    /// It ended by itself, without success.
    Failed,
    /// It was killed, or stopped at its time limit: what it was making may be half made.
    Killed,
    /// All of it is gone and nobody recorded how it ended.
    Unknown,
}

/// The fate of a step whose folder says `found`, and of which `recorded` is on record. A person is
/// believed only where the step did not say how it ended.
pub fn fate(found: &Found, recorded: Option<Outcome>) -> Fate {
    match (found, recorded) {
        (Found::Running { pid }, _) => Fate::Running(*pid),
        (Found::NotStarted(_), _) | (_, Some(Outcome::NotStarted)) => Fate::NotStarted,
        (Found::Ended(Ended::Exited(0)), _) => Fate::Done,
        (Found::Ended(Ended::Exited(_)), _) => Fate::Failed,
        (_, Some(Outcome::Applied)) => Fate::SaidDone,
        (_, Some(Outcome::NotApplied)) => Fate::SaidNotDone,
        (Found::Ended(_), _) | (_, Some(Outcome::Signalled(_) | Outcome::TimedOut)) => Fate::Killed,
        // Its folder is gone, or cannot tell any more.
        (_, Some(Outcome::Exited(0))) => Fate::Done,
        (_, Some(Outcome::Exited(_))) => Fate::Failed,
        (Found::Uncertain | Found::Nothing, None) => Fate::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate, fate};
    use seam_process::{Ended, Found};
    use seam_registry::Outcome;

    #[test]
    fn folder_record_and_word_make_one_fate() {
        let running = Found::Running { pid: Some(7) };
        let ended = |ended| Found::Ended(ended);
        for (found, recorded, expected) in [
            (running.clone(), None, Fate::Running(Some(7))),
            (running, Some(Outcome::Applied), Fate::Running(Some(7))),
            (Found::NotStarted("gate".into()), None, Fate::NotStarted),
            (ended(Ended::Exited(0)), None, Fate::Done),
            (ended(Ended::Exited(0)), Some(Outcome::NotApplied), Fate::Done),
            (ended(Ended::Exited(1)), None, Fate::Failed),
            (ended(Ended::Signalled(9)), Some(Outcome::Signalled(9)), Fate::Killed),
            (ended(Ended::TimedOut), None, Fate::Killed),
            (ended(Ended::Signalled(9)), Some(Outcome::NotApplied), Fate::SaidNotDone),
            (ended(Ended::Signalled(9)), Some(Outcome::Applied), Fate::SaidDone),
            (Found::Uncertain, None, Fate::Unknown),
            (Found::Nothing, None, Fate::Unknown),
            (Found::Uncertain, Some(Outcome::Applied), Fate::SaidDone),
            (Found::Nothing, Some(Outcome::NotApplied), Fate::SaidNotDone),
            (Found::Nothing, Some(Outcome::Exited(0)), Fate::Done),
            (Found::Nothing, Some(Outcome::Exited(3)), Fate::Failed),
            (Found::Nothing, Some(Outcome::Signalled(15)), Fate::Killed),
        ] {
            assert_eq!(fate(&found, recorded), expected, "{found:?} {recorded:?}");
        }
    }
}
