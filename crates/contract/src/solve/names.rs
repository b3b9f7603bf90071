//! The names that an object can have. A known name stands in some schema; all others fall into
//! classes by their [`Signature`], the patterns that are found in them: within a class, names differ
//! in nothing but themselves, so a class needs a name only when one is used.

use super::Solver;
use super::goal::Literal;
use super::objects::Objects;
use crate::ir::{Atom, Id, Properties, Types};
use crate::json::{Json, Type};
use crate::verdict::{Found, Reason};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// The most patterns and schemas of names that are combined into classes.
const TRAITS_MAX: usize = 8;

/// The most ways to read what could not be decided of one name.
const READINGS_MAX: usize = 16;

/// What matters of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Signature {
    /// Of each pattern, whether it is found in the name.
    patterns: Vec<bool>,
    /// Of each schema that some name has to miss, whether this one does.
    misnamed: Vec<bool>,
    /// Why it may be otherwise.
    pub(super) doubt: Option<Reason>,
}

/// A name, or a class of names that nobody knows yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: Option<Arc<str>>,
    pub(super) signature: Rc<Signature>,
}

impl Place {
    /// Whether its names are not of a schema that some name has to miss.
    pub(super) fn is_misnamed(&self, which: usize) -> bool {
        self.signature.misnamed[which]
    }
}

/// All names that an object can have.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Each pattern with its place in the signatures.
    patterns: BTreeMap<Arc<str>, usize>,
    known: BTreeSet<Arc<str>>,
    places: Vec<Place>,
    /// Why there may be more names than these.
    pub(super) gap: Option<Reason>,
    /// What is neither of the known names.
    unknown: Option<Id>,
}

impl Names {
    /// All of them: known names first.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The ways to read a known name.
    pub(super) fn of<'a>(&'a self, name: &'a Arc<str>) -> impl Iterator<Item = &'a Place> {
        let start = self.places.partition_point(|place| place.name.as_ref().is_some_and(|other| other < name));
        self.places[start..].iter().take_while(move |place| place.name.as_ref() == Some(name))
    }

    /// What some `properties` says of the value at a place.
    pub(super) fn schemas(&self, properties: &Properties, place: &Place) -> Vec<Id> {
        let named = place.name.as_ref().and_then(|name| properties.named.get(name));
        let is_found = |pattern: &Arc<str>| place.signature.patterns[self.patterns[pattern]];
        let by_pattern = properties.patterns.iter().filter(|(pattern, _)| is_found(pattern)).map(|(_, id)| *id);
        let ids: Vec<Id> = named.copied().into_iter().chain(by_pattern).collect();
        if ids.is_empty() { vec![properties.additional] } else { ids }
    }

    /// What all `properties` say of the value at a place.
    pub(super) fn literals(&self, objects: &Objects, place: &Place) -> Vec<Literal> {
        let schemas = objects.schemas.iter().flat_map(|properties| self.schemas(properties, place));
        schemas.map(Literal::yes).collect()
    }
}

impl Solver<'_> {
    /// The names that an object under these conditions can have.
    pub(super) fn names(&mut self, objects: &Objects) -> Names {
        let mut names = Names::default();
        for properties in objects.schemas.iter().chain(&objects.broken) {
            names.known.extend(properties.named.keys().cloned());
            for (pattern, _) in &properties.patterns {
                let place = names.patterns.len();
                names.patterns.entry(pattern.clone()).or_insert(place);
            }
        }
        names.known.extend(objects.required.iter().chain(&objects.absent).cloned());
        let plain = Rc::new(Signature::default());
        let is_plain = names.patterns.is_empty() && objects.names.is_empty() && objects.misnamed.is_empty();
        for name in names.known.iter().filter(|name| !objects.absent.contains(*name)) {
            let signatures = if is_plain { Some(vec![plain.clone()]) } else { self.readings(objects, &names, name) };
            match signatures {
                Some(all) => {
                    let place = |signature| Place { name: Some(name.clone()), signature };
                    names.places.extend(all.into_iter().map(place));
                }
                None => names.gap = Some(Reason::Names),
            }
        }
        let traits = names.patterns.len() + objects.misnamed.len();
        if traits > TRAITS_MAX {
            names.gap = Some(Reason::Names);
            return names;
        }
        for bits in 0..1_usize << traits {
            let has = |place: usize| bits & (1 << place) != 0;
            let patterns = (0..names.patterns.len()).map(has).collect();
            let misnamed = (names.patterns.len()..traits).map(has).collect();
            let signature = Rc::new(Signature { patterns, misnamed, doubt: None });
            names.places.push(Place { name: None, signature });
        }
        names
    }

    /// The signatures that a known name may have: one, where all about it can be decided. None at
    /// all where the name is refused; nothing where there are too many.
    fn readings(&mut self, objects: &Objects, names: &Names, name: &Arc<str>) -> Option<Vec<Rc<Signature>>> {
        let value = Json::String(name.clone());
        let mut signature = Signature { patterns: vec![false; names.patterns.len()], ..Signature::default() };
        for schema in &objects.names {
            match self.fulfils(&[Literal::yes(*schema)], &value) {
                Some(true) => {}
                Some(false) => return Some(Vec::new()),
                None => signature.doubt = Some(Reason::Names),
            }
        }
        let mut readings = vec![signature];
        for (pattern, place) in &names.patterns {
            let found = self.strings.matches(pattern, name);
            let doubt = Reason::Pattern(pattern.clone());
            readings = readings
                .into_iter()
                .flat_map(|reading| {
                    read(&reading, found, &doubt, |reading, found| {
                        reading.patterns[*place] = found;
                    })
                })
                .collect();
            if readings.len() > READINGS_MAX {
                return None;
            }
        }
        for schema in &objects.misnamed {
            let missed = self.fulfils(&[Literal::no(*schema)], &value);
            readings = readings
                .into_iter()
                .flat_map(|reading| {
                    read(&reading, missed, &Reason::Names, |reading, missed| {
                        reading.misnamed.push(missed);
                    })
                })
                .collect();
            if readings.len() > READINGS_MAX {
                return None;
            }
        }
        Some(readings.into_iter().map(Rc::new).collect())
    }

    /// A name of a class that is neither known nor used; nothing where the class has no more.
    pub(super) fn named(
        &mut self,
        names: &mut Names,
        objects: &Objects,
        class: &Place,
        used: &BTreeSet<Arc<str>>,
    ) -> Option<Place> {
        let mut literals = vec![Literal::yes(self.arena.atom(Atom::Types(Types::one(Type::String))))];
        literals.extend(objects.names.iter().map(|schema| Literal::yes(*schema)));
        let misnamed = objects.misnamed.iter().zip(&class.signature.misnamed);
        literals.extend(misnamed.map(|(schema, missed)| Literal { id: *schema, holds: !missed }));
        for (pattern, place) in &names.patterns {
            let id = self.arena.atom(Atom::Pattern(pattern.clone()));
            literals.push(Literal { id, holds: class.signature.patterns[*place] });
        }
        let texts = |names: &BTreeSet<Arc<str>>| names.iter().cloned().map(Json::String).collect();
        let unknown = *names.unknown.get_or_insert_with(|| self.arena.atom(Atom::Enum(texts(&names.known))));
        literals.push(Literal::no(unknown));
        literals.push(Literal::no(self.arena.atom(Atom::Enum(texts(used)))));
        let (text, doubt) = match self.solve(literals) {
            Found::Value(Json::String(text)) => (text, None),
            Found::Maybe(reason, Some(Json::String(text))) => (text, Some(reason)),
            Found::Maybe(reason, _) => {
                names.gap = Some(reason);
                return None;
            }
            _ => return None,
        };
        let mut signature = class.signature.clone();
        if doubt.is_some() {
            signature = Rc::new(Signature { doubt, ..(*signature).clone() });
        }
        Some(Place { name: Some(text), signature })
    }
}

/// What becomes of a reading by one more thing, which may be undecided.
fn read(
    reading: &Signature,
    decided: Option<bool>,
    doubt: &Reason,
    set: impl Fn(&mut Signature, bool),
) -> Vec<Signature> {
    let both = [true, false];
    let values = if let Some(value) = &decided { std::slice::from_ref(value) } else { &both };
    let apply = |value: &bool| {
        let mut reading = reading.clone();
        set(&mut reading, *value);
        if decided.is_none() {
            reading.doubt = Some(doubt.clone());
        }
        reading
    };
    values.iter().map(apply).collect()
}
