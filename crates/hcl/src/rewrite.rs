//! A root module rewritten so that inputs which nobody knows yet are real unknowns to Terraform.
//!
//! The `variable` blocks of such inputs move into a helper module that is fed by a resource which is
//! not applied yet, and `var.NAME` becomes the helper's output: Terraform allows no other way to
//! name an unknown. Everything else stays where it was, byte for byte.

use crate::blame::Blame;
use crate::edits::Edits;
use crate::helper::{INPUTS_FILE, Moved, Partial, Passed, inputs_file, outputs_file};
use crate::module::{Module, read};
use crate::moved_blocks::MovedBlocks;
use crate::report::FOLDER;
use crate::root_file::{self, RootFile};
use crate::source::{Place, SourceFile, Text};
use crate::types::Type;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::ops::Range;

/// A rewritten root module. A plan of it is never applied.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// The root module's files, `seam_inputs.tf`, and the helper's in `.seam-inputs/`.
    pub files: Vec<SourceFile>,
    /// The value of the variable `seam_known`, for the variables file; null where no variable moved.
    pub seam_known: Json,
    /// What was assumed and what is not checked, for the report.
    pub notes: Vec<String>,
    /// The variables that moved. The variables file must not set them.
    pub moved: Vec<String>,
    /// Settings of plugins that come of an unknown input. A plugin may plan without one all the same,
    /// and then it is somebody else, or somewhere else, than it will be.
    pub unknown_settings: Vec<CannotSplice>,
    /// Each edited file, with its edits.
    sources: BTreeMap<String, (Text, Edits)>,
    /// Lines of `seam_inputs.tf`, each with the variable that it is for.
    generated: Vec<(Range<usize>, Place)>,
    blame: Blame,
}

/// A variable that must be known before Terraform can plan at all or before a plugin is who it will
/// be, or that cannot be replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}:{}: {reason}", place.file, place.line, place.column)]
pub struct CannotSplice {
    /// Where it is used.
    pub place: Place,
    /// Its name; `None` where the file cannot be read at all.
    pub variable: Option<String>,
    /// Why.
    pub reason: String,
}

/// Rewrites the root module `files` (those that the tool loads, see [`crate::is_loaded`]) so that the
/// unknown leaves of `inputs` are unknown to Terraform. Inputs that the module does not declare are
/// left out; inputs known as a whole belong into the variables file and not here.
///
/// `backend` and `cloud` blocks are cut: state and lock file are the caller's to place. Line numbers
/// stay, and offsets of diagnostics lead back by [`Rewritten::source_place`].
///
/// # Errors
/// Every place that stands in the way; the plan is deferred then.
pub fn with_unknowns(files: &[SourceFile], inputs: &BTreeMap<String, Partial>) -> Result<Rewritten, Vec<CannotSplice>> {
    let (module, errors) = read(files);
    let mut refused: Vec<CannotSplice> = errors
        .into_iter()
        .map(|error| CannotSplice { place: error.place, variable: None, reason: error.message })
        .collect();
    let moved: Moved<'_> = inputs
        .iter()
        .filter_map(|(name, partial)| Some((name.as_str(), (partial, module.variables.get(name)?))))
        .collect();
    let is_moved = |name: &str| moved.contains_key(name);
    let (json, native): (Vec<&SourceFile>, Vec<&SourceFile>) = files.iter().partition(|file| file.is_json());
    let json: Vec<SourceFile> = json.into_iter().map(|file| root_file::json(file, &is_moved, &mut refused)).collect();
    let native: Vec<RootFile<'_>> = native.into_iter().filter_map(RootFile::parse).collect();
    for file in &native {
        file.refuse(&is_moved, &mut refused);
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    Ok(assemble(&module, &moved, &native, json))
}

fn assemble(module: &Module, moved: &Moved<'_>, native: &[RootFile<'_>], mut files: Vec<SourceFile>) -> Rewritten {
    let is_moved = |name: &str| moved.contains_key(name);
    let blocks = MovedBlocks::new(module, &is_moved);
    let (mut sources, mut notes, mut passed) = (BTreeMap::new(), assumptions(moved), Passed::default());
    let mut blame = Blame::new(&module.module_calls);
    for RootFile { source, text, body } in native {
        blame.learn(&source.name, body);
        let mut edits = root_file::edits(text, body, &is_moved);
        files.push(SourceFile { name: source.name.clone(), bytes: edits.apply(&source.bytes) });
        sources.insert(source.name.clone(), (text.clone(), edits));
        if let Some(mut helper) = blocks.of_file(text, body) {
            let name = format!("{FOLDER}/{}", source.name);
            files.push(SourceFile { name: name.clone(), bytes: helper.edits.apply(&source.bytes) });
            sources.insert(name, (text.clone(), helper.edits));
            notes.extend(helper.notes);
            passed.extend(helper.passed);
        }
    }
    let (mut seam_known, mut generated) = (Json::Null, Vec::new());
    if !moved.is_empty() {
        let (inputs, places) = inputs_file(moved, &passed);
        files.extend([inputs, outputs_file(moved, &passed, module)]);
        generated = places;
        seam_known = Json::Object(
            moved.iter().map(|(name, (partial, _))| ((*name).to_owned(), partial.known())).collect::<Map<_, _>>(),
        );
    }
    let unknown_settings = native.iter().flat_map(|file| file.unknown_settings(&blame, &is_moved)).collect();
    let moved = moved.keys().map(|name| (*name).to_owned()).collect();
    Rewritten { files, seam_known, notes, moved, unknown_settings, sources, generated, blame }
}

impl Rewritten {
    /// The place in the source that a diagnostic means by the bytes `span` of the file `file` (in
    /// Terraform's JSON `range.filename`, `range.start.byte`, `range.end.byte`). `None` where it is
    /// in no file of this root module.
    pub fn source_place(&self, file: &str, span: Range<usize>) -> Option<Place> {
        if file == INPUTS_FILE {
            let is_there = |line: &&(Range<usize>, Place)| line.0.contains(&span.start);
            return self.generated.iter().find(is_there).map(|(_, place)| place.clone());
        }
        let (text, edits) = self.sources.get(file)?;
        Some(text.place(edits.source_span(span)))
    }

    /// Is a diagnostic the rewriting's own: the warning that a variables file of the stack sets a
    /// variable which moved?
    pub fn is_ours(&self, summary: &str, detail: &str) -> bool {
        summary == "Value for undeclared variable"
            && self.moved.iter().any(|name| detail.contains(&format!("\"{name}\"")))
    }

    /// The unknown inputs that the expression at the bytes `span` of `file` comes from, through
    /// locals, resources and module calls of this root module. A file of another module counts as
    /// the calls that lead to it, as far as their sources tell.
    pub fn blamed_inputs(&self, file: &str, span: Range<usize>) -> Vec<String> {
        let found = match self.sources.get(file) {
            Some((text, edits)) => self.blame.of_span(text.name(), &edits.source_span(span)),
            None => self.blame.of_other_file(file),
        };
        self.moved.iter().filter(|name| found.contains(name.as_str())).cloned().collect()
    }
}

/// `any` is not among them: nothing makes a value of every type not null.
fn assumptions(moved: &Moved<'_>) -> Vec<String> {
    let assumed = moved.iter().filter(|(_, (partial, variable))| {
        !matches!(partial, Partial::Known(_)) && Type::parse(variable.type_text.as_deref()) != Type::Any
    });
    assumed.map(|(name, _)| format!("{name}: assumed not null")).collect()
}
