//! Waiting for the first of several pipes, until a deadline.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// Waits until one of `pipes` can be read or is closed at its other end. `false`: the deadline came first.
pub(crate) fn wait_ready(pipes: &[BorrowedFd<'_>], deadline: Option<Instant>) -> io::Result<bool> {
    let mut polled: Vec<_> = pipes.iter().map(|pipe| PollFd::from_borrowed_fd(*pipe, PollFlags::IN)).collect();
    loop {
        let timeout = deadline.map(|deadline| timespec(deadline.saturating_duration_since(Instant::now())));
        match poll(&mut polled, timeout.as_ref()) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A wait beyond what the system can count comes back early, as one that is too long anyway.
fn timespec(duration: Duration) -> Timespec {
    const SECONDS_MAX: u64 = 1_000_000;
    let duration = duration.min(Duration::from_secs(SECONDS_MAX));
    Timespec { tv_sec: duration.as_secs().cast_signed(), tv_nsec: duration.subsec_nanos().into() }
}
