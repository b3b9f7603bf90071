//! How a [`Query`] is answered: from one state of the view.

use crate::contract_rules;
use crate::keys::Keys;
use crate::record::{Published, ResourcesSet, RunStarted, StateChanged, StepStarted};
use crate::rows::{self, Instance};
use crate::store::{self, Opener};
use crate::trouble::Trouble;
use crate::{
    Answer, Ending, Entry, InstanceState, LastSuccess, OpenStep, Point, Provenance, Publication, Query, RunRecord,
    RunStart, StateChange, StepRecord, User, wire,
};
use rusqlite::{Connection, OptionalExtension};
use seam_log::Log;
use seam_model::{Address, Name, Resource};
use std::time::Duration;

/// How much of a history is answered at once; outputs may have megabytes.
const HISTORY_PAGE: usize = 100;

/// One state of the view, and what opens the values in it.
pub(crate) struct Questions<'a> {
    pub view: &'a Connection,
    pub log: Option<&'a Log>,
    pub keys: &'a mut Keys,
}

impl Questions<'_> {
    pub(crate) fn answer(&mut self, query: &Query) -> Result<Answer, Trouble> {
        Ok(match query {
            Query::Instances(addresses) => {
                Answer::Instances(addresses.iter().map(|address| self.instance(address)).collect::<Result<_, _>>()?)
            }
            Query::Revision { address, revision } => Answer::Revision(self.revision(address, *revision)?),
            Query::History { address, after } => Answer::History(self.history(address, *after)?),
            Query::EnvironmentsOf { system, stack } => Answer::Environments(self.environments_of(system, stack)?),
            Query::Tagged { system, environment, tag } => Answer::Addresses(self.tagged(system, environment, tag)?),
            Query::Published => Answer::Addresses(self.published()?),
            Query::Users(providers) => Answer::Users(self.users(providers)?),
            Query::Runs(limit) => Answer::Runs(self.runs(*limit)?),
            Query::UnfinishedRuns => Answer::Runs(self.unfinished_runs()?),
            Query::Run(run) => Answer::Run(self.run(*run)?),
            Query::Resources(addresses) => {
                Answer::Resources(addresses.iter().map(|address| self.resources(address)).collect::<Result<_, _>>()?)
            }
            Query::Contracts { system, stack } => {
                Answer::Contracts(contract_rules::of_stack(self.view, system, stack)?)
            }
            Query::Contract { system, stack, digest } => {
                Answer::Contract(contract_rules::document(self.view, self.log, (system, stack), digest)?)
            }
            Query::Live { system, stack } => {
                Answer::Addresses(contract_rules::live_instances(self.view, system, stack)?)
            }
            Query::Approvals(fingerprints) => Answer::Approvals(contract_rules::approvals(self.view, fingerprints)?),
            Query::Observed(address) => Answer::Observed(match rows::meant(self.view, address)? {
                Some((found, _)) => contract_rules::observations(self.view, found.id)?,
                None => Vec::new(),
            }),
            Query::Durations(addresses) => Answer::Durations(self.durations(addresses)?),
        })
    }

    fn instance(&mut self, asked: &Address) -> Result<InstanceState, Trouble> {
        let mut state = InstanceState::nothing(asked.clone());
        let Some((found, now)) = rows::meant(self.view, asked)? else { return Ok(state) };
        state.formerly = rows::formerly(self.view, found.id)?;
        let formerly = state.formerly.iter().map(|former| &former.address);
        let names: Vec<Address> = [now.as_ref().unwrap_or(asked)].into_iter().chain(formerly).cloned().collect();
        state.now = now;
        state.revisions = found.revision;
        state.destroyed = found.destroyed;
        if !found.destroyed {
            state.publication = self.publication(&names, found.id, found.revision)?;
        }
        state.uses = rows::uses(self.view, found.id)?;
        state.deployed = contract_rules::live(self.view, found.id)?;
        state.lease = rows::lease(self.view, &found)?;
        state.open_step = self.open_step(&names, &found)?;
        let changed =
            |changed: &StateChanged| StateChange { run: changed.run, state: changed.state.clone().map(Into::into) };
        state.state_changed = found.state_changed.as_ref().map(changed);
        state.success = self.success(&names, found)?;
        Ok(state)
    }

    fn revision(&mut self, address: &Address, revision: u64) -> Result<Option<Publication>, Trouble> {
        match self.named(address)? {
            Some((found, names)) => self.publication(&names, found.id, revision),
            None => Ok(None),
        }
    }

    fn history(&mut self, address: &Address, after: Point) -> Result<Vec<Entry>, Trouble> {
        let Some((found, names)) = self.named(address)? else { return Ok(Vec::new()) };
        let sql = "SELECT revision, destroyed, time_us, run FROM (
                       SELECT revision, 0 AS destroyed, time_us, 0 AS run FROM publication WHERE instance = ?1
                       UNION ALL SELECT revision, 1, time_us, run FROM destroy WHERE instance = ?1)
                   WHERE (revision, destroyed) > (?2, ?3) ORDER BY revision, destroyed LIMIT ?4";
        let view = self.view;
        let mut statement = view.prepare_cached(sql)?;
        let mut rows = statement.query((found.id, after.revision, after.destroyed, HISTORY_PAGE))?;
        let mut history = Vec::new();
        while let Some(row) = rows.next()? {
            let revision = row.get(0)?;
            history.push(match (row.get(1)?, self.publication(&names, found.id, revision)?) {
                (false, Some(publication)) => Entry::Published(Box::new(publication)),
                _ => Entry::Destroyed { revision, time_us: row.get(2)?, run: row.get(3)? },
            });
        }
        Ok(history)
    }

    fn environments_of(&self, system: &Name, stack: &Name) -> Result<Vec<Name>, Trouble> {
        let sql = "SELECT asked.environment FROM instance AS asked
                   JOIN instance AS there ON there.id = coalesce(asked.now, asked.id)
                   WHERE asked.system = ?1 AND asked.stack = ?2 AND asked.address IS NOT NULL
                   AND there.revision > 0 AND NOT there.destroyed ORDER BY asked.environment";
        let mut statement = self.view.prepare_cached(sql)?;
        let names = statement.query_map((system.as_str(), stack.as_str()), |row| row.get::<_, String>(0))?;
        names.map(|name| Name::new(&name?).map_err(|error| Trouble::Garbled(error.to_string()))).collect()
    }

    fn tagged(&self, system: &Name, environment: &Name, tag: &Name) -> Result<Vec<Address>, Trouble> {
        let sql = "SELECT address FROM instance WHERE system = ?1 AND environment = ?2 AND revision > 0
                   AND NOT destroyed AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?3)";
        let mut statement = self.view.prepare_cached(sql)?;
        let asked = (system.as_str(), environment.as_str(), tag.as_str());
        let found = statement.query_map(asked, |row| row.get::<_, String>(0))?;
        let mut found: Vec<_> = found.map(|text| rows::address(&text?)).collect::<Result<_, _>>()?;
        found.sort();
        Ok(found)
    }

    fn published(&self) -> Result<Vec<Address>, Trouble> {
        let sql = "SELECT address FROM instance WHERE revision > 0 AND NOT destroyed";
        let mut statement = self.view.prepare_cached(sql)?;
        let found = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut found: Vec<_> = found.map(|text| rows::address(&text?)).collect::<Result<_, _>>()?;
        found.sort();
        Ok(found)
    }

    fn users(&self, providers: &[Address]) -> Result<Vec<User>, Trouble> {
        let mut users = Vec::new();
        for provider in providers {
            if let Some(found) = rows::instance(self.view, provider)? {
                users.extend(rows::users(self.view, found.id)?);
            }
        }
        users.sort();
        users.dedup();
        Ok(users)
    }

    fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, Trouble> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.select_runs(&format!("SELECT {} FROM run ORDER BY run DESC LIMIT {limit}", rows::RUN_COLUMNS))
    }

    fn unfinished_runs(&self) -> Result<Vec<RunRecord>, Trouble> {
        self.select_runs(&format!("SELECT {} FROM run WHERE ended_us IS NULL ORDER BY run", rows::RUN_COLUMNS))
    }

    fn run(&self, run: u64) -> Result<Option<(RunRecord, Vec<StepRecord>)>, Trouble> {
        let Some(found) = rows::run(self.view, run)? else { return Ok(None) };
        // The address that the instance had then: its folder is called so.
        let sql = "SELECT coalesce((SELECT former.address FROM former WHERE former.instance = step.instance
                       AND former.sequence > step.sequence ORDER BY former.sequence LIMIT 1), instance.address),
                   step.started_us, step.body, step.ended_us, step.outcome
                   FROM step JOIN instance ON instance.id = step.instance WHERE run = ?1 ORDER BY sequence";
        let mut statement = self.view.prepare_cached(sql)?;
        let mut rows = statement.query([run])?;
        let mut steps = Vec::new();
        while let Some(row) = rows.next()? {
            let body: StepStarted = serde_json::from_slice(&row.get::<_, Vec<u8>>(2)?)?;
            let (ended_us, outcome) = (row.get::<_, Option<i64>>(3)?, outcome(row.get(4)?)?);
            steps.push(StepRecord {
                address: rows::address(&row.get::<_, String>(0)?)?,
                folder: body.folder,
                verb: body.verb,
                started_us: row.get(1)?,
                ended: ended_us.zip(outcome),
            });
        }
        Ok(Some((self.run_record(found)?, steps)))
    }

    fn durations(&self, addresses: &[Address]) -> Result<Vec<Option<Duration>>, Trouble> {
        let took = |address| {
            let found = rows::instance(self.view, address)?;
            Ok(found.and_then(|found| found.took_ms).map(Duration::from_millis))
        };
        addresses.iter().map(took).collect()
    }

    fn resources(&self, address: &Address) -> Result<Option<Vec<Resource>>, Trouble> {
        let Some((found, _)) = rows::meant(self.view, address)? else { return Ok(None) };
        let Some(body) = rows::resources(self.view, found.id)? else { return Ok(None) };
        let ResourcesSet { resources } = serde_json::from_slice(&body)?;
        Ok(Some(store::get(self.log, resources)?.into_iter().map(Into::into).collect()))
    }

    /// The instance that is meant by an address, with all addresses that it has and had.
    fn named(&self, asked: &Address) -> Result<Option<(Instance, Vec<Address>)>, Trouble> {
        let Some((found, now)) = rows::meant(self.view, asked)? else { return Ok(None) };
        let formerly = rows::formerly(self.view, found.id)?.into_iter().map(|former| former.address);
        let names = [now.unwrap_or_else(|| asked.clone())].into_iter().chain(formerly).collect();
        Ok(Some((found, names)))
    }

    fn publication(&mut self, names: &[Address], id: i64, revision: u64) -> Result<Option<Publication>, Trouble> {
        let sql = "SELECT time_us, body FROM publication WHERE instance = ?1 AND revision = ?2";
        let mut statement = self.view.prepare_cached(sql)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        let revision_asked = i64::try_from(revision).unwrap_or(i64::MAX);
        let Some((time_us, body)) = statement.query_row((id, revision_asked), row).optional()? else {
            return Ok(None);
        };
        let Published { step, actor, host, commit, dirty, contract, contract_digest, outputs, .. } =
            serde_json::from_slice(&body)?;
        Ok(Some(Publication {
            address: names[0].clone(),
            revision,
            run: step.map(|step| step.run),
            time_us,
            outputs: self.opener().outputs(names, revision, outputs)?,
            provenance: Provenance { actor, host, commit, dirty, contract, contract_digest },
        }))
    }

    fn success(&mut self, names: &[Address], found: Instance) -> Result<Option<LastSuccess>, Trouble> {
        let (Some(success), Some(run), Some(time_us)) = (found.success, found.success_run, found.success_us) else {
            return Ok(None);
        };
        let inputs = match found.inputs {
            Some(json) => self.opener().inputs(names, run, serde_json::from_str(&json)?)?,
            None => std::collections::BTreeMap::new(),
        };
        let backend = match success.backend {
            Some(backend) => self.opener().backend(names, run, backend)?,
            None => None,
        };
        Ok(Some(LastSuccess {
            run,
            backend,
            time_us,
            key: success.key,
            state: success.state.map(Into::into),
            tool: success.tool,
            tool_version: success.tool_version,
            home: success.home,
            inputs,
            took: found.took_ms.map(Duration::from_millis),
        }))
    }

    fn open_step(&mut self, names: &[Address], found: &Instance) -> Result<Option<OpenStep>, Trouble> {
        let Some(open) = rows::open_step(self.view, found)? else { return Ok(None) };
        let body = open.start;
        Ok(Some(OpenStep {
            run: body.run,
            inputs: self.opener().inputs(names, body.run, body.inputs)?,
            folder: body.folder,
            verb: body.verb,
            supervisor: body.supervisor,
            key: body.key,
            state_before: body.state_before.map(Into::into),
            started_us: open.started_us,
            outcome: outcome(open.outcome)?,
        }))
    }

    fn select_runs(&self, sql: &str) -> Result<Vec<RunRecord>, Trouble> {
        let mut statement = self.view.prepare(sql)?;
        let mut found = statement.query([])?;
        let mut runs = Vec::new();
        while let Some(row) = found.next()? {
            runs.push(self.run_record(rows::run_from(row)?)?);
        }
        Ok(runs)
    }

    fn run_record(&self, found: rows::Run) -> Result<RunRecord, Trouble> {
        let RunStarted { verb, environment, actor, host, pid, process, runs_folder, selection, instances, .. } =
            found.start;
        let instances = store::get(self.log, instances)?;
        let instances = instances.iter().map(|text| rows::address(text)).collect::<Result<_, _>>()?;
        let ending = found.ending.map(|(time_us, end)| Ending { time_us, result: end.result, counts: end.counts });
        let start =
            RunStart { verb, environment, actor, host, pid, process, runs_folder, selection, instances, at_least: 0 };
        Ok(RunRecord { run: found.number, start, started_us: found.started_us, ending })
    }

    fn opener(&mut self) -> Opener<'_> {
        Opener { log: self.log, keys: self.keys }
    }
}

fn outcome(json: Option<String>) -> Result<Option<crate::Outcome>, Trouble> {
    let outcome: Option<wire::Outcome> = json.map(|json| serde_json::from_str(&json)).transpose()?;
    Ok(outcome.map(Into::into))
}
