//! When a running program is told to stop: asked for, or its time is up. Pure: time comes in,
//! signals come out.

use crate::Command;
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

    /// Somebody asks by `signal`. Asking twice by the same signal means "at once"; by two different
    /// ones it is one wish that came on two ways (to the whole control group, and from the parent).
    pub(crate) fn ask(&mut self, signal: i32) -> Option<Send> {
        match self.asked_by {
            None => {
                self.asked_by = Some(signal);
                self.interrupt()
            }
            Some(first) if first == signal => Some(Send::Kill),
            Some(_) => None,
        }
    }

    /// What is due at `now`.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Send> {
        if self.limit_at.take_if(|at| *at <= now).is_some() {
            self.timed_out = true;
            self.kill_at = now.checked_add(self.grace);
            return self.interrupt();
        }
        self.kill_at.take_if(|at| *at <= now).map(|_| Send::Kill)
    }

    /// When something is due next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.limit_at.or(self.kill_at)
    }

    /// Was the time limit reached?
    pub(crate) fn timed_out(&self) -> bool {
        self.timed_out
    }

    fn interrupt(&mut self) -> Option<Send> {
        let first = !std::mem::replace(&mut self.interrupted, true);
        first.then_some(Send::Interrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        };
        let now = Instant::now();
        (Stop::new(&command, now), now)
    }

    #[test]
    fn the_second_wish_by_the_same_signal_kills() {
        let (mut twice, _) = stop(None);
        assert_eq!([twice.ask(INT), twice.ask(INT)], [Some(Send::Interrupt), Some(Send::Kill)]);
        let (mut two_ways, _) = stop(None);
        assert_eq!(
            [two_ways.ask(TERM), two_ways.ask(INT), two_ways.ask(TERM)],
            [Some(Send::Interrupt), None, Some(Send::Kill)]
        );
    }

    #[test]
    fn the_limit_interrupts_and_the_grace_kills() {
        let (mut stop, start) = stop(Some(60));
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!((stop.due(at(59)), stop.next(), stop.timed_out()), (None, Some(at(60)), false));
        assert_eq!((stop.due(at(60)), stop.next(), stop.timed_out()), (Some(Send::Interrupt), Some(at(65)), true));
        assert_eq!((stop.due(at(64)), stop.due(at(65)), stop.next()), (None, Some(Send::Kill), None));
    }

    #[test]
    fn one_interrupted_before_its_limit_is_not_interrupted_again() {
        let (mut stop, start) = stop(Some(60));
        assert_eq!(stop.ask(INT), Some(Send::Interrupt));
        assert_eq!(stop.due(start + Duration::from_secs(60)), None);
        assert_eq!(stop.due(start + Duration::from_secs(65)), Some(Send::Kill));
    }
}
