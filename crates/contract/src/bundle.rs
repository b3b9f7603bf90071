//! A contract as one JSON Schema of 2020-12 that refers to nothing outside of itself: a [`bundle`],
//! for programs that make types of it. What references lead to lies under `$defs`, whatever file it
//! came from.

use crate::diff::Version;
use crate::document::{Document, Kind, Position};
use crate::ir::Arena;
use crate::openapi::{joined, lift_document};
use crate::schema::{Compiler, Dialect, Documents, SchemaError, Shape, Subject};
use crate::stack::ROOT;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A contract that cannot be bundled: where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}#{pointer}: {message}")]
pub struct BundleError {
    /// The document's name.
    pub name: String,
    /// JSON pointer.
    pub pointer: String,
    /// Line and column, where the text is at hand.
    pub position: Option<Position>,
    /// What is wrong.
    pub message: String,
}

/// The schema of all that a contract promises. At its root is a bare schema itself, or `Outputs` of a
/// stack, with a member for each output; below `$defs` are the payloads of its events and the rows of
/// its tables by their names, or the component schemas of an OpenAPI document.
pub fn bundle(mut version: Version) -> Result<Value, BundleError> {
    let documents = documents(&mut version)?;
    let document = &version.document;
    let bundled = Bundler::new(&documents, &document.name).all(document.kind);
    bundled.map_err(|error| {
        let position = if error.document == document.name { position(document, &error.pointer) } else { None };
        BundleError { name: error.document, pointer: error.pointer, position, message: error.message }
    })
}

/// The schema at a JSON pointer of one of some documents (of OpenAPI lifted ones), as one of 2020-12 that
/// refers to nothing outside of itself.
pub fn bundle_part(documents: &Documents, document: &str, pointer: &str) -> Result<Value, SchemaError> {
    let mut bundler = Bundler::new(documents, document);
    let schema = bundler.read(pointer)?;
    let mut part = bundler.copied(schema)?;
    let definitions = bundler.defined()?;
    if let Some(members) = part.as_object_mut().filter(|_| !definitions.is_empty()) {
        members.insert("$defs".to_owned(), definitions.into());
    }
    Ok(part)
}

/// How a generator takes tuples: lists whose items have schemas of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuples {
    /// As 2020-12 writes them, and a [`bundle`] has them.
    Prefixed,
    /// As dialects before it did: `items` is the list, and `additionalItems` the rest. Who knows no
    /// `prefixItems` would take the rest for all of them.
    Listed,
    /// The same, but those of one length alone; others become lists of anything.
    Fixed,
}

/// Writes the tuples of a bundle as a generator takes them.
pub fn write_tuples(schema: &mut Value, tuples: Tuples) {
    match schema {
        _ if tuples == Tuples::Prefixed => {}
        Value::Array(items) => items.iter_mut().for_each(|item| write_tuples(item, tuples)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| write_tuples(member, tuples));
            let Some(Value::Array(listed)) = members.get("prefixItems").cloned() else { return };
            members.remove("prefixItems");
            let rest = members.remove("items");
            let bound = |keyword: &str| members.get(keyword).and_then(Value::as_u64);
            let count = Some(listed.len() as u64);
            let is_fixed = bound("minItems") == count && (rest == Some(false.into()) || bound("maxItems") == count);
            if tuples == Tuples::Listed {
                members.extend(rest.map(|rest| ("additionalItems".to_owned(), rest)));
                members.insert("items".to_owned(), listed.into());
            } else if is_fixed {
                members.insert("maxItems".to_owned(), listed.len().into());
                members.insert("items".to_owned(), listed.into());
            }
        }
        _ => {}
    }
}

fn position(document: &Document, pointer: &str) -> Option<Position> {
    document.positions(&BTreeSet::from([pointer.to_owned()])).remove(pointer)
}

/// All documents, OpenAPI lifted to 3.1.
fn documents(version: &mut Version) -> Result<Documents, BundleError> {
    const SCHEMAS: &str = "/components/schemas";
    let document = &mut version.document;
    let mut documents = std::mem::take(&mut version.others);
    if matches!(document.kind, Kind::OpenApi30 | Kind::OpenApi31) {
        let written = document.with_prose().pointer(SCHEMAS).cloned().unwrap_or_default();
        lift_document(document).map_err(|error| BundleError {
            name: document.name.clone(),
            position: position(document, &error.pointer),
            pointer: error.pointer,
            message: error.message,
        })?;
        document.value.pointer_mut(SCHEMAS).into_iter().for_each(|schemas| describe(schemas, &written));
    }
    let value = std::mem::take(&mut document.value);
    documents.insert(document.name.clone(), value);
    Ok(documents)
}

/// Puts descriptions back, which lifting drops: they become the comments of types.
fn describe(lifted: &mut Value, written: &Value) {
    match (lifted, written) {
        (Value::Array(lifted), Value::Array(written)) => {
            lifted.iter_mut().zip(written).for_each(|(lifted, written)| describe(lifted, written));
        }
        (Value::Object(lifted), Value::Object(written)) => {
            for (name, member) in lifted.iter_mut() {
                written.get(name).into_iter().for_each(|written| describe(member, written));
            }
            let text = written.get("description").filter(|text| text.is_string() && !lifted.contains_key("$ref"));
            if let Some(text) = text {
                lifted.entry("description").or_insert_with(|| text.clone());
            }
        }
        _ => {}
    }
}

/// What is bundled so far.
struct Bundler<'a> {
    documents: &'a Documents,
    /// The document that is bundled.
    document: &'a str,
    compiler: Compiler<'a>,
    arena: Arena,
    /// How each schema that is a definition, or the root, is referred to, by where it lies in memory.
    references: HashMap<usize, String>,
    /// Names that are taken, as generators of types tell them apart: by letters and digits alone.
    taken: HashSet<String>,
    /// Definitions that are still to be copied.
    pending: Vec<(String, &'a Value)>,
    definitions: Map<String, Value>,
}

impl<'a> Bundler<'a> {
    fn new(documents: &'a Documents, document: &'a str) -> Self {
        Self {
            documents,
            document,
            compiler: Compiler::new(documents),
            arena: Arena::new(),
            references: HashMap::new(),
            taken: HashSet::new(),
            pending: Vec::new(),
            definitions: Map::new(),
        }
    }

    fn all(mut self, kind: Kind) -> Result<Value, SchemaError> {
        let mut root = match kind {
            Kind::Schema => self.bare()?,
            Kind::Stack => self.stack()?,
            Kind::OpenApi30 | Kind::OpenApi31 => {
                self.define_each("/components/schemas", "")?;
                Map::new()
            }
        };
        let definitions = self.defined()?;
        if root.is_empty() && definitions.is_empty() {
            let message = "it names no schema: there is nothing to make types of".to_owned();
            return Err(SchemaError { document: self.document.to_owned(), pointer: String::new(), message });
        }
        root.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        if !definitions.is_empty() {
            root.insert("$defs".to_owned(), definitions.into());
        }
        Ok(root.into())
    }

    /// All definitions, once the root is written.
    fn defined(&mut self) -> Result<Map<String, Value>, SchemaError> {
        while let Some((name, schema)) = self.pending.pop() {
            let copied = self.copied(schema)?;
            self.definitions.insert(name, copied);
        }
        Ok(std::mem::take(&mut self.definitions))
    }

    /// A bare schema, called by its title, else by its file; its own definitions are all kept.
    fn bare(&mut self) -> Result<Map<String, Value>, SchemaError> {
        let schema = self.read("")?;
        self.references.insert(address(schema), "#".to_owned());
        let title = schema.get("title").and_then(Value::as_str).unwrap_or_else(|| stem(self.document));
        self.taken.insert(folded(title));
        for keyword in ["$defs", "definitions"] {
            self.define_each(&format!("/{keyword}"), "")?;
        }
        let mut copied = match self.copied(schema)? {
            Value::Object(members) => members,
            plain => Map::from_iter([("allOf".to_owned(), json!([plain]))]),
        };
        // Beside a reference a title would make a second type of what it leads to.
        if !copied.contains_key("$ref") {
            copied.insert("title".to_owned(), title.into());
        }
        Ok(copied)
    }

    /// `Outputs`, where there are any; events and tables become definitions.
    fn stack(&mut self) -> Result<Map<String, Value>, SchemaError> {
        self.taken.insert(folded("Outputs"));
        self.define_each(&format!("{ROOT}/events"), "/schema")?;
        let tables = format!("{ROOT}/tables");
        for (table, _) in self.members(&tables) {
            let row = self.object(&format!("{}/columns", joined(&tables, table)))?;
            let name = self.free(table);
            self.definitions.insert(name, row.into());
        }
        let outputs = format!("{ROOT}/outputs");
        if self.members(&outputs).is_empty() {
            return Ok(Map::new());
        }
        let mut root = self.object(&outputs)?;
        root.insert("title".to_owned(), "Outputs".into());
        Ok(root)
    }

    /// An object with all the members whose schemas are at a pointer.
    fn object(&mut self, pointer: &str) -> Result<Map<String, Value>, SchemaError> {
        let mut properties = Map::new();
        for (name, _) in self.members(pointer) {
            let schema = self.read(&joined(pointer, name))?;
            properties.insert(name.to_owned(), self.copied(schema)?);
        }
        let required: Vec<&String> = properties.keys().collect();
        let described = json!({"type": "object", "required": required, "properties": properties});
        Ok(described.as_object().cloned().unwrap_or_default())
    }

    /// Makes a definition of each schema `below` a member of what is at a pointer.
    fn define_each(&mut self, pointer: &str, below: &str) -> Result<(), SchemaError> {
        for (name, member) in self.members(pointer) {
            if member.pointer(below).is_some() {
                let schema = self.read(&(joined(pointer, name) + below))?;
                self.define(name, schema);
            }
        }
        Ok(())
    }

    fn members(&self, pointer: &str) -> Vec<(&'a str, &'a Value)> {
        let documents: &'a Documents = self.documents;
        let found = documents.get(self.document).and_then(|document| document.pointer(pointer));
        let members = found.and_then(Value::as_object).into_iter().flatten();
        members.map(|(name, member)| (name.as_str(), member)).collect()
    }

    /// The schema at a pointer, if it and all that it refers to can be read.
    fn read(&mut self, pointer: &str) -> Result<&'a Value, SchemaError> {
        self.compiler.compile(&mut self.arena, self.document, pointer)?;
        Ok(self.compiler.at(self.document, pointer).unwrap_or(&Value::Bool(true)))
    }

    /// How a definition is referred to; one that is new is copied later, by a name like the wanted one.
    fn define(&mut self, wanted: &str, schema: &'a Value) -> String {
        if let Some(reference) = self.references.get(&address(schema)) {
            return reference.clone();
        }
        let name = self.free(wanted);
        let reference = format!("#/$defs/{name}");
        self.references.insert(address(schema), reference.clone());
        self.pending.push((name, schema));
        reference
    }

    /// A name that needs no escape anywhere, and that no other definition has.
    fn free(&mut self, wanted: &str) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
        let plain: String = wanted.chars().map(plain).collect();
        let plain = if folded(&plain).is_empty() { "schema".to_owned() } else { plain };
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        names.find(|name| self.taken.insert(folded(name))).unwrap_or(plain)
    }

    /// A schema in 2020-12, its references to definitions.
    fn copied(&mut self, schema: &'a Value) -> Result<Value, SchemaError> {
        let Value::Object(members) = schema else { return Ok(schema.clone()) };
        let dialect = self.compiler.dialect(schema).unwrap_or(Dialect::Draft2020);
        let mut copied = Map::new();
        if let Some(reference) = members.get("$ref") {
            let target = self.compiler.target(schema).unwrap_or(schema);
            let reference = self.define(wanted(reference.as_str().unwrap_or_default()), target);
            copied.insert("$ref".to_owned(), reference.into());
            if dialect.reference_hides(members) {
                return Ok(copied.into());
            }
        }
        for (keyword, value) in members.iter().filter(|(keyword, _)| *keyword != "$ref") {
            self.keyword(&mut copied, dialect, (keyword, value), schema)?;
        }
        Ok(copied.into())
    }

    fn keyword(
        &mut self,
        copied: &mut Map<String, Value>,
        dialect: Dialect,
        (keyword, value): (&str, &'a Value),
        schema: &'a Value,
    ) -> Result<(), SchemaError> {
        let mut insert = |keyword: &str, value: Value| drop(copied.insert(keyword.to_owned(), value));
        match (keyword, value) {
            // Names, while every reference is to a definition; and what `stack.yaml` says beside a schema.
            (
                "$id" | "$schema" | "$anchor" | "$dynamicAnchor" | "$recursiveAnchor" | "$vocabulary" | "sensitive",
                _,
            ) => {}
            ("$dynamicRef" | "$recursiveRef", _) => return Err(self.dynamic(schema, keyword)),
            ("deprecated", said) => insert(keyword, (*said != Value::Bool(false)).into()),
            ("items", Value::Array(listed)) => insert("prefixItems", self.each(listed)?.into()),
            ("additionalItems", _) if dialect != Dialect::Draft2020 => {
                if schema.get("items").is_some_and(Value::is_array) {
                    insert("items", self.copied(value)?);
                }
            }
            ("dependencies", Value::Object(dependencies)) if dialect == Dialect::Draft7 => {
                let (mut names, mut schemas) = (Map::new(), Map::new());
                for (name, needed) in dependencies {
                    match needed {
                        Value::Array(_) => names.insert(name.clone(), needed.clone()),
                        schema => schemas.insert(name.clone(), self.copied(schema)?),
                    };
                }
                insert("dependentRequired", names.into());
                insert("dependentSchemas", schemas.into());
            }
            _ => match (dialect.applicator(keyword), value) {
                (Some(row), _) if row.speaks_of == Subject::Definition => {}
                (Some(row), Value::Object(named)) if row.shape == Shape::Map => {
                    let named = named.iter().map(|(name, schema)| Ok((name.clone(), self.copied(schema)?)));
                    insert(keyword, named.collect::<Result<Map<_, _>, _>>()?.into());
                }
                (Some(_), Value::Array(listed)) => insert(keyword, self.each(listed)?.into()),
                (Some(_), inner) => insert(keyword, self.copied(inner)?),
                // An older dialect does not know it, and it means nothing there.
                (None, _) if Dialect::Draft2020.applicator(keyword).is_some() => {}
                (None, _) => insert(keyword, value.clone()),
            },
        }
        Ok(())
    }

    fn each(&mut self, schemas: &'a [Value]) -> Result<Vec<Value>, SchemaError> {
        schemas.iter().map(|schema| self.copied(schema)).collect()
    }

    fn dynamic(&self, schema: &Value, keyword: &str) -> SchemaError {
        let (document, pointer) = self.compiler.place(schema).unwrap_or_default();
        let message = format!("`{keyword}` means another schema for each who refers to it, and has no one type");
        SchemaError { document, pointer, message }
    }
}

fn address(schema: &Value) -> usize {
    std::ptr::from_ref(schema).addr()
}

/// What the target of a reference may be called: the last part of where it leads, or its file.
fn wanted(reference: &str) -> &str {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    match fragment.rsplit('/').next().unwrap_or_default() {
        "" => stem(file),
        last => last,
    }
}

/// `order` of `schemas/order.v1.json`.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests;
