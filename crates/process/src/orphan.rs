//! A tool whose supervisor was killed: what the supervisor would have sent it is sent from here.

use crate::Identity;
use crate::folder::StepFolder;
use crate::stop::{Send, Stop};
use crate::supervisor::send_to;
use signal_hook::consts::SIGINT;
use std::time::Instant;

/// The tool, and the course of stopping it.
#[derive(Debug)]
pub(crate) struct Orphan {
    tool: Identity,
    stop: Stop,
}

impl Orphan {
    /// Of the step in `folder`, whose supervisor is gone. Nothing tells how long the tool has run, so
    /// its time limit counts from `now`: late rather than early. `None` where it ended as it should, or
    /// nobody wrote down which process the tool is.
    pub(crate) fn found(folder: &StepFolder, now: Instant) -> Option<Self> {
        if folder.read_status().ok()?.is_some() {
            return None;
        }
        let tool = folder.read_processes().ok()??.tool?;
        let command = folder.read_command().ok()?;
        Some(Self { tool, stop: Stop::new(&command, now) })
    }

    /// Somebody asks it to end; the second time it is killed.
    pub(crate) fn interrupt(&mut self, now: Instant) {
        let send = self.stop.ask(SIGINT, now);
        self.send(send);
    }

    pub(crate) fn kill(&self) {
        self.send(Some(Send::Kill));
    }

    /// Sends what its time limit or its grace asks for by now.
    pub(crate) fn keep_limits(&mut self, now: Instant) {
        let send = self.stop.due(now);
        self.send(send);
    }

    /// To its process group. A process of another start with the same id is sent nothing.
    fn send(&self, send: Option<Send>) {
        if let Some(group) = self.tool.alive() {
            send_to(group, send);
        }
    }
}
