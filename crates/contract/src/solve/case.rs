//! A [`Case`]: a goal for values of one type. Atoms of other types vanish or refute, choices with
//! one live way left become conditions, and what remains is decided by the theory of the type, or
//! split at the smallest choice.

use super::Solver;
use super::arrays::Lists;
use super::goal::Literal;
use super::numbers::Numbers;
use super::outcome::Branches;
use super::union::listed;
use crate::ir::{Arena, Atom, Id, Items, Node, Properties, Types};
use crate::json::{Json, Type};
use crate::strings::Wanted;
use crate::verdict::{Found, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// The conditions on a value of one type.
#[derive(Clone, Debug)]
struct Case {
    kind: Type,
    /// All that is known to hold, unions too.
    facts: BTreeSet<Literal>,
    /// Of each, one way at least has to be fulfilled.
    choices: Vec<Vec<Vec<Literal>>>,
}

/// What is left of one way to fulfil a choice.
enum Way {
    Dead,
    Fulfilled,
    Open(Vec<Literal>),
}

impl Solver<'_> {
    /// Decides a goal type by type, the simplest first.
    pub(super) fn by_type(&mut self, goal: &[Literal], types: Types) -> Found {
        let mut branches = Branches::new();
        for kind in types.iter() {
            let case = Case { kind, facts: BTreeSet::new(), choices: Vec::new() };
            let found = self.branch(case, goal);
            if let Some(found) = branches.take(found) {
                return found;
            }
        }
        branches.end()
    }

    /// Decides a case under more conditions.
    fn branch(&mut self, mut case: Case, literals: &[Literal]) -> Found {
        if !self.assume(&mut case, literals) || !self.propagate(&mut case) {
            return Found::None;
        }
        if !self.descend() {
            return Found::Maybe(Reason::Budget, None);
        }
        let found = self.decide(case);
        self.depth -= 1;
        found
    }

    fn decide(&mut self, mut case: Case) -> Found {
        let ways: usize = case.choices.iter().map(Vec::len).sum();
        if case.choices.is_empty() {
            return self.by_theory(&case);
        }
        if !self.pay_for_ways() {
            return Found::Maybe(Reason::Budget, None);
        }
        // Before several choices are combined: are the atoms alone too many already? Else only a
        // choice that their value breaks is split.
        let mut open: Vec<usize> = (0..case.choices.len()).collect();
        if ways > 3 {
            match self.by_theory(&case) {
                Found::None => return Found::None,
                Found::Value(value) => {
                    open.retain(|place| !self.chooses(&case.choices[*place], &value));
                    if open.is_empty() {
                        return Found::Value(value);
                    }
                }
                Found::Maybe(..) => {}
            }
        }
        let smallest = open.into_iter().min_by_key(|place| case.choices[*place].len()).unwrap_or_default();
        let choice = case.choices.swap_remove(smallest);
        let mut branches = Branches::new();
        for way in choice {
            if !self.spend() {
                return Found::Maybe(Reason::Budget, None);
            }
            let found = self.branch(case.clone(), &way);
            if let Some(found) = branches.take(found) {
                return found;
            }
        }
        branches.end()
    }

    /// Whether the value fulfils one way of a choice.
    fn chooses(&mut self, choice: &[Vec<Literal>], value: &Json) -> bool {
        choice.iter().any(|way| self.fulfils(way, value) == Some(true))
    }

    /// Adds conditions; false where they contradict what holds.
    fn assume(&mut self, case: &mut Case, literals: &[Literal]) -> bool {
        let literals = match self.way(case, literals) {
            Way::Dead => return false,
            Way::Fulfilled => return true,
            Way::Open(literals) => literals,
        };
        for literal in literals {
            if case.facts.contains(&literal.opposite()) {
                return false;
            }
            case.facts.insert(literal);
            match self.arena.node(literal.id) {
                Node::Or(_) | Node::And(_) | Node::One(_) => {
                    let ways = self.ways(literal);
                    case.choices.push(ways);
                }
                Node::Atom(Atom::Enum(_)) if !literal.holds => self.exclude(case, literal.id),
                _ => {}
            }
        }
        true
    }

    /// A constant list or object is excluded by one place where the value differs from it.
    fn exclude(&mut self, case: &mut Case, constants: Id) {
        let Node::Atom(Atom::Enum(values)) = self.arena.node(constants).clone() else { return };
        for value in values {
            let ways = match &value {
                Json::Array(items) if case.kind == Type::Array => other_list(self.arena, items),
                Json::Object(members) if case.kind == Type::Object => other_object(self.arena, members),
                _ => continue,
            };
            case.choices.push(ways.into_iter().map(|literal| vec![literal]).collect());
        }
    }

    /// Takes decided choices out until none is; false where one has no way left.
    fn propagate(&mut self, case: &mut Case) -> bool {
        let mut changed = true;
        while changed {
            changed = false;
            for choice in std::mem::take(&mut case.choices) {
                let mut left = Vec::new();
                let mut fulfilled = false;
                for way in &choice {
                    self.ways += 1;
                    match self.way(case, way) {
                        Way::Dead => {}
                        Way::Open(literals) => left.push(literals),
                        Way::Fulfilled => fulfilled = true,
                    }
                    if fulfilled {
                        break;
                    }
                }
                match left.len() {
                    _ if fulfilled => {}
                    0 => return false,
                    1 if !self.assume(case, &left[0]) => return false,
                    1 => changed = true,
                    _ => case.choices.push(left),
                }
            }
        }
        true
    }

    /// What is left of some literals beside what holds already, for values of the type.
    fn way(&mut self, case: &Case, literals: &[Literal]) -> Way {
        let Some(literals) = self.spread(literals.iter().copied()) else { return Way::Dead };
        let mut left = Vec::new();
        for literal in literals {
            if case.facts.contains(&literal.opposite()) {
                return Way::Dead;
            }
            // Of another type an atom holds, and its opposite does not.
            let admits = self.shape(literal.id).types.has(case.kind);
            let refuses = self.refused_types(literal.id, 0).has(case.kind);
            let (may_hold, may_fail) = if literal.holds { (admits, refuses) } else { (refuses, admits) };
            if !may_hold {
                return Way::Dead;
            }
            if may_fail && !case.facts.contains(&literal) {
                left.push(literal);
            }
        }
        if left.is_empty() { Way::Fulfilled } else { Way::Open(left) }
    }

    /// Decides the atoms of a case, its choices aside.
    fn by_theory(&mut self, case: &Case) -> Found {
        if let Some(values) = listed(self.arena, &case.facts) {
            let facts: Vec<Literal> = case.facts.iter().copied().collect();
            let values: Vec<Json> = values.into_iter().filter(|value| value.kind() == case.kind).collect();
            return self.among(&values, &facts);
        }
        let found = match case.kind {
            Type::Null => self.scalar(case, &[Json::Null]),
            Type::Boolean => self.scalar(case, &[Json::Boolean(false), Json::Boolean(true)]),
            Type::Number => self.number(case),
            Type::String => self.string(case),
            Type::Array => self.list(Lists::new(self.atoms(case))),
            Type::Object => {
                let objects = self.objects(case.facts.iter());
                self.object(&objects)
            }
        };
        let opaque = self.atoms(case).find_map(|(atom, _)| match atom {
            Atom::Opaque(opaque) => Some(Reason::Keyword(opaque.reason.clone())),
            _ => None,
        });
        match (found, opaque) {
            (Found::Value(value), Some(reason)) => Found::Maybe(reason, Some(value)),
            (found, _) => found,
        }
    }

    fn atoms<'b>(&'b self, case: &'b Case) -> impl Iterator<Item = (&'b Atom, bool)> {
        case.facts.iter().filter_map(|literal| match self.arena.node(literal.id) {
            Node::Atom(atom) => Some((atom, literal.holds)),
            _ => None,
        })
    }

    /// The first of the values that is not excluded.
    fn scalar(&self, case: &Case, values: &[Json]) -> Found {
        let excludes = |value: &Json| {
            self.atoms(case).any(|(atom, _)| matches!(atom, Atom::Enum(excluded) if excluded.contains(value)))
        };
        values.iter().find(|value| !excludes(value)).map_or(Found::None, |value| Found::Value(value.clone()))
    }

    fn number(&self, case: &Case) -> Found {
        let mut numbers = Numbers::default();
        for (atom, holds) in self.atoms(case) {
            numbers.assume(atom, holds);
        }
        match numbers.find() {
            Found::Value(number) => Found::Value(Json::Number(number)),
            Found::None => Found::None,
            Found::Maybe(reason, number) => Found::Maybe(reason, number.map(Json::Number)),
        }
    }

    fn string(&mut self, case: &Case) -> Found {
        let mut wanted = Wanted::default();
        let limit = |max: &mut Option<u64>, to: u64| *max = Some(max.map_or(to, |max| max.min(to)));
        for (atom, holds) in self.atoms(case) {
            match (atom, holds) {
                (Atom::MinLength(length), true) => wanted.min = wanted.min.max(*length),
                (Atom::MaxLength(length), false) => wanted.min = wanted.min.max(length + 1),
                (Atom::MaxLength(length), true) => limit(&mut wanted.max, *length),
                // A minimum of zero is no atom.
                (Atom::MinLength(length), false) => limit(&mut wanted.max, length.saturating_sub(1)),
                (Atom::Pattern(pattern), holds) => drop(wanted.patterns.insert(pattern.clone(), holds)),
                (Atom::Format(format), holds) => drop(wanted.formats.insert(format.clone(), holds)),
                (Atom::Enum(values), false) => wanted.excluded.extend(values.iter().filter_map(|value| match value {
                    Json::String(text) => Some(text.clone()),
                    _ => None,
                })),
                _ => {}
            }
        }
        match self.strings.find(&wanted) {
            Found::Value(text) => Found::Value(Json::String(text)),
            Found::None => Found::None,
            Found::Maybe(reason, candidate) => Found::Maybe(reason, candidate.map(Json::String)),
        }
    }
}

/// The ways in which a list can differ from another: each excludes it, and one of them holds for
/// every other list.
fn other_list(arena: &mut Arena, items: &[Json]) -> Vec<Literal> {
    let length = items.len() as u64;
    let mut ways = vec![Literal::no(arena.atom(Atom::MaxItems(length)))];
    if length > 0 {
        ways.push(Literal::no(arena.atom(Atom::MinItems(length))));
    }
    for (place, item) in items.iter().enumerate() {
        let mut prefix = vec![Arena::TRUE; place];
        prefix.push(arena.atom(Atom::Enum(vec![item.clone()])));
        ways.push(Literal::no(arena.atom(Atom::Items(Items { prefix, rest: Arena::TRUE }))));
    }
    ways
}

/// The same of an object.
fn other_object(arena: &mut Arena, members: &BTreeMap<std::sync::Arc<str>, Json>) -> Vec<Literal> {
    let mut ways = vec![Literal::no(arena.atom(Atom::MaxProperties(members.len() as u64)))];
    for (name, value) in members {
        ways.push(Literal::no(arena.atom(Atom::Required(name.clone()))));
        let named = [(name.clone(), arena.atom(Atom::Enum(vec![value.clone()])))].into();
        let properties = Properties { named, patterns: Vec::new(), additional: Arena::TRUE };
        ways.push(Literal::no(arena.atom(Atom::Properties(properties))));
    }
    ways
}
