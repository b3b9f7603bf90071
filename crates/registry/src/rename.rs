//! A rename: an instance has another address from now on, and the one that it had leads to it until
//! another instance is deployed there. Revisions, uses and values go with the instance.

use crate::decide::{Decision, Rules};
use crate::record::{Draft, Renamed, kind};
use crate::rows;
use crate::trouble::Trouble;
use crate::wire::Success;
use crate::{Refusal, Reply};
use rusqlite::Connection;
use seam_model::Address;

/// Decides that the instance at `from` is at `address` from now on. The run holds both.
pub(crate) fn decide(
    rules: &Rules<'_>,
    run: u64,
    address: &Address,
    (from, home): (&Address, &str),
    place: Option<&String>,
) -> Decision {
    let (new, old) = (rules.leased(address, run)?, rules.leased(from, run)?);
    if let Some(open) = rows::open_step(rules.view, &old)? {
        return Err(Refusal::StepOpen { address: from.clone(), run: open.start.run }.into());
    }
    if !rows::is_deployed(rules.view, &old)? {
        return Err(Refusal::NothingToRename { address: from.clone() }.into());
    }
    if let Some(recorded) = old.success.map(|success| success.home).filter(|recorded| recorded != home) {
        return Err(Refusal::OtherHome { address: from.clone(), recorded }.into());
    }
    if rows::is_deployed(rules.view, &new)? {
        return Err(Refusal::AddressTaken { address: address.clone() }.into());
    }
    let body = Renamed { run, from: from.to_string(), place: place.cloned() };
    Ok((vec![Draft::of(address, kind::RENAMED, &body)?], Reply::Done))
}

/// Gives the row `old` the address of the row `new`, which keeps what was destroyed there and has no
/// address any more; a row of its own leads from the former address to `old`.
pub(crate) fn fold(
    view: &Connection,
    (sequence, time_us): (u64, i64),
    address: &str,
    body: &Renamed,
    (old, new): (i64, i64),
) -> Result<(), Trouble> {
    let sql = "INSERT INTO former (instance, sequence, address, until_us) VALUES (?1, ?2, ?3, ?4)";
    view.prepare_cached(sql)?.execute((old, sequence, &body.from, time_us))?;
    view.prepare_cached(sql)?.execute((new, sequence, address, time_us))?;
    // Whoever named the new address before it was there means the instance that is there now.
    view.prepare_cached("UPDATE OR REPLACE used SET provider = ?1 WHERE provider = ?2")?.execute((old, new))?;
    let sql = "UPDATE instance SET (lease_run, lease_us) = (SELECT lease_run, lease_us FROM instance WHERE id = ?2)
               WHERE id = ?1";
    view.prepare_cached(sql)?.execute((old, new))?;
    view.prepare_cached("UPDATE instance SET now = NULL WHERE now = ?1")?.execute([new])?;
    let sql = "UPDATE instance SET address = NULL, now = NULL, lease_run = NULL, lease_us = NULL WHERE id = ?1";
    view.prepare_cached(sql)?.execute([new])?;
    let (system, stack, environment) = parts(address)?;
    let sql = "UPDATE instance SET address = ?2, system = ?3, stack = ?4, environment = ?5 WHERE id = ?1";
    view.prepare_cached(sql)?.execute((old, address, system, stack, environment))?;
    let (system, stack, environment) = parts(&body.from)?;
    let sql = "INSERT INTO instance (address, system, stack, environment, now) VALUES (?1, ?2, ?3, ?4, ?5)";
    view.prepare_cached(sql)?.execute((&body.from, system, stack, environment, old))?;
    contracts_go_along(view, &body.from, address)?;
    body.place.as_ref().map_or(Ok(()), |place| state_moved(view, old, place))
}

/// The contracts of the stack are on record under its new name too: other environments have the former one.
fn contracts_go_along(view: &Connection, from: &str, to: &str) -> Result<(), Trouble> {
    let (system, stack, _) = parts(to)?;
    let (before, former, _) = parts(from)?;
    let sql = "INSERT OR IGNORE INTO contract (system, stack, digest, version, sequence, time_us, body, uses)
               SELECT ?1, ?2, digest, version, sequence, time_us, body, uses FROM contract WHERE system = ?3 AND stack = ?4";
    view.prepare_cached(sql)?.execute((system, stack, before, former))?;
    Ok(())
}

/// The state of the last success is at another place.
fn state_moved(view: &Connection, instance: i64, place: &str) -> Result<(), Trouble> {
    let sql = "SELECT success FROM instance WHERE id = ?1";
    let found: Option<String> = view.prepare_cached(sql)?.query_row([instance], |row| row.get(0))?;
    let Some(success) = found else { return Ok(()) };
    let mut success: Success = serde_json::from_str(&success)?;
    if let Some(state) = &mut success.state {
        place.clone_into(&mut state.place);
    }
    let sql = "UPDATE instance SET success = ?2 WHERE id = ?1";
    view.prepare_cached(sql)?.execute((instance, serde_json::to_string(&success)?))?;
    Ok(())
}

/// System, stack and environment of an address that a record says.
pub(crate) fn parts(address: &str) -> Result<(&str, &str, &str), Trouble> {
    let mut parts = address.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(system), Some(stack), Some(environment)) => Ok((system, stack, environment)),
        _ => Err(Trouble::Malformed(format!("{address} is the address of no instance"))),
    }
}
