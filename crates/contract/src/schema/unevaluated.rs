//! `unevaluatedProperties` and `unevaluatedItems`, exactly.
//!
//! A [`Cover`] is what one schema object of the same value evaluates, where its [`Unit`]'s condition
//! holds (`anyOf`'s branch is fulfilled, …). A member is fine if the schema U takes it, or if a unit
//! covers it whose condition holds. So for each set T of units that may be just those that cover a
//! member, some condition of T holds, or U takes all members that no unit outside of T covers. That
//! is one clause per set of names with the same units, not one per combination of branches.

use super::index::address;
use super::object::Object;
use super::read::Flaw;
use super::reference::Scope;
use super::{Closing, Compiler, Dialect};
use crate::ir::{Arena, Atom, Id, Items, Opaque, Properties, Types};
use crate::json::Type;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Members and items that are evaluated.
#[derive(Clone, Debug, Default)]
struct Cover {
    all_properties: bool,
    names: BTreeSet<Arc<str>>,
    patterns: BTreeSet<Arc<str>>,
    all_items: bool,
    /// So many of the first items.
    prefix: usize,
    /// Items that are values of one of these (`contains`, since 2020-12).
    matching: BTreeSet<Id>,
}

/// Covers by their condition; that of what always holds is [`Arena::TRUE`].
type Units = BTreeMap<Id, Cover>;

/// A set of units, as places in the list of the conditional ones.
type Set = BTreeSet<usize>;

/// Patterns, or schemas of `contains`, under conditions: clauses double with each.
const OVERLAPS_MAX: usize = 6;

impl Cover {
    fn join(&mut self, other: Self) {
        self.all_properties |= other.all_properties;
        self.names.extend(other.names);
        self.patterns.extend(other.patterns);
        self.all_items |= other.all_items;
        self.prefix = self.prefix.max(other.prefix);
        self.matching.extend(other.matching);
    }
}

impl<'a> Compiler<'a> {
    /// The parts that the object's `unevaluated…` keywords are.
    pub(super) fn unevaluated(&mut self, object: Object<'a>) -> Result<Vec<Id>, Flaw<'a>> {
        let mut parts = Vec::new();
        for keyword in ["unevaluatedProperties", "unevaluatedItems"] {
            let closed = keyword == "unevaluatedProperties" && self.is_closed(object);
            let rest = match object.members.get(keyword).filter(|_| object.dialect != Dialect::Draft7) {
                Some(schema) => self.read(schema, object.scope)?,
                None if closed => Arena::FALSE,
                None => continue,
            };
            if rest == Arena::TRUE {
                continue;
            }
            let mut units = Units::new();
            self.covered(object, Arena::TRUE, &mut units, &mut Vec::new())?;
            let always = units.remove(&Arena::TRUE).unwrap_or_default();
            let clauses = Clauses { always, units: units.into_iter().collect(), rest };
            let found = match keyword {
                "unevaluatedProperties" => clauses.properties(&mut self.draft.arena),
                _ => clauses.items(&mut self.draft.arena),
            };
            parts.push(match found {
                Some(id) => id,
                None => self.opaque(keyword, object)?,
            });
        }
        Ok(parts)
    }

    fn is_closed(&self, object: Object<'a>) -> bool {
        matches!(self.situations.closing(object.scope.situation), Some(Closing::Unevaluated))
    }

    /// Collects what an object evaluates where the condition holds. `path` is what led here: the
    /// first object's own `unevaluated…` do not count.
    fn covered(
        &mut self,
        object: Object<'a>,
        condition: Id,
        units: &mut Units,
        path: &mut Vec<(usize, Scope)>,
    ) -> Result<(), Flaw<'a>> {
        let place = (address(object.schema), object.scope);
        if path.contains(&place) {
            return Err(Flaw::new(object.schema, "the schema refers back to itself while it is evaluated"));
        }
        path.push(place);
        if !object.dialect.reference_hides(object.members) {
            let own = self.own_cover(object, path.len() == 1)?;
            units.entry(condition).or_default().join(own);
            for (extra, schema) in self.conditional(object)? {
                let condition = self.draft.arena.and([condition, extra]);
                self.covered_by(schema, object.scope, condition, units, path)?;
            }
        }
        for (target, scope) in self.references(object.schema, object.members, object.scope)? {
            self.covered_by(target, scope, condition, units, path)?;
        }
        path.pop();
        Ok(())
    }

    fn covered_by(
        &mut self,
        schema: &'a Value,
        scope: Scope,
        condition: Id,
        units: &mut Units,
        path: &mut Vec<(usize, Scope)>,
    ) -> Result<(), Flaw<'a>> {
        if condition == Arena::FALSE || schema.is_boolean() {
            return Ok(());
        }
        let scope = self.enter(schema, scope)?;
        let object = self.object(schema, scope)?;
        self.covered(object, condition, units, path)
    }

    /// What the object's own keywords for members and items evaluate.
    fn own_cover(&mut self, object: Object<'a>, first: bool) -> Result<Cover, Flaw<'a>> {
        let get = |keyword: &str| object.members.get(keyword);
        let known = |keyword: &str| get(keyword).filter(|_| object.dialect.applicator(keyword).is_some());
        let names = |keyword: &str| {
            let members = get(keyword).and_then(Value::as_object);
            members.into_iter().flat_map(|members| members.keys()).map(|name| name.as_str().into()).collect()
        };
        let listed = |keyword: &str| get(keyword).and_then(Value::as_array).map(Vec::len);
        let (prefix, all_items) = match (object.dialect, listed("items")) {
            (Dialect::Draft2020, _) => (listed("prefixItems").unwrap_or(0), get("items").is_some()),
            (_, Some(count)) => (count, get("additionalItems").is_some()),
            (_, None) => (0, get("items").is_some()),
        };
        let mut matching = BTreeSet::new();
        if let Some(schema) = get("contains").filter(|_| object.dialect == Dialect::Draft2020) {
            matching.insert(self.stand_in(schema, object.scope)?);
        }
        let additional = get("additionalProperties").is_some()
            || matches!(self.situations.closing(object.scope.situation), Some(Closing::Additional));
        let unevaluated = known("unevaluatedProperties").is_some() || self.is_closed(object);
        Ok(Cover {
            all_properties: additional || (!first && unevaluated),
            names: names("properties"),
            patterns: names("patternProperties"),
            all_items: all_items || (!first && known("unevaluatedItems").is_some()),
            prefix,
            matching,
        })
    }

    /// The schemas that the object applies to the same value, each with what must hold for it to
    /// count. What stands under `not` evaluates nothing.
    fn conditional(&mut self, object: Object<'a>) -> Result<Vec<(Id, &'a Value)>, Flaw<'a>> {
        let list = |keyword: &str| object.members.get(keyword).and_then(Value::as_array).into_iter().flatten();
        let mut found: Vec<(Id, &'a Value)> = list("allOf").map(|schema| (Arena::TRUE, schema)).collect();
        for schema in list("anyOf").chain(list("oneOf")) {
            found.push((self.stand_in(schema, object.scope)?, schema));
        }
        if let Some(schema) = object.members.get("if") {
            let condition = self.stand_in(schema, object.scope)?;
            found.push((condition, schema));
            found.extend(object.members.get("then").map(|then| (condition, then)));
            if let Some(otherwise) = object.members.get("else") {
                found.push((self.draft.arena.not(condition), otherwise));
            }
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            let known = object.dialect.applicator(keyword).is_some_and(|row| row.speaks_of == super::Subject::Same);
            let members = object.members.get(keyword).filter(|_| known).and_then(Value::as_object);
            for (name, schema) in members.into_iter().flatten().filter(|(_, schema)| !schema.is_array()) {
                let arena = &mut self.draft.arena;
                let there = arena.atom(Atom::Required(name.as_str().into()));
                let an_object = arena.atom(Atom::Types(Types::one(Type::Object)));
                found.push((arena.and([there, an_object]), schema));
            }
        }
        Ok(found)
    }

    /// What stands for a schema that is read here or later: the object that is being read may stand
    /// inside of it, as a closed node of a tree does in the tree.
    fn stand_in(&mut self, schema: &'a Value, scope: Scope) -> Result<Id, Flaw<'a>> {
        if schema.is_boolean() {
            return self.read(schema, scope);
        }
        let scope = self.enter(schema, scope)?;
        let known = self.draft.read.get(&(address(schema), scope)).copied();
        Ok(known.unwrap_or_else(|| self.knot(schema, scope).1))
    }

    /// The keyword as something that is not interpreted. Its meaning depends on the whole object and
    /// all that it refers to: only what is equal in all is the same.
    fn opaque(&mut self, keyword: &str, object: Object<'a>) -> Result<Id, Flaw<'a>> {
        let (types, what) = match keyword {
            "unevaluatedProperties" => (Types::one(Type::Object), "patterns of names"),
            _ => (Types::one(Type::Array), "schemas of `contains`"),
        };
        let documents = self.write(&[(object.schema, object.scope)])?.documents;
        let content: Vec<String> = documents.iter().map(|(uri, document)| format!("{uri} {document}")).collect();
        let content = format!("{keyword} {}", content.join(" "));
        let reason = format!("`{keyword}` depends on more than {OVERLAPS_MAX} {what}");
        Ok(self.draft.arena.atom(Atom::Opaque(Opaque { types, content: content.into(), reason: reason.into() })))
    }
}

/// What an `unevaluated…` keyword is made of.
struct Clauses {
    always: Cover,
    /// The conditional units.
    units: Vec<(Id, Cover)>,
    /// What the others must be.
    rest: Id,
}

impl Clauses {
    /// Nothing where there are too many patterns under conditions.
    fn properties(&self, arena: &mut Arena) -> Option<Id> {
        if self.always.all_properties {
            return Some(Arena::TRUE);
        }
        let everywhere = self.those(|cover| cover.all_properties);
        let names: BTreeSet<&Arc<str>> = self.units.iter().flat_map(|(_, cover)| &cover.names).collect();
        let names = names.into_iter().filter(|name| !self.always.names.contains(*name));
        let by_name = names.map(|name| (name, self.those(|cover| cover.names.contains(name)))).collect::<Vec<_>>();
        let patterns: BTreeSet<&Arc<str>> = self.units.iter().flat_map(|(_, cover)| &cover.patterns).collect();
        let patterns = patterns.into_iter().filter(|pattern| !self.always.patterns.contains(*pattern));
        let overlaps = patterns.map(|pattern| self.those(|cover| cover.patterns.contains(pattern))).collect::<Vec<_>>();
        let plain = overlaps.is_empty() && self.always.patterns.is_empty();
        let sets = if plain {
            // No name is covered but by its own: each set needs to speak of its own names only.
            BTreeSet::from([everywhere.clone()])
        } else {
            combined(&everywhere, by_name.iter().map(|(_, set)| set), &overlaps)?
        };
        let mut parts: Vec<Id> = sets.iter().map(|set| self.properties_outside(set, arena)).collect();
        if plain {
            parts.extend(self.own_names(&everywhere, &by_name, arena));
        }
        Some(arena.and(parts))
    }

    /// U takes what no unit outside of the set covers, or a condition of the set holds. Names that
    /// other clauses speak of are left to them.
    fn properties_outside(&self, set: &Set, arena: &mut Arena) -> Id {
        let others = self.units.iter().enumerate().filter(|(at, _)| !set.contains(at)).map(|(_, (_, cover))| cover);
        let covers: Vec<&Cover> = std::iter::once(&self.always).chain(others).collect();
        let names = covers.iter().flat_map(|cover| &cover.names);
        let patterns: BTreeSet<&Arc<str>> = covers.iter().flat_map(|cover| &cover.patterns).collect();
        let members = Properties {
            named: names.map(|name| (name.clone(), Arena::TRUE)).collect(),
            patterns: patterns.into_iter().map(|pattern| (pattern.clone(), Arena::TRUE)).collect(),
            additional: self.rest,
        };
        let members = arena.atom(Atom::Properties(members));
        self.clause(set, members, arena)
    }

    /// A clause for the names that just the same units cover.
    fn own_names(&self, everywhere: &Set, by_name: &[(&Arc<str>, Set)], arena: &mut Arena) -> Vec<Id> {
        let mut groups: BTreeMap<Set, BTreeMap<Arc<str>, Id>> = BTreeMap::new();
        for (name, set) in by_name {
            groups.entry(set | everywhere).or_default().insert((*name).clone(), self.rest);
        }
        let clauses = groups.into_iter().map(|(set, named)| {
            let members = Properties { named, patterns: Vec::new(), additional: Arena::TRUE };
            let members = arena.atom(Atom::Properties(members));
            self.clause(&set, members, arena)
        });
        clauses.collect()
    }

    fn items(&self, arena: &mut Arena) -> Option<Id> {
        if self.always.all_items {
            return Some(Arena::TRUE);
        }
        let everywhere = self.those(|cover| cover.all_items);
        let lengths: BTreeSet<usize> = self.units.iter().map(|(_, cover)| cover.prefix).collect();
        let lengths = lengths.into_iter().filter(|length| *length > self.always.prefix);
        let by_length: Vec<Set> = lengths.map(|length| self.those(|cover| cover.prefix >= length)).collect();
        let matching: BTreeSet<&Id> = self.units.iter().flat_map(|(_, cover)| &cover.matching).collect();
        let matching = matching.into_iter().filter(|schema| !self.always.matching.contains(schema));
        let overlaps: Vec<Set> = matching.map(|schema| self.those(|cover| cover.matching.contains(schema))).collect();
        let sets = combined(&everywhere, by_length.iter(), &overlaps)?;
        let parts: Vec<Id> = sets.iter().map(|set| self.items_outside(set, arena)).collect();
        Some(arena.and(parts))
    }

    fn items_outside(&self, set: &Set, arena: &mut Arena) -> Id {
        let others = self.units.iter().enumerate().filter(|(at, _)| !set.contains(at)).map(|(_, (_, cover))| cover);
        let covers: Vec<&Cover> = std::iter::once(&self.always).chain(others).collect();
        let length = covers.iter().map(|cover| cover.prefix).max().unwrap_or(0);
        let taken = covers.iter().flat_map(|cover| cover.matching.iter().copied()).chain([self.rest]);
        let rest = arena.or(taken);
        let items = arena.atom(Atom::Items(Items { prefix: vec![Arena::TRUE; length], rest }));
        self.clause(set, items, arena)
    }

    /// Some condition of the set holds, or the atom.
    fn clause(&self, set: &Set, atom: Id, arena: &mut Arena) -> Id {
        arena.or(set.iter().map(|at| self.units[*at].0).chain([atom]))
    }

    fn those(&self, covers: impl Fn(&Cover) -> bool) -> Set {
        let units = self.units.iter().enumerate();
        units.filter(|(_, (_, cover))| covers(cover)).map(|(at, _)| at).collect()
    }
}

/// The sets of units that may cover a member: those of one class of members that exclude each other
/// (or of none), with any of those that may overlap. Nothing where these are too many.
fn combined<'s>(everywhere: &Set, classes: impl Iterator<Item = &'s Set>, overlaps: &[Set]) -> Option<BTreeSet<Set>> {
    let overlaps: BTreeSet<&Set> = overlaps.iter().collect();
    if overlaps.len() > OVERLAPS_MAX {
        return None;
    }
    let mut sets: BTreeSet<Set> = classes.map(|class| class | everywhere).collect();
    sets.insert(everywhere.clone());
    for overlap in overlaps {
        sets = sets.iter().flat_map(|set| [set.clone(), set | overlap]).collect();
    }
    Some(sets)
}
