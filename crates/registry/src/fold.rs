//! The fold: one record after the other into the view. Deterministic: no clock, no randomness, no
//! rule. Records carry decisions, and the fold stores them.

use crate::record::{
    Adopted, Destroyed, LeaseTaken, PublishedHead, Renamed, RunEnded, RunStarted, Settled, StepEnded, StepResolved,
    StepStarted, Unchanged, UsesIgnored, UsesSet, kind,
};
use crate::trouble::Trouble;
use crate::uses::UseRecord;
use crate::wire::Outcome;
use crate::{contract_rules, rename};
use rusqlite::{Connection, OptionalExtension};
use seam_log::Record;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::HashMap;

/// The rows of instances that were named, by address, and of a former address the row that it leads to; of
/// one change of the view, because what is taken back takes rows with it.
pub(crate) type Ids = RefCell<HashMap<String, (i64, Option<i64>)>>;

/// Takes one more record in.
pub(crate) fn fold(view: &Connection, ids: &Ids, sequence: u64, time_us: i64, record: &Record) -> Result<(), Trouble> {
    let at = At { view, ids, sequence, time_us, key: &record.key, body: &record.body };
    match record.kind.as_str() {
        kind::RUN_STARTED => at.run_started(&at.read()?),
        kind::RUN_ENDED => at.run_ended(&at.read()?),
        kind::LEASE_TAKEN => at.lease_taken(&at.read()?),
        kind::STEP_STARTED => at.step_started(&at.read()?),
        kind::STEP_ENDED => at.step_ended(&at.read()?),
        kind::STEP_RESOLVED => at.step_resolved(&at.read()?),
        kind::PUBLISHED => at.published(&at.read()?),
        kind::UNCHANGED => at.unchanged(&at.read()?),
        kind::ADOPTED => at.adopted(&at.read()?),
        // What came of it stands in the record of the adoption beside it.
        kind::TOOL_CHANGED => Ok(()),
        kind::STATE_CHANGED => at.state_changed(),
        kind::DESTROYED => at.destroyed(&at.read()?),
        kind::USES_SET => at.uses_set(&at.read()?),
        kind::USES_IGNORED => at.uses_ignored(&at.read()?),
        kind::RESOURCES_SET => at.resources_set(),
        kind::RENAMED => at.renamed(&at.read()?),
        kind::CONTRACT_REGISTERED => {
            contract_rules::fold_registered(view, (sequence, time_us), at.key, (&at.read()?, at.body))
        }
        kind::DEPLOYED => contract_rules::fold_deployed(view, (at.instance(at.key)?, at.key), time_us, at.read()?),
        kind::WITHDRAWN => contract_rules::fold_withdrawn(view, at.instance(at.key)?, &at.read()?),
        kind::BREAK_APPROVED => contract_rules::fold_approved(view, time_us, at.key, (&at.read()?, at.body)),
        kind::USES_OBSERVED => contract_rules::fold_observed(view, at.meant(at.key)?, sequence, at.body),
        other if record.critical => Err(Trouble::Newer(format!("record {sequence} is of kind {other}"))),
        _ => Ok(()),
    }
}

/// One record and where it goes.
struct At<'a> {
    view: &'a Connection,
    ids: &'a Ids,
    sequence: u64,
    time_us: i64,
    key: &'a str,
    body: &'a [u8],
}

impl At<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        let malformed = |error| Trouble::Malformed(format!("record {}: {error}", self.sequence));
        serde_json::from_slice(self.body).map_err(malformed)
    }

    fn run_started(&self, body: &RunStarted) -> Result<(), Trouble> {
        let sql = "INSERT INTO run (run, started_us, start) VALUES (?1, ?2, ?3)";
        self.view.prepare_cached(sql)?.execute((body.run, self.time_us, self.body))?;
        Ok(())
    }

    fn run_ended(&self, body: &RunEnded) -> Result<(), Trouble> {
        let sql = "UPDATE run SET ended_us = ?2, ending = ?3 WHERE run = ?1";
        self.view.prepare_cached(sql)?.execute((body.run, self.time_us, self.body))?;
        let sql = "UPDATE instance SET lease_run = NULL, lease_us = NULL WHERE lease_run = ?1";
        self.view.prepare_cached(sql)?.execute([body.run])?;
        Ok(())
    }

    fn lease_taken(&self, body: &LeaseTaken) -> Result<(), Trouble> {
        for address in &body.instances {
            let (instance, _) = self.row(address)?;
            let sql = "UPDATE instance SET lease_run = ?2, lease_us = ?3 WHERE id = ?1";
            self.view.prepare_cached(sql)?.execute((instance, body.run, self.time_us))?;
        }
        Ok(())
    }

    fn step_started(&self, body: &StepStarted) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        let sql =
            "INSERT INTO step (sequence, run, instance, folder, started_us, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let row = (self.sequence, body.run, instance, &body.folder, self.time_us, self.body);
        self.view.prepare_cached(sql)?.execute(row)?;
        if !body.uses.is_empty() {
            self.view.prepare_cached("UPDATE instance SET step_uses = 1 WHERE id = ?1")?.execute([instance])?;
        }
        self.uses(instance, self.sequence, &body.uses)
    }

    fn step_ended(&self, body: &StepEnded) -> Result<(), Trouble> {
        self.step_over(body.run, &body.folder, body.outcome)
    }

    fn step_resolved(&self, body: &StepResolved) -> Result<(), Trouble> {
        let outcome = if body.applied { Outcome::Applied } else { Outcome::NotApplied };
        self.step_over(body.run, &body.folder, outcome)
    }

    fn step_over(&self, run: u64, folder: &str, outcome: Outcome) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        if matches!(outcome, Outcome::NotStarted | Outcome::NotApplied) {
            let sql = "DELETE FROM used WHERE consumer = ?2 AND step IN (SELECT sequence FROM step
                       WHERE run = ?1 AND instance = ?2 AND folder = ?3)";
            self.view.prepare_cached(sql)?.execute((run, instance, folder))?;
        }
        let sql = "UPDATE step SET ended_us = coalesce(ended_us, ?4), outcome = ?5
                   WHERE run = ?1 AND instance = ?2 AND folder = ?3";
        let row = (run, instance, folder, self.time_us, serde_json::to_string(&outcome)?);
        self.view.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    fn published(&self, body: &PublishedHead) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        let sql = "INSERT INTO publication (sequence, instance, revision, time_us, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = (self.sequence, instance, body.revision, self.time_us, self.body);
        self.view.prepare_cached(sql)?.execute(row)?;
        let sql = "UPDATE instance SET revision = ?2, destroyed = 0, settled = ?3, tags = ?4 WHERE id = ?1";
        let row = (instance, body.revision, self.sequence, serde_json::to_string(&body.tags)?);
        self.view.prepare_cached(sql)?.execute(row)?;
        if body.step.is_some() {
            // Seam deploys it from now on.
            let sql = "UPDATE instance SET deployed = NULL WHERE id = ?1 AND deployed IS NOT NULL";
            self.view.prepare_cached(sql)?.execute([instance])?;
        }
        self.no_uses_of_steps(instance)?;
        body.step.as_ref().map_or(Ok(()), |step| self.succeeded(instance, step))
    }

    fn unchanged(&self, body: &Unchanged) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        let sql = "UPDATE instance SET settled = ?2, tags = ?3 WHERE id = ?1";
        self.view.prepare_cached(sql)?.execute((instance, self.sequence, serde_json::to_string(&body.tags)?))?;
        self.no_uses_of_steps(instance)?;
        self.succeeded(instance, &body.step)
    }

    /// A step that nobody knows the end of stays open: a state that was moved says nothing of it.
    fn adopted(&self, body: &Adopted) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        let sql = "UPDATE instance SET tags = ?2 WHERE id = ?1";
        self.view.prepare_cached(sql)?.execute((instance, serde_json::to_string(&body.tags)?))?;
        self.succeeded(instance, &body.step)
    }

    fn succeeded(&self, instance: i64, step: &Settled) -> Result<(), Trouble> {
        let inputs = match &step.inputs {
            Some(inputs) => Some(serde_json::to_string(inputs)?),
            None => self.inputs_of_step(instance, step.run)?,
        };
        let sql = "UPDATE instance SET success = ?2, success_run = ?3, success_us = ?4, inputs = ?5,
                   took_ms = coalesce(?6, took_ms), state_changed = NULL WHERE id = ?1";
        let success = serde_json::to_string(&step.success)?;
        let row = (instance, success, step.run, self.time_us, inputs, step.success.took_ms);
        self.view.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// What the run's last step on the instance was started with.
    fn inputs_of_step(&self, instance: i64, run: u64) -> Result<Option<String>, Trouble> {
        let sql = "SELECT body FROM step WHERE run = ?1 AND instance = ?2 ORDER BY sequence DESC LIMIT 1";
        let body = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let Some(body) = self.view.prepare_cached(sql)?.query_row((run, instance), body).optional()? else {
            return Ok(None);
        };
        let step: StepStarted = serde_json::from_slice(&body)?;
        Ok(Some(serde_json::to_string(&step.inputs)?))
    }

    fn state_changed(&self) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        let sql = "UPDATE instance SET state_changed = ?2 WHERE id = ?1";
        self.view.prepare_cached(sql)?.execute((instance, self.body))?;
        Ok(())
    }

    fn destroyed(&self, body: &Destroyed) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        let sql = "INSERT OR IGNORE INTO destroy (instance, revision, time_us, run)
                   SELECT id, revision, ?2, ?3 FROM instance WHERE id = ?1";
        self.view.prepare_cached(sql)?.execute((instance, self.time_us, body.run))?;
        let sql = "UPDATE instance SET destroyed = 1, settled = ?2, tags = '[]', success = NULL, success_run = NULL,
                   success_us = NULL, inputs = NULL, resources = NULL, state_changed = NULL, deployed = NULL
                   WHERE id = ?1";
        self.view.prepare_cached(sql)?.execute((instance, self.sequence))?;
        self.view.prepare_cached("DELETE FROM used WHERE consumer = ?1")?.execute([instance])?;
        Ok(())
    }

    fn uses_set(&self, body: &UsesSet) -> Result<(), Trouble> {
        let consumer = self.instance(self.key)?;
        self.view.prepare_cached("DELETE FROM used WHERE consumer = ?1 AND step = 0")?.execute([consumer])?;
        self.uses(consumer, 0, &body.uses)
    }

    fn uses_ignored(&self, body: &UsesIgnored) -> Result<(), Trouble> {
        let provider = self.instance(self.key)?;
        for one in &body.ignored {
            let consumer = self.meant(&one.consumer)?;
            let sql = "DELETE FROM used WHERE provider = ?1 AND consumer = ?2";
            self.view.prepare_cached(sql)?.execute((provider, consumer))?;
        }
        Ok(())
    }

    fn resources_set(&self) -> Result<(), Trouble> {
        let instance = self.instance(self.key)?;
        let sql = "UPDATE instance SET resources = ?2 WHERE id = ?1";
        self.view.prepare_cached(sql)?.execute((instance, self.body))?;
        Ok(())
    }

    fn renamed(&self, body: &Renamed) -> Result<(), Trouble> {
        let (old, (new, _)) = (self.instance(&body.from)?, self.row(self.key)?);
        self.ids.borrow_mut().clear();
        rename::fold(self.view, (self.sequence, self.time_us), self.key, body, (old, new))
    }

    /// Adds uses: of a step that is not settled, or, as those of step 0, of the last success.
    fn uses(&self, consumer: i64, step: u64, uses: &[UseRecord]) -> Result<(), Trouble> {
        for one in uses {
            let provider = self.meant(&one.provider.to_string())?;
            let sql = "INSERT OR IGNORE INTO used (consumer, step, provider, body) VALUES (?1, ?2, ?3, ?4)";
            self.view.prepare_cached(sql)?.execute((consumer, step, provider, serde_json::to_string(one)?))?;
        }
        Ok(())
    }

    /// The steps are settled: from now on the uses of the success are what counts. Most steps have none,
    /// and the row of the instance says so.
    fn no_uses_of_steps(&self, consumer: i64) -> Result<(), Trouble> {
        let sql = "UPDATE instance SET step_uses = 0 WHERE id = ?1 AND step_uses = 1";
        if self.view.prepare_cached(sql)?.execute([consumer])? > 0 {
            self.view.prepare_cached("DELETE FROM used WHERE consumer = ?1 AND step > 0")?.execute([consumer])?;
        }
        Ok(())
    }

    /// The row of the instance that something happens to: an address that led to another one is its own
    /// from now on.
    fn instance(&self, address: &str) -> Result<i64, Trouble> {
        let (id, now) = self.row(address)?;
        if now.is_some() {
            self.view.prepare_cached("UPDATE instance SET now = NULL WHERE id = ?1")?.execute([id])?;
            self.ids.borrow_mut().insert(address.to_owned(), (id, None));
        }
        Ok(id)
    }

    /// The row of the instance that somebody means who names it: it may have another address by now.
    fn meant(&self, address: &str) -> Result<i64, Trouble> {
        let (id, now) = self.row(address)?;
        Ok(now.unwrap_or(id))
    }

    /// The row of an address and the one that it leads to, made where it is the first time that anybody
    /// names it.
    fn row(&self, address: &str) -> Result<(i64, Option<i64>), Trouble> {
        if let Some(row) = self.ids.borrow().get(address) {
            return Ok(*row);
        }
        let mut select = self.view.prepare_cached("SELECT id, now FROM instance WHERE address = ?1")?;
        let row = match select.query_row([address], |row| Ok((row.get(0)?, row.get(1)?))).optional()? {
            Some(row) => row,
            None => (self.new_row(address)?, None),
        };
        self.ids.borrow_mut().insert(address.to_owned(), row);
        Ok(row)
    }

    fn new_row(&self, address: &str) -> Result<i64, Trouble> {
        let (system, stack, environment) = rename::parts(address)?;
        let sql = "INSERT INTO instance (address, system, stack, environment) VALUES (?1, ?2, ?3, ?4) RETURNING id";
        let row = (address, system, stack, environment);
        Ok(self.view.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
    }
}
