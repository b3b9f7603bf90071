//! The loop of a run: one thread owns the live state and asks the scheduler what to start; steps
//! work on threads of their own and send what happens.

use crate::Session;
use crate::mask::{Masker, Unmaskable};
use crate::outbox::{Message, Outbox};
use crate::report::diagnostic;
use seam_graph::{ScheduleAction, ScheduleEvent, Scheduler};
use seam_model::{Address, Finding, RunEvent, StepState, Value, codes};
use seam_tools::{Diagnostic, Failure};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often an interrupt is looked for while nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Why a step failed or was refused. Everything in it may be shown: secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFailure {
    /// What failed, with its code.
    pub findings: Vec<Finding>,
    /// The tool's own words.
    pub diagnostics: Vec<Diagnostic>,
    /// The last lines that were no diagnostics.
    pub tail: Vec<String>,
}

impl StepFailure {
    /// What the tool said about it: its errors, or its last lines where it has no diagnostics.
    pub fn words(&self) -> Vec<String> {
        if self.diagnostics.is_empty() {
            return if self.tail.is_empty() { Vec::new() } else { vec![self.tail.join("\n")] };
        }
        let mut words: Vec<String> = Vec::new();
        for text in self.diagnostics.iter().filter(|one| one.error).map(diagnostic) {
            // A tool that is interrupted says the same of every resource.
            if !words.contains(&text) {
                words.push(text);
            }
        }
        words
    }

    /// Did the run lose its lease?
    pub fn is_lost(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == codes::LEASE_LOST)
    }

    /// The same with every secret masked.
    fn masked(mut self, masker: &Masker) -> Self {
        for finding in &mut self.findings {
            finding.message = masker.mask(&finding.message);
            finding.label = finding.label.as_deref().map(|label| masker.mask(label));
            finding.help = finding.help.as_deref().map(|help| masker.mask(help));
        }
        for diagnostic in &mut self.diagnostics {
            diagnostic.summary = masker.mask(&diagnostic.summary);
            diagnostic.detail = masker.mask(&diagnostic.detail);
        }
        for line in &mut self.tail {
            *line = masker.mask(line);
        }
        self
    }
}

impl From<Failure> for StepFailure {
    fn from(failure: Failure) -> Self {
        Self { findings: vec![*failure.finding], diagnostics: failure.diagnostics, tail: failure.tail }
    }
}

impl From<Finding> for StepFailure {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

impl From<Vec<Finding>> for StepFailure {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, diagnostics: Vec::new(), tail: Vec::new() }
    }
}

impl From<Box<Finding>> for StepFailure {
    fn from(finding: Box<Finding>) -> Self {
        vec![*finding].into()
    }
}

impl From<seam_registry::RegistryError> for StepFailure {
    fn from(error: seam_registry::RegistryError) -> Self {
        vec![Finding::error(error.code(), error.to_string()).help(after(&error))].into()
    }
}

/// What to do where the registry cannot answer.
fn after(error: &seam_registry::RegistryError) -> &'static str {
    use seam_registry::RegistryError as E;
    match error {
        E::Busy { .. } => "wait for it, or end that process, and run the command again",
        E::Damaged { .. } => "put a backup of the file in its place; the states of your stacks are not touched",
        E::Newer { .. } => "use that version of seam, or a later one",
        E::Network { .. } => "set SEAM_DATA_DIR to a folder on a local disk",
        E::ReadOnly { .. } => "run the command as somebody who may write the file",
        E::Io { .. } => "mend what the system says, and run the command again",
        E::Stopped | E::Mismatched => "run the command again",
    }
}

impl From<seam_registry::Refusal> for StepFailure {
    fn from(refusal: seam_registry::Refusal) -> Self {
        use seam_registry::Refusal as R;
        let finding = Finding::error(refusal.code(), refusal.to_string());
        let help = match &refusal {
            R::RunByWorkspace { .. } => "publish it by an apply there, or under another address",
            R::OtherHome { .. } => {
                "run it from there; where this is the same workspace that moved: seam import --move-home"
            }
            R::Held { .. } => "wait until that run ends: `seam runs` shows it",
            R::StillUsed { .. } => "destroy or change those first",
            R::TooLarge { .. } => "put the data elsewhere, and its address into the output",
            _ => return vec![finding].into(),
        };
        vec![finding.help(help)].into()
    }
}

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

    /// Something that people must see.
    pub fn warn(&self, text: &str) {
        let text = self.masker.borrow().mask(text);
        (self.send)(RunEvent::Diagnostic { address: Some(self.address.clone()), error: false, text });
    }
}

/// The work of a step, done on a thread of its own.
pub type Job<'s, T> = Box<dyn FnOnce(&Reporter) -> Result<StepEnd<T>, StepFailure> + Send + 's>;

/// What the loop asks of a verb. One thread calls it, so it owns the live state.
pub trait Conductor<'s, T> {
    /// Makes the job of a step that may start now.
    fn begin(&mut self, address: &Address) -> Result<Job<'s, T>, StepFailure>;
    /// Takes in how a step ended; a failure here is the step's.
    fn finish(&mut self, address: &Address, value: T) -> Result<(), StepFailure>;
}

/// Steps that failed, each with why.
pub type Failures = Vec<(Address, StepFailure)>;

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

fn fault(address: &Address) -> StepFailure {
    let finding = Finding::error(codes::FAULT, format!("a fault in Seam itself stopped the step of {address}"));
    vec![finding.help("what it had applied is in its state; please report the lines above")].into()
}

fn failed(
    session: &Session,
    address: Address,
    failure: StepFailure,
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
