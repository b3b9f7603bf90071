//! A [`Court`]: asks the validator about the witnesses of some comparisons; it is made for those that
//! have one.

use super::pass::{Case, PassError};
use crate::explain::Sides;
use crate::json::Json;
use crate::witness::{Judge, Seat, confirmed};
use ahash::AHashMap as HashMap;
use serde_json::Value;
use std::cell::RefCell;

/// The judges of some comparisons, by their places in the list.
pub(super) struct Court {
    left: Judge,
    right: Judge,
    /// What may come as written, where that is not the same: a closed schema can admit what the one
    /// as written refuses.
    written: Option<Judge>,
    /// Where witnesses are made small: what was made of which, because many places break by one.
    small: Option<RefCell<HashMap<Json, Value>>>,
}

impl Court {
    /// The court of these comparisons, of which the left sides are closed, or not.
    pub(super) fn new(sides: &mut Sides<'_>, cases: &[Case<'_>], closed: bool, small: bool) -> Result<Self, PassError> {
        let lefts = cases.iter().map(|case| case.left);
        let rights = cases.iter().map(|case| case.right);
        let written = Judge::new(sides.left.documents(), lefts.clone())?;
        let right = Judge::new(sides.right.documents(), rights)?;
        let small = small.then(RefCell::default);
        if !closed {
            return Ok(Self { left: written, right, written: None, small });
        }
        let read = sides.left.written(lefts)?;
        let places = read.places.iter().map(|(document, pointer)| (document.as_str(), pointer.as_str()));
        Ok(Self { left: Judge::new(&read.documents, places)?, right, written: Some(written), small })
    }

    /// A value, small where that is wanted, that the left side of a comparison accepts and the right
    /// one refuses, where the given one is one.
    pub(super) fn confirm(&self, comparison: usize, witness: &Json) -> Option<Value> {
        let seat = |judge| Seat { judge, place: comparison };
        let is_written = |value: &Value| self.written.as_ref().is_none_or(|judge| judge.accepts(comparison, value));
        let given = Value::from(witness);
        if !is_written(&given) {
            return None;
        }
        let (left, right) = (seat(&self.left), seat(&self.right));
        let is_witness = |value: &Value| left.accepts(value) && right.refuses(value);
        let Some(small) = &self.small else { return Some(given).filter(is_witness) };
        let known = small.borrow().get(witness).cloned();
        if let Some(known) = known.filter(|known| is_written(known) && is_witness(known)) {
            return Some(known);
        }
        let made = Value::from(&confirmed(witness, left, right)?);
        let made = if is_written(&made) { made } else { given };
        small.borrow_mut().insert(witness.clone(), made.clone());
        Some(made)
    }
}
