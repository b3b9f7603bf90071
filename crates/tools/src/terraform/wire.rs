//! Diagnostics as Terraform writes them, and where in the workspace they are about.

use super::Job;
use super::place::normal;
use crate::Diagnostic as Outcome;
use seam_hcl::{Rewritten, is_ours, source_words};
use seam_model::Place;
use serde::Deserialize;
use std::fmt::Write;
use std::path::Path;

/// A warning or an error in Terraform's JSON.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Diagnostic {
    #[serde(default)]
    severity: String,
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub detail: String,
    /// The object that it is about.
    pub address: Option<String>,
    range: Option<Range>,
    pub snippet: Option<Snippet>,
    /// The place in the source, where the tool saw a rewritten one.
    #[serde(skip)]
    located: Option<Place>,
    /// The unknown input that it comes of, where that can be told.
    #[serde(skip)]
    pub blamed: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Range {
    filename: String,
    start: Position,
    end: Position,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Position {
    line: usize,
    column: usize,
    #[serde(default)]
    byte: usize,
}

/// The code that a diagnostic is about.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Snippet {
    /// The head of the block around it.
    pub context: Option<String>,
    /// Whole lines.
    #[serde(default)]
    pub code: String,
    start_line: usize,
    /// What the expressions in it were.
    #[serde(default)]
    pub values: Vec<Named>,
}

/// An expression and what was known of its value (`is "x"`, `is a string`).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub traversal: String,
    pub statement: String,
}

impl Diagnostic {
    pub(super) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// With its place in the workspace, and the values that Terraform names beside the code.
    pub(super) fn outcome(&self, job: &Job) -> Outcome {
        let mut detail = self.detail.clone();
        for value in self.snippet.iter().flat_map(|snippet| &snippet.values) {
            if !detail.is_empty() {
                detail.push('\n');
            }
            let _ = write!(detail, "{} {}", value.traversal, value.statement);
        }
        Outcome {
            error: self.is_error(),
            summary: self.summary.clone(),
            detail,
            address: self.address.clone(),
            place: self.place(job),
        }
    }

    /// Where it is in the workspace; `None` where it is about no file of it.
    pub(super) fn place(&self, job: &Job) -> Option<Place> {
        if self.located.is_some() {
            return self.located.clone();
        }
        let range = self.range.as_ref()?;
        if range.filename.ends_with(super::plan::VARIABLES_FILE) {
            return self.variable(job);
        }
        let file = source_file(job, &range.filename)?;
        let source = self.snippet.as_ref().and_then(|snippet| {
            snippet.code.lines().nth(range.start.line.checked_sub(snippet.start_line)?).map(str::to_owned)
        });
        let source = source.unwrap_or_default();
        let line_end = source.chars().count() + 1;
        let end = if range.end.line == range.start.line { range.end.column } else { line_end };
        Some(Place {
            file,
            line: range.start.line,
            column: range.start.column,
            length: end.saturating_sub(range.start.column).max(1),
            source,
        })
    }

    /// The declaration of the variable that a value in the variables file is for.
    fn variable(&self, job: &Job) -> Option<Place> {
        let values = self.snippet.iter().flat_map(|snippet| &snippet.values).map(|value| &value.traversal);
        let name = values.chain([&self.detail]).find_map(|text| {
            let (_, rest) = text.split_once("var.")?;
            rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).next()
        })?;
        job.code.variables.get(name).map(|variable| variable.place.clone())
    }

    /// Is it only about what was rewritten for unknown inputs?
    pub(super) fn is_ours(&self, rewritten: &Rewritten) -> bool {
        let address = self.address.as_deref();
        !self.is_error() && (address.is_some_and(is_ours) || rewritten.is_ours(&self.summary, &self.detail))
    }

    /// Puts a diagnostic about a rewritten module in terms of the stack's own code.
    pub(super) fn put_in_source_words(&mut self, job: &Job, rewritten: &Rewritten) {
        if let Some(Range { filename, start, end }) = &self.range {
            let place = rewritten.source_place(filename, start.byte..end.byte);
            self.located = place.map(|place| in_workspace(job, place));
            let blamed = rewritten.blamed_inputs(filename, start.byte..end.byte);
            self.blamed = blamed.into_iter().next();
        }
        self.summary = source_words(&self.summary);
        self.detail = source_words(&self.detail);
        for value in self.snippet.iter_mut().flat_map(|snippet| &mut snippet.values) {
            value.traversal = source_words(&value.traversal);
        }
    }
}

/// A place in the root module's folder as a place in the workspace.
pub(super) fn in_workspace(job: &Job, place: seam_hcl::Place) -> Place {
    let seam_hcl::Place { file, line, column, length, source } = place;
    Place { file: normal(&job.source.join(file)).display().to_string(), line, column, length, source }
}

/// The workspace's file that the tool calls `name` (relative to the folder it runs in).
fn source_file(job: &Job, name: &str) -> Option<String> {
    let name = Path::new(name);
    let relative = match name.strip_prefix(job.folder) {
        Ok(inside) => inside,
        Err(_) if name.is_absolute() => return None,
        Err(_) => name,
    };
    if relative == Path::new(super::ready::OVERRIDE_FILE) {
        return None;
    }
    Some(normal(&job.source.join(relative)).display().to_string())
}
