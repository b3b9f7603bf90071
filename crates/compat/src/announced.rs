//! What was announced of fields between two versions of a contract: what is deprecated now, and what is gone
//! before its day or after it. Of parts and operations as a whole the comparison itself says that.

use crate::ContractDocument;
use crate::changes::{is_removal, weighs};
use crate::deprecated::{Mark, marks, on_the_way, said_at};
use crate::holders::{Holder, holders};
use crate::schemas::{Inner, Place, Spot};
use seam_contract::document::Document;
use seam_contract::finding::{Finding as Change, Findings, Identity, Place as ChangePlace, Proof, Severity, Site};
use seam_contract::lifecycle::{Lifecycle, REMOVED_IN_TIME, Turn};
use seam_contract::reading::{Reading, Step};
use seam_contract::rules;
use seam_contract::schema::Documents;
use seam_contract::subject::{Part, Subject};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The ids of what is said of fields begin so.
const FIELD: &str = "field-";

/// Is it about how long a field is there?
pub fn is_of_field(change: &Change) -> bool {
    change.rule.starts_with(FIELD)
}

/// Is it about the field that is written at a place?
pub fn is_about(change: &Change, (document, pointer): &Place) -> bool {
    let is_there =
        |site: &Site| site.pointer == *pointer && site.document.as_ref().is_none_or(|named| named == document);
    is_of_field(change) && change.places.iter().any(|place| place.old.iter().chain(&place.new).any(is_there))
}

/// Does what is told of a field that is written once happen to it on this way too? It may be shared.
pub fn happens(change: &Change, (old, new): (&Spot<'_>, &Spot<'_>), path: &[Step], today: &str) -> bool {
    let Some((was, _)) = said_at(old, path) else { return false };
    let is = said_at(new, path).map(|(is, _)| is);
    let is_missing = || match (old.inner(path), new.inner(path)) {
        (Inner::Written(was), Inner::Written(is)) => is.is_optional && !was.is_optional,
        (_, is) => !matches!(is, Inner::Written(_)),
    };
    let is_so = becomes(&was, is.as_ref(), today).is_some_and(|turn| change.rule == format!("{FIELD}{}", turn.rule));
    is_so || is_removal(change) && is_missing()
}

/// What becomes of what is said of a field, where it is not there any more of the field itself.
fn becomes(was: &Lifecycle, is: Option<&Lifecycle>, today: &str) -> Option<Turn> {
    match is {
        Some(is) => was.turn(is, today),
        // One whose end nobody announced goes as any other does.
        None => was.sunset.as_ref().map(|_| was.removed(today)),
    }
}

/// May the part at a path be gone, since it was announced for a day that is over?
pub fn is_let_go(old: &Spot<'_>, new: &Spot<'_>, path: &[Step], today: &str) -> bool {
    let is_there = matches!(new.inner(path), Inner::Written(_));
    !is_there && on_the_way(old, path).iter().any(|mark| mark.lifecycle.is_over(today))
}

/// The findings on two versions with what was announced of fields. What is found of one that went after its
/// day is told as that.
pub fn with_announced(
    (old, new): (&ContractDocument, &ContractDocument),
    findings: Vec<Change>,
    today: &str,
) -> Vec<Change> {
    // Most contracts have nothing that goes, and looking for it takes longer than comparing them.
    if ![old, new].into_iter().any(announces) {
        let mut all = Findings::default();
        for change in findings {
            all.add(change);
        }
        return all.sorted();
    }
    let before = holders(old);
    let now = holders(new).into_iter().map(|holder| (holder.key.clone(), holder)).collect();
    let mut versions = Versions { now: &now, today, errors: Vec::new(), all: Findings::default() };
    for change in findings {
        versions.let_go(change, &before);
    }
    let changed = [false, true].map(|is_api| documents(old, is_api) != documents(new, is_api));
    let is_changed = |holder: &&Holder<'_>| changed[usize::from(matches!(holder.part, Part::Operation(..)))];
    for holder in before.iter().filter(is_changed) {
        if let Some(other) = now.get(&holder.key) {
            versions.fields(holder, other);
        }
    }
    let mut all = versions.all.sorted();
    for version in [Some(&new.stack), new.api.as_ref()].into_iter().flatten() {
        locate(&mut all, &version.document);
    }
    all
}

/// Is anything in its documents deprecated?
fn announces(contract: &ContractDocument) -> bool {
    let versions = [Some(&contract.stack), contract.api.as_ref()].into_iter().flatten();
    let documents = versions.flat_map(|version| version.others.values().chain([&version.document.value]));
    documents.into_iter().any(|document| {
        let mut open = vec![document];
        while let Some(value) = open.pop() {
            match value {
                Json::Object(members) if Lifecycle::of(members).is_deprecated => return true,
                Json::Object(members) => open.extend(members.values()),
                Json::Array(items) => open.extend(items),
                _ => {}
            }
        }
        false
    })
}

/// The documents of its API, or the others.
fn documents(contract: &ContractDocument, is_api: bool) -> Option<&Documents> {
    let schemas = contract.schemas();
    let parts = if is_api { schemas.api.as_ref().map(|(parts, _)| parts) } else { Some(&schemas.stack) };
    parts.map(|parts| &parts.documents)
}

/// Gives what is said of fields in a document its lines.
fn locate(all: &mut [Change], document: &Document) {
    let of_fields = all.iter_mut().filter(|change| is_of_field(change)).flat_map(|change| &mut change.places);
    let mut sites: Vec<&mut Site> = of_fields.filter_map(|place| place.new.as_mut()).collect();
    sites.retain(|site| site.document.is_none() && site.position.is_none());
    let positions = document.positions(&sites.iter().map(|site| site.pointer.clone()).collect());
    for site in sites {
        site.position = positions.get(&site.pointer).copied();
    }
}

/// What is found of two versions.
struct Versions<'v, 's> {
    /// What the new one has, by its key.
    now: &'v BTreeMap<String, Holder<'s>>,
    today: &'v str,
    /// What breaks somebody.
    errors: Vec<Subject>,
    all: Findings,
}

impl Versions<'_, '_> {
    /// Adds a change; where it is that something went after its day, that it went.
    fn let_go(&mut self, change: Change, before: &[Holder<'_>]) {
        if !weighs(&change) {
            return self.all.add(change);
        }
        let (is_missing, is_demanded) = (says_missing(&change), says_demanded(&change));
        let mut kept = Vec::new();
        for place in change.places {
            let gone = (!is_demanded).then(|| self.gone_in_time(&place.subject, is_missing, before)).flatten();
            match gone {
                Some(gone) => self.all.add(gone),
                None => kept.push(place),
            }
        }
        if !kept.is_empty() {
            self.errors.extend(kept.iter().map(|place| place.subject.clone()));
            self.all.add(Change { places: kept, ..change });
        }
    }

    /// What went there after its day.
    fn gone_in_time(&self, subject: &Subject, is_missing: bool, before: &[Holder<'_>]) -> Option<Change> {
        let Subject { words, part, path, .. } = subject;
        let is_of = |holder: &&Holder<'_>| {
            let now = self.now.get(&holder.key);
            holder.part == *part && (holder.words == *words || now.is_some_and(|now| now.words == *words))
        };
        let holder = before.iter().find(is_of)?;
        let new = self.now.get(&holder.key).and_then(|now| now.spot.as_ref());
        let is_there = |path: &[Step]| new.is_some_and(|new| matches!(new.inner(path), Inner::Written(_)));
        if is_there(path) && !is_missing {
            return None;
        }
        let spot = holder.spot.as_ref()?;
        let mark = on_the_way(spot, path).into_iter().find(|mark| mark.lifecycle.is_over(self.today))?;
        let path = if is_there(&mark.path) { path } else { &mark.path };
        Some(told(holder, path, mark.lifecycle.removed(self.today), [Some(site(spot, &mark.at)), None]))
    }

    /// Adds what becomes of the fields of a holder that both versions have.
    fn fields(&mut self, old: &Holder<'_>, new: &Holder<'_>) {
        let (Some(was), Some(is)) = (&old.spot, &new.spot) else { return };
        let mut known: Vec<Vec<Step>> = Vec::new();
        for Mark { path, lifecycle, at } in marks(old, &[]).into_iter().filter(|mark| is_field(old, mark)) {
            let now = said_at(is, &path);
            let turn = becomes(&lifecycle, now.as_ref().map(|(is, _)| is), self.today);
            let is_it =
                |error: &Subject| error.part == old.part && error.words == new.words && error.path.starts_with(&path);
            let is_told = now.is_none() && self.errors.iter().any(is_it);
            if let Some(turn) = turn.filter(|turn| !is_told || turn.rule == REMOVED_IN_TIME) {
                let now = now.as_ref().map(|(_, at)| site(is, at));
                self.all.add(told(old, &path, turn, [Some(site(was, &at)), now]));
            }
            known.push(path);
        }
        for mark in marks(new, &[]).into_iter().filter(|mark| is_field(new, mark) && !known.contains(&mark.path)) {
            let Some((before, at)) = said_at(was, &mark.path) else { continue };
            if let Some(turn) = before.turn(&mark.lifecycle, self.today) {
                self.all.add(told(new, &mark.path, turn, [Some(site(was, &at)), Some(site(is, &mark.at))]));
            }
        }
    }
}

/// Is it a field, or something else that the comparison itself does not look at?
fn is_field(holder: &Holder<'_>, mark: &Mark) -> bool {
    let is_column = matches!(holder.part, Part::Table(_, Some(_)));
    let direct = || {
        let schema = holder.spot.as_ref().and_then(|spot| spot.parts.at(&holder.at.0, &holder.at.1)?.as_object());
        schema.is_some_and(|schema| Lifecycle::of(schema).is_deprecated)
    };
    !mark.path.is_empty() || is_column || mark.at != holder.at || !holder.lifecycle.is_deprecated && !direct()
}

/// Does it say that what was always sent may be missing now? Whatever else such a part becomes is a change of
/// its own.
fn says_missing(change: &Change) -> bool {
    ["-became-optional", "-required-removed"].iter().any(|end| change.rule.ends_with(end))
}

/// Does it say that what need not be sent has to be? So it did not go, even where nothing is written of it.
fn says_demanded(change: &Change) -> bool {
    ["-became-required", "-new-required"].iter().any(|end| change.rule.ends_with(end))
}

/// Where something is written, seen from the document of a schema.
fn site(from: &Spot<'_>, (document, pointer): &Place) -> Site {
    let other = Some(document.clone()).filter(|document| *document != from.parts.name);
    Site { document: other, ..Site::from(pointer.as_str()) }
}

/// What becomes of a field, as a finding; where it is written before and now.
fn told(holder: &Holder<'_>, path: &[Step], turn: Turn, [old, new]: [Option<Site>; 2]) -> Change {
    let rule = format!("{FIELD}{}", turn.rule);
    let severity = rules::severity(&rule);
    let field = Reading { path: path.to_vec(), ..Reading::whole(Json::Bool(true)) }.to_string();
    let proof = match (turn.lost, severity) {
        (Some(lost), _) => Proof::Lost(lost),
        (None, Severity::Error) if path.is_empty() => Proof::Lost(holder.words.clone()),
        (None, Severity::Error) => Proof::Lost(format!("`{field}`")),
        _ => Proof::Nothing,
    };
    // What is written once and shared is one change wherever it shows.
    let is_shared = |site: &&Site| site.document.is_some() || !site.pointer.starts_with(&holder.at.1);
    let place = match old.as_ref().filter(is_shared) {
        Some(site) => format!("{} {}", site.document.as_deref().unwrap_or_default(), site.pointer),
        None => format!("{} {field}", holder.key),
    };
    let subject = Subject::new(&*holder.words, holder.part.clone()).at(path.to_vec(), &*field);
    Change {
        severity,
        places: vec![ChangePlace { subject, old, new }],
        sentence: turn.sentence.clone(),
        proof,
        fingerprint: Identity { place: &place, old: &turn.sentence, new: "" }.fingerprint(&rule),
        rule,
    }
}

#[cfg(test)]
mod tests;
