//! A root module rewritten so that inputs which nobody knows yet are real unknowns to Terraform.
//!
//! The `variable` blocks of such inputs move into a helper module that is fed by a resource which is
//! not applied yet, and `var.NAME` becomes the helper's output: Terraform allows no other way to
//! name an unknown. Everything else stays where it was, byte for byte.

use crate::edits::Edits;
use crate::expression::{attribute, label, span};
use crate::helper::{INPUTS_FILE, Partial, inputs_file, outputs_file};
use crate::json::JsonFile;
use crate::module::{Module, Variable, read};
use crate::moved_blocks::MovedBlocks;
use crate::references::{self, Reference};
use crate::report::{FOLDER, REFERENCE};
use crate::source::{Place, SourceFile, Text};
use hcl_edit::structure::{Block, Body};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Each edited file, with its edits.
    sources: BTreeMap<String, (Text, Edits)>,
    /// Lines of `seam_inputs.tf`, each with the variable that it is for.
    generated: Vec<(Range<usize>, Place)>,
}

/// A variable that must be known before Terraform can plan at all, or that cannot be replaced.
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
    let moved: BTreeMap<&str, (&Partial, &Variable)> = inputs
        .iter()
        .filter_map(|(name, partial)| Some((name.as_str(), (partial, module.variables.get(name)?))))
        .collect();
    let is_moved = |name: &str| moved.contains_key(name);
    let mut natives = Vec::new();
    let mut rewritten = Vec::new();
    for file in files {
        match file.is_json() {
            true => rewritten.push(json(file, &is_moved, &mut refused)),
            false => natives.extend(Native::parse(file)),
        }
    }
    natives.iter().for_each(|native| native.refuse(&is_moved, &mut refused));
    if !refused.is_empty() {
        return Err(refused);
    }
    Ok(assemble(&module, &moved, &natives, rewritten))
}

fn assemble(
    module: &Module,
    moved: &BTreeMap<&str, (&Partial, &Variable)>,
    natives: &[Native<'_>],
    mut files: Vec<SourceFile>,
) -> Rewritten {
    let is_moved = |name: &str| moved.contains_key(name);
    let bodies: Vec<&Body> = natives.iter().map(|native| &native.body).collect();
    let blocks = MovedBlocks::new(&bodies, module, &is_moved);
    let (mut sources, mut notes, mut passed) = (BTreeMap::new(), assumptions(moved), BTreeSet::new());
    for native in natives {
        let mut edits = native.root_edits(&is_moved);
        files.push(SourceFile { name: native.file.name.clone(), bytes: edits.apply(&native.file.bytes) });
        sources.insert(native.file.name.clone(), (native.text.clone(), edits));
        if let Some(mut helper) = blocks.of_file(&native.text, &native.body) {
            let name = format!("{FOLDER}/{}", native.file.name);
            files.push(SourceFile { name: name.clone(), bytes: helper.edits.apply(&native.file.bytes) });
            sources.insert(name, (native.text.clone(), helper.edits));
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
    let moved = moved.keys().map(|name| (*name).to_owned()).collect();
    Rewritten { files, seam_known, notes, moved, sources, generated }
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
        Some(text.place(edits.source_offset(span.start)..edits.source_offset(span.end)))
    }
}

fn assumptions(moved: &BTreeMap<&str, (&Partial, &Variable)>) -> Vec<String> {
    let unknown = moved.iter().filter(|(_, (partial, _))| !matches!(partial, Partial::Known(_)));
    unknown.map(|(name, _)| format!("{name}: assumed not null")).collect()
}

/// A file in JSON syntax: nothing can be replaced in it, and its backend is cut by printing it anew.
fn json(file: &SourceFile, is_moved: &dyn Fn(&str) -> bool, refused: &mut Vec<CannotSplice>) -> SourceFile {
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
struct Native<'a> {
    file: &'a SourceFile,
    text: Text,
    body: Body,
}

impl<'a> Native<'a> {
    /// `None` for a file with a syntax error, which has been named already.
    fn parse(file: &'a SourceFile) -> Option<Self> {
        let text = file.text().ok()?;
        let body = text.parse().ok()?;
        Some(Self { file, text, body })
    }

    /// Names the unknown variables that OpenTofu must know before it plans.
    fn refuse(&self, is_moved: &dyn Fn(&str) -> bool, refused: &mut Vec<CannotSplice>) {
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

    /// Moved variables and backends blanked, references to moved variables replaced.
    fn root_edits(&self, is_moved: &dyn Fn(&str) -> bool) -> Edits {
        let mut cut: Vec<Range<usize>> = Vec::new();
        for block in self.body.blocks() {
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
        for reference in references::in_body(&self.body) {
            let is_cut = cut.iter().any(|cut| cut.contains(&reference.span.start));
            if reference.root == "var" && reference.name.as_deref().is_some_and(is_moved) && !is_cut {
                edits.replace(reference.root_span, REFERENCE);
            }
        }
        cut.into_iter().for_each(|span| edits.blank(&self.text.text, span));
        edits
    }
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
