//! Contracts on record: each version of a stack's once, which of them are live where others deploy,
//! who answers for a break, and what was seen to be called.

use crate::contract_records::{BreakApproved, ContractRegistered, Deployed, Live, UsesObserved, Withdrawn};
use crate::decide::{Decision, No, Rules, at_most};
use crate::record::{Draft, kind};
use crate::trouble::Trouble;
use crate::uses::UseRecord;
use crate::{
    Approval, ContractVersion, Covered, Deployment, LiveVersion, Observation, Refusal, RegisteredContract, Reply, Use,
    rename, rows, store, uses,
};
use rusqlite::{Connection, OptionalExtension};
use seam_log::{BLOB_BYTES_MAX, Log};
use seam_model::{Address, Name};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The most observations of one instance that are answered: the latest.
const OBSERVATIONS_MAX: usize = 1_000;

/// The digest by which a contract's document is known: SHA-256 of its JSON with sorted keys, in hex.
pub fn contract_digest(document: &Json) -> String {
    let digest = Sha256::digest(document.to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Registers a contract. One that is on record is left as it is; a version has one content for ever.
pub(crate) fn register(rules: &Rules<'_>, contract: &ContractVersion) -> Decision {
    let ContractVersion { system, stack, version, document, actor } = contract;
    let digest = contract_digest(document);
    let bytes = document.to_string().len();
    at_most(BLOB_BYTES_MAX, bytes, || format!("the contract of {system}/{stack}"))?;
    if let Some(version) = version
        && let Some(known) = digest_of(rules.view, (system, stack), version)?
        && known != digest
    {
        let (stack, version) = (format!("{system}/{stack}"), version.clone());
        return Err(Refusal::VersionTaken { stack, version }.into());
    }
    if is_registered(rules.view, (system, stack), &digest)? {
        return Ok((Vec::new(), Reply::Done));
    }
    let document = store::put(rules.turn, document.clone())?;
    let body = ContractRegistered { version: version.clone(), digest, actor: actor.clone(), document };
    Ok((vec![Draft::of_stack(system, stack, kind::CONTRACT_REGISTERED, &body)?], Reply::Done))
}

/// Somebody else deployed a version; its contract is on record, or is registered with it.
pub(crate) fn deploy(rules: &Rules<'_>, deployment: &Deployment, with: Option<&ContractVersion>) -> Decision {
    let Deployment { address, version, beside, uses, assumed, actor, host } = deployment;
    let instance = rules.not_run(address)?;
    let is_its = |one: &&ContractVersion| {
        (&one.system, &one.stack, one.version.as_ref()) == (&address.system, &address.stack, Some(version))
    };
    let along = with.filter(is_its).map(|one| contract_digest(&one.document));
    let known = digest_of(rules.view, (&address.system, &address.stack), version)?;
    let Some(contract) = known.or(along) else {
        let (stack, version) = (format!("{}/{}", address.system, address.stack), version.clone());
        return Err(Refusal::NoSuchVersion { stack, version }.into());
    };
    let mut all = uses.clone();
    if let Some(instance) = instance.as_ref().filter(|_| *beside) {
        let live = live(rules.view, instance.id)?;
        match live.is_empty() {
            true => all.extend(rows::uses(rules.view, instance.id)?),
            false => all.extend(uses_beside(live, version)),
        }
    }
    let body = Deployed {
        version: version.clone(),
        contract,
        beside: *beside,
        actor: actor.clone(),
        host: host.clone(),
        uses: uses.iter().map(Into::into).collect(),
        assumed: *assumed,
    };
    let mut records = vec![Draft::of(address, kind::DEPLOYED, &body)?];
    records.extend(uses::set(rules.view, address, instance.as_ref(), &all)?);
    Ok((records, Reply::Done))
}

/// A version that others deployed is there no more.
pub(crate) fn withdraw(rules: &Rules<'_>, address: &Address, version: &str, (actor, host): (&str, &str)) -> Decision {
    let instance = rules.not_run(address)?;
    let live = instance.as_ref().map(|found| live(rules.view, found.id)).transpose()?.unwrap_or_default();
    if !live.iter().any(|live| live.version == version) {
        let (address, version) = (address.clone(), version.to_owned());
        return Err(Refusal::NotDeployed { address, version }.into());
    }
    let body = Withdrawn { version: version.to_owned(), actor: actor.to_owned(), host: host.to_owned() };
    let mut records = vec![Draft::of(address, kind::WITHDRAWN, &body)?];
    let left: Vec<Use> = uses_beside(live, version).collect();
    records.extend(uses::set(rules.view, address, instance.as_ref(), &left)?);
    Ok((records, Reply::Done))
}

/// What the other versions use that are live.
fn uses_beside(live: Vec<LiveVersion>, version: &str) -> impl Iterator<Item = Use> {
    live.into_iter().filter(move |live| live.version != version).flat_map(|live| live.uses)
}

/// Somebody answers for a break.
pub(crate) fn approve(approval: &Approval) -> Decision {
    let Approval { fingerprint, environment, until, why, consumers, actor, .. } = approval.clone();
    let mut environments: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Covered { environment, consumer } in consumers.iter().flatten() {
        let all = environment.iter().map(Name::to_string);
        environments.entry(consumer.clone()).or_default().extend(all);
    }
    // One that is covered in all of them has none here.
    let is_anywhere =
        |who: &String| consumers.iter().flatten().any(|one| one.consumer == *who && one.environment.is_none());
    environments.retain(|consumer, _| !is_anywhere(consumer));
    let consumers = consumers.as_ref().map(|covered| covered.iter().map(|one| one.consumer.clone()).collect());
    let environment = environment.map(|name| name.to_string());
    let body = BreakApproved { environment, until, why, consumers, environments, actor };
    Ok((vec![Draft::of_break(&fingerprint, &body)?], Reply::Done))
}

/// What was seen to be called of an instance. The same source twice is recorded once.
pub(crate) fn observe(rules: &Rules<'_>, address: &Address, observation: &Observation) -> Decision {
    let source = &observation.source;
    let instance = rows::instance(rules.view, address)?;
    if let Some(instance) = instance
        && observations(rules.view, instance.id)?.iter().any(|known| known.source == *source)
    {
        return Ok((Vec::new(), Reply::Done));
    }
    let body = UsesObserved::from(observation.clone());
    Ok((vec![Draft::of(address, kind::USES_OBSERVED, &body)?], Reply::Done))
}

/// Folds a registration.
pub(crate) fn fold_registered(
    view: &Connection,
    (sequence, time_us): (u64, i64),
    key: &str,
    (head, body): (&ContractRegistered, &[u8]),
) -> Result<(), Trouble> {
    let (system, stack) =
        key.split_once('/').ok_or_else(|| Trouble::Malformed(format!("{key} is the name of no stack")))?;
    let sql = "INSERT OR IGNORE INTO contract (system, stack, digest, version, sequence, time_us, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let row = (system, stack, &head.digest, &head.version, sequence, time_us, body);
    view.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Folds what others deployed: beside what is live, or in its place. What the version uses stays on record
/// when another one takes its place.
pub(crate) fn fold_deployed(
    view: &Connection,
    (instance, address): (i64, &str),
    time_us: i64,
    body: Deployed,
) -> Result<(), Trouble> {
    if !body.assumed {
        let (system, stack, environment) = rename::parts(address)?;
        let sql = "UPDATE contract SET uses = ?4 WHERE system = ?1 AND stack = ?2 AND digest = ?3";
        let uses = serde_json::to_string(&(environment, &body.uses))?;
        view.prepare_cached(sql)?.execute((system, stack, &body.contract, uses))?;
    }
    let mut versions = if body.beside { live(view, instance)? } else { Vec::new() };
    versions.retain(|live| live.version != body.version);
    let Deployed { version, contract, actor, uses, .. } = body;
    let uses = uses.into_iter().map(Into::into).collect();
    versions.push(LiveVersion { version, contract, since_us: time_us, actor, uses });
    set_live(view, instance, &versions)
}

/// Folds that a version is there no more.
pub(crate) fn fold_withdrawn(view: &Connection, instance: i64, body: &Withdrawn) -> Result<(), Trouble> {
    let mut versions = live(view, instance)?;
    versions.retain(|live| live.version != body.version);
    set_live(view, instance, &versions)
}

/// Folds an approval; the last one of a fingerprint and an environment counts.
pub(crate) fn fold_approved(
    view: &Connection,
    time_us: i64,
    key: &str,
    (head, body): (&BreakApproved, &[u8]),
) -> Result<(), Trouble> {
    let fingerprint = key.strip_prefix("break/").unwrap_or(key);
    let sql = "INSERT OR REPLACE INTO approval (fingerprint, environment, time_us, body) VALUES (?1, ?2, ?3, ?4)";
    let row = (fingerprint, head.environment.as_deref().unwrap_or_default(), time_us, body);
    view.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Folds what was seen.
pub(crate) fn fold_observed(view: &Connection, instance: i64, sequence: u64, body: &[u8]) -> Result<(), Trouble> {
    let sql = "INSERT INTO observed (instance, sequence, body) VALUES (?1, ?2, ?3)";
    view.prepare_cached(sql)?.execute((instance, sequence, body))?;
    Ok(())
}

/// The versions that others deployed and that are still there, in order of their deploys.
pub(crate) fn live(view: &Connection, instance: i64) -> Result<Vec<LiveVersion>, Trouble> {
    let mut statement = view.prepare_cached("SELECT deployed FROM instance WHERE id = ?1")?;
    let json: Option<String> = statement.query_row([instance], |row| row.get(0))?;
    let versions: Vec<Live> = json.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default();
    Ok(versions.into_iter().map(Into::into).collect())
}

fn set_live(view: &Connection, instance: i64, versions: &[LiveVersion]) -> Result<(), Trouble> {
    let wire: Vec<Live> = versions.iter().cloned().map(Into::into).collect();
    let json = (!versions.is_empty()).then(|| serde_json::to_string(&wire)).transpose()?;
    view.prepare_cached("UPDATE instance SET deployed = ?2 WHERE id = ?1")?.execute((instance, json))?;
    Ok(())
}

/// The contracts of a stack, the last one registered first, without their documents.
pub(crate) fn of_stack(view: &Connection, system: &Name, stack: &Name) -> Result<Vec<RegisteredContract>, Trouble> {
    let sql = "SELECT digest, version, time_us, body, uses FROM contract WHERE system = ?1 AND stack = ?2
               ORDER BY sequence DESC";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query((system.as_str(), stack.as_str()))?;
    let mut contracts = Vec::new();
    while let Some(row) = rows.next()? {
        let body: ContractRegistered = serde_json::from_slice(&row.get::<_, Vec<u8>>(3)?)?;
        let (digest, version, time_us) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let uses: Option<(String, Vec<UseRecord>)> =
            row.get::<_, Option<String>>(4)?.map(|json| serde_json::from_str(&json)).transpose()?;
        let uses = match uses {
            Some((environment, uses)) => Some((name(&environment)?, uses.into_iter().map(Into::into).collect())),
            None => None,
        };
        contracts.push(RegisteredContract { digest, version, time_us, actor: body.actor, uses });
    }
    Ok(contracts)
}

/// The document of a contract.
pub(crate) fn document(
    view: &Connection,
    log: Option<&Log>,
    (system, stack): (&Name, &Name),
    digest: &str,
) -> Result<Option<Json>, Trouble> {
    let sql = "SELECT body FROM contract WHERE system = ?1 AND stack = ?2 AND digest = ?3";
    let mut statement = view.prepare_cached(sql)?;
    let asked = (system.as_str(), stack.as_str(), digest);
    let found: Option<Vec<u8>> = statement.query_row(asked, |row| row.get(0)).optional()?;
    let Some(body) = found else { return Ok(None) };
    let body: ContractRegistered = serde_json::from_slice(&body)?;
    Ok(Some(store::get(log, body.document)?))
}

/// The approvals of these fingerprints, as far as there are any; those for every environment first.
pub(crate) fn approvals(view: &Connection, fingerprints: &[String]) -> Result<Vec<Approval>, Trouble> {
    let sql = "SELECT time_us, body FROM approval WHERE fingerprint = ?1 ORDER BY environment";
    let mut statement = view.prepare_cached(sql)?;
    let mut approvals = Vec::new();
    for fingerprint in fingerprints {
        let mut rows = statement.query([fingerprint])?;
        while let Some(row) = rows.next()? {
            let body: BreakApproved = serde_json::from_slice(&row.get::<_, Vec<u8>>(1)?)?;
            approvals.push(approval(fingerprint, row.get(0)?, body)?);
        }
    }
    Ok(approvals)
}

fn approval(fingerprint: &str, time_us: i64, body: BreakApproved) -> Result<Approval, Trouble> {
    let BreakApproved { environment, until, why, consumers, environments, actor } = body;
    let mut covered = BTreeSet::new();
    for consumer in consumers.iter().flatten() {
        let one = |environment| Covered { environment, consumer: consumer.clone() };
        match environments.get(consumer) {
            None => covered.extend([one(None)]),
            Some(all) => {
                for environment in all {
                    covered.insert(one(Some(name(environment)?)));
                }
            }
        }
    }
    let environment = environment.as_deref().map(name).transpose()?;
    let (fingerprint, consumers) = (fingerprint.to_owned(), consumers.map(|_| covered));
    Ok(Approval { fingerprint, environment, until, why, consumers, actor, time_us })
}

/// What was seen to be called of the instance, the latest last.
pub(crate) fn observations(view: &Connection, instance: i64) -> Result<Vec<Observation>, Trouble> {
    let sql = "SELECT body FROM observed WHERE instance = ?1 ORDER BY sequence DESC LIMIT ?2";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query((instance, OBSERVATIONS_MAX))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let body: UsesObserved = serde_json::from_slice(&row.get::<_, Vec<u8>>(0)?)?;
        found.push(body.into());
    }
    found.reverse();
    Ok(found)
}

/// The instances of a stack that are live: published, or deployed by others.
pub(crate) fn live_instances(view: &Connection, system: &Name, stack: &Name) -> Result<Vec<Address>, Trouble> {
    let sql = "SELECT address FROM instance WHERE system = ?1 AND stack = ?2 AND address IS NOT NULL AND now IS NULL
               AND ((revision > 0 AND NOT destroyed) OR deployed IS NOT NULL) ORDER BY environment";
    let mut statement = view.prepare_cached(sql)?;
    let found = statement.query_map((system.as_str(), stack.as_str()), |row| row.get::<_, String>(0))?;
    found.map(|text| rows::address(&text?)).collect()
}

fn name(text: &str) -> Result<Name, Trouble> {
    Name::new(text).map_err(|error| Trouble::Garbled(error.to_string()))
}

fn digest_of(view: &Connection, (system, stack): (&Name, &Name), version: &str) -> Result<Option<String>, No> {
    let sql = "SELECT digest FROM contract WHERE system = ?1 AND stack = ?2 AND version = ?3";
    let mut statement = view.prepare_cached(sql)?;
    Ok(statement.query_row((system.as_str(), stack.as_str(), version), |row| row.get(0)).optional()?)
}

fn is_registered(view: &Connection, (system, stack): (&Name, &Name), digest: &str) -> Result<bool, No> {
    let sql = "SELECT 1 FROM contract WHERE system = ?1 AND stack = ?2 AND digest = ?3";
    let mut statement = view.prepare_cached(sql)?;
    Ok(statement.query_row((system.as_str(), stack.as_str(), digest), |_| Ok(())).optional()?.is_some())
}
