//! [`Situation`]s: what else speaks of the place of a value that a schema object speaks of. By it the
//! same object is read closed at one place, so that the place admits declared properties only, and
//! as written at another one.

use super::Compiler;
use super::index::Address;
use crate::ir::{Atom, Id};
use crate::json::Json;
use ahash::AHashMap as HashMap;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How an object is closed; by a keyword that stands neither there nor beside others that it would
/// change the meaning of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Closing<'a> {
    /// `unevaluatedProperties: false`
    Unevaluated,
    /// `additionalProperties: false`
    Additional,
    /// `propertyNames`: these, and those in which one of the patterns is found.
    Names(BTreeSet<&'a str>, BTreeSet<&'a str>),
}

/// How one schema object is read, and those that stand in it or that it refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Situation<'a> {
    /// The object.
    pub of: Address,
    /// Nothing where it is read as written.
    pub closing: Option<Closing<'a>>,
    /// The situations of objects that stand directly in it; others are read as written.
    pub inside: BTreeMap<Address, usize>,
    /// The situations of what its references lead to; others are read as written.
    pub targets: BTreeMap<Address, usize>,
}

impl Situation<'_> {
    /// Nothing is known of the object yet: it is read as written.
    pub fn new(of: Address) -> Self {
        Self { of, closing: None, inside: BTreeMap::new(), targets: BTreeMap::new() }
    }
}

/// The situations of the objects of some documents, by number.
#[derive(Debug)]
pub(crate) struct Situations<'a> {
    all: Vec<Situation<'a>>,
    /// Those of each object.
    of: HashMap<Address, Vec<usize>>,
}

/// That of every object that is read as written, and of all that it leads to.
pub(crate) const AS_WRITTEN: usize = 0;
/// That in which the objects begin where values begin.
pub(crate) const OUTSIDE: usize = 1;

impl Default for Situations<'_> {
    fn default() -> Self {
        // No object lies at these addresses.
        Self { all: vec![Situation::new(AS_WRITTEN), Situation::new(OUTSIDE)], of: HashMap::new() }
    }
}

impl<'a> Situations<'a> {
    /// The number of one more.
    pub fn add(&mut self, situation: Situation<'a>) -> usize {
        self.of.entry(situation.of).or_default().push(self.all.len());
        self.all.push(situation);
        self.all.len() - 1
    }

    pub fn get_mut(&mut self, number: usize) -> &mut Situation<'a> {
        &mut self.all[number]
    }

    /// In what situations an object may be read.
    pub fn of(&self, object: Address) -> Vec<usize> {
        let closed = self.of.get(&object).into_iter().flatten();
        closed.copied().chain([AS_WRITTEN]).collect()
    }

    /// That of an object which stands in another one, or is that one itself.
    pub fn inside(&self, outer: usize, object: Address) -> usize {
        let situation = &self.all[outer];
        if situation.of == object { outer } else { situation.inside.get(&object).copied().unwrap_or(AS_WRITTEN) }
    }

    /// That of what a reference leads to.
    pub fn target(&self, outer: usize, object: Address) -> usize {
        self.all[outer].targets.get(&object).copied().unwrap_or(AS_WRITTEN)
    }

    pub fn closing(&self, situation: usize) -> Option<&Closing<'a>> {
        self.all[situation].closing.as_ref()
    }
}

impl Closing<'_> {
    /// As it would be written.
    pub(super) fn written(&self) -> (&'static str, Value) {
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
    /// Reads the objects in these situations from now on; nothing may have been read before.
    pub(crate) fn situate(&mut self, situations: Situations<'a>) {
        self.situations = situations;
    }

    /// The names that an object admits in a situation, where that is how it is closed.
    pub(super) fn closed_names(&mut self, situation: usize) -> Option<Id> {
        let Some(Closing::Names(names, patterns)) = self.situations.closing(situation) else { return None };
        let arena = &mut self.draft.arena;
        let names = names.iter().map(|name| Json::String((*name).into())).collect();
        let mut admitted = vec![arena.atom(Atom::Enum(names))];
        admitted.extend(patterns.iter().map(|pattern| arena.atom(Atom::Pattern((*pattern).into()))));
        let admitted = arena.or(admitted);
        Some(arena.atom(Atom::Names(admitted)))
    }
}
