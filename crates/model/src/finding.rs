//! Findings: what is wrong (or worth a warning) in a workspace, with the place and a next step.

use crate::Code;
use serde_json::Value as Json;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is refused.
    Warning,
    /// Refused: nothing runs.
    Error,
}

/// A place in a file. It carries its source line, so that whoever prints it reads no file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the workspace.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How many characters of the line are meant, at least 1.
    pub length: usize,
    /// The whole source line, without its line end.
    pub source: String,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file),
            _ => write!(f, "{}:{}:{}", self.file, self.line, self.column),
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable code; `seam explain CODE` describes it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence, lower case, no period.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// What stands at the place, in a few words, shown under the source line.
    pub label: Option<String>,
    /// Further places that belong to it (the lines of a cycle), each with a few words.
    pub related: Vec<(Place, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// What a comparison of contracts says beside.
    pub comparison: Option<Box<Comparison>>,
}

/// What a finding about two versions of a contract carries for machines and approvals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The rule's stable id, such as `output-removed`.
    pub rule: String,
    /// Of stack, rule and place; survives commits. 16 hexadecimal digits.
    pub fingerprint: String,
    /// A whole value that one version allows and the other refuses.
    pub witness: Option<Json>,
    /// What held before and does not now.
    pub lost: Option<String>,
    /// Why nobody knows, as a stable word.
    pub reason: Option<String>,
    /// Whom it breaks, or may break: addresses, and what logs call those who were seen to call.
    pub breaks: Vec<String>,
}

impl Finding {
    /// An error with no place yet.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            place: None,
            label: None,
            related: Vec::new(),
            help: None,
            comparison: None,
        }
    }

    /// A warning with no place yet.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    /// Says what stands there.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what was compared.
    #[must_use]
    pub fn comparison(mut self, comparison: Comparison) -> Self {
        self.comparison = Some(Box::new(comparison));
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn related(mut self, place: &Place, words: impl Into<String>) -> Self {
        self.related.push((place.clone(), words.into()));
        self
    }
}

/// Is any of them an error?
pub fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
