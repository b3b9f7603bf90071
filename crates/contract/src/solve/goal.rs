//! A [`Goal`]: conditions that one value must fulfil at once. `L ⊆ R` holds where the goal
//! {L holds, R does not} has no value. Goals are brought to one form before anything is looked up.

use super::Solver;
use crate::ir::{Arena, Id, Node};
use std::collections::BTreeSet;

/// A schema that the value has, or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Literal {
    pub(super) id: Id,
    pub(super) holds: bool,
}

impl Literal {
    pub(super) fn yes(id: Id) -> Self {
        Self { id, holds: true }
    }

    pub(super) fn no(id: Id) -> Self {
        Self { id, holds: false }
    }

    pub(super) fn opposite(self) -> Self {
        Self { id: self.id, holds: !self.holds }
    }
}

/// Sorted, without duplicates, contradictions, and conjunctions that are not spread out.
pub(super) type Goal = Vec<Literal>;

impl Solver<'_> {
    /// The one form of a set of literals; nothing where they contradict each other at sight.
    pub(super) fn goal(&mut self, literals: impl IntoIterator<Item = Literal>) -> Option<Goal> {
        let mut goal = self.spread(literals)?;
        while let Some(changed) = self.units(&goal) {
            goal = self.spread(changed)?;
        }
        Some(goal)
    }

    /// Takes conjunctions, negated disjunctions, negations and references apart. A `oneOf` of
    /// alternatives that exclude each other is a disjunction.
    pub(super) fn spread(&mut self, literals: impl IntoIterator<Item = Literal>) -> Option<Goal> {
        let mut open: Vec<Literal> = literals.into_iter().collect();
        let mut goal = Goal::new();
        let mut followed = BTreeSet::new();
        while let Some(literal) = open.pop() {
            let Literal { id, holds } = literal;
            match self.arena.node(id) {
                Node::True if holds => {}
                Node::True => return None,
                Node::Not(inner) => open.push(Literal { id: *inner, holds: !holds }),
                Node::Ref(knot) => {
                    if followed.insert(literal) {
                        open.push(Literal { id: self.arena.tied(*knot), holds });
                    }
                }
                Node::And(parts) if holds => open.extend(parts.iter().map(|id| Literal::yes(*id))),
                Node::Or(parts) if !holds => open.extend(parts.iter().map(|id| Literal::no(*id))),
                Node::One(_) => match self.as_union(id) {
                    Some(_) if !holds => {
                        let Node::One(parts) = self.arena.node(id) else { continue };
                        open.extend(parts.iter().map(|id| Literal::no(*id)));
                    }
                    Some(union) => open.push(Literal::yes(union)),
                    None => goal.push(literal),
                },
                Node::And(_) | Node::Or(_) | Node::Atom(_) => goal.push(literal),
            }
        }
        goal.sort_unstable();
        goal.dedup();
        let contradiction = goal.windows(2).any(|pair| pair[0].id == pair[1].id);
        (!contradiction).then_some(goal)
    }

    /// Drops choices that a literal decides and takes those with one way left: the changed literals,
    /// or nothing where nothing changes.
    fn units(&self, goal: &Goal) -> Option<Vec<Literal>> {
        let has = |literal: &Literal| goal.binary_search(literal).is_ok();
        let mut changed: Option<Vec<Literal>> = None;
        for (place, literal) in goal.iter().enumerate() {
            let parts: &[Id] = match self.arena.node(literal.id) {
                Node::Or(parts) | Node::And(parts) => parts,
                _ => &[],
            };
            let way = |id: &Id| Literal { id: *id, holds: literal.holds };
            let implied = parts.iter().any(|id| has(&way(id)));
            let mut left = parts.iter().map(way).filter(|way| !has(&way.opposite()));
            let (first, second) = (left.next(), left.next());
            if parts.is_empty() || (second.is_some() && !implied) {
                if let Some(kept) = &mut changed {
                    kept.push(*literal);
                }
                continue;
            }
            let kept = changed.get_or_insert_with(|| goal[..place].to_vec());
            match first {
                _ if implied => {}
                Some(only) => kept.push(only),
                None => kept.push(Literal::yes(Arena::FALSE)),
            }
        }
        changed
    }
}
