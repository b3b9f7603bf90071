//! The normal form of atoms. In a conjunction, those that together say what one atom can say become
//! that one, so that a schema written as `allOf` of parts is the schema written in one piece.

use super::{Arena, Atom, Bound, Id, Items, Node, Properties, Types};
use crate::decimal::Decimal;
use ahash::AHashMap as HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

/// One form for atoms that say the same.
pub(super) fn normal(atom: Atom) -> Atom {
    match atom {
        Atom::Enum(mut values) => {
            values.sort();
            values.dedup();
            Atom::Enum(values)
        }
        Atom::MultipleOf(number) if number == Decimal::from(1) => Atom::Integer,
        Atom::Items(mut items) => {
            while items.prefix.last() == Some(&items.rest) {
                items.prefix.pop();
            }
            Atom::Items(items)
        }
        Atom::Properties(mut properties) => {
            properties.patterns.sort();
            let Properties { named, patterns, additional } = &mut properties;
            if *additional == Arena::TRUE {
                patterns.retain(|(_, schema)| *schema != Arena::TRUE);
            }
            // Beside patterns, a name that says what is said of others still keeps them off.
            if patterns.is_empty() || *additional == Arena::TRUE {
                named.retain(|_, schema| schema != additional);
            }
            Atom::Properties(properties)
        }
        other => other,
    }
}

impl Arena {
    /// The parts of a conjunction with their atoms joined, and without those that say nothing of
    /// the types that are left.
    pub(super) fn joined(&mut self, parts: BTreeSet<Id>) -> BTreeSet<Id> {
        let is_atom = |arena: &Self, id: Id| matches!(arena.node(id), Node::Atom(_));
        if parts.iter().filter(|id| is_atom(self, **id)).count() < 2 {
            return parts;
        }
        let (atoms, mut kept): (BTreeSet<Id>, BTreeSet<Id>) = parts.into_iter().partition(|id| is_atom(self, *id));
        let mut by_kind: HashMap<Discriminant<Atom>, Vec<Id>> = HashMap::new();
        let mut types = Types::ALL;
        for id in atoms {
            let Node::Atom(atom) = self.node(id) else { continue };
            match atom {
                Atom::Types(some) => types = types.and(*some),
                atom if !atom.joins() => {
                    kept.insert(id);
                }
                atom => {
                    let same_kind = by_kind.entry(discriminant(atom)).or_default();
                    let joined = same_kind.iter().position(|other| self.can_join(*other, id));
                    match joined {
                        Some(at) => same_kind[at] = self.join(same_kind[at], id),
                        None => same_kind.push(id),
                    }
                }
            }
        }
        kept.extend(by_kind.into_values().flatten());
        self.within(types, kept)
    }

    /// The parts beside a set of types.
    fn within(&mut self, types: Types, parts: BTreeSet<Id>) -> BTreeSet<Id> {
        let mut kept = BTreeSet::new();
        let mut listed = false;
        for id in parts {
            match self.node(id) {
                Node::Atom(Atom::Enum(values)) => {
                    listed = true;
                    let values = values.iter().filter(|value| types.has(value.kind())).cloned().collect();
                    kept.insert(self.atom(Atom::Enum(values)));
                }
                Node::Atom(atom) if atom.types().and(types).is_none() => {}
                _ => drop(kept.insert(id)),
            }
        }
        if !listed {
            kept.insert(self.atom(Atom::Types(types)));
        }
        kept
    }

    fn can_join(&self, left: Id, right: Id) -> bool {
        match (self.node(left), self.node(right)) {
            (Node::Atom(Atom::Properties(left)), Node::Atom(Atom::Properties(right))) => left.can_join(right),
            (Node::Atom(_), Node::Atom(_)) => true,
            _ => false,
        }
    }

    /// What two atoms of one kind say together.
    fn join(&mut self, left: Id, right: Id) -> Id {
        if let Some(known) = self.pairs.get(&(left, right)) {
            return *known;
        }
        let (Node::Atom(first), Node::Atom(second)) = (self.node(left).clone(), self.node(right).clone()) else {
            return self.and([left, right]);
        };
        let atom = match (first, second) {
            (Atom::Enum(first), Atom::Enum(second)) => {
                Atom::Enum(first.into_iter().filter(|value| second.binary_search(value).is_ok()).collect())
            }
            (Atom::Minimum(first), Atom::Minimum(second)) => Atom::Minimum(tighter(first, second, false)),
            (Atom::Maximum(first), Atom::Maximum(second)) => Atom::Maximum(tighter(first, second, true)),
            (Atom::MinLength(first), Atom::MinLength(second)) => Atom::MinLength(first.max(second)),
            (Atom::MaxLength(first), Atom::MaxLength(second)) => Atom::MaxLength(first.min(second)),
            (Atom::MinItems(first), Atom::MinItems(second)) => Atom::MinItems(first.max(second)),
            (Atom::MaxItems(first), Atom::MaxItems(second)) => Atom::MaxItems(first.min(second)),
            (Atom::MinProperties(first), Atom::MinProperties(second)) => Atom::MinProperties(first.max(second)),
            (Atom::MaxProperties(first), Atom::MaxProperties(second)) => Atom::MaxProperties(first.min(second)),
            (Atom::Names(first), Atom::Names(second)) => Atom::Names(self.and([first, second])),
            (Atom::Items(first), Atom::Items(second)) => Atom::Items(self.both_items(&first, &second)),
            (Atom::Properties(first), Atom::Properties(second)) => Atom::Properties(self.both(&first, &second)),
            (first, _) => first,
        };
        let joined = self.atom(atom);
        self.pairs.insert((left, right), joined);
        joined
    }

    fn both_items(&mut self, left: &Items, right: &Items) -> Items {
        let of = |items: &Items, place: usize| items.prefix.get(place).copied().unwrap_or(items.rest);
        let length = left.prefix.len().max(right.prefix.len());
        let prefix = (0..length).map(|place| self.and([of(left, place), of(right, place)])).collect();
        Items { prefix, rest: self.and([left.rest, right.rest]) }
    }

    fn both(&mut self, left: &Properties, right: &Properties) -> Properties {
        let of = |members: &Properties, name: &Arc<str>| members.named.get(name).copied().unwrap_or(members.additional);
        let names: BTreeSet<_> = left.named.keys().chain(right.named.keys()).cloned().collect();
        let named: BTreeMap<_, _> =
            names.into_iter().map(|name| (name.clone(), self.and([of(left, &name), of(right, &name)]))).collect();
        let patterns = left.patterns.iter().zip(&right.patterns);
        let patterns =
            patterns.map(|((pattern, left), (_, right))| (pattern.clone(), self.and([*left, *right]))).collect();
        Properties { named, patterns, additional: self.and([left.additional, right.additional]) }
    }
}

impl Atom {
    /// Whether two of its kind may be one.
    fn joins(&self) -> bool {
        !matches!(
            self,
            Self::Integer
                | Self::MultipleOf(_)
                | Self::Pattern(_)
                | Self::Format(_)
                | Self::Unique
                | Self::Contains(_)
                | Self::Required(_)
                | Self::Opaque(_)
        )
    }
}

impl Properties {
    /// Whether every schema in it is this one.
    pub(super) fn schemas_are(&self, schema: Id) -> bool {
        let patterns = self.patterns.iter().map(|(_, id)| id);
        self.named.values().chain(patterns).chain([&self.additional]).all(|id| *id == schema)
    }

    /// Whether each name that one speaks of is known to be, or not to be, spoken of by the other:
    /// that needs no pattern, or the same names and patterns.
    fn can_join(&self, other: &Self) -> bool {
        let (left, right) = (&self.patterns, &other.patterns);
        let same_patterns = left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.0 == right.0);
        same_patterns && (left.is_empty() || self.named.keys().eq(other.named.keys()))
    }
}

/// The tighter of two lower, or two upper, bounds.
fn tighter(left: Bound, right: Bound, upper: bool) -> Bound {
    let exclusive = |left: &Bound, right: &Bound| left.at == right.at && left.exclusive && !right.exclusive;
    let further = if upper { left.at < right.at } else { left.at > right.at };
    if further || exclusive(&left, &right) { left } else { right }
}
