//! The findings of one file while it is read, with its text at hand for their places.

use crate::text::{Span, Text};
use seam_model::{Code, Finding, Place};

/// Collects findings about one file.
pub(crate) struct Report<'a> {
    /// The file.
    pub(crate) text: &'a Text,
    /// What was found, in order.
    pub(crate) findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// Adds an error at `span`; the returned finding takes a label, help and further places.
    pub(crate) fn error(&mut self, code: Code, message: impl Into<String>, span: &Span) -> Added<'_> {
        let place = self.place(span);
        self.error_at(code, message, &place)
    }

    /// Adds an error at a place that is known already.
    pub(crate) fn error_at(&mut self, code: Code, message: impl Into<String>, place: &Place) -> Added<'_> {
        self.findings.push(Finding::error(code, message).at(place));
        let last = self.findings.len() - 1;
        Added(&mut self.findings[last])
    }

    /// The place of `span`.
    pub(crate) fn place(&self, span: &Span) -> Place {
        self.text.place(span)
    }
}

/// A finding that was just added.
pub(crate) struct Added<'a>(&'a mut Finding);

impl Added<'_> {
    /// Says what to do next.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Says what to do next, where that is known.
    pub(crate) fn maybe_help(self, help: Option<String>) {
        self.0.help = help;
    }

    /// Offers the nearest known name, if there is one.
    pub(crate) fn nearest<'c>(self, wanted: &str, candidates: impl IntoIterator<Item = &'c str>) -> Self {
        match seam_model::nearest(wanted, candidates) {
            Some(nearest) => self.help(format!("did you mean `{nearest}`?")),
            None => self,
        }
    }

    /// Says what stands there.
    pub(crate) fn label(self, label: impl Into<String>) -> Self {
        self.0.label = Some(label.into());
        self
    }

    /// Adds a further place.
    pub(crate) fn related(self, place: &Place, words: &str) -> Self {
        self.0.related.push((place.clone(), words.to_owned()));
        self
    }
}
