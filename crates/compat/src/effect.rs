//! What a change of a contract does to one use: nothing, where what the consumer really reads still
//! holds; else the changes that break it.

use crate::ContractDocument;
use crate::changes::{is_of_values, is_removal, weighs};
use crate::operations::{Operations, is_same, responses};
use crate::parts::{escaped, lacks, paths, reference, steps, within};
use seam_contract::diff::{Options, Outcome, Version, diff};
use seam_contract::document::Document;
use seam_contract::finding::{Finding as Change, Identity, Place as ChangePlace, Proof, Severity};
use seam_contract::openapi::lift_document;
use seam_contract::reading::{Reading, Step};
use seam_contract::rules::Surface;
use seam_contract::schema::Documents;
use seam_contract::uses::{self, Answer, Contract};
use seam_contract::world::World;
use seam_model::{Pattern, UsedPart};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Judges uses of one changed contract; equal uses are judged once.
pub struct Effects<'a> {
    old: &'a ContractDocument,
    new: &'a ContractDocument,
    changes: &'a [Change],
    /// `system/stack`: fingerprints are its own.
    stack: &'a str,
    operations: Operations,
    known: RefCell<BTreeMap<(Pattern, UsedPart), Vec<Change>>>,
}

impl<'a> Effects<'a> {
    /// Of these changes between these two versions.
    pub fn new(
        (old, new): (&'a ContractDocument, &'a ContractDocument),
        changes: &'a [Change],
        stack: &'a str,
    ) -> Self {
        let operations = Operations::of(old.api.as_ref());
        Self { old, new, changes, stack, operations, known: RefCell::default() }
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
        let mut broken = Vec::new();
        let mut read = Vec::new();
        for change in self.changes.iter().filter(|change| weighs(change) || is_removal(change)) {
            let places = change.places.iter().filter(|place| self.concerns(pattern, part, &place.subject));
            let change = Change { places: places.cloned().collect(), ..change.clone() };
            // What is sent to an API is not narrowed by what is read of its answers.
            let is_answer = |subject: &str| {
                !matches!(part, UsedPart::Api { .. }) || subject.contains(", response 2") && !subject.contains("header")
            };
            match change.places.first() {
                None => {}
                Some(place) if is_of_values(&change) && is_answer(&place.subject) => read.push(change),
                Some(_) => broken.push(change),
            }
        }
        if !read.is_empty() {
            broken.extend(match self.still_fits(part) {
                Some(Outcome::Compatible) => Vec::new(),
                Some(Outcome::Unknown) => {
                    let unknown = |change: Change| Change { severity: Severity::Unknown, ..change };
                    read.into_iter().map(unknown).collect()
                }
                Some(Outcome::Breaking) | None => read,
            });
        }
        broken.extend(self.gone(part));
        broken.extend(self.not_known(part));
        broken
    }

    /// Operations that were recorded and that the old version does not have: it called them otherwise.
    fn not_known(&self, part: &UsedPart) -> Vec<Change> {
        let UsedPart::Api { operations, .. } = part else { return Vec::new() };
        let unknown = operations.iter().filter(|operation| !self.operations.has(operation));
        let told = |operation: &String| Change {
            rule: "operation-not-known".to_owned(),
            severity: Severity::Unknown,
            places: vec![ChangePlace { subject: operation.clone(), old: None, new: None }],
            sentence: "the contract that is live has no operation of this name".to_owned(),
            proof: Proof::Undecided("operation", None),
            fingerprint: self.fingerprint("operation-not-known", operation),
        };
        unknown.map(told).collect()
    }

    fn fingerprint(&self, rule: &str, of: &str) -> String {
        Identity { place: self.stack, old: of, new: "" }.fingerprint(rule)
    }

    /// Fields that are read and are not there any more. By the letter an optional field may always be
    /// absent; who names it reads it all the same.
    fn gone(&self, part: &UsedPart) -> Vec<Change> {
        let (title, fields, pairs) = match part {
            UsedPart::Event { event, fields } => {
                let pointer = format!("/contract/events/{}/schema", escaped(event));
                let sides = (self.old.stack.clone(), self.new.stack.clone());
                (format!("event `{event}`"), fields, vec![(sides, pointer.clone(), pointer)])
            }
            UsedPart::Api { operations, fields } => {
                let apis = self.old.api.as_ref().and_then(lifted).zip(self.new.api.as_ref().and_then(lifted));
                let Some((old, new)) = apis else { return Vec::new() };
                let mut pairs = Vec::new();
                for operation in operations {
                    let title = self.operations.title(operation);
                    let before: BTreeMap<String, String> = responses(&old.document.value, &title).into_iter().collect();
                    for (answer, now) in responses(&new.document.value, &title) {
                        let was = before.get(&answer).cloned();
                        pairs.extend(was.map(|was| ((old.clone(), new.clone()), was, now)));
                    }
                }
                (operations.join(", "), fields, pairs)
            }
            UsedPart::Output { .. } | UsedPart::Table { .. } => return Vec::new(),
        };
        let mut gone = Vec::new();
        for field in fields {
            let Some(path) = field.parse::<Reading>().ok().map(|reading| reading.path) else { continue };
            let is_gone = pairs.iter().any(|((old, new), was, now)| {
                matches!(within(old, was, &path), Some((_, _, true))) && lacks(new, now, &path)
            });
            if is_gone {
                let fingerprint = self.fingerprint("field-removed", &format!("{title} {field}"));
                gone.push(field_gone(&title, field, fingerprint));
            }
        }
        gone
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
                    || operations.iter().any(|operation| {
                        let title = subject.split(',').next().unwrap_or_default();
                        is_same(title, &self.operations.title(operation))
                    })
            }
        }
    }

    /// Where it is known what is read of a value: is all that is sent now still inside of it?
    fn still_fits(&self, part: &UsedPart) -> Option<Outcome> {
        let (old, new) = (&self.old.stack, &self.new.stack);
        match part {
            UsedPart::Output { output, path, takes } => {
                let pointer = format!("/contract/outputs/{}", escaped(output));
                let path = steps(path);
                if let Some(takes) = takes {
                    return Some(read_now(
                        (old, new),
                        &pointer,
                        Reading { path, leaf: takes.0.clone(), optional: false },
                    ));
                }
                let promised = promised(old, &pointer, &[path])?;
                Some(outcome((old, new), &pointer, &promised))
            }
            UsedPart::Event { event, fields } => {
                let pointer = format!("/contract/events/{}/schema", escaped(event));
                let promised = promised(old, &pointer, &paths(fields)?)?;
                Some(outcome((old, new), &pointer, &promised))
            }
            UsedPart::Api { operations, fields } => {
                let (old, new) = (lifted(self.old.api.as_ref()?)?, lifted(self.new.api.as_ref()?)?);
                let (mut worst, mut answers) = (Outcome::Compatible, 0);
                for operation in operations {
                    let title = self.operations.title(operation);
                    let before: BTreeMap<String, String> = responses(&old.document.value, &title).into_iter().collect();
                    for (answer, pointer) in responses(&new.document.value, &title) {
                        let promised = promised(&old, before.get(&answer)?, &paths(fields)?)?;
                        let found = outcome((&old, &new), &pointer, &promised);
                        answers += 1;
                        worst = if weight(found) > weight(worst) { found } else { worst };
                    }
                }
                (answers > 0).then_some(worst)
            }
            UsedPart::Table { .. } => None,
        }
    }
}

/// Does a contract promise what is read: is the part there, with the path written out in it, and are all
/// its values taken?
pub fn meets(contract: &ContractDocument, pattern: Pattern, part: &UsedPart) -> bool {
    let stack = &contract.stack;
    let has = |pointer: &str, paths: &[Vec<Step>]| {
        let is_sure = |path: &Vec<Step>| within(stack, pointer, path).is_some_and(|(_, _, is_optional)| !is_optional);
        stack.document.value.pointer(pointer).is_some() && paths.iter().filter(|path| !path.is_empty()).all(is_sure)
    };
    match part {
        UsedPart::Output { .. } if pattern == Pattern::Lookup => true,
        UsedPart::Output { output, path, takes } => {
            let pointer = format!("/contract/outputs/{}", escaped(output));
            let is_taken = |takes: &seam_model::Schema| {
                let taken = reading(steps(path), takes.0.clone());
                outcome((stack, stack), &pointer, &taken) == Outcome::Compatible
            };
            match takes {
                Some(takes) => has(&pointer, &[]) && is_taken(takes),
                None => has(&pointer, &[steps(path)]),
            }
        }
        UsedPart::Event { event, fields } => {
            paths(fields).is_some_and(|paths| has(&format!("/contract/events/{}/schema", escaped(event)), &paths))
        }
        UsedPart::Table { table, columns } => {
            let pointer = format!("/contract/tables/{}", escaped(table));
            has(&pointer, &[])
                && columns.iter().all(|column| has(&format!("{pointer}/columns/{}", escaped(column)), &[]))
        }
        UsedPart::Api { operations, .. } => {
            let known = Operations::of(contract.api.as_ref());
            operations.iter().all(|operation| known.has(operation))
        }
    }
}

/// Is a reading that the old version kept to kept by the new one?
fn read_now((old, new): (&Version, &Version), pointer: &str, reading: Reading) -> Outcome {
    let documents = |version: &Version| {
        let mut documents = version.others.clone();
        documents.insert(version.document.name.clone(), version.document.value.clone());
        documents
    };
    let (was, is) = (documents(old), documents(new));
    let promise = |documents, document| Contract { documents, document, pointer };
    let (was, is) = (promise(&was, &old.document.name), promise(&is, &new.document.name));
    match uses::check(Some(was), is, World::Declared, &[&[reading]]).as_deref() {
        Ok([answer]) => match &**answer {
            Answer::Kept => Outcome::Compatible,
            Answer::Broken(_) => Outcome::Breaking,
            Answer::Unknown(_) => Outcome::Unknown,
        },
        _ => Outcome::Unknown,
    }
}

/// An API as 3.1 has it.
fn lifted(api: &Version) -> Option<Version> {
    let mut api = api.clone();
    lift_document(&mut api.document).ok()?;
    Some(api)
}

fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Compatible => 0,
        Outcome::Unknown => 1,
        Outcome::Breaking => 2,
    }
}

/// Is everything that `new` sends by its schema at `pointer` taken? `taken` may refer to `old`.
fn outcome((old, new): (&Version, &Version), pointer: &str, taken: &Json) -> Outcome {
    let mut others = Documents::new();
    for (folder, version) in [("before", old), ("now", new)] {
        let own = (version.document.name.clone(), version.document.value.clone());
        let all = version.others.clone().into_iter().chain([own]);
        others.extend(all.map(|(name, value)| (format!("{folder}/{name}"), value)));
    }
    let sent = json!({"$ref": reference("now", &new.document.name, pointer)});
    let version = |name: &str, value: Json| {
        Document::of_value(name, value).map(|document| Version { document, others: others.clone() })
    };
    let world = Some(World::Declared);
    let options = Options { surface: Surface::Emitted, world, explain: false, ..Options::default() };
    let (Ok(taken), Ok(sent)) = (version("taken.json", taken.clone()), version("sent.json", sent)) else {
        return Outcome::Unknown;
    };
    diff(taken, sent, &options).map_or(Outcome::Unknown, |report| report.outcome)
}

/// What the old version promised at these paths of the schema at `pointer`, as the schema of somebody who
/// reads them; `None` where all of it is read, or a path is not written out there.
fn promised(old: &Version, pointer: &str, paths: &[Vec<Step>]) -> Option<Json> {
    let parts = paths.iter().filter(|path| !path.is_empty()).map(|path| {
        let (name, at, is_optional) = within(old, pointer, path)?;
        let leaf = json!({"$ref": reference("before", &name, &at)});
        Some(Reading { path: path.clone(), leaf, optional: is_optional }.schema())
    });
    let parts: Vec<Json> = parts.collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| json!({ "allOf": parts }))
}

fn reading(path: Vec<Step>, leaf: Json) -> Json {
    Reading { path, leaf, optional: false }.schema()
}

/// A field that is declared as read, and is not in the schema that is written out.
pub fn missing_field(contract: &ContractDocument, part: &UsedPart) -> Option<String> {
    let lacking = |version: &Version, pointer: &str, fields: &[String]| {
        let is_lacking =
            |field: &&String| field.parse::<Reading>().is_ok_and(|reading| lacks(version, pointer, &reading.path));
        fields.iter().find(is_lacking).cloned()
    };
    match part {
        UsedPart::Event { event, fields } => {
            lacking(&contract.stack, &format!("/contract/events/{}/schema", escaped(event)), fields)
        }
        UsedPart::Api { operations, fields } => {
            let api = lifted(contract.api.as_ref()?)?;
            let known = Operations::of(contract.api.as_ref());
            let answers = operations.iter().flat_map(|one| responses(&api.document.value, &known.title(one)));
            let answers: Vec<(String, String)> = answers.collect();
            // Several operations may share one list of fields: each field has to be in one of them.
            let in_all = |field: &&String| {
                let one = std::slice::from_ref(*field);
                !answers.is_empty() && answers.iter().all(|(_, pointer)| lacking(&api, pointer, one).is_some())
            };
            fields.iter().find(in_all).cloned()
        }
        UsedPart::Output { .. } | UsedPart::Table { .. } => None,
    }
}

fn field_gone(title: &str, field: &str, fingerprint: String) -> Change {
    let subject = title.to_owned();
    Change {
        rule: "field-removed".to_owned(),
        severity: Severity::Error,
        places: vec![ChangePlace { subject, old: None, new: None }],
        sentence: format!("`{field}` is gone, which is read"),
        proof: Proof::Lost(format!("`{field}`")),
        fingerprint,
    }
}
