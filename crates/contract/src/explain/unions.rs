//! Alternatives and conditions: which alternative of the right side is the counterpart of what the
//! left side has, and what holds under a condition.

use super::change::{Change, Texts};
use super::walk::{Left, Pair, Walk};
use super::ways::{Further, Sign};
use crate::ir::{Atom, Id, Node, Types};
use crate::json::Type;
use crate::rules::{Condition, Step};
use crate::verdict::Found;

impl<'a> Walk<'_, 'a, '_> {
    /// The changes that alternatives show, none of which holds all of the left side.
    pub(super) fn union(
        &mut self,
        left: &Left,
        part: Id,
        alternatives: &[Id],
        at: &Pair<'a>,
        condition: Condition,
    ) -> Vec<Sign> {
        if alternatives.iter().any(|id| matches!(self.solver.arena().node(*id), Node::Not(_))) {
            return self.conditional(left, part, alternatives, at);
        }
        let step = if left.chosen.is_empty() { Step::Alone } else { Step::Stricter };
        let more = name(left, at);
        let change = self.change(left.id, part, (condition, step), Texts { more, ..Texts::default() }, at);
        vec![match self.counterpart(left, alternatives) {
            Some(best) => self.inside((left.id, best), part, change, at),
            None => change.into(),
        }]
    }

    /// What an alternative of the right side shows; the change where it shows nothing.
    fn inside(&mut self, (left, alternative): (Id, Id), union: Id, otherwise: Change, at: &Pair<'a>) -> Sign {
        let spot = self.right.alternative(self.solver.arena(), &at.right, alternative);
        let right = spot.unwrap_or_else(|| at.right.clone());
        let pair = self.pair(left, alternative, Pair { left: at.left.clone(), right, integer: false });
        Sign::Further(Further { step: None, union: Some(union), pair, otherwise })
    }

    /// The alternative that the left side can be compared with: the only one that shares values with
    /// it, else the one that has the most members in common.
    fn counterpart(&mut self, left: &Left, alternatives: &[Id]) -> Option<Id> {
        let mut sharing = Vec::new();
        for alternative in alternatives {
            if !matches!(self.solver.find(&[left.id, *alternative], &[]), Found::None) {
                sharing.push(*alternative);
            }
        }
        if let [only] = sharing.as_slice() {
            return Some(*only);
        }
        let mut scores: Vec<(usize, Id)> = sharing.iter().map(|id| (self.common(left, *id), *id)).collect();
        scores.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        match scores.as_slice() {
            [(best, id), (second, _), ..] if best > second => Some(*id),
            _ => None,
        }
    }

    /// How many members (name and schema) both have.
    fn common(&mut self, left: &Left, alternative: Id) -> usize {
        let parts = self.parts(alternative);
        let id = self.arena().and(parts.iter().copied());
        let members = |atoms: Vec<Atom>| -> Vec<_> {
            let named = atoms.into_iter().filter_map(|atom| match atom {
                Atom::Properties(properties) => Some(properties.named),
                _ => None,
            });
            named.flatten().collect()
        };
        let ours = members(self.atoms(&Left { id, parts, chosen: Vec::new() }));
        members(self.atoms(left)).iter().filter(|member| ours.contains(member)).count()
    }

    /// What holds under a condition; its alternatives are that the condition does not hold, and the
    /// consequence.
    fn conditional(&mut self, left: &Left, part: Id, alternatives: &[Id], at: &Pair<'a>) -> Vec<Sign> {
        let no_object = self.arena().atom(Atom::Types(Types::one(Type::Object).not()));
        let (mut under_condition, mut consequences, mut trigger) = (vec![left.id], Vec::new(), None::<String>);
        for alternative in alternatives {
            match self.arena().node(*alternative).clone() {
                Node::Not(inner) => {
                    if let Node::Atom(Atom::Required(name)) = self.arena().node(inner) {
                        trigger = Some(name.to_string());
                    }
                    under_condition.push(inner);
                }
                _ if *alternative == no_object => under_condition.push(self.arena().not(no_object)),
                _ => consequences.push(*alternative),
            }
        }
        let condition = if trigger.is_some() { Condition::DependentRequired } else { Condition::If };
        let more = trigger.as_ref().map(|name| format!("`{name}`")).unwrap_or_default();
        let change = self.change(left.id, part, (condition, Step::Alone), Texts { more, ..Texts::default() }, at);
        vec![match (consequences.as_slice(), trigger) {
            ([consequence], None) => {
                let narrowed = self.arena().and(under_condition);
                self.inside((narrowed, *consequence), part, change, at)
            }
            _ => change.into(),
        }]
    }
}

/// What the alternative of the left side is called.
fn name(left: &Left, at: &Pair<'_>) -> String {
    let name = if left.chosen.is_empty() { None } else { at.left.name() };
    name.map_or_else(|| "this alternative".to_owned(), |name| format!("`{name}`"))
}
