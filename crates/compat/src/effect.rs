//! What a change of a contract does to one use: nothing, where what the consumer really reads still
//! holds; else the changes that break it.

use crate::ContractDocument;
use crate::changes::{is_of_values, is_removal, weighs};
use crate::operations::{Operations, responses};
use seam_contract::diff::{Options, Outcome, Version, diff};
use seam_contract::document::Document;
use seam_contract::finding::{Finding as Change, Severity};
use seam_contract::openapi::Lifted;
use seam_contract::reading::{Reading, Step, schema_of};
use seam_contract::rules::Surface;
use seam_contract::schema::Documents;
use seam_contract::world::World;
use seam_model::{Path, Pattern, Segment, UsedPart};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Judges uses of one changed contract; equal uses are judged once.
pub struct Effects<'a> {
    old: &'a ContractDocument,
    new: &'a ContractDocument,
    changes: &'a [Change],
    operations: Operations,
    known: RefCell<BTreeMap<(Pattern, UsedPart), Vec<Change>>>,
}

impl<'a> Effects<'a> {
    /// Of these changes between these two versions.
    pub fn new(old: &'a ContractDocument, new: &'a ContractDocument, changes: &'a [Change]) -> Self {
        let operations = Operations::of(old.api.as_ref());
        Self { old, new, changes, operations, known: RefCell::default() }
    }

    /// The changes that break a use, or may. Empty: it goes on as before.
    pub fn on(&self, pattern: Pattern, part: &UsedPart) -> Vec<Change> {
        let key = (pattern, part.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let effect = self.judged(pattern, part);
        self.known.borrow_mut().insert(key, effect.clone());
        effect
    }

    fn judged(&self, pattern: Pattern, part: &UsedPart) -> Vec<Change> {
        let concerns = |change: &&Change| {
            (weighs(change) || is_removal(change))
                && change.places.iter().any(|place| self.concerns(pattern, part, &place.subject))
        };
        let relevant: Vec<&Change> = self.changes.iter().filter(concerns).collect();
        let all = || relevant.iter().map(|change| (*change).clone()).collect();
        if relevant.is_empty() || !relevant.iter().copied().all(is_of_values) {
            return all();
        }
        match self.still_fits(part) {
            Some(Outcome::Compatible) => Vec::new(),
            Some(Outcome::Unknown) => {
                let unknown = |change: Change| Change { severity: Severity::Unknown, ..change };
                relevant.iter().map(|change| unknown((*change).clone())).collect()
            }
            Some(Outcome::Breaking) | None => all(),
        }
    }

    /// Is what a finding calls `subject` a part of what is used?
    fn concerns(&self, pattern: Pattern, part: &UsedPart, subject: &str) -> bool {
        let is = |title: &str| subject.strip_prefix(title).is_some_and(|rest| rest.is_empty() || rest.starts_with(','));
        match part {
            UsedPart::Output { output, .. } if pattern == Pattern::Lookup => {
                let rule = subject.strip_prefix("lookup `").and_then(|rest| rest.split('`').next());
                let kind = rule.and_then(|rule| self.old.part(&format!("/lookups/{rule}/kind"))?.as_str());
                kind.is_some_and(|kind| output.split_whitespace().any(|word| word == kind))
            }
            UsedPart::Output { output, .. } => is(&format!("output `{output}`")),
            UsedPart::Event { event, .. } => is(&format!("event `{event}`")),
            UsedPart::Table { table, columns } => {
                let column = subject.strip_prefix(&format!("table `{table}`, column `"));
                let column = column.and_then(|rest| rest.split('`').next());
                match column {
                    Some(column) => columns.is_empty() || columns.iter().any(|one| one == column),
                    None => is(&format!("table `{table}`")),
                }
            }
            UsedPart::Api { operations, .. } => {
                subject.starts_with("security scheme")
                    || operations.iter().any(|operation| is(&self.operations.title(operation)))
            }
        }
    }

    /// Where it is known what is read of a value: is all that is sent now still inside of it? Only
    /// asked of what the old version kept to.
    fn still_fits(&self, part: &UsedPart) -> Option<Outcome> {
        match part {
            UsedPart::Output { output, path, takes } => {
                let pointer = format!("/contract/outputs/{}", escaped(output));
                let taken = takes.as_ref().map(|takes| wrapped(path, takes.0.clone()));
                if let Some(taken) =
                    taken.filter(|taken| self.outcome(&self.old.stack, &pointer, taken) == Outcome::Compatible)
                {
                    return Some(self.outcome(&self.new.stack, &pointer, &taken));
                }
                let promised = within(&self.old.stack.document.value, &pointer, path)?;
                let leaf = json!({"$ref": format!("before/{}#{promised}", self.old.stack.document.name)});
                Some(self.outcome(&self.new.stack, &pointer, &wrapped(path, leaf)))
            }
            UsedPart::Event { event, fields } => {
                let pointer = format!("/contract/events/{}/schema", escaped(event));
                Some(self.outcome(&self.new.stack, &pointer, &read(fields)?))
            }
            UsedPart::Api { operations, fields } => {
                let taken = read(fields)?;
                let mut api = self.new.api.clone()?;
                let lifted = Lifted::of(&mut api.document).ok()?;
                api.document.value = lifted.response.unwrap_or(lifted.whole);
                let mut outcomes = Vec::new();
                for operation in operations {
                    for pointer in responses(&api.document.value, &self.operations.title(operation)) {
                        outcomes.push(self.outcome(&api, &pointer, &taken));
                    }
                }
                outcomes.into_iter().max_by_key(|outcome| match outcome {
                    Outcome::Compatible => 0,
                    Outcome::Unknown => 1,
                    Outcome::Breaking => 2,
                })
            }
            UsedPart::Table { .. } => None,
        }
    }

    /// Is everything that is sent by the schema at `pointer` taken?
    fn outcome(&self, sent: &Version, pointer: &str, taken: &Json) -> Outcome {
        let mut others = Documents::new();
        for (folder, version) in [("before", &self.old.stack), ("now", sent)] {
            let own = (version.document.name.clone(), version.document.value.clone());
            let all = version.others.clone().into_iter().chain([own]);
            others.extend(all.map(|(name, value)| (format!("{folder}/{name}"), value)));
        }
        let sent = json!({"$ref": format!("now/{}#{pointer}", sent.document.name)});
        let version = |name: &str, value: Json| {
            Document::of_value(name, value).map(|document| Version { document, others: others.clone() })
        };
        let options =
            Options { surface: Surface::Emitted, world: Some(World::Declared), explain: false, ..Options::default() };
        let (Ok(taken), Ok(sent)) = (version("taken.json", taken.clone()), version("sent.json", sent)) else {
            return Outcome::Unknown;
        };
        diff(taken, sent, &options).map_or(Outcome::Unknown, |report| report.outcome)
    }
}

/// The schema of the fields that are read; `None` where all are, or one is no path.
fn read(fields: &[String]) -> Option<Json> {
    let readings: Vec<Reading> = fields.iter().map(|field| field.parse().ok()).collect::<Option<_>>()?;
    (!readings.is_empty()).then(|| schema_of(&readings))
}

fn wrapped(path: &Path, leaf: Json) -> Json {
    let step = |segment: &Segment| match segment {
        Segment::Index(_) => Step::Items,
        Segment::Key(key) => Step::Member(key.clone()),
    };
    Reading { path: path.0.iter().map(step).collect(), leaf, optional: false }.schema()
}

/// The pointer of the schema at a path inside the one at `pointer`, as far as it is written out.
fn within(document: &Json, pointer: &str, path: &Path) -> Option<String> {
    if path.0.is_empty() {
        return None;
    }
    let mut pointer = pointer.to_owned();
    for segment in &path.0 {
        while let Some(reference) = document.pointer(&pointer)?.get("$ref") {
            pointer = reference.as_str()?.strip_prefix('#')?.to_owned();
        }
        let step = match segment {
            Segment::Key(key) => format!("/properties/{}", escaped(key)),
            Segment::Index(index) => format!("/prefixItems/{index}"),
        };
        pointer = match segment {
            Segment::Index(_) if document.pointer(&format!("{pointer}{step}")).is_none() => format!("{pointer}/items"),
            _ => format!("{pointer}{step}"),
        };
        document.pointer(&pointer)?;
    }
    Some(pointer)
}

/// A name as a part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
