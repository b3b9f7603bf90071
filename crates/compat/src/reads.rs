//! What a consumer reads of a contract, asked of the engine: is it kept by another version, and does a
//! version promise it at all?

use crate::ContractDocument;
use crate::lookups;
use crate::schemas::{DOCUMENT, Inner, Spot, steps};
use seam_contract::reading::{Reading, Step};
use seam_contract::schema::Documents;
use seam_contract::uses::{self, Answer, Contract};
use seam_contract::world::World;
use seam_model::{Pattern, UsedPart};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// What becomes of what is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on as before: proved.
    Kept,
    /// Not decided.
    Unknown,
    /// Values may come that cannot be read at these paths.
    Broken(BTreeSet<Vec<Step>>),
}

impl Outcome {
    /// Of two values that are both read.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Broken(mut paths), Self::Broken(more)) => {
                paths.extend(more);
                Self::Broken(paths)
            }
            (broken @ Self::Broken(_), _) | (_, broken @ Self::Broken(_)) => broken,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Kept, Self::Kept) => Self::Kept,
        }
    }
}

/// The paths that are read inside of the values at a spot, in which they are as its schemas have them; `None`
/// where one is no path.
pub fn read_paths(part: &UsedPart, spot: &Spot<'_>) -> Option<Vec<Vec<Step>>> {
    match part {
        UsedPart::Event { fields, .. } | UsedPart::Api { fields, .. } => {
            fields.iter().map(|field| Some(field.parse::<Reading>().ok()?.path)).collect()
        }
        UsedPart::Output { path, .. } => Some(vec![spot.through_lists(&steps(path))]),
        UsedPart::Table { .. } | UsedPart::Lookup(_) => Some(Vec::new()),
    }
}

/// What is read of the schema at a spot of the contract that is live, without what that does not have anyway;
/// `None` where all of it is, or nobody can tell what is at a path.
pub fn readings(part: &UsedPart, spot: &Spot<'_>) -> Option<Vec<Reading>> {
    if let UsedPart::Output { takes: Some(takes), .. } = part {
        return taken(part, spot, |path| without_lacking(&takes.0, spot, path));
    }
    let paths = read_paths(part, spot)?;
    let inner: Vec<_> = paths.into_iter().filter(|path| !path.is_empty()).collect();
    let is_there = |path: &&Vec<Step>| spot.inner(path) != Inner::Lacking;
    let promised = inner.iter().filter(is_there).map(|path| spot.promised(path)).collect::<Option<_>>()?;
    (!inner.is_empty()).then_some(promised)
}

/// What a variable reads, which takes what `leaf` says at a path.
fn taken(part: &UsedPart, spot: &Spot<'_>, leaf: impl Fn(&[Step]) -> Json) -> Option<Vec<Reading>> {
    let of = |path: Vec<Step>| {
        let optional = spot.within(&path).is_some_and(|written| written.is_optional);
        Reading { leaf: leaf(&path), path, optional }
    };
    Some(read_paths(part, spot)?.into_iter().map(of).collect())
}

/// What a variable takes of the part at a path; a member that is not there even so is not asked for.
fn without_lacking(takes: &Json, spot: &Spot<'_>, path: &[Step]) -> Json {
    let mut takes = takes.clone();
    let below = |step: Step| [path, &[step]].concat();
    if let Some(Json::Array(names)) = takes.get_mut("required") {
        let is_lacking = |name: &str| spot.inner(&below(Step::Member(name.to_owned()))) == Inner::Lacking;
        names.retain(|name| !name.as_str().is_some_and(is_lacking));
    }
    for (name, inner) in takes.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten() {
        *inner = without_lacking(inner, spot, &below(Step::Member(name.clone())));
    }
    if let Some(items) = takes.get_mut("items") {
        *items = without_lacking(items, spot, &below(Step::Items));
    }
    takes
}

/// Are these readings of a value kept, which the old version kept?
pub fn kept(old: Option<&Documents>, new: &Documents, readings: &[Reading]) -> Outcome {
    if readings.is_empty() {
        return Outcome::Kept;
    }
    let promise = |documents| Contract { documents, document: DOCUMENT, pointer: "" };
    match uses::check(old.map(promise), promise(new), World::Declared, &[readings]).as_deref() {
        Ok([answer]) => match &**answer {
            Answer::Kept => Outcome::Kept,
            Answer::Broken(breaks) => Outcome::Broken(breaks.iter().map(|one| one.reading.path.clone()).collect()),
            Answer::Unknown(_) => Outcome::Unknown,
        },
        _ => Outcome::Unknown,
    }
}

/// Where the old version already promised more than the consumer takes: may something come that neither was
/// promised before nor is taken? Else whatever a promise becomes that is too wide would be kept.
pub fn beyond(part: &UsedPart, old: &Spot<'_>, new: &Spot<'_>) -> Outcome {
    let UsedPart::Output { path, takes: Some(takes), .. } = part else { return Outcome::Kept };
    let path = old.through_lists(&steps(path));
    let (Some(was), Some(is)) = (old.within(&path), new.within(&path)) else { return Outcome::Kept };
    let (Some(was), Some(is)) = (old.leaf(&was), new.leaf(&is)) else { return Outcome::Unknown };
    let leaf = json!({ "anyOf": [without_lacking(&takes.0, old, &path), was] });
    match kept(None, &Documents::from([(DOCUMENT.to_owned(), is)]), &[Reading::whole(leaf)]) {
        Outcome::Broken(_) => Outcome::Broken(BTreeSet::from([path])),
        other => other,
    }
}

/// Does a contract promise what is read: is the part there, with the path written out in it, and are all
/// its values taken?
pub fn meets(contract: &ContractDocument, pattern: Pattern, part: &UsedPart) -> bool {
    let schemas = contract.schemas();
    let spots = schemas.spots(part);
    let is_sure = |spot: &Spot<'_>, path: &[Step]| spot.within(path).is_some_and(|written| !written.is_optional);
    let is_whole = |spot: &Spot<'_>| {
        let paths = read_paths(part, spot);
        spot.is_there() && paths.is_some_and(|paths| paths.iter().all(|path| is_sure(spot, path)))
    };
    let has_all = || !spots.is_empty() && spots.iter().all(|(_, spot)| is_whole(spot));
    match part {
        UsedPart::Output { .. } if pattern == Pattern::Lookup => true,
        UsedPart::Lookup(lookup) => !lookups::is_refused(contract, lookup),
        UsedPart::Output { takes: None, .. } | UsedPart::Event { .. } => has_all(),
        UsedPart::Output { takes: Some(takes), .. } => spots.iter().all(|(_, spot)| {
            let asked = spot.is_there().then(|| taken(part, spot, |_| takes.0.clone()).zip(spot.documents())).flatten();
            asked.is_some_and(|(readings, documents)| kept(None, &documents, &readings) == Outcome::Kept)
        }),
        UsedPart::Table { table, columns } => {
            let known = contract.part("/tables").and_then(|tables| tables.get(table));
            let has = |column: &String| {
                known.and_then(|table| table.get("columns")).is_some_and(|all| all.get(column).is_some())
            };
            known.is_some() && columns.iter().all(has)
        }
        UsedPart::Api { operations, .. } => {
            let has_all = operations.iter().all(|used| schemas.operation(used).is_some());
            has_all && missing_field(contract, part).is_none()
        }
    }
}

/// A part that is read, and is not in the schemas that are written out.
pub fn missing_field(contract: &ContractDocument, part: &UsedPart) -> Option<String> {
    let spots = contract.schemas().spots(part);
    let read = |(_, spot): &(String, Spot<'_>)| read_paths(part, spot).unwrap_or_default();
    let lacks = |path: &Vec<Step>| spots.iter().all(|(_, spot)| spot.inner(path) == Inner::Lacking);
    // Several operations may share one list of fields: each field has to be in one of them.
    let path = spots.iter().flat_map(read).find(lacks)?;
    Some(Reading { path, ..Reading::whole(true.into()) }.to_string())
}
