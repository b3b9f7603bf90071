//! The loop of a run: one thread owns the live state and asks the scheduler what to start; steps
//! work on threads of their own and send what happens.

use crate::Session;
use crate::failure::RunFailure;
use crate::mask::{Masker, Unmaskable};
use crate::outbox::{Message, Outbox};
use seam_graph::{ScheduleAction, ScheduleEvent, Scheduler};
use seam_model::{Address, Finding, RunEvent, StepState, Value, codes};
use seam_tools::terraform;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often an interrupt is looked for while nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How a step ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepEnd<T> {
    /// Published or skipped.
    pub state: StepState,
    /// Why, or what was done.
    pub reason: String,
    /// What it came to.
    pub value: T,
}

/// Tells what a step is doing, with the step's secrets masked.
pub struct Reporter<'a> {
    address: &'a Address,
    send: &'a dyn Fn(RunEvent),
    masker: RefCell<Masker>,
}

impl<'a> Reporter<'a> {
    /// For what happens to `address`.
    pub fn new(address: &'a Address, send: &'a dyn Fn(RunEvent)) -> Self {
        Self { address, send, masker: RefCell::default() }
    }

    /// Learns a secret, before anything that may contain it is told. `name` says what it is.
    pub fn learn(&self, name: &str, value: &Value) {
        let unmaskable = self.masker.borrow_mut().learn(value);
        let what = match unmaskable {
            Some(Unmaskable::Whole) => "too short to be masked",
            Some(Unmaskable::Line) => "has lines that are too short to be masked by themselves",
            None => return,
        };
        self.warn(&format!("`{name}` is sensitive and {what} in what its tool prints"));
    }

    /// Is a secret of the step in this value? A tool does not mark an output as sensitive that is made
    /// of a secret whose variable does not say so.
    pub fn reveals(&self, value: &Value) -> bool {
        self.masker.borrow().reveals(value)
    }

    /// Gives what masks the step's secrets to `use_it`.
    pub fn with_masker<R>(&self, use_it: impl FnOnce(&Masker) -> R) -> R {
        use_it(&self.masker.borrow())
    }

    /// The step is somewhere else now.
    pub fn state(&self, state: StepState, reason: &str) {
        (self.send)(RunEvent::Step { address: self.address.clone(), state, reason: reason.to_owned() });
    }

    /// The tool told how far it is.
    pub fn progress(&self, done: usize, total: usize, line: &str) {
        let line = self.masker.borrow().mask(line);
        (self.send)(RunEvent::Progress { address: self.address.clone(), done, total, line });
    }

    /// Terraform told how far it is, or that it waits, in this state of the step.
    pub fn told(&self, state: StepState, progress: &terraform::Progress) {
        if progress.line == terraform::WAITS_FOR_LOCK {
            self.state(state, &progress.line);
        }
        self.progress(progress.done, progress.total, &progress.line);
    }

    /// Something that people must see.
    pub fn warn(&self, text: &str) {
        let text = self.masker.borrow().mask(text);
        (self.send)(RunEvent::Diagnostic { address: Some(self.address.clone()), error: false, text });
    }
}

/// The work of a step, done on a thread of its own.
pub type Job<'s, T> = Box<dyn FnOnce(&Reporter) -> Result<StepEnd<T>, RunFailure> + Send + 's>;

/// What the loop asks of a verb. One thread calls it, so it owns the live state.
pub trait Conductor<'s, T> {
    /// Makes the job of a step that may start now.
    fn begin(&mut self, address: &Address) -> Result<Job<'s, T>, RunFailure>;
    /// Takes in how a step ended; a failure here is the step's.
    fn finish(&mut self, address: &Address, value: T) -> Result<(), RunFailure>;
}

/// Steps that failed, each with why.
pub type Failures = Vec<(Address, RunFailure)>;

/// Drives the scheduler's steps to their end. Events come in the order in which things happened.
pub fn drive<'s, T: Send + 's>(
    session: &'s Session,
    mut scheduler: Scheduler,
    conductor: &mut dyn Conductor<'s, T>,
    report: &mut dyn FnMut(RunEvent),
) -> Failures {
    let mut failures = Failures::new();
    std::thread::scope(|scope| {
        let (sender, receiver) = channel::<Message<T>>();
        let mut events = vec![ScheduleEvent::Begin];
        let mut stopping = false;
        loop {
            while let Some(event) = events.pop() {
                for action in scheduler.next(&event) {
                    match action {
                        ScheduleAction::Start(address) => match conductor.begin(&address) {
                            Ok(job) => {
                                let sender = sender.clone();
                                scope.spawn(move || work(&address, job, sender));
                            }
                            Err(failure) => events.push(failed(session, address, failure, &mut failures, report)),
                        },
                        ScheduleAction::NotStarted { step, because } => report(not_started(step, because.as_ref())),
                    }
                }
            }
            if scheduler.is_finished() {
                return;
            }
            match receiver.recv_timeout(LOOK_EVERY) {
                Ok(Message::Event(event)) => report(event),
                Ok(Message::Progress(newest)) => newest.take().into_iter().for_each(&mut *report),
                Ok(Message::Over(address, Ok(end))) => match conductor.finish(&address, end.value) {
                    Ok(()) => {
                        let (state, reason) = (end.state, end.reason);
                        report(RunEvent::Step { address: address.clone(), state, reason });
                        events.push(ScheduleEvent::Done(address));
                    }
                    Err(failure) => events.push(failed(session, address, failure, &mut failures, report)),
                },
                Ok(Message::Over(address, Err(failure))) => {
                    events.push(failed(session, address, failure, &mut failures, report));
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if session.stop.requests() > 0 && !std::mem::replace(&mut stopping, true) {
                events.push(ScheduleEvent::Interrupt);
            }
        }
    });
    failures
}

fn work<T>(address: &Address, job: Job<'_, T>, sender: Sender<Message<T>>) {
    let outbox = Outbox::new(sender);
    let send = |event: RunEvent| outbox.tell(event);
    let reporter = Reporter::new(address, &send);
    // A step that panics ends like one that failed: the loop waits for each step's end.
    let result = catch_unwind(AssertUnwindSafe(|| job(&reporter))).unwrap_or_else(|_| Err(fault(address)));
    let result = result.map_err(|failure| reporter.with_masker(|masker| failure.masked(masker)));
    outbox.over(address.clone(), result);
}

fn fault(address: &Address) -> RunFailure {
    let finding = Finding::error(codes::FAULT, format!("a fault in Seam itself stopped the step of {address}"));
    vec![finding.help("what it had applied is in its state; please report the lines above")].into()
}

fn failed(
    session: &Session,
    address: Address,
    failure: RunFailure,
    failures: &mut Failures,
    report: &mut dyn FnMut(RunEvent),
) -> ScheduleEvent {
    if failure.is_lost() {
        session.stop.lose();
    }
    let reason = failure.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
    let interrupted = failure.findings.iter().any(|finding| finding.code == codes::INTERRUPTED);
    let state = if interrupted { StepState::NotStarted } else { StepState::Failed };
    report(RunEvent::Step { address: address.clone(), state, reason });
    for text in failure.words() {
        report(RunEvent::Diagnostic { address: Some(address.clone()), error: true, text });
    }
    failures.push((address.clone(), failure));
    ScheduleEvent::Failed(address)
}

fn not_started(address: Address, because: Option<&Address>) -> RunEvent {
    let reason = match because {
        Some(because) => format!("because {} failed", because.stack),
        None => "interrupted".to_owned(),
    };
    RunEvent::Step { address, state: StepState::NotStarted, reason }
}
