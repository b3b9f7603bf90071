//! Splitting a goal at its unions. A goal with one alternative against many negated ones is where
//! the work explodes; so a positive union is split before anything else, and negated alternatives
//! that cannot be met anyway are left out before they are combined with each other.

use super::Solver;
use super::goal::{Goal, Literal};
use super::outcome::Branches;
use crate::ir::{Arena, Atom, Id, Node};
use crate::json::Json;
use crate::verdict::{Found, Reason};
use ahash::AHashMap as HashMap;
use std::cmp::Reverse;

impl Solver<'_> {
    /// Decides a goal in its one form.
    pub(super) fn by_union(&mut self, goal: &Goal) -> Found {
        if let Some(values) = listed(self.arena, goal) {
            return self.among(&values, goal);
        }
        let shape = self.shape_of(goal);
        if shape.types.is_none() {
            return Found::None;
        }
        let is_negative = |arena: &Arena, literal: &Literal| {
            !literal.holds && matches!(arena.node(literal.id), Node::And(_) | Node::One(_))
        };
        let (negative, rest): (Goal, Goal) = goal.iter().partition(|literal| is_negative(self.arena, literal));
        if !self.is_tangled(&negative) {
            return self.by_type(goal, shape.types);
        }
        let (unions, core): (Goal, Goal) = rest.iter().partition(|literal| self.is_union(**literal));
        if unions.is_empty() {
            return self.without_idle(goal, &rest, &negative);
        }
        // Most unions say nothing about what is asked: only one that a value without it breaks is
        // split.
        let broken = match self.solve(core.into_iter().chain(negative)) {
            Found::None => return Found::None,
            Found::Value(value) => {
                let broken: Goal = unions.iter().filter(|union| !self.has(**union, &value)).copied().collect();
                if broken.is_empty() {
                    return Found::Value(value);
                }
                broken
            }
            Found::Maybe(..) => unions.clone(),
        };
        match self.central_union(&broken, &unions) {
            Some(union) => self.split(goal, union),
            None => self.by_type(goal, shape.types),
        }
    }

    fn has(&mut self, literal: Literal, value: &Json) -> bool {
        self.fulfils(&[literal], value) == Some(true)
    }

    /// Whether negated alternatives have to be combined: a negated `oneOf` is several by itself.
    fn is_tangled(&self, negative: &Goal) -> bool {
        let is_one = |literal: &Literal| matches!(self.arena.node(literal.id), Node::One(_));
        negative.len() > 1 || negative.iter().any(is_one)
    }

    fn is_union(&self, literal: Literal) -> bool {
        literal.holds && matches!(self.arena.node(literal.id), Node::Or(_) | Node::One(_))
    }

    /// Of the broken unions the one that decides most: one whose alternatives stand in others too, and of those the
    /// one with the fewest.
    fn central_union(&self, broken: &Goal, unions: &Goal) -> Option<Literal> {
        let parts = |literal: &Literal| match self.arena.node(literal.id) {
            Node::Or(parts) | Node::One(parts) => parts.as_slice(),
            _ => &[],
        };
        let mut uses: HashMap<Id, usize> = HashMap::new();
        for id in unions.iter().flat_map(parts) {
            *uses.entry(*id).or_default() += 1;
        }
        let shared = |literal: &&Literal| parts(literal).iter().map(|id| uses[id] - 1).sum::<usize>();
        broken.iter().min_by_key(|literal| (Reverse(shared(literal)), parts(literal).len())).copied()
    }

    /// Tries the core with each negated alternative: without a value there is none with all the rest
    /// either, and a value may happen to fulfil the rest.
    fn by_core(&mut self, goal: &Goal, core: &Goal, negative: &Goal) -> Option<Found> {
        let shape = self.shape_of(core);
        let mut negative = negative.clone();
        negative.sort_by_cached_key(|literal| self.shape(literal.id).names_beyond(&shape));
        for literal in negative {
            match self.solve(core.iter().copied().chain([literal])) {
                Found::None => return Some(Found::None),
                Found::Value(value) if self.fulfils(goal, &value) == Some(true) => return Some(Found::Value(value)),
                _ => {}
            }
        }
        None
    }

    /// Each alternative of the union for itself.
    fn split(&mut self, goal: &Goal, union: Literal) -> Found {
        let mut branches = Branches::new();
        for way in self.ways(union) {
            let rest = goal.iter().copied().filter(|literal| *literal != union);
            let found = self.solve(rest.chain(way));
            if let Some(found) = branches.take(found) {
                return found;
            }
        }
        branches.end()
    }

    /// Leaves out the negated alternatives that nothing in the rest can meet; refutes with each of
    /// the others alone before they are combined.
    fn without_idle(&mut self, goal: &Goal, rest: &Goal, negative: &Goal) -> Found {
        let shape = self.shape_of(rest);
        let mut kept = Goal::new();
        for literal in negative {
            if !self.shape(literal.id).is_apart(&shape) || matches!(self.arena.node(literal.id), Node::One(_)) {
                kept.push(*literal);
            }
        }
        if kept.len() > 1
            && let Some(found) = self.by_core(goal, rest, &kept)
        {
            return found;
        }
        if self.is_tangled(&kept) {
            kept = kept.into_iter().filter_map(|literal| self.needed(rest, literal)).collect();
        }
        if kept == *negative {
            return self.by_type(goal, shape.types);
        }
        self.solve(rest.iter().copied().chain(kept))
    }

    /// What is left of a negated alternative beside the rest: nothing where the rest never meets
    /// it.
    fn needed(&mut self, rest: &Goal, literal: Literal) -> Option<Literal> {
        if let Node::One(parts) = self.arena.node(literal.id) {
            let parts = parts.clone();
            return self.needed_of_one(rest, parts);
        }
        let idle = self.is_refuted(rest.iter().copied().chain([literal.opposite()]));
        (!idle).then_some(literal)
    }

    /// The same of a negated `oneOf`: what the rest cannot meet is no alternative, and beside one
    /// that the rest always meets another one has to be met, whichever.
    fn needed_of_one(&mut self, rest: &Goal, mut parts: Vec<Id>) -> Option<Literal> {
        parts.retain(|part| !self.is_refuted(rest.iter().copied().chain([Literal::yes(*part)])));
        let is_met = |solver: &mut Self, part: &Id| solver.is_refuted(rest.iter().copied().chain([Literal::no(*part)]));
        if let Some(met) = (0..parts.len()).find(|place| is_met(self, &parts[*place])) {
            parts.remove(met);
            return Some(Literal::yes(self.arena.or(parts)));
        }
        let left = self.arena.one(parts);
        (left != Arena::FALSE).then_some(Literal::no(left))
    }

    /// The ways to fulfil a choice, each a set of literals.
    pub(super) fn ways(&mut self, choice: Literal) -> Vec<Vec<Literal>> {
        // Atoms first: they are the simplest to fulfil.
        let alone = |ids: &[Id], holds: bool| {
            let mut ids = ids.to_vec();
            ids.sort_by_key(|id| !matches!(self.arena.node(*id), Node::Atom(_)));
            ids.into_iter().map(|id| vec![Literal { id, holds }]).collect()
        };
        match self.arena.node(choice.id) {
            Node::Or(parts) if choice.holds => alone(parts, true),
            Node::And(parts) if !choice.holds => alone(parts, false),
            Node::One(parts) => {
                let parts = parts.clone();
                if choice.holds { exactly_one(&parts) } else { self.none_or_two(&parts) }
            }
            _ => vec![vec![choice]],
        }
    }

    /// The ways to fulfil not exactly one: none at all, or two that are not apart.
    fn none_or_two(&mut self, parts: &[Id]) -> Vec<Vec<Literal>> {
        let shapes: Vec<_> = parts.iter().map(|part| self.shape(*part)).collect();
        let mut ways = vec![parts.iter().map(|part| Literal::no(*part)).collect()];
        for second in 1..parts.len() {
            for first in 0..second {
                if !shapes[first].is_apart(&shapes[second]) {
                    ways.push(vec![Literal::yes(parts[first]), Literal::yes(parts[second])]);
                }
            }
        }
        ways
    }

    /// One of the constants that fulfils the literals.
    pub(super) fn among(&mut self, constants: &[Json], literals: &[Literal]) -> Found {
        let mut branches = Branches::new();
        for value in constants {
            let found = match self.fulfils(literals, value) {
                Some(true) => Found::Value(value.clone()),
                Some(false) => Found::None,
                None => Found::Maybe(self.why_undecided(literals), Some(value.clone())),
            };
            if let Some(found) = branches.take(found) {
                return found;
            }
        }
        branches.end()
    }

    /// The first thing in the literals that is not interpreted.
    fn why_undecided(&self, literals: &[Literal]) -> Reason {
        let opaque = |literal: &Literal| match self.arena.node(literal.id) {
            Node::Atom(Atom::Opaque(opaque)) => Some(Reason::Keyword(opaque.reason.clone())),
            Node::Atom(Atom::Pattern(pattern)) => Some(Reason::Pattern(pattern.clone())),
            Node::Atom(Atom::Format(format)) => Some(Reason::Format(format.clone())),
            _ => None,
        };
        let inside = || Reason::Keyword("a constant cannot be told to be a value or not".into());
        literals.iter().find_map(opaque).unwrap_or_else(inside)
    }
}

/// The shortest list of constants that a literal limits the value to.
pub(super) fn listed<'a>(arena: &Arena, literals: impl IntoIterator<Item = &'a Literal>) -> Option<Vec<Json>> {
    let list = |literal: &Literal| match arena.node(literal.id) {
        Node::Atom(Atom::Enum(values)) if literal.holds => Some(values),
        _ => None,
    };
    literals.into_iter().filter_map(list).min_by_key(|values| values.len()).cloned()
}

/// The ways to fulfil exactly one. Duplicates stand beside each other, and exclude themselves.
fn exactly_one(parts: &[Id]) -> Vec<Vec<Literal>> {
    let others = |chosen: usize| {
        let other = move |(place, id): (usize, &Id)| Literal { id: *id, holds: place == chosen };
        parts.iter().enumerate().map(other).collect()
    };
    (0..parts.len()).map(others).collect()
}
