//! The [`Schemas`] of a contract: those of its outputs, events and answers, looked up by name and by paths
//! inside of them, as far as they are written out.

use crate::ContractDocument;
use seam_contract::bundle::bundle_part;
use seam_contract::diff::Version;
use seam_contract::openapi::{Operations, lift_document};
use seam_contract::reading::{Reading, Step};
use seam_contract::schema::{Documents, resolve};
use seam_model::{Path, Segment, UsedPart};
use serde_json::{Value as Json, json};

/// So many references are followed from one to the next.
const HOPS_MAX: usize = 32;

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
            UsedPart::Table { .. } => Vec::new(),
            UsedPart::Api { operations, .. } => {
                let known = operations.iter().filter_map(|name| self.operations()?.named(name));
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

    /// The operations of its API.
    pub fn operations(&self) -> Option<&Operations> {
        self.api.as_ref().map(|(_, operations)| operations)
    }
}

impl Parts {
    fn of(version: Version) -> Self {
        let Version { document, others: mut documents } = version;
        documents.insert(document.name.clone(), document.value);
        Self { name: document.name, documents }
    }

    fn at(&self, name: &str, pointer: &str) -> Option<&Json> {
        self.documents.get(name)?.pointer(pointer)
    }

    /// The schema at a place, or what its references lead to, and where that is.
    fn followed(&self, name: &str, pointer: &str) -> Option<(String, String, &Json)> {
        let (mut name, mut pointer) = (name.to_owned(), pointer.to_owned());
        for _ in 0..HOPS_MAX {
            let schema = self.at(&name, &pointer)?;
            let Some(reference) = schema.get("$ref") else { return Some((name, pointer, schema)) };
            (name, pointer) = resolve(&name, reference.as_str()?);
        }
        None
    }
}

/// A part of a schema, as far as it is written out.
#[derive(Clone, Debug)]
pub struct Inner {
    name: String,
    pointer: String,
    /// A member on the way to it may be absent.
    pub is_optional: bool,
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

    /// The part at a path, where that is written out.
    pub fn within(&self, path: &[Step]) -> Option<Inner> {
        let (mut name, mut pointer, mut is_optional) = (self.parts.name.clone(), self.pointer.clone(), false);
        for step in path {
            let (home, at, schema) = self.parts.followed(&name, &pointer)?;
            name = home;
            pointer = match step {
                Step::Member(member) => {
                    let required = schema.get("required").and_then(Json::as_array);
                    is_optional |= !required.is_some_and(|names| names.iter().any(|name| name == member));
                    format!("{at}/properties/{}", escaped(member))
                }
                Step::Items => format!("{at}/items"),
            };
            self.parts.at(&name, &pointer)?;
        }
        Some(Inner { name, pointer, is_optional })
    }

    /// Does a schema that is written out have no such part?
    pub fn lacks(&self, path: &[Step]) -> bool {
        let Some((last, parents)) = path.split_last() else { return false };
        let Some(Inner { name, pointer, .. }) = self.within(parents) else { return self.lacks(parents) };
        let Some((_, _, Json::Object(schema))) = self.parts.followed(&name, &pointer) else { return false };
        let is_plain =
            ["allOf", "anyOf", "oneOf", "if", "patternProperties"].iter().all(|key| !schema.contains_key(*key));
        match (last, schema.get("properties").and_then(Json::as_object)) {
            (Step::Member(member), Some(members)) => is_plain && !members.contains_key(member),
            _ => false,
        }
    }

    /// What is promised at a path, as somebody reads it who relies on all of that; `None` where the path is
    /// not written out.
    pub fn promised(&self, path: &[Step]) -> Option<Reading> {
        let Inner { name, pointer, is_optional } = self.within(path)?;
        let mut leaf = bundle_part(&self.parts.documents, &name, &pointer).ok()?;
        if let Some(members) = leaf.as_object_mut() {
            // Its definitions are its own wherever it stands.
            members.insert("$id".to_owned(), json!("seam:promised"));
        }
        Some(Reading { path: path.to_vec(), leaf, optional: is_optional })
    }
}

/// The paths of fields; `None` where one is no path.
pub fn paths(fields: &[String]) -> Option<Vec<Vec<Step>>> {
    fields.iter().map(|field| Some(field.parse::<Reading>().ok()?.path)).collect()
}

/// The path inside of an output.
pub fn steps(path: &Path) -> Vec<Step> {
    let step = |segment: &Segment| match segment {
        Segment::Index(_) => Step::Items,
        Segment::Key(key) => Step::Member(key.clone()),
    };
    path.0.iter().map(step).collect()
}

/// A name as a part of a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
