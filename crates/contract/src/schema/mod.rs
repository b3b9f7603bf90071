//! Schemas of documents as schemas of an [`Arena`]: the [`Compiler`] reads JSON Schema 2020-12,
//! 2019-09 and draft-07, follows references among the documents that it is given, and gives equal
//! schemas equal ids, recursive ones too.

mod assertion;
mod cycle;
mod dialect;
mod index;
mod link;
mod needs;
mod object;
mod read;
mod recursion;
mod reference;
mod situation;
mod unevaluated;
mod uri;
mod written;

pub use assertion::bounds;
pub use dialect::{Applicator, Dialect, Shape, Subject};
pub use needs::needs;
pub(crate) use situation::{Closing, OUTSIDE, Situation, Situations};
pub use uri::resolve;
pub use written::Written;

use crate::ir::{Arena, Id, Knot};
use ahash::AHashMap as HashMap;
use index::{Address, Index};
pub(crate) use index::{at, unescaped};
use link::Link;
use read::Flaw;
use reference::{Scope, Scopes};
use serde_json::Value;
use std::collections::BTreeMap;

/// The documents that may refer to each other, by URI or by path in the workspace.
pub type Documents = BTreeMap<String, Value>;

/// How deep schemas may stand in each other; references do not count.
pub const DEPTH_MAX: usize = 256;

/// A schema that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{document}#{pointer}: {message}")]
pub struct SchemaError {
    /// The document, as it was handed in.
    pub document: String,
    /// The JSON pointer of what is to blame.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

impl SchemaError {
    fn nowhere(document: &str, pointer: &str) -> Self {
        let message = "there is no such place".to_owned();
        Self { document: document.to_owned(), pointer: pointer.to_owned(), message }
    }
}

/// Reads the schemas of one set of documents. The two sides of a comparison have a compiler each,
/// and one arena.
pub struct Compiler<'a> {
    documents: &'a Documents,
    index: Index<'a>,
    situations: Situations<'a>,
    draft: Draft<'a>,
}

/// What was read so far, in an arena of its own: there each target of a reference is a knot, so that
/// reading is only as deep as the schemas stand in each other. [`Link`] makes the final ids of it.
#[derive(Default)]
struct Draft<'a> {
    arena: Arena,
    /// Each schema object in each scope once.
    read: HashMap<(Address, Scope), Id>,
    /// The targets of references, with what stands for them.
    targets: HashMap<(Address, Scope), (Knot, Id)>,
    /// Targets that are still to be read.
    pending: Vec<(&'a Value, Scope, Knot)>,
    scopes: Scopes<'a>,
    link: Link,
}

impl<'a> Compiler<'a> {
    /// A compiler for documents; nothing is judged before a schema is asked for.
    pub fn new(documents: &'a Documents) -> Self {
        Self { documents, index: Index::new(documents), situations: Situations::default(), draft: Draft::default() }
    }

    /// The schema at a JSON pointer of a document.
    ///
    /// # Errors
    /// Says which place of which document cannot be read, and why.
    pub fn compile(&mut self, arena: &mut Arena, document: &str, pointer: &str) -> Result<Id, SchemaError> {
        let schema = self.at(document, pointer).ok_or_else(|| SchemaError::nowhere(document, pointer))?;
        self.schema(arena, schema)
    }

    /// The schema that a value of the documents is where values begin; cheap where it was read before.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn schema(&mut self, arena: &mut Arena, schema: &'a Value) -> Result<Id, SchemaError> {
        self.linked(arena, schema, Scope::OUTSIDE).map_err(|flaw| {
            // Half-read schemas refer to what was not read.
            self.draft = Draft::default();
            self.error(&flaw)
        })
    }

    /// The value at a JSON pointer of a document.
    pub fn at(&mut self, document: &str, pointer: &str) -> Option<&'a Value> {
        self.index.at(document, pointer)
    }

    /// The schema that the `$ref` of a schema object leads to.
    pub fn target(&mut self, schema: &'a Value) -> Option<&'a Value> {
        let home = self.index.home(schema)?;
        self.index.follow(home, schema.get("$ref")?).ok().map(|target| target.schema)
    }

    /// The schemas that the references of a schema object lead to, whatever led to the object.
    pub(crate) fn targets_of(&mut self, schema: &'a Value) -> Vec<&'a Value> {
        let references = ["$ref", "$dynamicRef", "$recursiveRef"].into_iter();
        references.filter_map(|keyword| self.plain_target(schema, keyword)).collect()
    }

    /// The document and the JSON pointer of a value of the documents.
    pub fn place(&self, value: &Value) -> Option<(String, String)> {
        index::place_of(self.documents, value)
    }

    /// The dialect of a schema object that was read.
    pub fn dialect(&self, schema: &Value) -> Option<Dialect> {
        let home = self.index.home(schema)?;
        self.index.resources[home].dialect.clone().ok()
    }

    /// What a schema object means in each of its situations.
    pub(crate) fn meanings(&mut self, arena: &mut Arena, schema: &'a Value) -> Vec<Id> {
        let situations = self.situations.of(index::address(schema));
        situations.into_iter().filter_map(|situation| self.linked(arena, schema, Scope::at(situation)).ok()).collect()
    }

    /// What a schema object means in one of its situations, and as it is written; nothing where it cannot be
    /// read.
    pub(crate) fn meaning(&mut self, arena: &mut Arena, schema: &'a Value, situation: usize) -> Option<[Id; 2]> {
        let mut one = |situation| {
            let read = self.linked(arena, schema, Scope::at(situation)).ok();
            if read.is_none() {
                self.draft = Draft::default();
            }
            read
        };
        Some([one(situation)?, one(situation::AS_WRITTEN)?])
    }

    /// Closes objects in these situations no more, and forgets what was read by them.
    pub(crate) fn open(&mut self, situations: impl IntoIterator<Item = usize>) {
        for situation in situations {
            self.situations.get_mut(situation).closing = None;
        }
        self.draft = Draft::default();
    }

    fn linked(&mut self, arena: &mut Arena, schema: &'a Value, outer: Scope) -> Result<Id, Flaw<'a>> {
        let scope = self.enter(schema, outer)?;
        let (knot, _) = self.knot(schema, scope);
        let mut fresh = Vec::new();
        while let Some((schema, scope, knot)) = self.draft.pending.pop() {
            let id = self.read(schema, scope)?;
            self.draft.arena.tie(knot, id);
            fresh.push((schema, scope));
        }
        self.refuse_cycles(&fresh)?;
        Ok(self.draft.link.body(&self.draft.arena, knot, arena))
    }

    fn error(&self, flaw: &Flaw<'_>) -> SchemaError {
        let (document, pointer) = self.place(flaw.at).unwrap_or_default();
        SchemaError { document, pointer, message: flaw.message.clone() }
    }
}

#[cfg(test)]
mod tests;
