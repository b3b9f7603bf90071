//! The [`Schemas`] of a contract: those of its outputs, events and answers, looked up by name and by paths
//! inside of them, as far as they are written out.

use crate::ContractDocument;
use seam_contract::bundle::bundle_part;
use seam_contract::diff::Version;
use seam_contract::lifecycle::Lifecycle;
use seam_contract::openapi::{Known, Operations, lift_document};
use seam_contract::reading::{Reading, Step};
use seam_contract::schema::{Documents, resolve};
use seam_model::{Path, Segment, UsedOperation, UsedPart};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// So many schemas of one place are looked at.
const SPEAKERS_MAX: usize = 200;

/// What a schema is called that stands alone.
pub const DOCUMENT: &str = "seam:contract";

/// What of a contract has a schema.
#[derive(Debug)]
pub struct Schemas {
    /// Outputs, events and tables.
    pub stack: Parts,
    /// The API as 3.1 has it, with its operations; `None` where there is none that can be read.
    pub api: Option<(Parts, Operations)>,
}

/// A document with all that it refers to.
#[derive(Debug)]
pub struct Parts {
    pub name: String,
    pub documents: Documents,
    /// Of places that references lead to: is there anything deprecated behind them?
    deprecated: Mutex<BTreeMap<Place, bool>>,
}

/// A schema of a contract: the document, and the pointer in it.
#[derive(Clone, Debug)]
pub struct Spot<'s> {
    pub parts: &'s Parts,
    pub pointer: String,
}

impl Schemas {
    /// Of a contract.
    pub fn of(contract: &ContractDocument) -> Self {
        let lifted = |api: &Version| {
            let mut api = api.clone();
            lift_document(&mut api.document).ok()?;
            let operations = Operations::of(&api.document.value).ok()?;
            Some((Parts::of(api), operations))
        };
        Self { stack: Parts::of(contract.stack.clone()), api: contract.api.as_ref().and_then(lifted) }
    }

    /// The schemas of what is used, by what tells them apart in it: of an API those of all successful answers
    /// of its operations.
    pub fn spots(&self, part: &UsedPart) -> Vec<(String, Spot<'_>)> {
        let own = |pointer: String| vec![(String::new(), Spot { parts: &self.stack, pointer })];
        match part {
            UsedPart::Output { output, .. } => own(format!("/contract/outputs/{}", escaped(output))),
            UsedPart::Event { event, .. } => own(format!("/contract/events/{}/schema", escaped(event))),
            UsedPart::Table { .. } | UsedPart::Lookup(_) => Vec::new(),
            UsedPart::Api { operations, .. } => {
                let known = operations.iter().filter_map(|used| self.operation(used));
                let answers = known.flat_map(|one| one.answers.iter().map(|answer| (one.key.as_str(), answer)));
                let spot = |parts, pointer: &String| Spot { parts, pointer: pointer.clone() };
                let all = answers.filter_map(|(key, answer)| {
                    let (parts, _) = self.api.as_ref()?;
                    let name = format!("{key} {} {}", answer.status, answer.media);
                    Some((name, spot(parts, &answer.pointer)))
                });
                all.collect()
            }
        }
    }

    /// The operation that is used: by its route, where that is known, else by its name.
    pub fn operation(&self, used: &UsedOperation) -> Option<&Known> {
        let known = self.operations()?;
        used.route.as_ref().map_or_else(|| known.named(&used.name), |route| known.routed(route))
    }

    /// The operations of its API.
    pub fn operations(&self) -> Option<&Operations> {
        self.api.as_ref().map(|(_, operations)| operations)
    }
}

impl Parts {
    fn of(version: Version) -> Self {
        let Version { document, others: mut documents } = version;
        documents.insert(document.name.clone(), document.value);
        Self { name: document.name, documents, deprecated: Mutex::default() }
    }

    /// Is something deprecated at a place, inside of it or behind its references? Large documents have few
    /// such places, and many ways that lead to none.
    pub fn reaches_deprecated(&self, place: &Place) -> bool {
        let mut known = self.deprecated.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut open, mut seen) = (vec![place.clone()], BTreeSet::new());
        let mut reaches = false;
        while let Some(place) = open.pop().filter(|_| !reaches) {
            match known.get(&place) {
                Some(known) => reaches = *known,
                None if !seen.insert(place.clone()) => {}
                None => {
                    let mut values: Vec<&Json> = self.at(&place.0, &place.1).into_iter().collect();
                    while let Some(value) = values.pop() {
                        match value {
                            Json::Object(members) => {
                                reaches |= Lifecycle::of(members).is_deprecated;
                                let reference = members.get("$ref").and_then(Json::as_str);
                                open.extend(reference.map(|reference| resolve(&place.0, reference)));
                                values.extend(members.values());
                            }
                            Json::Array(items) => values.extend(items),
                            _ => {}
                        }
                    }
                }
            }
        }
        // Where one of them does, it is not known which.
        let settled = if reaches { BTreeSet::from([place.clone()]) } else { seen };
        known.extend(settled.into_iter().map(|place| (place, reaches)));
        reaches
    }

    /// What is written at a place.
    pub fn at(&self, name: &str, pointer: &str) -> Option<&Json> {
        self.documents.get(name)?.pointer(pointer)
    }

    /// The schema objects that speak of one place: the one there, and those that its references and its
    /// applicators in place lead to. Whether all of them hold.
    pub fn speakers(&self, place: &Place) -> (Vec<Speaker<'_>>, bool) {
        let (mut found, mut open, mut all_hold) = (Vec::new(), vec![place.clone()], true);
        let mut seen = BTreeSet::new();
        while let Some((name, pointer)) = open.pop() {
            if seen.len() > SPEAKERS_MAX || !seen.insert((name.clone(), pointer.clone())) {
                continue;
            }
            let Some(Json::Object(schema)) = self.at(&name, &pointer) else { continue };
            if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
                open.push(resolve(&name, reference));
            }
            for keyword in ["allOf", "anyOf", "oneOf"] {
                let count = schema.get(keyword).and_then(Json::as_array).map_or(0, Vec::len);
                open.extend((0..count).map(|index| (name.clone(), format!("{pointer}/{keyword}/{index}"))));
                all_hold &= keyword == "allOf" || count == 0;
            }
            for keyword in ["then", "else"].into_iter().filter(|keyword| schema.contains_key(*keyword)) {
                open.push((name.clone(), format!("{pointer}/{keyword}")));
                all_hold = false;
            }
            found.push(((name, pointer), schema));
        }
        (found, all_hold)
    }
}

/// Document and pointer.
pub type Place = (String, String);

/// A schema object and where it is.
pub type Speaker<'s> = (Place, &'s Map<String, Json>);

/// What is written of a part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inner {
    /// Schemas speak of it.
    Written(Written),
    /// The members are written out and it is none of them, or there are none.
    Lacking,
    /// Nobody can tell.
    NotWritten,
}

/// The schemas of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where they are.
    pub places: Vec<Place>,
    /// A member on the way to it may be absent.
    pub is_optional: bool,
    /// All of them hold; else some are alternatives.
    pub all_hold: bool,
}

/// Has it a type, and is that another one?
fn is_never(schema: &Map<String, Json>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Json::String(only)) => only != kind,
        Some(Json::Array(several)) => !several.iter().any(|one| one == kind),
        _ => false,
    }
}

/// Says a schema of members that it does not name?
fn is_open(schema: &Map<String, Json>) -> bool {
    let says = |keyword: &str| schema.get(keyword).is_some_and(|said| *said != Json::Bool(false));
    schema.contains_key("patternProperties") || says("additionalProperties") || says("unevaluatedProperties")
}

impl Spot<'_> {
    /// Is there such a schema?
    pub fn is_there(&self) -> bool {
        self.parts.at(&self.parts.name, &self.pointer).is_some()
    }

    /// It as the one document [`DOCUMENT`], which refers to nothing outside; `None` where that cannot be
    /// written.
    pub fn documents(&self) -> Option<Documents> {
        let schema = bundle_part(&self.parts.documents, &self.parts.name, &self.pointer).ok()?;
        Some(Documents::from([(DOCUMENT.to_owned(), schema)]))
    }

    /// What is written of the part at a path.
    pub fn inner(&self, path: &[Step]) -> Inner {
        let mut places = vec![(self.parts.name.clone(), self.pointer.clone())];
        let (mut is_optional, mut all_hold) = (false, true);
        for step in path {
            let speaking: Vec<_> = places.iter().map(|place| self.parts.speakers(place)).collect();
            all_hold &= speaking.iter().all(|(_, all_hold)| *all_hold);
            let schemas: Vec<_> = speaking.into_iter().flat_map(|(schemas, _)| schemas).collect();
            let below = |keyword: &str, name: Option<&str>| -> Vec<Place> {
                let pointer = name.map_or_else(|| keyword.to_owned(), |name| format!("{keyword}/{}", escaped(name)));
                let has = |schema: &Map<String, Json>| {
                    schema.get(keyword).is_some_and(|said| name.is_none_or(|name| said.get(name).is_some()))
                };
                let found = schemas.iter().filter(|(_, schema)| has(schema));
                found.map(|((document, at), _)| (document.clone(), format!("{at}/{pointer}"))).collect()
            };
            places = match step {
                Step::Items => below("items", None),
                Step::Item(index) => {
                    let first: Vec<Place> = (0..schemas.len())
                        .filter(|at| schemas[*at].1.get("prefixItems").is_some_and(|list| list.get(index).is_some()))
                        .map(|at| (schemas[at].0.0.clone(), format!("{}/prefixItems/{index}", schemas[at].0.1)))
                        .collect();
                    if first.is_empty() { below("items", None) } else { first }
                }
                Step::Member(member) => {
                    let requires = |schema: &Map<String, Json>| {
                        let required = schema.get("required").and_then(Json::as_array);
                        required.is_some_and(|names| names.iter().any(|name| name == member))
                    };
                    is_optional |= !schemas.iter().any(|(_, schema)| requires(schema));
                    below("properties", Some(member))
                }
            };
            if places.is_empty() {
                let (members, kind) = match step {
                    Step::Member(_) => (schemas.iter().any(|(_, schema)| schema.contains_key("properties")), "object"),
                    Step::Items | Step::Item(_) => (false, "array"),
                };
                let is_open = schemas.iter().any(|(_, schema)| is_open(schema));
                let is_another = schemas.iter().any(|(_, schema)| is_never(schema, kind));
                return if is_another || members && !is_open { Inner::Lacking } else { Inner::NotWritten };
            }
        }
        Inner::Written(Written { places, is_optional, all_hold })
    }

    /// A path as the schemas have it: a member of a list is that of each item, as `select` takes it.
    pub fn through_lists(&self, path: &[Step]) -> Vec<Step> {
        let mut through = Vec::new();
        for step in path {
            let has = |way: &[Step]| matches!(self.inner(way), Inner::Written(_));
            let with = |steps: &[Step]| [through.as_slice(), steps].concat();
            if !has(&with(std::slice::from_ref(step))) && has(&with(&[Step::Items, step.clone()])) {
                through.push(Step::Items);
            }
            through.push(step.clone());
        }
        through
    }

    /// The schemas of the part at a path, where it is written out without alternatives.
    pub fn within(&self, path: &[Step]) -> Option<Written> {
        match self.inner(path) {
            Inner::Written(written) if written.all_hold => Some(written),
            _ => None,
        }
    }

    /// What is promised at a path, as somebody reads it who relies on all of that; `None` where the path is
    /// not written out.
    pub fn promised(&self, path: &[Step]) -> Option<Reading> {
        let written = self.within(path)?;
        let leaf = self.leaf(&written)?;
        Some(Reading { path: path.to_vec(), leaf, optional: written.is_optional })
    }

    /// The schemas of a part as one that refers to nothing outside of itself.
    pub fn leaf(&self, written: &Written) -> Option<Json> {
        let bundled = |(number, (name, pointer)): (usize, &Place)| {
            let mut leaf = bundle_part(&self.parts.documents, name, pointer).ok()?;
            if let Some(members) = leaf.as_object_mut() {
                // Its definitions are its own wherever it stands.
                members.insert("$id".to_owned(), format!("seam:promised/{number}").into());
            }
            Some(leaf)
        };
        let mut leaves: Vec<Json> = written.places.iter().enumerate().map(bundled).collect::<Option<_>>()?;
        Some(if leaves.len() == 1 { leaves.remove(0) } else { json!({ "allOf": leaves }) })
    }
}

/// The path inside of an output.
pub fn steps(path: &Path) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Index(index) => Step::Item(*index),
        Segment::Key(key) => Step::Member(key.clone()),
    };
    path.0.iter().map(step).collect()
}

/// A name as a part of a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
