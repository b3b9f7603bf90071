//! Completing an object whose demands are placed: what the members are, then the required names
//! that nothing was demanded of, then as many others as the size asks for.

use super::Solver;
use super::goal::Literal;
use super::names::Place;
use super::objects::{Layout, Search};
use super::outcome::Branches;
use crate::json::Json;
use crate::verdict::{Found, Reason};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most properties that are made up to reach a size.
const PADDING_MAX: u64 = 2_000;

/// An object in the making.
#[derive(Default)]
struct Draft {
    members: BTreeMap<Arc<str>, Json>,
    /// Names of members whose value nobody could show.
    missing: BTreeSet<Arc<str>>,
    /// Why it may not be one.
    doubt: Option<Reason>,
}

impl Draft {
    fn len(&self) -> u64 {
        (self.members.len() + self.missing.len()) as u64
    }

    fn has(&self, name: &Arc<str>) -> bool {
        self.members.contains_key(name) || self.missing.contains(name)
    }

    /// Adds a member; false where its value does not exist.
    fn add(&mut self, name: &Arc<str>, found: Found) -> bool {
        match found {
            Found::None => return false,
            Found::Value(value) => drop(self.members.insert(name.clone(), value)),
            Found::Maybe(reason, candidate) => {
                self.doubt.get_or_insert(reason);
                match candidate {
                    Some(value) => drop(self.members.insert(name.clone(), value)),
                    None => drop(self.missing.insert(name.clone())),
                }
            }
        }
        true
    }

    fn end(self) -> Found {
        let object = self.missing.is_empty().then_some(Json::Object(self.members));
        match (object, self.doubt) {
            (Some(object), None) => Found::Value(object),
            (object, doubt) => Found::Maybe(doubt.unwrap_or(Reason::Names), object),
        }
    }
}

impl Solver<'_> {
    /// The object of a layout without open demands.
    pub(super) fn complete(&mut self, search: &mut Search<'_>, layout: &Layout) -> Found {
        let mut draft = Draft::default();
        for (name, member) in &layout.members {
            let found = self.solve(member.literals.iter().copied());
            if !draft.add(name, doubted(found, &member.place)) {
                return Found::None;
            }
        }
        for name in search.objects.required.iter().filter(|name| !layout.members.contains_key(*name)) {
            if !search.siblings.contains_key(name) {
                let found = self.sibling(search, name);
                search.siblings.insert(name.clone(), found);
            }
            if !draft.add(name, search.siblings[name].clone()) {
                search.is_hopeless = true;
                return Found::None;
            }
        }
        for doubts in [false, true] {
            if draft.len() < search.objects.min {
                self.pad(search, &mut draft, doubts);
            }
        }
        match search.objects.min.saturating_sub(draft.len()) {
            0 => draft.end(),
            more if more > PADDING_MAX => Found::Maybe(Reason::Names, None),
            _ if self.exhausted => Found::Maybe(Reason::Budget, None),
            _ => Found::None,
        }
    }

    /// The value of a required name that nothing was demanded of.
    fn sibling(&mut self, search: &Search<'_>, name: &Arc<str>) -> Found {
        let mut branches = Branches::new();
        for place in search.names.of(name) {
            let literals: Vec<Literal> = search.names.literals(search.objects, place);
            let found = doubted(self.solve(literals), place);
            if let Some(found) = branches.take(found) {
                return found;
            }
        }
        branches.end()
    }

    /// Adds members that nobody asked for until the size is reached; those that may not be possible
    /// only where `doubts` are admitted.
    fn pad(&mut self, search: &mut Search<'_>, draft: &mut Draft, doubts: bool) {
        let missing = search.objects.min.saturating_sub(draft.len());
        if missing > PADDING_MAX {
            return;
        }
        for place in search.names.places().to_vec() {
            if draft.len() >= search.objects.min || !self.spend() {
                return;
            }
            if place.name.as_ref().is_some_and(|name| draft.has(name)) {
                continue;
            }
            let literals = search.names.literals(search.objects, &place);
            let found = doubted(self.solve(literals), &place);
            if matches!(found, Found::None) || (matches!(found, Found::Maybe(..)) && !doubts) {
                continue;
            }
            if let Some(name) = &place.name {
                draft.add(name, found);
                continue;
            }
            while draft.len() < search.objects.min {
                let used = draft.members.keys().chain(&draft.missing).cloned().collect();
                let Some(named) = self.named(&mut search.names, search.objects, &place, &used) else { break };
                let (Some(name), true) = (&named.name, doubts || named.signature.doubt.is_none()) else { break };
                draft.add(name, doubted(found.clone(), &named));
            }
        }
    }
}

/// A value at a place that may be another one.
fn doubted(found: Found, place: &Place) -> Found {
    match (found, &place.signature.doubt) {
        (Found::Value(value), Some(reason)) => Found::Maybe(reason.clone(), Some(value)),
        (found, _) => found,
    }
}
