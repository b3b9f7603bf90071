//! Keywords of a contract that look misspelt. JSON Schema allows any, and says that they mean nothing; so a
//! contract with `requird` promises less than its author believes.

use crate::document::positions;
use crate::keywords::{Part, SCHEMA};
use crate::readable::of_contract;
use crate::schemas::escaped;
use crate::{ContractDocument, place};
use seam_contract::diff::Version;
use seam_contract::schema::{Dialect, Shape, resolve};
use seam_model::{Finding, codes, misspelt};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every keyword of a contract of the workspace at `root` that is nearly one that is known: a warning a
/// place, also in the files that it refers to.
pub fn misspellings(root: &Path, contract: &ContractDocument) -> Vec<Finding> {
    let mut findings = Vec::new();
    let schemas = of_contract(contract).into_iter().map(|pointer| (pointer, Part::Schema)).collect();
    findings.extend(of_document(root, &contract.stack, schemas));
    if let Some(api) = &contract.api {
        findings.extend(of_document(root, api, vec![(String::new(), Part::Document)]));
    }
    findings
}

fn of_document(root: &Path, version: &Version, parts: Vec<(String, Part)>) -> Vec<Finding> {
    let mut walk = Walk { version, open: Vec::new(), seen: BTreeSet::new(), found: BTreeMap::new() };
    let name = &version.document.name;
    for (pointer, part) in parts {
        walk.refer(name, &pointer, part);
    }
    while let Some((document, pointer, part)) = walk.open.pop() {
        let known = walk.document(&document).and_then(|value| value.pointer(&pointer));
        if let Some(value) = known {
            walk.visit(&document, &pointer, value, part);
        }
    }
    walk.found.into_iter().flat_map(|(name, found)| told(root, version, &name, &found)).collect()
}

/// The parts of a set of documents, each visited once.
struct Walk<'a> {
    version: &'a Version,
    open: Vec<(String, String, Part)>,
    seen: BTreeSet<(String, String)>,
    /// By document and pointer: the keyword that is meant.
    found: BTreeMap<String, BTreeMap<String, &'static str>>,
}

impl<'a> Walk<'a> {
    fn document(&self, name: &str) -> Option<&'a Json> {
        let Version { document, others } = self.version;
        if document.name == name { Some(&document.value) } else { others.get(name) }
    }

    fn refer(&mut self, document: &str, pointer: &str, part: Part) {
        if self.seen.insert((document.to_owned(), pointer.to_owned())) {
            self.open.push((document.to_owned(), pointer.to_owned(), part));
        }
    }

    fn visit(&mut self, document: &str, pointer: &str, value: &Json, part: Part) {
        match (part, value) {
            (Part::Any, _) => {}
            (Part::Schema, Json::Object(members)) => self.schema(document, pointer, members),
            (Part::Map(part), Json::Object(members)) => {
                // A property may be called so; of OpenAPI it is an extension.
                let is_own = |name: &str| matches!(part, Part::Schema) || !name.starts_with("x-");
                for (name, member) in members.iter().filter(|(name, _)| is_own(name)) {
                    self.visit(document, &format!("{pointer}/{}", escaped(name)), member, *part);
                }
            }
            (Part::List(part), Json::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.visit(document, &format!("{pointer}/{index}"), item, *part);
                }
            }
            (object, Json::Object(members)) => self.object(document, pointer, members, object),
            _ => {}
        }
    }

    /// An object of OpenAPI.
    fn object(&mut self, document: &str, pointer: &str, members: &Map<String, Json>, part: Part) {
        self.reference(document, members, part);
        let keys = part.keys();
        for (name, member) in members {
            let at = format!("{pointer}/{}", escaped(name));
            match keys.iter().find(|(known, _)| known == name) {
                Some((_, part)) => self.visit(document, &at, member, *part),
                None => self.unknown(document, at, name, keys.iter().map(|(known, _)| *known)),
            }
        }
    }

    fn schema(&mut self, document: &str, pointer: &str, members: &Map<String, Json>) {
        self.reference(document, members, Part::Schema);
        for (name, member) in members {
            let at = format!("{pointer}/{}", escaped(name));
            if !SCHEMA.contains(&name.as_str()) {
                self.unknown(document, at, name, SCHEMA.iter().copied());
                continue;
            }
            let applicator = Dialect::Draft2020.applicator(name).or_else(|| Dialect::Draft7.applicator(name));
            let part = match applicator.map(|applicator| applicator.shape) {
                Some(Shape::Map | Shape::MapOrNames) => Part::Map(&Part::Schema),
                Some(_) if member.is_array() => Part::List(&Part::Schema),
                Some(_) => Part::Schema,
                None if name == "deprecated" => Part::Deprecated,
                None => Part::Any,
            };
            self.visit(document, &at, member, part);
        }
    }

    fn reference(&mut self, document: &str, members: &Map<String, Json>, part: Part) {
        if let Some(reference) = members.get("$ref").and_then(Json::as_str) {
            let (document, pointer) = resolve(document, reference);
            self.refer(&document, &pointer, part);
        }
    }

    fn unknown(&mut self, document: &str, at: String, name: &str, known: impl Iterator<Item = &'static str>) {
        if let Some(meant) = misspelt(name, known).filter(|_| !name.starts_with("x-")) {
            self.found.entry(document.to_owned()).or_default().insert(at, meant);
        }
    }
}

/// The findings of one document, with their lines.
fn told(root: &Path, version: &Version, name: &str, found: &BTreeMap<String, &'static str>) -> Vec<Finding> {
    let pointers = found.keys().cloned().collect();
    let positions = positions(root, version, name, &pointers);
    let finding = |(pointer, meant): (&String, &&str)| {
        let word = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let finding = Finding::warning(codes::MISSPELT, format!("`{word}` is no keyword, and means nothing here"))
            .help(format!("did you mean `{meant}`?"));
        match positions.get(pointer) {
            Some(position) => {
                let length = word.chars().count();
                finding.at(&seam_model::Place { length, ..place(root, name, *position) })
            }
            None => finding.at(&seam_model::Place::file(name)),
        }
    };
    found.iter().map(finding).collect()
}
