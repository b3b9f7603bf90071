//! When a running program is told to stop: asked for, or its time is up. Pure: time comes in,
//! signals come out.

use crate::{Command, Ended};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// What to send to the program's process group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Send {
    /// SIGINT: end, and save what there is. Never sent twice, since a second one means "at once" to
    /// most tools.
    Interrupt,
    /// SIGKILL.
    Kill,
}

/// The course of stopping one program.
#[derive(Debug)]
pub(crate) struct Stop {
    limit_at: Option<Instant>,
    grace: Duration,
    kill_at: Option<Instant>,
    /// The signal that asked first.
    asked_by: Option<i32>,
    interrupted: bool,
    timed_out: bool,
}

impl Stop {
    /// Of a program that starts now.
    pub(crate) fn new(command: &Command, now: Instant) -> Self {
        let limit_at = command.time_limit.and_then(|limit| now.checked_add(limit));
        Self { limit_at, grace: command.grace, kill_at: None, asked_by: None, interrupted: false, timed_out: false }
    }

    /// Somebody asks by `signal` at `now`. Asking twice by the same signal means "at once"; by two
    /// different ones it is one wish that came on two ways (to the whole control group, and from the
    /// parent).
    pub(crate) fn ask(&mut self, signal: i32, now: Instant) -> Option<Send> {
        match self.asked_by {
            None => {
                self.asked_by = Some(signal);
                self.interrupt(now)
            }
            Some(first) if first == signal => Some(Send::Kill),
            Some(_) => None,
        }
    }

    /// What is due at `now`.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Send> {
        if self.limit_at.take_if(|at| *at <= now).is_some() {
            self.timed_out = true;
            return self.interrupt(now);
        }
        self.kill_at.take_if(|at| *at <= now).map(|_| Send::Kill)
    }

    /// When something is due next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.limit_at.or(self.kill_at)
    }

    /// How the program ended that left `status`. One that reached its time limit and then succeeded
    /// within the grace has succeeded: what it did is done.
    pub(crate) fn ended(&self, status: ExitStatus) -> Ended {
        if self.timed_out && !status.success() { Ended::TimedOut } else { Ended::from_status(status) }
    }

    /// From the first interrupt on the grace runs, and the time limit counts no more.
    fn interrupt(&mut self, now: Instant) -> Option<Send> {
        if std::mem::replace(&mut self.interrupted, true) {
            return None;
        }
        self.limit_at = None;
        self.kill_at = now.checked_add(self.grace);
        Some(Send::Interrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    const INT: i32 = 2;
    const TERM: i32 = 15;

    fn stop(limit_seconds: Option<u64>) -> (Stop, Instant) {
        let command = Command {
            program: "sleep".into(),
            args: vec![],
            folder: "/".into(),
            env: vec![],
            time_limit: limit_seconds.map(Duration::from_secs),
            grace: Duration::from_secs(5),
            lock: None,
        };
        let now = Instant::now();
        (Stop::new(&command, now), now)
    }

    #[test]
    fn the_second_wish_by_the_same_signal_kills() {
        let (mut twice, now) = stop(None);
        assert_eq!([twice.ask(INT, now), twice.ask(INT, now)], [Some(Send::Interrupt), Some(Send::Kill)]);
        let (mut two_ways, now) = stop(None);
        assert_eq!(
            [two_ways.ask(TERM, now), two_ways.ask(INT, now), two_ways.ask(TERM, now)],
            [Some(Send::Interrupt), None, Some(Send::Kill)]
        );
    }

    #[test]
    fn the_limit_interrupts_and_the_grace_kills() {
        let (mut stop, start) = stop(Some(60));
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!((stop.due(at(59)), stop.next()), (None, Some(at(60))));
        assert_eq!((stop.due(at(60)), stop.next()), (Some(Send::Interrupt), Some(at(65))));
        assert_eq!((stop.ask(INT, at(61)), stop.next()), (None, Some(at(65))));
        assert_eq!((stop.due(at(64)), stop.due(at(65)), stop.next()), (None, Some(Send::Kill), None));
    }

    #[test]
    fn a_wish_interrupts_and_the_grace_kills() {
        for limit in [None, Some(60)] {
            let (mut stop, start) = stop(limit);
            let at = |seconds| start + Duration::from_secs(seconds);
            assert_eq!((stop.ask(TERM, at(58)), stop.next()), (Some(Send::Interrupt), Some(at(63))));
            assert_eq!((stop.ask(INT, at(59)), stop.due(at(60)), stop.next()), (None, None, Some(at(63))));
            assert_eq!((stop.due(at(63)), stop.next()), (Some(Send::Kill), None));
        }
    }

    #[test]
    fn past_its_limit_only_a_success_is_told_from_the_limit() {
        let (mut stop, start) = stop(Some(60));
        let (success, failure) = (ExitStatus::from_raw(0), ExitStatus::from_raw(1 << 8));
        assert_eq!([stop.ended(success), stop.ended(failure)], [Ended::Exited(0), Ended::Exited(1)]);
        stop.due(start + Duration::from_secs(60));
        assert_eq!([stop.ended(success), stop.ended(failure)], [Ended::Exited(0), Ended::TimedOut]);
    }
}
