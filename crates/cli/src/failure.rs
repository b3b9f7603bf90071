//! How a command fails: with findings, or with the words of a tool beside them.

use crate::exit::{Exit, exit_of_all};
use seam_model::Finding;
use seam_run::RunFailure;

/// A command that did not do what it was asked for. Printed once, at the end.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What is wrong, with places and next steps.
    pub findings: Vec<Finding>,
    /// What tools said about it.
    pub words: Vec<String>,
    /// The exit, where it is not that of the first error.
    exit: Option<Exit>,
}

impl Failure {
    /// Findings in the workspace's files: exit 1, whatever they are.
    pub fn of_files(findings: Vec<Finding>) -> Self {
        Self { findings, words: Vec::new(), exit: Some(Exit::Failed) }
    }

    /// A rule of the stack refused what was given.
    pub fn refused(findings: Vec<Finding>) -> Self {
        Self { findings, words: Vec::new(), exit: None }
    }

    /// Which exit it is.
    pub fn exit(&self) -> Exit {
        self.exit.unwrap_or_else(|| match exit_of_all(&self.findings) {
            Exit::Done => Exit::Failed,
            exit => exit,
        })
    }
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Self {
        Self { findings: vec![finding], words: Vec::new(), exit: None }
    }
}

impl From<Box<Finding>> for Failure {
    fn from(finding: Box<Finding>) -> Self {
        (*finding).into()
    }
}

impl From<RunFailure> for Failure {
    fn from(failure: RunFailure) -> Self {
        Self { findings: failure.heads(), words: failure.words(), exit: None }
    }
}

impl From<seam_registry::RegistryError> for Failure {
    fn from(error: seam_registry::RegistryError) -> Self {
        RunFailure::from(error).into()
    }
}

impl From<seam_registry::Refusal> for Failure {
    fn from(refusal: seam_registry::Refusal) -> Self {
        RunFailure::from(refusal).into()
    }
}
