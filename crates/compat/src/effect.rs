//! What a change of a contract does to one use: nothing, where what the consumer really reads still
//! holds; else the changes that break it.

use crate::ContractDocument;
use crate::changes::{is_of_values, is_removal, weighs};
use crate::operations::{Operations, responses};
use seam_contract::diff::{Options, Outcome, Version, diff};
use seam_contract::document::Document;
use seam_contract::finding::{Finding as Change, Severity};
use seam_contract::openapi::lift_document;
use seam_contract::reading::{Reading, Step};
use seam_contract::rules::Surface;
use seam_contract::schema::{Documents, resolve};
use seam_contract::uses::{self, Answer, Contract};
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
                let mut worst = Outcome::Compatible;
                for operation in operations {
                    let title = self.operations.title(operation);
                    let before: BTreeMap<String, String> = responses(&old.document.value, &title).into_iter().collect();
                    for (answer, pointer) in responses(&new.document.value, &title) {
                        let promised = promised(&old, before.get(&answer)?, &paths(fields)?)?;
                        let found = outcome((&old, &new), &pointer, &promised);
                        worst = if weight(found) > weight(worst) { found } else { worst };
                    }
                }
                Some(worst)
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

/// The paths of fields; `None` where one is no path.
fn paths(fields: &[String]) -> Option<Vec<Vec<Step>>> {
    fields.iter().map(|field| Some(field.parse::<Reading>().ok()?.path)).collect()
}

fn steps(path: &Path) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Index(_) => Step::Items,
        Segment::Key(key) => Step::Member(key.clone()),
    };
    path.0.iter().map(step).collect()
}

/// The document and pointer of the schema at a path inside the one at `pointer`, as far as it is written
/// out there, and whether a member on the way may be absent.
fn within(version: &Version, pointer: &str, path: &[Step]) -> Option<(String, String, bool)> {
    let document = |name: &str| match name == version.document.name {
        true => Some(&version.document.value),
        false => version.others.get(name),
    };
    let (mut name, mut at, mut is_optional) = (version.document.name.clone(), pointer.to_owned(), false);
    for step in path {
        let mut schema = document(&name)?.pointer(&at)?;
        while let Some(reference) = schema.get("$ref") {
            (name, at) = resolve(&name, reference.as_str()?);
            schema = document(&name)?.pointer(&at)?;
        }
        at = match step {
            Step::Member(member) => {
                let required = schema.get("required").and_then(Json::as_array);
                is_optional |= !required.is_some_and(|names| names.iter().any(|name| name == member));
                format!("{at}/properties/{}", escaped(member))
            }
            Step::Items => format!("{at}/items"),
        };
        document(&name)?.pointer(&at)?;
    }
    Some((name, at, is_optional))
}

/// A reference to a part of a document in a folder.
fn reference(folder: &str, name: &str, pointer: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte);
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    format!("{folder}/{}#{}", encoded(name), encoded(pointer))
}

/// A name as a part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
