//! A [`Change`]: what the walk found at one place inside of two schemas, before it is a finding.

use super::spot::Spot;
use crate::ir::{Arena, Atom, Id, Items, Properties};
use crate::reading;
use crate::rules::{self, Condition};
use crate::verdict::Reason;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// A step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// The member of a name.
    Member(Arc<str>),
    /// One of the first items.
    Item(usize),
    /// Any item after those; how many come first.
    Items(usize),
}

impl Step {
    /// As readers go it.
    pub(super) fn read(&self) -> reading::Step {
        match self {
            Self::Member(name) => reading::Step::Member(name.to_string()),
            Self::Item(_) | Self::Items(_) => reading::Step::Items,
        }
    }
}

/// Where and how the stricter side refuses what the other admits.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// From the pair that shows it; then from the place where the walk began.
    pub(super) steps: Vec<Step>,
    pub(super) condition: Condition,
    pub(super) step: rules::Step,
    pub(super) texts: Texts,
    /// Where it is written; pointers into the documents of either side.
    pub(super) left: Written,
    pub(super) right: Written,
    /// What the part at the end of the steps fulfils unless it shows the change.
    pub(super) kept: Id,
    /// Alternatives that must all refuse: after so many steps, the union.
    pub(super) unions: Vec<(usize, Id)>,
    /// The reference that the place is behind, and after how many steps.
    pub(super) anchor: Option<(String, usize)>,
    /// Why nobody knows whether anything breaks here.
    pub(super) undecided: Option<Reason>,
}

/// Document and JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Written {
    pub(super) document: String,
    pub(super) pointer: String,
}

/// What the two sides say, for the sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) left: String,
    pub(super) right: String,
    /// What else the sentence names: values, an alternative, what triggers a condition.
    pub(super) more: String,
}

impl From<&Spot<'_>> for Written {
    fn from(spot: &Spot<'_>) -> Self {
        Self { document: spot.document.to_string(), pointer: spot.pointer.clone() }
    }
}

impl Change {
    /// The same, seen from one step above.
    pub(super) fn below(&self, step: Step) -> Self {
        let mut change = self.clone();
        change.steps.insert(0, step);
        change
    }
}

/// Steps as people write them: `items[].price`.
pub(super) fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Member(name) if path.is_empty() => path.push_str(name),
            Step::Member(name) => {
                let _ = write!(path, ".{name}");
            }
            Step::Item(index) => {
                let _ = write!(path, "[{index}]");
            }
            Step::Items(_) => path.push_str("[]"),
        }
    }
    path
}

/// The schema that says of the part at the end of the steps what `inner` says.
pub(super) fn wrapped(arena: &mut Arena, steps: &[Step], inner: Id) -> Id {
    steps.iter().rev().fold(inner, |inner, step| match step {
        Step::Member(name) => {
            let named = BTreeMap::from([(name.clone(), inner)]);
            arena.atom(Atom::Properties(Properties { named, patterns: Vec::new(), additional: Arena::TRUE }))
        }
        Step::Item(index) => {
            let mut prefix = vec![Arena::TRUE; *index];
            prefix.push(inner);
            arena.atom(Atom::Items(Items { prefix, rest: Arena::TRUE }))
        }
        Step::Items(first) => {
            let prefix = vec![Arena::TRUE; *first];
            arena.atom(Atom::Items(Items { prefix, rest: inner }))
        }
    })
}
