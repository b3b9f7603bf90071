//! The walk over two schemas of which one does not hold all of the other: condition by condition of
//! the right side, alternative by alternative of the left one, down to the lowest places that
//! differ. It decides nothing by itself: each step asks the solver. Each pair of schemas is looked at
//! once, in the order of its distance, and says what it shows and which pairs show more.

use super::change::{Change, Texts, Written};
use super::spot::{Side, Spot};
use super::ways::{self, Shown, Sign};
use crate::ir::{Arena, Atom, Id, Node};
use crate::rules::{self, Condition};
use crate::solve::Solver;
use crate::strings::Strings;
use crate::verdict::{Reason, Verdict};
use std::collections::{HashMap, VecDeque};

/// How many pairs are looked at for one question; what lies further is told of the place where the walk
/// ends.
const PAIRS_MAX: usize = 5_000;

/// How many alternatives of the left side, of those that fail, are looked at.
const ALTERNATIVES_MAX: usize = 8;

/// How many signs one pair of schemas shows.
const SIGNS_MAX: usize = 100;

/// The state of a walk; what a pair of schemas shows is kept.
pub(super) struct Walk<'w, 'a, 's> {
    pub(super) solver: &'w mut Solver<'s>,
    pub(super) left: &'w mut Side<'a>,
    pub(super) right: &'w mut Side<'a>,
    pub(super) memo: &'w mut Memo,
    /// The pairs that were met and not looked at yet.
    open: VecDeque<(usize, Id, Id, Pair<'a>)>,
    /// The budget of a question was spent: the walk ends, and the places where it was are told.
    spent: bool,
}

/// Two schemas and where they are written.
type Asked = (Id, Id, String, String);

/// What earlier walks found.
#[derive(Default)]
pub(super) struct Memo {
    numbers: HashMap<Asked, usize>,
    /// What each pair shows, by its number.
    pairs: Vec<Shown>,
    pub(super) strings: Strings,
}

/// Where both sides are.
#[derive(Clone)]
pub(super) struct Pair<'a> {
    pub(super) left: Spot<'a>,
    pub(super) right: Spot<'a>,
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

impl<'w, 'a, 's> Walk<'w, 'a, 's> {
    pub(super) fn new(
        solver: &'w mut Solver<'s>,
        (left, right): (&'w mut Side<'a>, &'w mut Side<'a>),
        memo: &'w mut Memo,
    ) -> Self {
        Self { solver, left, right, memo, open: VecDeque::new(), spent: false }
    }

    /// The changes between two schemas, those of the shortest ways first.
    pub(super) fn changes(&mut self, left: Id, right: Id, at: Pair<'a>) -> Vec<Change> {
        let first = self.pair(left, right, at);
        let mut looked_at = 0;
        while looked_at < PAIRS_MAX
            && !self.spent
            && let Some((number, left, right, at)) = self.open.pop_front()
        {
            if self.memo.pairs[number].signs.is_none() {
                looked_at += 1;
                self.memo.pairs[number].signs = Some(self.signs(left, right, at));
            }
        }
        ways::changes(&self.memo.pairs, first)
    }

    /// The number of a pair, which is looked at before the walk ends.
    pub(super) fn pair(&mut self, left: Id, right: Id, at: Pair<'a>) -> usize {
        let (left, right) = (self.arena().body(left), self.arena().body(right));
        let targets = [self.left.target(&at.left), self.right.target(&at.right)];
        let place = |spot: &Spot<'_>, target: &Option<Spot<'_>>| {
            let spot = target.as_ref().unwrap_or(spot);
            format!("{}#{}", spot.document, spot.pointer)
        };
        let asked = (left, right, place(&at.left, &targets[0]), place(&at.right, &targets[1]));
        let [_, target] = targets;
        let memo = &mut *self.memo;
        let number = *memo.numbers.entry(asked).or_insert_with(|| {
            memo.pairs.push(Shown { anchor: target.map(|target| target.pointer), signs: None });
            memo.pairs.len() - 1
        });
        if memo.pairs[number].signs.is_none() {
            self.open.push_back((number, left, right, at));
        }
        number
    }

    /// What a pair shows, condition by condition.
    fn signs(&mut self, left: Id, right: Id, at: Pair<'a>) -> Vec<Sign> {
        let parts = self.parts(right);
        let integer = parts.iter().any(|part| *self.solver.arena().node(*part) == Node::Atom(Atom::Integer));
        let at = Pair { integer, ..at };
        let mut signs: Vec<Sign> = Vec::new();
        for part in parts {
            if signs.len() > SIGNS_MAX || self.spent {
                break;
            }
            signs.extend(self.part(left, part, &at));
        }
        only_the_type(&mut signs);
        signs
    }

    /// The changes that one condition of the right side shows.
    fn part(&mut self, left: Id, part: Id, at: &Pair<'a>) -> Vec<Sign> {
        match self.holds(left, part) {
            Ok(true) => return Vec::new(),
            Ok(false) => {}
            Err(reason) => {
                let mut change =
                    self.change(left, part, (Condition::Other, rules::Step::Stricter), Texts::default(), at);
                change.undecided = Some(reason);
                return vec![change.into()];
            }
        }
        let mut signs = Vec::new();
        for left in self.lefts(left, part) {
            let at = &self.at_alternative(&left, at);
            let found = match self.arena().node(part).clone() {
                Node::Atom(Atom::Properties(properties)) => self.members(&left, &properties, at),
                Node::Atom(Atom::Items(items)) => self.items(&left, part, &items, at),
                Node::Atom(atom) => self.atom(&left, part, &atom, at),
                Node::Or(alternatives) => self.union(&left, part, &alternatives, at, Condition::AnyOf),
                Node::One(alternatives) => self.union(&left, part, &alternatives, at, Condition::OneOf),
                _ => {
                    vec![self.change(left.id, part, (Condition::Not, rules::Step::Alone), Texts::default(), at).into()]
                }
            };
            signs.extend(found);
        }
        if signs.is_empty() {
            signs.push(self.change(left, part, (Condition::Other, rules::Step::Stricter), Texts::default(), at).into());
        }
        signs
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

/// A value of another type fails every condition on it, and `integer` is a part of the type: that is
/// told once.
fn only_the_type(signs: &mut Vec<Sign>) {
    let here = |sign: &Sign, condition| matches!(sign, Sign::Change(change) if change.steps.is_empty() && change.condition == condition);
    if signs.iter().any(|sign| here(sign, Condition::OtherType)) {
        signs.retain(|sign| here(sign, Condition::OtherType));
    }
    // The types of the right side name `integer` where it asks for it.
    let integer = |sign: &Sign| {
        here(sign, Condition::Type) && matches!(sign, Sign::Change(change) if change.texts.more == INTEGER)
    };
    if signs.iter().any(integer) && signs.iter().any(|sign| here(sign, Condition::Type) && !integer(sign)) {
        signs.retain(|sign| !integer(sign));
    }
}

/// As sentences name the type.
pub(super) const INTEGER: &str = "`integer`";
