//! [`Closing`]: what a compiler reads at a schema object beside what is written there, so that the
//! place admits declared properties only.

use super::Compiler;
use super::index::{Address, address};
use crate::ir::{Atom, Id};
use crate::json::Json;
use ahash::AHashMap as HashMap;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How an object is closed; by a keyword that stands neither there nor beside others that it would
/// change the meaning of.
#[derive(Clone, Debug)]
pub(crate) enum Closing<'a> {
    /// `unevaluatedProperties: false`
    Unevaluated,
    /// `additionalProperties: false`
    Additional,
    /// `propertyNames`: these, and those in which one of the patterns is found.
    Names(BTreeSet<&'a str>, BTreeSet<&'a str>),
}

/// Which schema objects are closed, by their addresses.
pub(crate) type Closings<'a> = HashMap<Address, Closing<'a>>;

impl Closing<'_> {
    /// As it would be written.
    fn written(&self) -> (&'static str, Value) {
        match self {
            Self::Unevaluated => ("unevaluatedProperties", Value::Bool(false)),
            Self::Additional => ("additionalProperties", Value::Bool(false)),
            Self::Names(names, patterns) => {
                let names = json!({ "enum": names });
                let patterns = patterns.iter().map(|pattern| json!({ "pattern": pattern }));
                let all: Vec<Value> = std::iter::once(names.clone()).chain(patterns).collect();
                ("propertyNames", if all.len() == 1 { names } else { json!({ "anyOf": all }) })
            }
        }
    }
}

impl<'a> Compiler<'a> {
    /// Reads these objects as closed from now on; nothing may have been read before.
    pub(crate) fn close(&mut self, closings: Closings<'a>) {
        self.closings = closings;
    }

    pub(super) fn closing(&self, schema: &Value) -> Option<&Closing<'a>> {
        self.closings.get(&address(schema))
    }

    /// The names that a closed object admits, where that is how it is closed.
    pub(super) fn closed_names(&mut self, schema: &'a Value) -> Option<Id> {
        let Some(Closing::Names(names, patterns)) = self.closings.get(&address(schema)) else { return None };
        let arena = &mut self.draft.arena;
        let names = names.iter().map(|name| Json::String((*name).into())).collect();
        let mut admitted = vec![arena.atom(Atom::Enum(names))];
        admitted.extend(patterns.iter().map(|pattern| arena.atom(Atom::Pattern((*pattern).into()))));
        let admitted = arena.or(admitted);
        Some(arena.atom(Atom::Names(admitted)))
    }

    /// A part of the documents with its closings written into it.
    pub(crate) fn copied(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.copied(item)).collect(),
            Value::Object(members) => {
                let members = members.iter().map(|(name, member)| (name.clone(), self.copied(member)));
                let closing = self.closing(value).map(Closing::written);
                members.chain(closing.map(|(name, said)| (name.to_owned(), said))).collect()
            }
            plain => plain.clone(),
        }
    }
}
