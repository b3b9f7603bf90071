//! A [`Court`]: asks the validator about the witnesses of a pass. Most passes have none, so its
//! judges are made when the first one comes.

use crate::json::Json;
use crate::schema::Documents;
use crate::witness::{Judge, JudgeError, Seat, confirmed};
use serde_json::Value;

/// Document and pointer.
pub(super) type Place<'p> = (&'p str, &'p str);

/// What is asked about witnesses.
pub(super) struct Court<'p> {
    /// What may come, what is held to.
    pub(super) sides: [(&'p Documents, &'p [Place<'p>]); 2],
    /// What may come as written, where that is not the same: a closed schema can admit what the one
    /// as written refuses.
    pub(super) written: Option<(&'p Documents, &'p [Place<'p>])>,
    pub(super) judges: Option<Result<Judges, JudgeError>>,
}

pub(super) struct Judges {
    left: Judge,
    right: Judge,
    written: Option<Judge>,
}

impl Court<'_> {
    /// A small value that the left side of a comparison accepts and the right one refuses, where
    /// the given one is one.
    pub(super) fn confirm(&mut self, comparison: usize, witness: &Json) -> Option<Value> {
        let [left, right] = self.sides;
        let written = self.written;
        let new = |(documents, places): (&Documents, &[Place<'_>])| Judge::new(documents, places.iter().copied());
        let judges = self.judges.get_or_insert_with(|| {
            Ok(Judges { left: new(left)?, right: new(right)?, written: written.map(new).transpose()? })
        });
        let judges = judges.as_ref().ok()?;
        let seat = |judge| Seat { judge, place: comparison };
        let is_written = |value: &Value| judges.written.as_ref().is_none_or(|judge| judge.accepts(comparison, value));
        let given = Value::from(witness);
        if !is_written(&given) {
            return None;
        }
        let small = Value::from(&confirmed(witness, seat(&judges.left), seat(&judges.right))?);
        Some(if is_written(&small) { small } else { given })
    }

    /// Why there are no judges, where there should be.
    pub(super) fn error(self) -> Option<JudgeError> {
        self.judges.and_then(Result::err)
    }
}
