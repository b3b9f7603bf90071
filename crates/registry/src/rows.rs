//! Rows of the view, as rules and questions need them.

use crate::record::{RunEnded, RunStarted, StateChanged, StepStarted};
use crate::trouble::Trouble;
use crate::uses::UseRecord;
use crate::{Former, Lease, User, wire};
use rusqlite::{Connection, OptionalExtension, Row};
use seam_model::{Address, Verb};

/// An instance that somebody named at least once.
pub(crate) struct Instance {
    pub id: i64,
    pub revision: u64,
    pub destroyed: bool,
    /// The record of the last publication, success or destroy.
    pub settled: u64,
    pub success: Option<wire::Success>,
    pub success_run: Option<u64>,
    pub success_us: Option<i64>,
    /// `Stored<Inputs>` as JSON.
    pub inputs: Option<String>,
    pub took_ms: Option<u64>,
    pub lease_run: Option<u64>,
    pub lease_us: Option<i64>,
    /// Since the last success.
    pub state_changed: Option<StateChanged>,
    /// The instance that had this address before, while nothing else was deployed here.
    pub now: Option<i64>,
}

pub(crate) struct Run {
    pub number: u64,
    pub started_us: i64,
    pub start: RunStarted,
    pub ending: Option<(i64, RunEnded)>,
}

pub(crate) const RUN_COLUMNS: &str = "run, started_us, start, ended_us, ending";

pub(crate) fn instance(view: &Connection, address: &Address) -> Result<Option<Instance>, Trouble> {
    let sql = "SELECT id, revision, destroyed, settled, success, success_run, success_us, inputs, took_ms,
               lease_run, lease_us, state_changed, now FROM instance WHERE address = ?1";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query([address.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let success: Option<String> = row.get(4)?;
    let state_changed: Option<Vec<u8>> = row.get(11)?;
    Ok(Some(Instance {
        id: row.get(0)?,
        revision: row.get(1)?,
        destroyed: row.get(2)?,
        settled: row.get(3)?,
        success: success.map(|json| serde_json::from_str(&json)).transpose()?,
        success_run: row.get(5)?,
        success_us: row.get(6)?,
        inputs: row.get(7)?,
        took_ms: row.get(8)?,
        lease_run: row.get(9)?,
        lease_us: row.get(10)?,
        state_changed: state_changed.map(|json| serde_json::from_slice(&json)).transpose()?,
        now: row.get(12)?,
    }))
}

/// The instance that is at the address or had it before; then with its address by now.
pub(crate) fn meant(view: &Connection, asked: &Address) -> Result<Option<(Instance, Option<Address>)>, Trouble> {
    let Some(found) = instance(view, asked)? else { return Ok(None) };
    let Some(id) = found.now else { return Ok(Some((found, None))) };
    let mut statement = view.prepare_cached("SELECT address FROM instance WHERE id = ?1")?;
    let now = address(&statement.query_row([id], |row| row.get::<_, String>(0))?)?;
    Ok(instance(view, &now)?.map(|found| (found, Some(now))))
}

/// The addresses that the instance had, the last one first.
pub(crate) fn formerly(view: &Connection, instance: i64) -> Result<Vec<Former>, Trouble> {
    let sql = "SELECT address, until_us FROM former WHERE instance = ?1 ORDER BY sequence DESC";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query([instance])?;
    let mut formerly = Vec::new();
    while let Some(row) = rows.next()? {
        formerly.push(Former { address: address(&row.get::<_, String>(0)?)?, until_us: row.get(1)? });
    }
    Ok(formerly)
}

/// Is or may there be anything of it?
pub(crate) fn is_deployed(view: &Connection, instance: &Instance) -> Result<bool, Trouble> {
    let is_published = instance.revision > 0 && !instance.destroyed;
    let is_known = is_published || instance.success.is_some() || instance.state_changed.is_some();
    Ok(is_known || open_step(view, instance)?.is_some())
}

pub(crate) fn run(view: &Connection, run: u64) -> Result<Option<Run>, Trouble> {
    let sql = format!("SELECT {RUN_COLUMNS} FROM run WHERE run = ?1");
    let mut statement = view.prepare_cached(&sql)?;
    let mut rows = statement.query([run])?;
    rows.next()?.map(run_from).transpose()
}

/// A row of [`RUN_COLUMNS`].
pub(crate) fn run_from(row: &Row<'_>) -> Result<Run, Trouble> {
    let (ended_us, ending): (Option<i64>, Option<Vec<u8>>) = (row.get(3)?, row.get(4)?);
    Ok(Run {
        number: row.get(0)?,
        started_us: row.get(1)?,
        start: serde_json::from_slice(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?,
        ending: match ended_us.zip(ending) {
            Some((time_us, json)) => Some((time_us, serde_json::from_slice(&json)?)),
            None => None,
        },
    })
}

/// The highest number of a run, 0 for none.
pub(crate) fn last_run(view: &Connection) -> Result<u64, Trouble> {
    Ok(view.prepare_cached("SELECT coalesce(max(run), 0) FROM run")?.query_row([], |row| row.get(0))?)
}

/// Who holds the instance.
pub(crate) fn lease(view: &Connection, instance: &Instance) -> Result<Option<Lease>, Trouble> {
    let Some((held_by, since_us)) = instance.lease_run.zip(instance.lease_us) else { return Ok(None) };
    let Some(run) = run(view, held_by)? else {
        return Err(Trouble::Garbled(format!("run {held_by} holds a lease and never started")));
    };
    let RunStarted { actor, host, pid, process, runs_folder, .. } = run.start;
    Ok(Some(Lease { run: held_by, since_us, actor, host, pid, process, runs_folder }))
}

/// The body of the record that says what lookups find of the instance.
pub(crate) fn resources(view: &Connection, instance: i64) -> Result<Option<Vec<u8>>, Trouble> {
    let mut statement = view.prepare_cached("SELECT resources FROM instance WHERE id = ?1")?;
    Ok(statement.query_row([instance], |row| row.get(0))?)
}

/// What the instance consumes since its last success, in order.
pub(crate) fn uses(view: &Connection, consumer: i64) -> Result<Vec<crate::Use>, Trouble> {
    let sql = "SELECT used.body, instance.address FROM used JOIN instance ON instance.id = used.provider
               WHERE used.consumer = ?1 AND used.step = 0";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query([consumer])?;
    let mut uses = Vec::new();
    while let Some(row) = rows.next()? {
        let mut one: UseRecord = serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        one.provider = address(&row.get::<_, String>(1)?)?;
        uses.push(one.into());
    }
    uses.sort();
    uses.dedup();
    Ok(uses)
}

/// Who consumes what of the instance, since a success or by an apply that is not settled, in order.
pub(crate) fn users(view: &Connection, provider: i64) -> Result<Vec<User>, Trouble> {
    let sql = "SELECT instance.address, used.body, there.address FROM used
               JOIN instance ON instance.id = used.consumer JOIN instance AS there ON there.id = used.provider
               WHERE used.provider = ?1";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query([provider])?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        let mut one: UseRecord = serde_json::from_str(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
        one.provider = address(&row.get::<_, String>(2)?)?;
        users.push(User { consumer: address(&row.get::<_, String>(0)?)?, uses: one.into() });
    }
    users.sort();
    users.dedup();
    Ok(users)
}

/// Is there such a step, and is its end not recorded?
pub(crate) fn is_step_open(view: &Connection, run: u64, instance: i64, folder: &str) -> Result<bool, Trouble> {
    let sql = "SELECT 1 FROM step WHERE run = ?1 AND instance = ?2 AND folder = ?3 AND ended_us IS NULL";
    let found = view.prepare_cached(sql)?.query_row((run, instance, folder), |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// A step that was started and led to no publication, success or destroy yet.
pub(crate) struct Open {
    pub started_us: i64,
    pub start: StepStarted,
    /// `wire::Outcome` as JSON.
    pub outcome: Option<String>,
}

/// The instance's last open step.
pub(crate) fn open_step(view: &Connection, instance: &Instance) -> Result<Option<Open>, Trouble> {
    let sql = "SELECT started_us, body, outcome FROM step WHERE instance = ?1 AND sequence > ?2
               AND outcome IS NOT '\"not_started\"' ORDER BY sequence DESC LIMIT 1";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query((instance.id, instance.settled))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let start = serde_json::from_slice(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
    Ok(Some(Open { started_us: row.get(0)?, start, outcome: row.get(2)? }))
}

/// Did the run begin to destroy the instance?
pub(crate) fn is_destroy_started(view: &Connection, run: u64, instance: i64) -> Result<bool, Trouble> {
    let sql = "SELECT body FROM step WHERE run = ?1 AND instance = ?2 AND outcome IS NOT '\"not_started\"'";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query((run, instance))?;
    while let Some(row) = rows.next()? {
        let start: StepStarted = serde_json::from_slice(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
        if start.verb == Verb::Destroy {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An address that a record says.
pub(crate) fn address(text: &str) -> Result<Address, Trouble> {
    text.parse().map_err(|error| Trouble::Garbled(format!("{error}")))
}
