//! Diagnostics as Terraform writes them, and where in the workspace they are about.

use super::Job;
use super::place::normal;
use crate::Diagnostic as Outcome;
use seam_hcl::{Rewritten, blamed_input, is_our_warning, is_ours, source_words};
use seam_model::Place;
use serde::Deserialize;
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
    address: Option<String>,
    range: Option<Range>,
    pub snippet: Option<Snippet>,
    /// The place in the source, where the tool saw a rewritten one.
    #[serde(skip)]
    located: Option<Place>,
    /// The unknown input that it comes of, where the tool says it.
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
    /// The part of the code that is meant, in bytes.
    #[serde(default)]
    highlight_start_offset: usize,
    #[serde(default)]
    highlight_end_offset: usize,
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
            detail.push_str(&format!("{} {}", value.traversal, value.statement));
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

    /// Is it only about what was rewritten for unknown inputs?
    pub(super) fn is_ours(&self) -> bool {
        !self.is_error() && (self.address.as_deref().is_some_and(is_ours) || is_our_warning(&self.summary))
    }

    /// The unknown input that it blames: a value that it names, or the code that it is about.
    fn find_blamed(&self) -> Option<String> {
        let snippet = self.snippet.as_ref()?;
        let named = snippet.values.iter().find_map(|value| blamed_input(&value.traversal));
        let meant = snippet.code.get(snippet.highlight_start_offset..snippet.highlight_end_offset);
        named.or_else(|| meant.and_then(|code| blamed_input(code.trim()))).map(str::to_owned)
    }

    /// Puts a diagnostic about a rewritten module in terms of the stack's own code.
    pub(super) fn put_in_source_words(&mut self, job: &Job, rewritten: &Rewritten) {
        self.located = self.range.as_ref().and_then(|range| {
            let place = rewritten.source_place(&range.filename, range.start.byte..range.end.byte)?;
            Some(in_workspace(job, place))
        });
        self.blamed = self.find_blamed();
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
