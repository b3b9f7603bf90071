//! A [`Spot`]: a schema where it is written, and from there to the parts that a step of the walk
//! speaks of, through references and `allOf`.

use crate::ir::{Arena, Id};
use crate::openapi::joined;
use crate::schema::{Compiler, Documents, SchemaError, Written, at};
use serde_json::Value;
use std::rc::Rc;

/// One side of a comparison: its documents and how they were read.
pub struct Side<'a> {
    documents: &'a Documents,
    compiler: Compiler<'a>,
}

/// A schema in a document. What is not there admits every value, and its spot is that of what it
/// would be a part of.
#[derive(Clone, Debug)]
pub(super) struct Spot<'a> {
    pub(super) document: Rc<str>,
    pub(super) pointer: String,
    pub(super) schema: Option<&'a Value>,
    /// What it is an alternative of: that holds together with it.
    pub(super) beside: Option<Rc<Spot<'a>>>,
}

/// How many schemas one object may be made of by references and `allOf` before the search for a
/// keyword ends; the spot of a finding is then that of the whole.
const TOGETHER_MAX: usize = 64;

/// How long a schema may be to be its own name.
const WRITTEN_MAX: usize = 60;

impl<'a> Side<'a> {
    /// A side whose schemas were read by this compiler.
    pub fn new(documents: &'a Documents, compiler: Compiler<'a>) -> Self {
        Self { documents, compiler }
    }

    /// Reads the schema at a pointer.
    pub fn compile(&mut self, arena: &mut Arena, document: &str, pointer: &str) -> Result<Id, SchemaError> {
        self.compiler.compile(arena, document, pointer)
    }

    /// The documents.
    pub(crate) fn documents(&self) -> &'a Documents {
        self.documents
    }

    /// The schemas at these places as they are read: with what closes their objects written into them.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub(crate) fn written<'p>(
        &mut self,
        places: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Written, SchemaError> {
        self.compiler.written(places)
    }

    /// The spot of a pointer.
    pub(super) fn spot(&self, document: &str, pointer: &str) -> Spot<'a> {
        let schema = self.documents.get(document).and_then(|value| at(value, pointer));
        Spot { document: document.into(), pointer: pointer.to_owned(), schema, beside: None }
    }

    /// What is written at a place.
    pub(super) fn text(&self, document: &str, pointer: &str) -> String {
        let value = self.documents.get(document).and_then(|value| at(value, pointer));
        value.map(ToString::to_string).unwrap_or_default()
    }

    /// What the reference of a schema leads to, where it is one.
    pub(super) fn target(&mut self, spot: &Spot<'a>) -> Option<Spot<'a>> {
        let schema = spot.schema?;
        let reference = schema.get("$ref")?.as_str()?;
        let target = self.compiler.target(schema)?;
        // Most references are into the same document; for others its place has to be searched.
        if let Some(pointer) = reference.strip_prefix('#') {
            let near = self.spot(&spot.document, pointer);
            if near.schema.is_some_and(|near| std::ptr::eq(near, target)) {
                return Some(near);
            }
        }
        let (document, pointer) = self.compiler.place(target)?;
        Some(Spot { document: document.into(), pointer, schema: Some(target), beside: None })
    }

    /// The schemas that hold together at a spot, its own first.
    pub(super) fn together(&mut self, spot: &Spot<'a>) -> Vec<Spot<'a>> {
        let mut found = vec![spot.clone()];
        let mut next = 0;
        while next < found.len() && found.len() < TOGETHER_MAX {
            let here = found[next].clone();
            next += 1;
            let target = self.target(&here);
            let all = here.list("allOf");
            let beside = here.beside.as_deref().cloned();
            for part in target.into_iter().chain(all).chain(beside) {
                if !found.iter().any(|known| known.pointer == part.pointer && known.document == part.document) {
                    found.push(part);
                }
            }
        }
        found
    }

    /// Where one of the keywords stands; else the spot itself.
    pub(super) fn keyword(&mut self, spot: &Spot<'a>, keywords: &[&str]) -> Spot<'a> {
        let together = self.together(spot);
        let mut found = together.iter().flat_map(|here| keywords.iter().filter_map(|keyword| here.below(&[keyword])));
        found.next().unwrap_or_else(|| spot.clone())
    }

    /// Where the schema of a member stands; nothing where the member is not declared.
    pub(super) fn member(&mut self, spot: &Spot<'a>, name: &str) -> Option<Spot<'a>> {
        self.together(spot).iter().find_map(|here| here.below(&["properties", name]))
    }

    /// Where the schema of the items stands: of one of the first, or of all others.
    pub(super) fn items(&mut self, spot: &Spot<'a>, index: Option<usize>) -> Spot<'a> {
        let index = index.map(|index| index.to_string());
        let together = self.together(spot);
        let of = |here: &Spot<'a>| match &index {
            Some(index) => here.below(&["prefixItems", index]).or_else(|| here.below(&["items", index])),
            None => here.below(&["items"]).or_else(|| here.below(&["additionalItems"])),
        };
        together.iter().find_map(of).unwrap_or_else(|| Spot { schema: None, ..spot.clone() })
    }

    /// Where an alternative of a union, or what holds under a condition, stands; found by what it
    /// means.
    pub(super) fn alternative(&mut self, arena: &mut Arena, spot: &Spot<'a>, wanted: Id) -> Option<Spot<'a>> {
        let wanted = arena.body(wanted);
        let together = self.together(spot);
        let alternatives = together.iter().flat_map(|here| {
            let conditional = ["then", "else"].into_iter().filter_map(|keyword| here.below(&[keyword]));
            here.list("oneOf").into_iter().chain(here.list("anyOf")).chain(conditional).collect::<Vec<_>>()
        });
        for alternative in alternatives.collect::<Vec<_>>() {
            let Some(schema) = alternative.schema else { continue };
            if self.compiler.meanings(arena, schema).into_iter().any(|id| arena.body(id) == wanted) {
                return Some(Spot { beside: Some(Rc::new(spot.clone())), ..alternative });
            }
        }
        None
    }
}

impl Spot<'_> {
    /// What is below it by these segments.
    pub(super) fn below(&self, segments: &[&str]) -> Option<Self> {
        let mut spot = self.clone();
        for segment in segments {
            let value = spot.schema?;
            let next = match value {
                Value::Object(members) => members.get(*segment),
                Value::Array(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => None,
            };
            let pointer = joined(&spot.pointer, segment);
            spot = Self { schema: Some(next?), pointer, document: spot.document, beside: None };
        }
        Some(spot)
    }

    fn list(&self, keyword: &str) -> Vec<Self> {
        let Some(list) = self.below(&[keyword]) else { return Vec::new() };
        let length = list.schema.and_then(Value::as_array).map_or(0, Vec::len);
        (0..length).filter_map(|index| list.below(&[&index.to_string()])).collect()
    }

    /// What people call it: the last part of a reference, or its title; else what is written, where
    /// that is short.
    pub(super) fn name(&self) -> Option<String> {
        let schema = self.schema?;
        let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
        let name = text("$ref").and_then(|target| target.rsplit('/').next()).or_else(|| text("title"));
        name.map(str::to_owned).or_else(|| Some(schema.to_string()).filter(|written| written.len() <= WRITTEN_MAX))
    }
}
