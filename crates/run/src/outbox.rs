//! The way of a step's events to the loop: in order, and of its progress only the newest waits there. So
//! a tool that floods fills no memory, and no step waits until the screen is ready for it.

use crate::drive::StepEnd;
use crate::failure::RunFailure;
use seam_model::{Address, RunEvent};
use std::cell::RefCell;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

/// What a step's thread sends.
pub enum Message<T> {
    /// It happened.
    Event(RunEvent),
    /// How far the step is, as of when this is read.
    Progress(Newest),
    /// The step ended.
    Over(Address, Result<StepEnd<T>, RunFailure>),
}

/// The newest progress that nobody read yet.
#[derive(Clone, Default)]
pub struct Newest(Arc<Mutex<Option<RunEvent>>>);

impl Newest {
    /// Reads it; what comes later is a message of its own.
    pub fn take(&self) -> Option<RunEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// True: an older one that nobody read was replaced.
    fn replace(&self, progress: RunEvent) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(progress).is_some()
    }
}

/// What one step tells.
pub struct Outbox<T> {
    sender: Sender<Message<T>>,
    newest: RefCell<Newest>,
}

impl<T> Outbox<T> {
    /// Nobody listening is no error: the loop listens until every step is over.
    pub fn new(sender: Sender<Message<T>>) -> Self {
        Self { sender, newest: RefCell::default() }
    }

    /// Something happened. It never waits.
    pub fn tell(&self, event: RunEvent) {
        if matches!(event, RunEvent::Progress { .. }) {
            let newest = self.newest.borrow();
            if !newest.replace(event) {
                let _ = self.sender.send(Message::Progress(newest.clone()));
            }
        } else {
            // Progress that comes later must not take the place of one that came before this.
            self.newest.take();
            let _ = self.sender.send(Message::Event(event));
        }
    }

    /// The step ended.
    pub fn over(self, address: Address, result: Result<StepEnd<T>, RunFailure>) {
        let _ = self.sender.send(Message::Over(address, result));
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, Outbox};
    use seam_model::{Address, RunEvent, StepState};
    use std::sync::mpsc::channel;

    /// As many lines as a flood has, while the loop is busy.
    const LINES: usize = 100_000;

    #[test]
    fn a_flood_of_progress_waits_as_its_newest_in_order() {
        let address: Address = "shop/api/dev".parse().unwrap();
        let (sender, receiver) = channel::<Message<()>>();
        let outbox = Outbox::new(sender);
        let flood = |what: &str| {
            for done in 1..=LINES {
                let (address, line) = (address.clone(), what.to_owned());
                outbox.tell(RunEvent::Progress { address, done, total: 0, line });
            }
        };
        let state = |state| RunEvent::Step { address: address.clone(), state, reason: String::new() };
        let newest =
            |line: &str| RunEvent::Progress { address: address.clone(), done: LINES, total: 0, line: line.to_owned() };
        let waiting = || -> Vec<RunEvent> {
            let events = receiver.try_iter().map(|message| match message {
                Message::Event(event) => event,
                Message::Progress(newest) => newest.take().expect("each message has something to read"),
                Message::Over(..) => unreachable!("it goes on"),
            });
            events.collect()
        };
        flood("plan");
        outbox.tell(state(StepState::Applying));
        flood("apply");
        assert_eq!(waiting(), [newest("plan"), state(StepState::Applying), newest("apply")]);
        flood("more");
        assert_eq!(waiting(), [newest("more")]);
    }
}
