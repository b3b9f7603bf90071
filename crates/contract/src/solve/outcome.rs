//! What several branches end with together: a value of one is a value of all, no value of any is
//! none, and one branch that could not be decided leaves the whole undecided.

use crate::json::Json;
use crate::verdict::{Found, Reason};

/// Collects what branches end with.
#[derive(Debug)]
pub(super) struct Branches<T = Json> {
    undecided: Option<(Reason, Option<T>)>,
}

impl<T> Branches<T> {
    pub(super) fn new() -> Self {
        Self { undecided: None }
    }

    /// Takes the end of one branch; a value ends the search.
    pub(super) fn take(&mut self, found: Found<T>) -> Option<Found<T>> {
        match found {
            Found::Value(_) => return Some(found),
            Found::None => {}
            Found::Maybe(reason, candidate) => {
                let better = candidate.is_some() && matches!(self.undecided, Some((_, None)));
                if self.undecided.is_none() || better {
                    self.undecided = Some((reason, candidate));
                }
            }
        }
        None
    }

    /// What all branches end with where none had a value.
    pub(super) fn end(self) -> Found<T> {
        self.undecided.map_or(Found::None, |(reason, candidate)| Found::Maybe(reason, candidate))
    }
}

/// The most values that a witness may be made of.
pub(super) const PARTS_MAX: u32 = 100_000;

/// How many values a value is made of; past the limit, some number above it.
pub(super) fn parts_of(value: &Json) -> u32 {
    let (mut open, mut parts) = (vec![value], 0);
    while let Some(value) = open.pop() {
        match value {
            Json::Array(items) => open.extend(items),
            Json::Object(members) => open.extend(members.values()),
            _ => {}
        }
        parts += 1;
        if parts > PARTS_MAX {
            return parts;
        }
    }
    parts
}
