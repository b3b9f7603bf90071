//! What a change of a contract does to one use: nothing, where what the consumer really reads still
//! holds; else the changes that break it.

use crate::ContractDocument;
use crate::announced::{happens, is_about, is_let_go, is_of_field};
use crate::changes::{is_of_values, is_removal, weighs};
use crate::deprecated::{Deprecated, Mark, is_taken, meets, on_the_way, read_by, reads};
use crate::fingerprint::at_places;
use crate::holders::{Holder, used};
use crate::lookups;
use crate::reads::{Outcome, beyond, kept, read_paths, readings};
use crate::schemas::{Inner, Spot};
use seam_contract::finding::{Finding as Change, Identity, Place as ChangePlace, Proof, Severity};
use seam_contract::openapi::Known;
use seam_contract::reading::{Reading, Step};
use seam_contract::schema::Documents;
use seam_contract::subject::{Message, Part, Subject};
use seam_model::{Pattern, UsedOperation, UsedPart};
use serde_json::Value as Json;
use std::cell::{LazyCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Judges uses of one changed contract; equal uses are judged once.
pub struct Effects<'a> {
    /// The version that is live.
    pub old: &'a ContractDocument,
    new: &'a ContractDocument,
    changes: &'a [Change],
    /// `system/stack`: fingerprints are its own.
    stack: &'a str,
    /// The day, as `2026-01-31`.
    today: &'a str,
    known: RefCell<BTreeMap<(Pattern, UsedPart), Vec<Change>>>,
    /// The schemas that were compared, old and new, by what they are of.
    compared: RefCell<BTreeMap<String, Option<Rc<[Documents; 2]>>>>,
}

impl<'a> Effects<'a> {
    /// Of these changes between these two versions.
    pub fn new(
        (old, new): (&'a ContractDocument, &'a ContractDocument),
        changes: &'a [Change],
        (stack, today): (&'a str, &'a str),
    ) -> Self {
        Self { old, new, changes, stack, today, known: RefCell::default(), compared: RefCell::default() }
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
        let mut went = Vec::new();
        let fields = LazyCell::new(|| self.fields(pattern, part));
        for change in self.changes.iter().filter(|change| weighs(change) || is_removal(change)) {
            let is_used = |place: &&ChangePlace| self.concerns(pattern, part, &place.subject.part);
            let places: Vec<&ChangePlace> = change.places.iter().filter(is_used).collect();
            match places.first() {
                None => {}
                Some(_) if is_of_field(change) => {
                    let ways = fields.ways(change, &places, self.today);
                    broken.extend((!ways.is_empty()).then(|| narrowed(change, &places)));
                    went.extend(ways.into_iter().filter(|_| is_removal(change)));
                }
                Some(place) if is_of_values(change) && is_read(&place.subject.part) => read.push((change, places)),
                Some(_) => broken.push(narrowed(change, &places)),
            }
        }
        if !read.is_empty() {
            broken.extend(self.of_values(part, read, &went));
        }
        broken.extend(self.gone(part, &broken));
        broken.extend(self.not_known(part));
        broken
    }

    /// Which of the changes of values break what is read; `went` is where something went in time.
    fn of_values(&self, part: &UsedPart, mut read: Vec<Used<'_>>, went: &[Vec<Step>]) -> Vec<Change> {
        let all = |read: &[Used<'_>]| -> Vec<Change> {
            read.iter().map(|(change, places)| narrowed(change, places)).collect()
        };
        match self.still_fits(part) {
            Some(Outcome::Kept) => Vec::new(),
            Some(Outcome::Unknown) => {
                let unknown = |change: Change| Change { severity: Severity::Unknown, ..change };
                all(&read).into_iter().map(unknown).collect()
            }
            Some(Outcome::Broken(mut paths)) => {
                let is_met = |path: &[Step], places: &[&ChangePlace]| {
                    places.iter().any(|place| {
                        let changed = &place.subject.path;
                        meets(path, changed) && is_taken(part, changed.get(path.len()..))
                    })
                };
                // What is missing of it went in time, unless it became something else too.
                paths.retain(|path| {
                    read.iter().any(|(_, places)| is_met(path, places)) || !went.iter().any(|went| meets(path, went))
                });
                // Where no change is there, all of them are told.
                let is_one = |(_, places): &Used<'_>| paths.iter().any(|path| is_met(path, places));
                if paths.is_empty() || read.iter().any(is_one) {
                    read.retain(is_one);
                    for (_, places) in &mut read {
                        places.retain(|place| paths.iter().any(|path| is_met(path, &[place])));
                    }
                }
                all(&read)
            }
            None => all(&read),
        }
    }

    /// What of fields a use reads in both versions.
    fn fields(&self, pattern: Pattern, part: &UsedPart) -> Fields<'_> {
        let part = self.routed(part);
        let versions = [self.old, self.new];
        let [old, new] = versions.map(|version| used(version, pattern, &part));
        let deprecated = versions.into_iter().flat_map(|version| read_by(version, pattern, &part)).collect();
        Fields { part, old, new, deprecated }
    }

    /// The same with the routes of its operations: what it is called now may be another name.
    fn routed(&self, part: &UsedPart) -> UsedPart {
        let UsedPart::Api { operations, fields } = part else { return part.clone() };
        let routed = operations.iter().map(|used| {
            let route = self.operation(used).map(Known::route).or_else(|| used.route.clone());
            UsedOperation { route, ..used.clone() }
        });
        UsedPart::Api { operations: routed.collect(), fields: fields.clone() }
    }

    /// Is it a part of what is used?
    fn concerns(&self, pattern: Pattern, used: &UsedPart, part: &Part) -> bool {
        match (used, part) {
            (UsedPart::Lookup(lookup), Part::Lookup(rule, asked)) => {
                lookups::concerns(lookup, (rule, asked), (self.old, self.new))
            }
            // An older record tells the words alone.
            (UsedPart::Output { output, .. }, Part::Lookup(rule, _)) if pattern == Pattern::Lookup => {
                let kind = self.old.part(&format!("/lookups/{rule}/kind")).and_then(Json::as_str);
                kind.is_some_and(|kind| output.split_whitespace().any(|word| word == kind))
            }
            (UsedPart::Output { output, .. }, Part::Output(name)) => pattern != Pattern::Lookup && output == name,
            (UsedPart::Event { event, .. }, Part::Event(name)) => event == name,
            (UsedPart::Table { table, columns }, Part::Table(name, column)) => {
                let is_read = |column: &String| columns.is_empty() || columns.contains(column);
                table == name && column.as_ref().is_none_or(is_read)
            }
            (UsedPart::Api { .. }, Part::Whole) => true,
            (UsedPart::Api { operations, .. }, Part::Operation(key, _)) => {
                operations.iter().filter_map(|used| self.operation(used)).any(|one| one.key == *key)
            }
            _ => false,
        }
    }

    /// The operation of the old version.
    fn operation(&self, used: &UsedOperation) -> Option<&Known> {
        self.old.schemas().operation(used)
    }

    /// Operations that were recorded and that the old version does not have.
    fn not_known(&self, part: &UsedPart) -> Vec<Change> {
        let UsedPart::Api { operations, .. } = part else { return Vec::new() };
        let unknown = operations.iter().filter(|operation| self.operation(operation).is_none());
        let told = |UsedOperation { name, .. }: &UsedOperation| Change {
            rule: "operation-not-known".to_owned(),
            severity: Severity::Unknown,
            places: of_part(name, Part::Whole),
            sentence: "the contract that is live has no operation of this name".to_owned(),
            proof: Proof::Undecided("operation", None),
            fingerprint: self.fingerprint("operation-not-known", name),
        };
        unknown.map(told).collect()
    }

    fn fingerprint(&self, rule: &str, of: &str) -> String {
        Identity { place: self.stack, old: of, new: "" }.fingerprint(rule)
    }

    /// Fields that are read and are not there any more. By the letter an optional field may always be
    /// absent; who names it reads it all the same. What is told already is left out.
    fn gone(&self, part: &UsedPart, told: &[Change]) -> Vec<Change> {
        let title = match part {
            UsedPart::Output { output, .. } => format!("output `{output}`"),
            UsedPart::Event { event, .. } => format!("event `{event}`"),
            UsedPart::Api { operations, .. } => {
                operations.iter().map(|used| used.name.as_str()).collect::<Vec<_>>().join(", ")
            }
            UsedPart::Table { .. } | UsedPart::Lookup(_) => return Vec::new(),
        };
        let mut gone = BTreeMap::new();
        for pair in self.pairs(part) {
            let Some(old) = &pair.old else { continue };
            for path in read_paths(part, old).unwrap_or_default() {
                // One that is always there is missed by the letter.
                let is_missed = matches!(old.inner(&path), Inner::Written(was) if was.is_optional || !was.all_hold);
                if is_missed && pair.new.inner(&path) == Inner::Lacking {
                    let is_told = |mark: &Mark| told.iter().any(|change| is_about(change, &mark.at));
                    if on_the_way(old, &path).iter().any(is_told) {
                        continue;
                    }
                    let is_let_go = is_let_go(old, &pair.new, &path, self.today);
                    let field = Reading { path, ..Reading::whole(Json::Bool(true)) }.to_string();
                    gone.insert(field.clone(), self.field_gone(&title, &field, is_let_go));
                }
            }
        }
        gone.into_values().collect()
    }

    fn field_gone(&self, title: &str, field: &str, is_let_go: bool) -> Change {
        let (rule, severity) = match is_let_go {
            true => ("field-removed-with-deprecation", Severity::Note),
            false => ("field-removed", Severity::Error),
        };
        Change {
            rule: rule.to_owned(),
            severity,
            places: of_part(title, Part::Whole),
            sentence: format!("`{field}` is gone, which is read"),
            proof: Proof::Lost(format!("`{field}`")),
            fingerprint: self.fingerprint(rule, &format!("{title} {field}")),
        }
    }

    /// The schemas of what is used, before and now.
    fn pairs(&self, part: &UsedPart) -> Vec<Pair<'_>> {
        let mut before: BTreeMap<String, Spot<'_>> = self.old.schemas().spots(part).into_iter().collect();
        let now = self.new.schemas().spots(&self.routed(part)).into_iter();
        now.map(|(name, new)| Pair { old: before.remove(&name), new, name }).collect()
    }

    /// Where it is known what is read of a value: is all that is sent now still inside of it?
    fn still_fits(&self, part: &UsedPart) -> Option<Outcome> {
        let mut all: Option<Outcome> = None;
        for pair in self.pairs(part) {
            let readings = readings(part, pair.old.as_ref()?)?;
            let found = self.compared(part, &pair).map_or(Outcome::Unknown, |documents| {
                let [old, new] = &*documents;
                kept(Some(old), new, &readings)
            });
            let found = match (&pair.old, found) {
                (Some(old), Outcome::Kept) => beyond(part, old, &pair.new),
                (_, found) => found,
            };
            all = Some(match all {
                Some(before) => before.and(found),
                None => found,
            });
        }
        all
    }

    /// The two schemas of a pair, each as a document of its own.
    fn compared(&self, part: &UsedPart, pair: &Pair<'_>) -> Option<Rc<[Documents; 2]>> {
        let name = match part {
            UsedPart::Api { .. } => pair.name.clone(),
            _ => pair.new.pointer.clone(),
        };
        if let Some(known) = self.compared.borrow().get(&name) {
            return known.clone();
        }
        let both = || Some([pair.old.as_ref()?.documents()?, pair.new.documents()?]);
        let documents = both().map(Rc::new);
        self.compared.borrow_mut().insert(name, documents.clone());
        documents
    }
}

/// A schema of something that is used, in both versions.
struct Pair<'s> {
    name: String,
    old: Option<Spot<'s>>,
    new: Spot<'s>,
}

/// A change, at the places that are used.
type Used<'c> = (&'c Change, Vec<&'c ChangePlace>);

/// What a use reads, and what of that is deprecated.
struct Fields<'s> {
    part: UsedPart,
    old: Vec<Holder<'s>>,
    new: Vec<Holder<'s>>,
    /// In one of the two versions.
    deprecated: Vec<Deprecated>,
}

impl Fields<'_> {
    /// The ways on which what is told of a field is read; none where it concerns others alone.
    fn ways(&self, change: &Change, places: &[&ChangePlace], today: &str) -> Vec<Vec<Step>> {
        let is_read = |place: &&&ChangePlace| {
            let Subject { words, part, path, .. } = &place.subject;
            let is_it = |holder: &&Holder<'_>| holder.part == *part && holder.words == *words;
            let of = |holders: &[Holder<'_>]| holders.iter().find(is_it).is_some_and(|it| reads(it, &self.part, path));
            of(&self.old) || of(&self.new)
        };
        let told = places.iter().filter(is_read).map(|place| place.subject.path.clone());
        // It is told on the shortest way to where it is written.
        let shared = self.deprecated.iter().filter(|one| is_about(change, &one.at)).filter(|one| {
            let spots = spot_of(&self.old, &one.key).zip(spot_of(&self.new, &one.key));
            spots.is_some_and(|(old, new)| happens(change, (old, new), &one.path, today))
        });
        told.chain(shared.map(|one| one.path.clone())).collect()
    }
}

/// The values of a holder.
fn spot_of<'h, 's>(holders: &'h [Holder<'s>], key: &str) -> Option<&'h Spot<'s>> {
    holders.iter().find(|holder| holder.key == key)?.spot.as_ref()
}

/// The change at these of its places, with the fingerprint of it there.
fn narrowed(change: &Change, places: &[&ChangePlace]) -> Change {
    Change {
        rule: change.rule.clone(),
        severity: change.severity,
        places: places.iter().map(|place| (*place).clone()).collect(),
        sentence: change.sentence.clone(),
        proof: change.proof.clone(),
        fingerprint: at_places(&change.fingerprint, places),
    }
}

/// May what is read of it be less than all? What is sent to an API is not narrowed by what is read of its
/// answers, nor are headers and failures.
fn is_read(part: &Part) -> bool {
    match part {
        Part::Operation(_, Message::AnswerBody(status)) => status.starts_with('2') || status == "DEFAULT",
        Part::Operation(..) => false,
        _ => true,
    }
}

fn of_part(words: &str, part: Part) -> Vec<ChangePlace> {
    vec![ChangePlace { subject: Subject::new(words, part), old: None, new: None }]
}

#[cfg(test)]
mod tests;
