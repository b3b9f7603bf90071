//! Uses on their way into records: of a step from its start on, and of a success.

use crate::decide::No;
use crate::record::{Draft, UsesSet, kind};
use crate::rows::{self, Instance};
use crate::{RecordedInput, StepStart, Use, wire};
use rusqlite::Connection;
use seam_model::{Address, Verb};
use std::collections::BTreeSet;

/// What an apply builds on from its start, whether it succeeds or not.
pub(crate) fn of(step: &StepStart) -> Vec<wire::Use> {
    let consumes = |input: &&RecordedInput| step.verb == Verb::Apply && input.pattern.is_recorded_use();
    let inputs = step.inputs.values().filter(consumes);
    let from: BTreeSet<_> = inputs.flat_map(|input| input.from.iter().map(|from| (from, input.pattern))).collect();
    from.into_iter().map(|(from, pattern)| wire::Use { provider: from.into(), pattern, range: None }).collect()
}

/// The record that replaces the uses, where they are others than before.
pub(crate) fn set(
    view: &Connection,
    address: &Address,
    instance: Option<&Instance>,
    uses: &[Use],
) -> Result<Option<Draft>, No> {
    let mut after = uses.to_vec();
    after.sort();
    after.dedup();
    let before = match instance {
        Some(instance) => rows::uses(view, instance.id)?,
        None => Vec::new(),
    };
    if before == after {
        return Ok(None);
    }
    let uses = after.iter().map(Into::into).collect();
    Ok(Some(Draft::of(address, kind::USES_SET, &UsesSet { uses })?))
}
