//! Runs one process of a tool under its supervisor: folder, gate, record, follow, stop.

use crate::Session;
use crate::drive::Reporter;
use crate::follow::follow;
use crate::run_folder;
use seam_model::{Address, Finding, Verb, codes};
use seam_process::{Command, Ended, Gated};
use seam_registry::{Command as Record, Outcome, RecordedInput, StatePosition, StepStart};
use seam_tools::{Call, LaunchError, Launched, Launcher};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What is recorded when the tool of a step is about to change the world.
#[derive(Clone, Debug)]
pub struct Journal {
    /// The run, which holds the lease.
    pub run: u64,
    /// What the tool gets, without secrets of `secret` inputs.
    pub inputs: BTreeMap<String, RecordedInput>,
    /// The step's key.
    pub key: String,
    /// The state before.
    pub state_before: Option<StatePosition>,
}

/// Starts the processes of one step.
pub struct StepLauncher<'a> {
    session: &'a Session,
    address: Address,
    /// `.seam/runs/RUN/STACK`.
    folder: PathBuf,
    journal: Option<Journal>,
    reporter: &'a Reporter<'a>,
}

impl<'a> StepLauncher<'a> {
    /// For the step of `address`, whose processes have their folders in `folder`. Without a journal
    /// nothing may change the world. `reporter` is told what people must know of a process.
    pub fn new(
        session: &'a Session,
        address: &Address,
        folder: PathBuf,
        journal: Option<Journal>,
        reporter: &'a Reporter<'a>,
    ) -> Self {
        Self { session, address: address.clone(), folder, journal, reporter }
    }

    fn is_stopped(&self) -> bool {
        self.session.stop.requests() > 0
    }

    fn interrupted(&self, call: Call) -> LaunchError {
        refused(codes::INTERRUPTED, format!("interrupted before {} of {}", call.as_str(), self.address))
    }

    /// Records that the tool is about to start, while its supervisor waits behind the gate.
    fn record_start(&self, call: Call, folder: &Path, gated: &Gated) -> Result<(), LaunchError> {
        let journal = self.journal.as_ref().ok_or_else(|| {
            refused(codes::INTERRUPTED, format!("a plan of {} would have changed the world", self.address))
        })?;
        let start = StepStart {
            run: journal.run,
            address: self.address.clone(),
            folder: folder_name(folder),
            tool: self.session.instance(&self.address).0.tool.as_str().to_owned(),
            home: self.session.caller.home.clone(),
            verb: if call == Call::Destroy { Verb::Destroy } else { Verb::Apply },
            supervisor: gated.identity().to_string(),
            state_before: journal.state_before.clone(),
            inputs: journal.inputs.clone(),
            key: journal.key.clone(),
        };
        self.submit(Record::StartStep(start))
    }

    fn record_end(&self, folder: &Path, ended: &Ended) -> Result<(), LaunchError> {
        let Some(journal) = &self.journal else { return Ok(()) };
        self.submit(Record::EndStep {
            run: journal.run,
            address: self.address.clone(),
            folder: folder_name(folder),
            outcome: outcome(ended),
        })
    }

    fn submit(&self, record: Record) -> Result<(), LaunchError> {
        let answers = self.session.registry.submit(vec![record]);
        let answers = answers.map_err(|error| refused(error.code(), error.to_string()))?;
        for answer in answers {
            answer.map_err(|refusal| refused(refusal.code(), refusal.to_string()))?;
        }
        Ok(())
    }
}

impl Launcher for StepLauncher<'_> {
    fn launch(
        &mut self,
        call: Call,
        build: &mut dyn FnMut(&Path) -> io::Result<Command>,
        line: &mut dyn FnMut(&str),
    ) -> Result<Launched, LaunchError> {
        if self.is_stopped() {
            return Err(self.interrupted(call));
        }
        let in_folder = |folder: &Path| {
            let folder = folder.to_owned();
            move |source| LaunchError::Folder { folder, source }
        };
        let folder = run_folder::next_folder(&self.folder, call).map_err(in_folder(&self.folder))?;
        let command = build(&folder).map_err(in_folder(&folder))?;
        let gated = seam_process::prepare(&folder, &self.session.caller.supervisor, &command)
            .map_err(|error| refused(codes::TOOL_FAILED, in_full(&error)))?;
        if call.changes_the_world() {
            self.record_start(call, &folder, &gated)?;
        }
        let running = gated.open().map_err(|error| refused(codes::TOOL_FAILED, in_full(&error)))?;
        let ended = follow(&self.session.stop, &folder, running, line, self.reporter)
            .map_err(|error| refused(codes::UNCERTAIN, in_full(&error)))?;
        if call.changes_the_world() {
            self.record_end(&folder, &ended)?;
        }
        if matches!(ended, Ended::NotStarted(_)) && self.is_stopped() {
            return Err(self.interrupted(call));
        }
        Ok(Launched { folder, ended })
    }
}

/// The end of a process as the registry records it.
pub fn outcome(ended: &Ended) -> Outcome {
    match ended {
        Ended::NotStarted(_) => Outcome::NotStarted,
        Ended::Exited(code) => Outcome::Exited(*code),
        Ended::Signalled(signal) => Outcome::Signalled(*signal),
        Ended::TimedOut => Outcome::TimedOut,
    }
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn refused(code: seam_model::Code, message: String) -> LaunchError {
    LaunchError::Refused(Box::new(Finding::error(code, message)))
}

/// An error and all its sources in one line.
pub fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}
