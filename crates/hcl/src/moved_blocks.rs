//! The `variable` blocks that move into the helper module: each file with everything else blanked,
//! so that lines, columns and offsets stay.

use crate::edits::Edits;
use crate::expression::{label, span};
use crate::helper::{LOCAL_PREFIX, Passed};
use crate::module::Module;
use crate::references::{self, Reference};
use crate::source::Text;
use hcl_edit::structure::{Block, Body};

/// Which blocks move, and what their validations may read.
pub(crate) struct MovedBlocks<'a> {
    module: &'a Module,
    is_moved: &'a dyn Fn(&str) -> bool,
}

/// One file of the helper module.
#[derive(Default)]
pub(crate) struct HelperFile {
    /// From the source file to this one.
    pub(crate) edits: Edits,
    /// What a validation here reads of the root module.
    pub(crate) passed: Passed,
    /// The validations that are not checked.
    pub(crate) notes: Vec<String>,
}

impl<'a> MovedBlocks<'a> {
    pub(crate) fn new(module: &'a Module, is_moved: &'a dyn Fn(&str) -> bool) -> Self {
        Self { module, is_moved }
    }

    /// The helper's file for a source file; `None` where no block of it moves.
    pub(crate) fn of_file(&self, text: &Text, body: &Body) -> Option<HelperFile> {
        let mut file = HelperFile::default();
        let mut done = 0;
        for block in body.get_blocks("variable") {
            let Some(name) = label(block, 0).filter(|name| (self.is_moved)(name)) else { continue };
            let span = span(block);
            file.edits.blank(&text.content, done..span.start);
            done = span.end;
            for validation in block.body.get_blocks("validation") {
                self.validation(text, name, validation, &mut file);
            }
        }
        if done == 0 {
            return None;
        }
        file.edits.blank(&text.content, done..text.content.len());
        Some(file)
    }

    /// A validation stays where it can read in the helper what it reads in the root.
    fn validation(&self, text: &Text, variable: &str, block: &Block, file: &mut HelperFile) {
        let references = references::in_block(block);
        let unreadable = references.iter().find(|it| !self.is_readable(it));
        let calls_plugin = text.content[span(block)].contains("provider::");
        if unreadable.is_some() || calls_plugin {
            let what = unreadable.map_or("a function of a plugin", |it| &text.content[it.span.clone()]);
            let line = text.place(span(block)).line;
            file.notes
                .push(format!("{variable}: the validation in line {line} was not checked, because it reads {what}"));
            file.edits.blank(&text.content, span(block));
            return;
        }
        for reference in references {
            match (reference.root.as_str(), reference.name) {
                ("path", Some(name)) if name == "module" => {
                    file.edits.replace(reference.span.end - name.len()..reference.span.end, "root  ");
                }
                ("var", Some(name)) if !(self.is_moved)(&name) => {
                    file.passed.variables.insert(name);
                }
                ("local", Some(name)) => {
                    file.edits.replace(reference.span, &format!("var.{LOCAL_PREFIX}{name}"));
                    file.passed.locals.insert(name);
                }
                _ => {}
            }
        }
    }

    fn is_readable(&self, reference: &Reference) -> bool {
        match (reference.root.as_str(), reference.name.as_deref()) {
            ("var", Some(name)) => self.module.variables.contains_key(name),
            // A local made of an ephemeral value would have to be declared so.
            ("local", Some(_)) => !self.module.variables.values().any(|variable| variable.ephemeral),
            ("path" | "terraform", _) => true,
            _ => false,
        }
    }
}
