//! The entry: two versions of a document become a [`Report`], a verdict with its findings.

mod changed;
mod court;
mod notes;
mod pass;
mod side;
#[cfg(test)]
mod tests;

use crate::document::{Document, Kind, Position};
use crate::explain::Explainer;
use crate::finding::{Finding, Findings, Severity, Site};
use crate::ir::Arena;
use crate::openapi::{ApiError, CompareError, Comparison, Flags, Written, compare, lift_document};
use crate::rules::{Direction, Surface};
use crate::schema::Documents;
use crate::solve::Solver;
use crate::stack;
use crate::strings::Strings;
use crate::subject::Subject;
use crate::world::World;
use pass::{Pass, PassError};
use serde_json::{Value, json};
use side::Side;
use std::collections::BTreeSet;

/// A document, and what it refers to.
#[derive(Clone, Debug)]
pub struct Version {
    /// The document that is compared.
    pub document: Document,
    /// Others, by the names that references call them.
    pub others: Documents,
}

impl From<Document> for Version {
    fn from(document: Document) -> Self {
        Self { document, others: Documents::new() }
    }
}

/// How two versions are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What a bare schema is the contract of; an OpenAPI document says so of each of its schemas.
    pub surface: Surface,
    /// What a producer is taken to send; nothing: declared members only in contracts and OpenAPI,
    /// whatever is allowed in a bare schema.
    pub world: Option<World>,
    /// The day, as `2026-01-31`: it tells which sunsets are over.
    pub today: String,
    /// In the world of declared members: whether what breaks as written only is a note.
    pub as_written_notes: bool,
    /// Whether breaks are explained, with small witnesses; else each place that breaks is one finding
    /// with whatever witness there is.
    pub explain: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            surface: Surface::Emitted,
            world: None,
            today: "0000-00-00".to_owned(),
            as_written_notes: false,
            explain: true,
        }
    }
}

/// What a comparison ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody who holds to the old contract is broken: proved.
    Compatible,
    /// Somebody is.
    Breaking,
    /// Nobody is known to be, and something could not be compared.
    Unknown,
}

impl Outcome {
    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
            Self::Unknown => "unknown",
        }
    }
}

/// The verdict on two versions.
#[derive(Clone, Debug)]
pub struct Report {
    /// It.
    pub outcome: Outcome,
    /// What a producer was taken to send.
    pub world: World,
    /// Why; the most severe first.
    pub findings: Vec<Finding>,
    /// How many places break beside those that the findings name.
    pub left_out: usize,
    /// How many pairs of schemas were compared.
    pub compared: usize,
}

impl Report {
    /// `{"verdict", "world", "findings": […], "left_out"?}`
    pub fn to_json(&self) -> Value {
        let mut told = json!({
            "verdict": self.outcome.name(),
            "world": self.world.name(),
            "findings": self.findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
        });
        if self.left_out > 0 {
            told["left_out"] = self.left_out.into();
        }
        told
    }
}

/// Two versions that cannot be compared: which is to blame, where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}{}: {message}", place(pointer, position.as_ref()))]
pub struct DiffError {
    /// The document's name.
    pub name: String,
    /// JSON pointer.
    pub pointer: String,
    /// Line and column, where the text is at hand.
    pub position: Option<Position>,
    /// What is wrong.
    pub message: String,
}

fn place(pointer: &str, position: Option<&Position>) -> String {
    match position {
        Some(position) => format!(":{}:{}", position.line, position.column),
        None if pointer.is_empty() => String::new(),
        None => format!("#{pointer}"),
    }
}

/// Compares two versions.
///
/// # Errors
/// Where one is no proper document of its kind, a schema cannot be read, or they are of two kinds.
pub fn diff(mut old: Version, mut new: Version, options: &Options) -> Result<Report, DiffError> {
    let Prepared { mut sides, mut findings, comparisons, compared } = match (old.document.kind, new.document.kind) {
        (Kind::Schema, Kind::Schema) => schemas(&mut old, &mut new, options.surface),
        (Kind::Stack, Kind::Stack) => stacks(&mut old, &mut new, &options.today),
        (Kind::OpenApi30 | Kind::OpenApi31, Kind::OpenApi30 | Kind::OpenApi31) => {
            apis(&mut old, &mut new, &options.today)?
        }
        (was, is) => {
            let message = format!("{} and {} cannot be compared", was.words(), is.words());
            let name = new.document.name;
            return Err(DiffError { name, pointer: String::new(), position: None, message });
        }
    };
    let default = if new.document.kind == Kind::Schema { World::AsWritten } else { World::Declared };
    let world = options.world.unwrap_or(default);
    notes::add(&mut findings, (&sides.0, &sides.1), &comparisons, world);
    let (mut arena, mut strings) = (Arena::new(), Strings::new());
    let mut solver = Solver::new(&mut arena, &mut strings);
    let mut explainer = Explainer::new(findings);
    let passes = [Direction::Accepts, Direction::Emits].into_iter().flat_map(|way| [(way, true), (way, false)]);
    for (direction, is_request) in passes {
        let here = |comparison: &&Comparison| {
            (comparison.surface.direction(), comparison.surface.is_request()) == (direction, is_request)
        };
        let chosen: Vec<&Comparison> = comparisons.iter().filter(here).collect();
        if chosen.is_empty() {
            continue;
        }
        sides.0.look_at(is_request);
        sides.1.look_at(is_request);
        let mut pass = Pass {
            old: &sides.0,
            new: &sides.1,
            comparisons: chosen,
            direction,
            world,
            severity: Severity::Error,
            explain: options.explain,
        };
        let error = |error| pass_error(error, [&old.document, &new.document]);
        let compatible = pass.run(&mut solver, &mut explainer).map_err(error)?;
        if options.as_written_notes && world == World::Declared {
            (pass.comparisons, pass.world, pass.severity) = (compatible, World::AsWritten, Severity::Note);
            pass.run(&mut solver, &mut explainer).map_err(error)?;
        }
    }
    let (findings, left_out) = explainer.finish();
    let mut findings = findings.sorted();
    locate(&mut findings, &old.document, &new.document);
    let outcome = outcome(&findings, left_out);
    Ok(Report { outcome, world, findings, left_out, compared })
}

/// What is left to compare once the kind of the documents is known.
struct Prepared {
    /// The old one and the new one.
    sides: (Side, Side),
    findings: Findings,
    comparisons: Vec<Comparison>,
    /// How many there were: of large documents those of unchanged schemas are left out.
    compared: usize,
}

impl Prepared {
    fn plain(old: &mut Version, new: &mut Version, findings: Findings, comparisons: Vec<Comparison>) -> Self {
        let sides = (Side::new(old, Flags::default()), Side::new(new, Flags::default()));
        Self { sides, findings, compared: comparisons.len(), comparisons }
    }
}

fn schemas(old: &mut Version, new: &mut Version, surface: Surface) -> Prepared {
    let whole = || Written { pointer: String::new(), there: true };
    let comparison =
        Comparison { surface, subject: Subject::default(), place: String::new(), old: whole(), new: whole() };
    Prepared::plain(old, new, Findings::default(), vec![comparison])
}

fn stacks(old: &mut Version, new: &mut Version, today: &str) -> Prepared {
    let (findings, comparisons) = stack::compare(&old.document.value, &new.document.value, today);
    Prepared::plain(old, new, findings, comparisons)
}

fn apis(old: &mut Version, new: &mut Version, today: &str) -> Result<Prepared, DiffError> {
    changed::drop_unchanged(&mut old.document.value, &mut new.document.value);
    let lifted = |version: &mut Version| {
        lift_document(&mut version.document).map_err(|error| api_error(error, &version.document))
    };
    let flags = (lifted(old)?, lifted(new)?);
    let (was, is) = (&old.document, &new.document);
    let (findings, mut comparisons) = compare(&was.value, &is.value, today).map_err(|error| match error {
        CompareError::Old(error) => api_error(error, was),
        CompareError::New(error) => api_error(error, is),
    })?;
    let compared = comparisons.len();
    comparisons = changed::changed(&was.value, &is.value, comparisons);
    changed::prune(&mut old.document.value, comparisons.iter().map(|one| one.old.pointer.as_str()));
    changed::prune(&mut new.document.value, comparisons.iter().map(|one| one.new.pointer.as_str()));
    let sides = (Side::new(old, flags.0), Side::new(new, flags.1));
    Ok(Prepared { sides, findings, comparisons, compared })
}

fn api_error(error: ApiError, document: &Document) -> DiffError {
    let position = document.positions(&BTreeSet::from([error.pointer.clone()])).get(&error.pointer).copied();
    DiffError { name: document.name.clone(), pointer: error.pointer, position, message: error.message }
}

fn pass_error(error: PassError, documents: [&Document; 2]) -> DiffError {
    let error = match error {
        PassError::Schema(error) => error,
        PassError::Judge(error) => {
            let (name, pointer) = (documents[1].name.clone(), String::new());
            return DiffError { name, pointer, position: None, message: error.to_string() };
        }
    };
    // Both may have the name, and one of them no text.
    let wanted = BTreeSet::from([error.pointer.clone()]);
    let named = documents.into_iter().filter(|document| document.name == error.document);
    let position = named.filter_map(|document| document.positions(&wanted).get(&error.pointer).copied()).next_back();
    DiffError { name: error.document, pointer: error.pointer, position, message: error.message }
}

/// Gives each site its line and column, in one pass over either text.
fn locate(findings: &mut [Finding], old: &Document, new: &Document) {
    for (document, is_old) in [(old, true), (new, false)] {
        let mut sites: Vec<&mut Site> = findings
            .iter_mut()
            .flat_map(|finding| &mut finding.places)
            .filter_map(|place| if is_old { place.old.as_mut() } else { place.new.as_mut() })
            .collect();
        let pointers: BTreeSet<String> = sites.iter().map(|site| site.pointer.clone()).collect();
        if pointers.is_empty() {
            continue;
        }
        let positions = document.positions(&pointers);
        for site in &mut sites {
            site.position = positions.get(&site.pointer).copied();
        }
    }
}

fn outcome(findings: &[Finding], left_out: usize) -> Outcome {
    let any = |severity| findings.iter().any(|finding| finding.severity == severity);
    match (any(Severity::Error) || left_out > 0, any(Severity::Unknown)) {
        (true, _) => Outcome::Breaking,
        (false, true) => Outcome::Unknown,
        (false, false) => Outcome::Compatible,
    }
}
