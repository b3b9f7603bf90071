//! From what pairs of schemas show to changes: the ways from the pair that was asked for to each one that
//! shows something, the shortest first. Schemas that refer to each other in a circle have ways without
//! end; no pair is passed twice on one.

use super::change::{Change, Step};
use crate::ir::Id;
use std::collections::{HashMap, VecDeque};

/// How many ways to one pair are told.
const WAYS_MAX: usize = 4;

/// How many changes are told of one question.
const CHANGES_MAX: usize = 100;

/// What a pair of schemas shows.
#[derive(Debug)]
pub(super) struct Shown {
    /// Where the reference leads that the right side is.
    pub(super) anchor: Option<String>,
    /// Nothing where it was not looked at.
    pub(super) signs: Option<Vec<Sign>>,
}

/// One thing that a pair of schemas shows.
#[derive(Clone, Debug)]
pub(super) enum Sign {
    /// A change at this place.
    Change(Change),
    /// Another pair shows more.
    Further(Further),
}

/// Where more is shown.
#[derive(Clone, Debug)]
pub(super) struct Further {
    /// The part of the value; nothing where it is the same value.
    pub(super) step: Option<Step>,
    /// The union of which one alternative is looked at: the others must refuse too.
    pub(super) union: Option<Id>,
    /// The number of the pair.
    pub(super) pair: usize,
    /// What is told where that pair shows nothing.
    pub(super) otherwise: Change,
}

impl From<Change> for Sign {
    fn from(change: Change) -> Self {
        Self::Change(change)
    }
}

/// A way from the first pair to another.
#[derive(Clone, Default)]
struct Way {
    passed: Vec<usize>,
    steps: Vec<Step>,
    unions: Vec<(usize, Id)>,
    anchor: Option<(String, usize)>,
}

/// The changes that the first pair and those that it leads to show.
pub(super) fn changes(pairs: &[Shown], first: usize) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut gone: HashMap<usize, usize> = HashMap::new();
    let mut open = VecDeque::from([Way::default().to(pairs, first)]);
    while let Some(way) = open.pop_front()
        && changes.len() < CHANGES_MAX
    {
        for sign in way.last(pairs) {
            match sign {
                Sign::Change(change) => add(&mut changes, way.change(change)),
                Sign::Further(further) if is_silent(pairs, further.pair) => {
                    add(&mut changes, way.change(&further.otherwise));
                }
                Sign::Further(further) if way.passed.contains(&further.pair) => {}
                Sign::Further(further) => {
                    let times = gone.entry(further.pair).or_default();
                    *times += 1;
                    if *times <= WAYS_MAX {
                        open.push_back(way.further(pairs, further));
                    }
                }
            }
        }
    }
    // A step into an alternative is none of the value.
    changes.sort_by_key(|change: &Change| change.steps.len());
    changes
}

fn is_silent(pairs: &[Shown], number: usize) -> bool {
    pairs[number].signs.as_ref().is_none_or(Vec::is_empty)
}

impl Way {
    fn to(mut self, pairs: &[Shown], number: usize) -> Self {
        self.passed.push(number);
        if let Some(anchor) = &pairs[number].anchor {
            self.anchor = Some((anchor.clone(), self.steps.len()));
        }
        self
    }

    fn further(&self, pairs: &[Shown], further: &Further) -> Self {
        let mut way = self.clone();
        way.unions.extend(further.union.map(|union| (way.steps.len(), union)));
        way.steps.extend(further.step.clone());
        way.to(pairs, further.pair)
    }

    /// What the pair at its end shows.
    fn last<'p>(&self, pairs: &'p [Shown]) -> impl Iterator<Item = &'p Sign> {
        self.passed.last().and_then(|number| pairs[*number].signs.as_ref()).into_iter().flatten()
    }

    /// A change of the pair at its end, seen from the first one.
    fn change(&self, change: &Change) -> Change {
        let mut change = change.clone();
        change.steps.splice(0..0, self.steps.iter().cloned());
        change.unions.clone_from(&self.unions);
        change.anchor.clone_from(&self.anchor);
        change
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
