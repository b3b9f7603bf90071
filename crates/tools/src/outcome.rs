//! What a call of a tool comes to: its outputs, or a failure with the tool's own words.

use seam_model::{Finding, Place, Schema, Value};
use seam_process::Ended;

/// One output of an applied stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its value, known throughout.
    pub value: Value,
    /// Its type, as the tool reports it or inferred from the value.
    pub schema: Schema,
    /// Never shown.
    pub sensitive: bool,
}

/// Something that a tool said about the code or the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Is it an error, or a warning?
    pub error: bool,
    /// One line.
    pub summary: String,
    /// Several lines perhaps, or nothing.
    pub detail: String,
    /// The resource it is about, in the tool's words.
    pub address: Option<String>,
    /// Where in the stack's source, the file relative to the workspace.
    pub place: Option<Place>,
}

/// A call that did not do what it should. Nothing that the tool said is swallowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What failed in one sentence, with its code; its help is what to do next.
    pub finding: Box<Finding>,
    /// The tool's own diagnostics, in its order.
    pub diagnostics: Vec<Diagnostic>,
    /// The last lines that were no diagnostics (a crash, a script's words).
    pub tail: Vec<String>,
    /// How the program ended; `None` where it was not started.
    pub ended: Option<Ended>,
}

impl From<Box<Finding>> for Failure {
    fn from(finding: Box<Finding>) -> Self {
        Self { finding, diagnostics: Vec::new(), tail: Vec::new(), ended: None }
    }
}
