//! Who drives a run. Locks decide who is alive; on one host no clock is needed.

use crate::Session;
use crate::due::age;
use crate::failure::RunFailure;
use crate::run_folder::LOCK;
use seam_model::{Address, Finding, codes};
use seam_process::{Identity, Lock};
use seam_registry::{InstanceState, Lease, RunRecord, RunStart};
use std::path::{Path, PathBuf};

/// Who drives a run, as the registry knows it.
#[derive(Clone, Copy, Debug)]
pub struct Driver<'a> {
    run: u64,
    host: &'a str,
    process: &'a str,
    runs_folder: &'a str,
}

impl<'a> From<&'a RunRecord> for Driver<'a> {
    fn from(record: &'a RunRecord) -> Self {
        let RunStart { host, process, runs_folder, .. } = &record.start;
        Self { run: record.run, host, process, runs_folder }
    }
}

impl<'a> From<&'a Lease> for Driver<'a> {
    fn from(lease: &'a Lease) -> Self {
        Self { run: lease.run, host: &lease.host, process: &lease.process, runs_folder: &lease.runs_folder }
    }
}

/// Does somebody drive the run? Its lock says so where it can be seen from here; a run of another host
/// counts as driven, and so does one that has its number, and not its lock yet, while its very process lives.
pub fn is_driven<'a>(session: &Session, driver: impl Into<Driver<'a>>) -> bool {
    let Driver { run, host, process, runs_folder } = driver.into();
    let lock = folder_of_run(session, run, runs_folder).join(LOCK);
    let is_alive = || process.parse().is_ok_and(|process: Identity| process.is_alive());
    let begins = || host == session.caller.host && !lock.exists() && is_alive();
    !is_seen(session, host, runs_folder) || !Lock::is_free(&lock).unwrap_or(true) || begins()
}

/// Can the locks of a run be seen from here? The same folder is on this host, whatever it is called now.
fn is_seen(session: &Session, host: &str, runs_folder: &str) -> bool {
    host == session.caller.host || Path::new(runs_folder) == session.places.runs()
}

/// The folder of a run that had its folders in `runs_folder`. A workspace that was moved took it along:
/// no other run of the registry has its number.
pub fn folder_of_run(session: &Session, run: u64, runs_folder: &str) -> PathBuf {
    let (runs, here) = (Path::new(runs_folder), session.places.runs().join(run.to_string()));
    let there = runs.join(run.to_string());
    if there.exists() || runs.exists() && !here.exists() { there } else { here }
}

/// Does the run that holds the lease go on?
pub fn is_held(session: &Session, lease: &Lease) -> bool {
    is_driven(session, lease)
}

/// Refuses (S0501) while another run is at one of these instances: who, and since when.
pub fn none_held(session: &Session, states: &[&InstanceState]) -> Result<(), RunFailure> {
    let held = states.iter().filter_map(|state| Some((state, state.lease.as_ref()?)));
    let mut findings = held
        .filter(|(_, lease)| is_held(session, lease))
        .map(|(state, lease)| held_by(session, &state.address, lease))
        .peekable();
    if findings.peek().is_none() { Ok(()) } else { Err(findings.collect::<Vec<_>>().into()) }
}

/// Somebody else is at it.
pub fn held_by(session: &Session, address: &Address, lease: &Lease) -> Finding {
    let holder = holder(lease, (session.caller.clock)());
    Finding::error(codes::LOCKED, format!("{address} is held by {holder}"))
        .help(format!("wait until it ends: `seam runs show {}`", lease.run))
}

/// Who holds an instance, in words.
pub fn holder(lease: &Lease, now_us: i64) -> String {
    let since = age(now_us - lease.since_us);
    format!("run {} ({} on {}, process {}), taken {since}", lease.run, lease.actor, lease.host, lease.pid)
}
