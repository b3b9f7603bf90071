//! One file of a root module as it is rewritten: what stands in the way, and the edits.

use crate::blame::Blame;
use crate::edits::Edits;
use crate::expression::{attribute, label, span};
use crate::json::JsonFile;
use crate::references::{self, Reference};
use crate::report::REFERENCE;
use crate::rewrite::CannotSplice;
use crate::source::{SourceFile, Text};
use hcl_edit::structure::{Block, Body};
use std::ops::Range;

/// A file in JSON syntax: nothing can be replaced in it, and its backend is cut by printing it anew.
pub(crate) fn json(file: &SourceFile, is_moved: &dyn Fn(&str) -> bool, refused: &mut Vec<CannotSplice>) -> SourceFile {
    let Ok(parsed) = JsonFile::parse(file) else { return file.clone() };
    refused.extend(parsed.uses_of(is_moved).into_iter().map(|(name, place)| CannotSplice {
        place,
        reason: format!("`{name}` is unknown, and a file in JSON syntax cannot be planned with it"),
        variable: Some(name),
    }));
    match parsed.without_backend() {
        Some(bytes) => SourceFile { name: file.name.clone(), bytes },
        None => file.clone(),
    }
}

/// A file in native syntax.
pub(crate) struct RootFile<'a> {
    pub(crate) source: &'a SourceFile,
    pub(crate) text: Text,
    pub(crate) body: Body,
}

impl<'a> RootFile<'a> {
    /// `None` for a file with a syntax error, which has been named already.
    pub(crate) fn parse(source: &'a SourceFile) -> Option<Self> {
        let text = source.text().ok()?;
        let body = text.parse().ok()?;
        Some(Self { source, text, body })
    }

    /// Names the unknown variables that OpenTofu must know before it plans.
    pub(crate) fn refuse(&self, is_moved: &dyn Fn(&str) -> bool, refused: &mut Vec<CannotSplice>) {
        for block in self.body.blocks() {
            for (what, found) in needed_early(block) {
                let unknown = found.into_iter().filter(|it| it.root == "var");
                refused.extend(unknown.filter_map(|it| {
                    let name = it.name.filter(|name| is_moved(name))?;
                    let reason = format!("`{name}` is unknown, and {what} must be known to plan");
                    Some(CannotSplice { place: self.text.place(it.span), variable: Some(name), reason })
                }));
            }
        }
    }
}

impl RootFile<'_> {
    /// Settings of plugins that come of an unknown variable, straight or through other objects.
    pub(crate) fn unknown_settings(&self, blame: &Blame, is_moved: &dyn Fn(&str) -> bool) -> Vec<CannotSplice> {
        let mut found: Vec<CannotSplice> = Vec::new();
        for block in self.body.get_blocks("provider") {
            let plugin = label(block, 0).unwrap_or_default();
            for reference in references::in_block(block) {
                let from = blame.of_span(&self.source.name, &reference.span);
                let Some(name) = from.into_iter().find(|name| is_moved(name)) else { continue };
                let reason = format!("`{name}` is unknown, and the plugin `{plugin}` is set up by it");
                let place = self.text.place(reference.span);
                found.push(CannotSplice { place, variable: Some(name), reason });
            }
        }
        found
    }
}

/// Moved variables and backends blanked, references to moved variables replaced.
pub(crate) fn edits(text: &Text, body: &Body, is_moved: &dyn Fn(&str) -> bool) -> Edits {
    let mut cut: Vec<Range<usize>> = Vec::new();
    for block in body.blocks() {
        match block.ident.as_str() {
            "variable" if label(block, 0).is_some_and(is_moved) => cut.push(span(block)),
            "terraform" => {
                let settings = block.body.blocks().filter(|it| matches!(it.ident.as_str(), "backend" | "cloud"));
                cut.extend(settings.map(span));
            }
            _ => {}
        }
    }
    let mut edits = Edits::default();
    for reference in references::in_body(body) {
        let is_cut = cut.iter().any(|cut| cut.contains(&reference.span.start));
        if reference.root == "var" && reference.name.as_deref().is_some_and(is_moved) && !is_cut {
            edits.replace(reference.root_span, REFERENCE);
        }
    }
    for span in cut {
        edits.blank(&text.content, span);
    }
    edits
}

/// What of a block is evaluated before a plan, with the references in it.
fn needed_early(block: &Block) -> Vec<(&'static str, Vec<Reference>)> {
    match block.ident.as_str() {
        "module" => ["source", "version"]
            .into_iter()
            .filter_map(|name| attribute(&block.body, name))
            .map(|attribute| ("where a module comes from", references::in_attribute(attribute)))
            .collect(),
        "terraform" => block
            .body
            .get_blocks("encryption")
            .map(|encryption| ("the encryption of the state", references::in_block(encryption)))
            .collect(),
        _ => Vec::new(),
    }
}
