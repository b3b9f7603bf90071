//! A [`Court`]: asks the validator about the witnesses of some comparisons. What they do not lead to
//! it never sees: of a large document that is nearly all.

use super::pass::Case;
use crate::explain::Sides;
use crate::json::Json;
use crate::witness::{Judge, JudgeError, Seat, confirmed};
use serde_json::Value;

/// The judges of some comparisons, by their places in the list.
pub(super) struct Court {
    left: Judge,
    right: Judge,
    /// What may come as written, where that is not the same: a closed schema can admit what the one
    /// as written refuses.
    written: Option<Judge>,
}

impl Court {
    /// The court of these comparisons.
    pub(super) fn new(sides: &mut Sides<'_>, cases: &[Case<'_>], closed: bool) -> Result<Self, JudgeError> {
        let lefts: Vec<_> = cases.iter().map(|case| case.left).collect();
        let rights: Vec<_> = cases.iter().map(|case| case.right).collect();
        let judge = |side: &mut crate::explain::Side<'_>, places: &[(&str, &str)], closed| {
            Judge::new(&side.excerpt(places, closed), places.iter().copied())
        };
        Ok(Self {
            left: judge(&mut sides.left, &lefts, closed)?,
            right: judge(&mut sides.right, &rights, false)?,
            written: closed.then(|| judge(&mut sides.left, &lefts, false)).transpose()?,
        })
    }

    /// A small value that the left side of a comparison accepts and the right one refuses, where
    /// the given one is one.
    pub(super) fn confirm(&self, comparison: usize, witness: &Json) -> Option<Value> {
        let seat = |judge| Seat { judge, place: comparison };
        let is_written = |value: &Value| self.written.as_ref().is_none_or(|judge| judge.accepts(comparison, value));
        let given = Value::from(witness);
        if !is_written(&given) {
            return None;
        }
        let small = Value::from(&confirmed(witness, seat(&self.left), seat(&self.right))?);
        Some(if is_written(&small) { small } else { given })
    }
}
