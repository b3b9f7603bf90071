//! The walk over two schemas of which one does not hold all of the other: condition by condition of
//! the right side, alternative by alternative of the left one, down to the lowest places that
//! differ. It decides nothing by itself: each step asks the solver.

use super::change::{Change, Step, Texts, Written};
use super::spot::{Side, Spot};
use crate::ir::{Arena, Atom, Id, Node};
use crate::rules::{self, Condition};
use crate::solve::Solver;
use crate::strings::Strings;
use crate::verdict::{Reason, Verdict};
use std::collections::HashMap;
use std::rc::Rc;

/// How deep the walk goes; what lies deeper is told of the place where it ends.
const DEPTH_MAX: usize = 48;

/// How many alternatives of the left side, of those that fail, are looked at.
const ALTERNATIVES_MAX: usize = 8;

/// How many changes are told of one pair of schemas.
const CHANGES_MAX: usize = 100;

/// The state of a walk; what was found of a pair of schemas is kept.
pub(super) struct Walk<'w, 'a, 's> {
    pub(super) solver: &'w mut Solver<'s>,
    pub(super) left: &'w mut Side<'a>,
    pub(super) right: &'w mut Side<'a>,
    pub(super) memo: &'w mut Memo,
    /// The budget of a question was spent: the walk ends, and the places where it was are told.
    pub(super) spent: bool,
    /// A pair inside of itself was met: that nothing was found there is no lack of an explanation.
    pub(super) met_itself: bool,
}

/// Two schemas and where they are written.
type Asked = (Id, Id, String, String);

/// What earlier walks found.
#[derive(Default)]
pub(super) struct Memo {
    /// Nothing: the pair is under way.
    changes: HashMap<Asked, Option<Rc<[Change]>>>,
    pub(super) strings: Strings,
}

/// Where both sides are.
#[derive(Clone)]
pub(super) struct Pair<'a> {
    pub(super) left: Spot<'a>,
    pub(super) right: Spot<'a>,
    pub(super) depth: usize,
    /// The right side asks for whole numbers: a condition of its own, and a part of its type.
    pub(super) integer: bool,
}

/// A left side without unions that are still to be split: the schemas that all hold.
#[derive(Clone)]
pub(super) struct Left {
    pub(super) id: Id,
    pub(super) parts: Vec<Id>,
    /// The alternatives that were chosen, the outermost first.
    pub(super) chosen: Vec<Id>,
}

impl Walk<'_, '_, '_> {
    pub(super) fn arena(&mut self) -> &mut Arena {
        self.solver.arena()
    }

    /// Whether every value of the left is one of the right; why not, where that is not known.
    pub(super) fn holds(&mut self, left: Id, right: Id) -> Result<bool, Reason> {
        match self.solver.contained(left, right) {
            Verdict::Compatible => Ok(true),
            Verdict::Breaking(_) => Ok(false),
            Verdict::Unknown(reason) => {
                self.spent |= reason == Reason::Budget;
                Err(reason)
            }
        }
    }
}

impl<'a> Walk<'_, 'a, '_> {
    /// The changes between two schemas; nothing where that is what the walk is in the middle of: a
    /// pair inside of itself explains nothing that the outer one does not.
    pub(super) fn pair(&mut self, left: Id, right: Id, at: &Pair<'a>) -> Option<Rc<[Change]>> {
        let (left, right) = (self.arena().body(left), self.arena().body(right));
        let target = self.right.target(&at.right);
        let place = |spot: &Spot<'_>, target: Option<&Spot<'_>>| {
            let spot = target.unwrap_or(spot);
            format!("{}#{}", spot.document, spot.pointer)
        };
        let of_left = self.left.target(&at.left);
        let key = (left, right, place(&at.left, of_left.as_ref()), place(&at.right, target.as_ref()));
        if let Some(known) = self.memo.changes.get(&key) {
            self.met_itself |= known.is_none();
            return known.clone();
        }
        self.memo.changes.insert(key.clone(), None);
        let mut changes: Vec<Change> = Vec::new();
        let parts = self.parts(right);
        let integer = parts.iter().any(|part| *self.solver.arena().node(*part) == Node::Atom(Atom::Integer));
        let at = &Pair { integer, ..at.clone() };
        for part in parts {
            if changes.len() > CHANGES_MAX || self.spent {
                break;
            }
            for change in self.part(left, part, at) {
                add(&mut changes, change);
            }
        }
        only_the_type(&mut changes);
        if let Some(target) = target {
            for change in changes.iter_mut().filter(|change| change.anchor.is_none()) {
                change.anchor = Some((target.pointer.clone(), 0));
            }
        }
        let changes: Rc<[Change]> = changes.into();
        self.memo.changes.insert(key, Some(changes.clone()));
        Some(changes)
    }

    /// The changes that one condition of the right side shows.
    fn part(&mut self, left: Id, part: Id, at: &Pair<'a>) -> Vec<Change> {
        match self.holds(left, part) {
            Ok(true) => return Vec::new(),
            Ok(false) => {}
            Err(reason) => {
                let mut change =
                    self.change(left, part, (Condition::Other, rules::Step::Stricter), Texts::default(), at);
                change.undecided = Some(reason);
                return vec![change];
            }
        }
        let mut changes = Vec::new();
        let met_itself = std::mem::take(&mut self.met_itself);
        for left in self.lefts(left, part) {
            let at = &self.at_alternative(&left, at);
            let found = match self.arena().node(part).clone() {
                Node::Atom(Atom::Properties(properties)) => self.members(&left, &properties, at),
                Node::Atom(Atom::Items(items)) => self.items(&left, part, &items, at),
                Node::Atom(atom) => self.atom(&left, part, &atom, at),
                Node::Or(alternatives) => self.union(&left, part, &alternatives, at, Condition::AnyOf),
                Node::One(alternatives) => self.union(&left, part, &alternatives, at, Condition::OneOf),
                _ => vec![self.change(left.id, part, (Condition::Not, rules::Step::Alone), Texts::default(), at)],
            };
            changes.extend(found);
        }
        if changes.is_empty() && !self.met_itself {
            changes.push(self.change(left, part, (Condition::Other, rules::Step::Stricter), Texts::default(), at));
        }
        self.met_itself |= met_itself;
        changes
    }

    /// The place of a left side: that of the alternative that was chosen.
    fn at_alternative(&mut self, left: &Left, at: &Pair<'a>) -> Pair<'a> {
        let mut at = at.clone();
        for alternative in &left.chosen {
            if let Some(spot) = self.left.alternative(self.solver.arena(), &at.left, *alternative) {
                at.left = spot;
            }
        }
        at
    }

    /// A change at this place.
    pub(super) fn change(
        &mut self,
        left: Id,
        part: Id,
        (condition, step): (Condition, rules::Step),
        texts: Texts,
        at: &Pair<'a>,
    ) -> Change {
        let keywords = condition.keywords();
        let refused = self.arena().not(left);
        Change {
            steps: Vec::new(),
            condition,
            step,
            texts,
            left: Written::from(&self.left.keyword(&at.left, keywords)),
            right: Written::from(&self.right.keyword(&at.right, keywords)),
            kept: self.arena().or([refused, part]),
            unions: Vec::new(),
            anchor: None,
            undecided: None,
        }
    }

    /// What is found one step below; nothing where that is under way.
    pub(super) fn descend(
        &mut self,
        (left, right): (Id, Id),
        step: &Step,
        spots: (Spot<'a>, Spot<'a>),
        at: &Pair<'a>,
    ) -> Option<Vec<Change>> {
        if at.depth >= DEPTH_MAX {
            return Some(Vec::new());
        }
        let below = Pair { left: spots.0, right: spots.1, depth: at.depth + 1, integer: false };
        let changes = self.pair(left, right, &below)?;
        Some(changes.iter().map(|change| change.below(step.clone())).collect())
    }

    /// The schemas that all hold where one does.
    pub(super) fn parts(&mut self, id: Id) -> Vec<Id> {
        let mut parts = Vec::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let id = self.arena().body(id);
            match self.arena().node(id) {
                Node::And(inner) => open.extend(inner.iter().rev().copied()),
                Node::True => {}
                _ if parts.contains(&id) => {}
                _ => parts.push(id),
            }
        }
        parts
    }

    /// The left side, one alternative at a time, of those that the right side does not hold.
    fn lefts(&mut self, left: Id, right: Id) -> Vec<Left> {
        let mut found = Vec::new();
        let parts = self.parts(left);
        self.split(Left { id: left, parts, chosen: Vec::new() }, &mut Vec::new(), right, &mut found);
        found
    }

    /// A union stays beside its alternative: of `oneOf`, the others are refused.
    fn split(&mut self, left: Left, done: &mut Vec<Id>, right: Id, found: &mut Vec<Left>) {
        if found.len() >= ALTERNATIVES_MAX || self.spent {
            return;
        }
        let arena = self.solver.arena();
        let union =
            left.parts.iter().copied().find(|part| !done.contains(part) && alternatives(arena, *part).is_some());
        let Some((union, alternatives)) = union.and_then(|union| Some((union, alternatives(arena, union)?))) else {
            found.push(left);
            return;
        };
        done.push(union);
        for alternative in alternatives {
            let mut chosen = left.clone();
            chosen.chosen.push(alternative);
            chosen.parts.extend(self.parts(alternative).into_iter().filter(|part| !left.parts.contains(part)));
            chosen.id = self.arena().and(chosen.parts.iter().copied());
            if self.holds(chosen.id, right) == Ok(false) {
                self.split(chosen, done, right, found);
            }
        }
        done.pop();
    }
}

/// The alternatives of a union.
pub(super) fn alternatives(arena: &Arena, id: Id) -> Option<Vec<Id>> {
    match arena.node(id) {
        Node::Or(alternatives) | Node::One(alternatives) => Some(alternatives.clone()),
        _ => None,
    }
}

/// Adds a change that is not told yet.
fn add(changes: &mut Vec<Change>, change: Change) {
    let same = |known: &Change| {
        (&known.steps, known.condition, known.step, &known.right, &known.texts)
            == (&change.steps, change.condition, change.step, &change.right, &change.texts)
    };
    if !changes.iter().any(same) {
        changes.push(change);
    }
}

/// A value of another type fails every condition on it, and `integer` is a part of the type: that is
/// told once.
fn only_the_type(changes: &mut Vec<Change>) {
    let here = |change: &Change, condition| change.steps.is_empty() && change.condition == condition;
    if changes.iter().any(|change| here(change, Condition::OtherType)) {
        changes.retain(|change| here(change, Condition::OtherType));
    }
    // The types of the right side name `integer` where it asks for it.
    let integer = |change: &Change| here(change, Condition::Type) && change.texts.more == INTEGER;
    if changes.iter().any(integer) && changes.iter().any(|change| here(change, Condition::Type) && !integer(change)) {
        changes.retain(|change| !integer(change));
    }
}

/// As sentences name the type.
pub(super) const INTEGER: &str = "`integer`";
