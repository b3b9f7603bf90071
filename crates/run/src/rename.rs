//! Renames of stacks (`formerly:`): under which address an instance is on record, and where its state is.
//! Plans look there; the first run that holds the instance and has its yes records the rename and moves a
//! local state.

use crate::Session;
use crate::driver::is_held;
use crate::failure::RunFailure;
use crate::inputs::Known;
use crate::run_folder::private_folders;
use crate::status::left_behind;
use crate::steps::is_deployed;
use seam_model::{Address, Finding, Name, Place, RunEvent, Tool, codes};
use seam_registry::{Command, Former, InstanceState, Lease, RegistryError};
use seam_tools::terraform::StatePlace;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, rename};
use std::io;
use std::path::{Path, PathBuf};

/// What the workspace and the registry say together of an instance that was renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rename {
    /// It is on record under this address, and no run recorded the rename yet.
    Due(Address),
    /// It is deployed, and so is this address, which its stack says it had.
    Both(Address),
    /// It has this address by now, and this workspace is older than that.
    Outdated(Address),
}

/// What is on record of instances, and the renames among them that are not settled.
pub struct OnRecord {
    /// By the address that was asked for.
    pub states: BTreeMap<Address, InstanceState>,
    /// By address.
    pub renames: BTreeMap<Address, Rename>,
}

/// What is recorded of each instance. Of one whose rename is due it is what is on record under its former
/// address, told as it will be once the rename is recorded.
pub fn on_record(session: &Session, addresses: BTreeSet<Address>) -> Result<OnRecord, RegistryError> {
    let former = addresses.iter().flat_map(|address| former_addresses(session, address));
    let asked: BTreeSet<Address> = addresses.iter().cloned().chain(former).collect();
    let states = session.registry.instances(asked.into_iter().collect())?;
    let found: BTreeMap<Address, InstanceState> =
        states.into_iter().map(|state| (state.address.clone(), state)).collect();
    let (mut states, mut renames) = (BTreeMap::new(), BTreeMap::new());
    for address in addresses {
        let is_there = |address: &Address| found[address].now.is_none() && is_deployed(&found[address]);
        let former = former_addresses(session, &address).into_iter().find(is_there);
        let state = &found[&address];
        let state = match (former, &state.now) {
            (Some(old), _) if is_there(&address) => {
                renames.insert(address.clone(), Rename::Both(old));
                state.clone()
            }
            (Some(old), _) => {
                let state = as_renamed(session, &found[&old], &address);
                renames.insert(address.clone(), Rename::Due(old));
                state
            }
            // A new stack took over the name that another one had.
            (None, Some(now)) if is_here(session, now) && is_here(session, &address) => {
                InstanceState::nothing(address.clone())
            }
            (None, Some(now)) if is_here(session, &address) => {
                renames.insert(address.clone(), Rename::Outdated(now.clone()));
                state.clone()
            }
            (None, _) => state.clone(),
        };
        states.insert(address, state);
    }
    Ok(OnRecord { states, renames })
}

/// The address under which an instance is on record.
pub fn recorded_address(session: &Session, address: &Address) -> Result<Address, RegistryError> {
    Ok(match on_record(session, [address.clone()].into())?.renames.remove(address) {
        Some(Rename::Due(old)) => old,
        _ => address.clone(),
    })
}

/// What an instance is called in this workspace: as it says, or as the stack that had the name before.
pub fn name_of_now(session: &Session, address: &Address) -> Option<Address> {
    if is_here(session, address) {
        return Some(address.clone());
    }
    session.graph.instances().iter().find(|now| former_addresses(session, now).contains(address)).cloned()
}

/// The former addresses under which instances of this workspace are on record, each with the one of now.
pub fn due(session: &Session) -> Result<BTreeMap<Address, Address>, RegistryError> {
    let renamed = |address: &&Address| !former_addresses(session, address).is_empty();
    let instances: BTreeSet<Address> = session.graph.instances().iter().filter(renamed).cloned().collect();
    if instances.is_empty() {
        return Ok(BTreeMap::new());
    }
    let due = on_record(session, instances)?.renames.into_iter().filter_map(|(address, rename)| match rename {
        Rename::Due(old) => Some((old, address)),
        Rename::Both(_) | Rename::Outdated(_) => None,
    });
    Ok(due.collect())
}

/// Renames that cannot be (S0415), and instances that this workspace is too old for (S0414). `run` is the
/// one that asks, where it holds the instances.
pub fn refused(session: &Session, run: Option<u64>, instances: &BTreeSet<Address>, known: &Known) -> Vec<Finding> {
    let is_at_work = |lease: &Lease| Some(lease.run) != run && is_held(session, lease);
    let renames = instances.iter().filter_map(|address| Some((address, known.renames.get(address)?)));
    let findings = renames.filter_map(|(address, rename)| {
        let stack = session.instance(address).0;
        Some(match rename {
            Rename::Due(old) => {
                let state = &known.recorded[address];
                // Whoever is at it is named before.
                let open = state.open_step.as_ref().filter(|_| !state.lease.as_ref().is_some_and(is_at_work))?;
                let (verb, run) = (open.verb.as_str(), open.run);
                let message = format!("the {verb} of {old} in run {run} led to nothing recorded, so it keeps its name");
                Finding::error(codes::NOT_RENAMED, message)
                    .at(former_place(session, address, old))
                    .help(format!("write `name: {}` once more, apply or destroy it, then rename it", old.stack))
            }
            Rename::Both(old) => {
                let message = format!("{address} is deployed, and so is {old}, which it is said to have been");
                Finding::error(codes::NOT_RENAMED, message)
                    .at(former_place(session, address, old))
                    .help(format!("they are two: remove `formerly`, and give {} a stack of its own", old.stack))
            }
            Rename::Outdated(now) => {
                Finding::error(codes::RENAMED, format!("{address} is {now} by now, and this workspace is older"))
                    .at(&stack.place)
                    .help(format!(
                        "take the change that renamed it (`git pull`), or rename it back: `formerly: {}`",
                        now.stack
                    ))
            }
        })
    });
    findings.collect()
}

/// The states under the addresses that they are on record with: whoever is at one is there by that name.
pub fn under_recorded_addresses(instances: &BTreeSet<Address>, known: &Known) -> Vec<InstanceState> {
    let under = |address: &Address| {
        let state = known.recorded[address].clone();
        match known.renames.get(address) {
            Some(Rename::Due(old)) => InstanceState { address: old.clone(), ..state },
            _ => state,
        }
    };
    instances.iter().map(under).collect()
}

/// Records the renames that are due and moves local states to where they belong, also one that an earlier
/// run left between the two. The run holds both addresses of each. The instances that were renamed, or
/// whose state was moved.
pub fn carry_out(
    session: &Session,
    run: u64,
    instances: &BTreeSet<Address>,
    known: &Known,
    report: &mut dyn FnMut(RunEvent),
) -> Result<BTreeSet<Address>, RunFailure> {
    let (mut renames, mut moved) = (Vec::new(), BTreeSet::new());
    for address in instances {
        if let Some(Rename::Due(old)) = known.renames.get(address) {
            let success = known.recorded[address].success.as_ref();
            let place = success.and_then(|success| success.state.as_ref()).map(|state| state.place.clone());
            let (address, from, home) = (address.clone(), old.clone(), session.caller.home.clone());
            renames.push(Command::Rename { run, address, from, home, place });
        }
    }
    for reply in session.registry.submit(renames.clone())? {
        reply?;
    }
    for rename in renames {
        if let Command::Rename { address, from, .. } = rename {
            let text = format!("was {from} until now: renamed");
            report(RunEvent::Diagnostic { address: Some(address.clone()), error: false, text });
            moved.insert(address);
        }
    }
    for address in instances {
        if move_state(session, &known.recorded[address])? {
            moved.insert(address.clone());
        }
    }
    Ok(moved)
}

/// Says which instances of other workspaces are read by a former address.
pub fn say_former(session: &Session, instances: &BTreeSet<Address>, known: &Known, tell: &mut dyn FnMut(RunEvent)) {
    for link in instances.iter().flat_map(|address| session.graph.links_of(address)) {
        if let Some(now) = known.recorded.get(&link.provider).and_then(|state| state.now.as_ref()) {
            let text = format!("reads {}, which is {now} by now: write the new name", link.provider);
            tell(RunEvent::Diagnostic { address: Some(link.consumer.clone()), error: false, text });
        }
    }
}

/// Says what is deployed in the environment and has no stack here: where one was renamed and says so no
/// more, an apply would make everything a second time.
pub fn say_left_behind(
    session: &Session,
    environment: &Name,
    tell: &mut dyn FnMut(RunEvent),
) -> Result<(), RunFailure> {
    for address in left_behind(session)?.into_iter().filter(|address| address.environment == *environment) {
        let stack = &address.stack;
        let way = match session.workspace.stacks.contains_key(stack) {
            true => format!("put {environment} back into `environments` of {stack}, destroy it there, then remove it"),
            false => format!("was {stack} renamed? then `formerly: {stack}` belongs into its stack.yaml"),
        };
        let text = format!("{address} is deployed, and no stack here is it any more: {way}");
        tell(RunEvent::Diagnostic { address: None, error: false, text });
    }
    Ok(())
}

/// Where the state of an instance is: where its stack says, or the file under a former name, until it is
/// moved. Refused (S0317) where it lies in a backend at the place of a former name.
pub fn state_place(session: &Session, prior: &InstanceState) -> Result<StatePlace, Box<Finding>> {
    let address = &prior.address;
    let own = place_as(session, address, &address.stack)?;
    for former in &prior.formerly {
        let name = &former.address.stack;
        // The state at the place of a name that is another stack's by now is that one's.
        if session.workspace.stacks.contains_key(name) {
            continue;
        }
        let there = place_as(session, address, name)?;
        match (&own, &there) {
            (StatePlace::Local { path, name }, StatePlace::Local { path: old, .. })
                if !path.exists() && old.exists() =>
            {
                return Ok(StatePlace::Local { path: old.clone(), name: name.clone() });
            }
            (StatePlace::Backend { .. }, _) if there != own && is_recorded_at(prior, former, &there) => {
                return Err(at_former_name(session, address, (&own, &there)));
            }
            _ => {}
        }
    }
    Ok(own)
}

/// The text that says in a key where the state is: under the first name that the instance had, so that a
/// rename alone changes no key.
pub fn key_of_place(session: &Session, prior: &InstanceState, place: &StatePlace) -> Result<String, Box<Finding>> {
    match prior.formerly.last() {
        Some(first) => Ok(place_as(session, &prior.address, &first.address.stack)?.identity()),
        None => Ok(place.identity()),
    }
}

/// The name that the instance had at its last success, where that was another one. Nothing of what was
/// destroyed since is there under any name.
pub fn renamed_from(prior: &InstanceState) -> Option<&Name> {
    let since = prior.success.as_ref()?.time_us;
    prior.formerly.iter().rev().find(|former| former.until_us > since).map(|former| &former.address.stack)
}

fn is_here(session: &Session, address: &Address) -> bool {
    session.graph.instances().binary_search(address).is_ok()
}

/// What an instance of this workspace may be on record as, the latest name first.
fn former_addresses(session: &Session, address: &Address) -> Vec<Address> {
    if !is_here(session, address) {
        return Vec::new();
    }
    let formerly = session.instance(address).0.formerly.iter();
    formerly.map(|(name, _)| Address { stack: name.clone(), ..address.clone() }).collect()
}

fn former_place<'s>(session: &'s Session, address: &Address, old: &Address) -> &'s Place {
    let stack = session.instance(address).0;
    stack.formerly.iter().find(|(name, _)| *name == old.stack).map_or(&stack.place, |(_, place)| place)
}

/// What the registry would say once the rename is recorded.
fn as_renamed(session: &Session, old: &InstanceState, address: &Address) -> InstanceState {
    let mut state = InstanceState { address: address.clone(), ..old.clone() };
    state.formerly.insert(0, Former { address: old.address.clone(), until_us: (session.caller.clock)() });
    if let Some(publication) = &mut state.publication {
        publication.address = address.clone();
    }
    let recorded = state.success.as_mut().and_then(|success| success.state.as_mut());
    let places = [&address.stack, &old.address.stack].map(|name| place_as(session, address, name).ok());
    // A file goes along; what lies in a backend only an import moves.
    if let (Some(recorded), [Some(own @ StatePlace::Local { .. }), Some(there)]) = (recorded, places)
        && recorded.place == there.identity()
    {
        recorded.place = own.identity();
    }
    state
}

/// Where the state of an instance would be, were its stack called `name`.
fn place_as(session: &Session, address: &Address, name: &Name) -> Result<StatePlace, Box<Finding>> {
    let (stack, environment) = session.instance(address);
    StatePlace::under(name, &session.workspace, stack, environment, &session.places.states())
}

fn is_recorded_at(prior: &InstanceState, former: &Former, place: &StatePlace) -> bool {
    prior.success.as_ref().is_some_and(|success| match &success.state {
        Some(state) => state.place == place.identity(),
        None => former.until_us > success.time_us,
    })
}

fn at_former_name(session: &Session, address: &Address, (own, there): (&StatePlace, &StatePlace)) -> Box<Finding> {
    let message =
        format!("the state of {address} lies at {}, and its name puts it at {} now", there.words(), own.words());
    let import = format!("move it: seam import {} -e {}", address.stack, address.environment);
    Box::new(Finding::error(codes::STATE_AT_FORMER_NAME, message).at(&session.instance(address).0.place).help(import))
}

/// Was it anywhere else?
fn move_state(session: &Session, prior: &InstanceState) -> Result<bool, RunFailure> {
    let has_state = matches!(session.instance(&prior.address).0.tool, Tool::Terraform | Tool::OpenTofu);
    if prior.formerly.is_empty() || !has_state {
        return Ok(false);
    }
    let places = (place_as(session, &prior.address, &prior.address.stack), state_place(session, prior));
    let (Ok(StatePlace::Local { path: to, .. }), Ok(StatePlace::Local { path: from, .. })) = places else {
        return Ok(false);
    };
    if from == to {
        return Ok(false);
    }
    let failed = |error: io::Error| {
        let message = format!("cannot move the state {} to {}: {error}", from.display(), to.display());
        Finding::error(codes::UNREADABLE, message).help("mend that; the next apply moves it")
    };
    move_file(&from, &to).map_err(failed)?;
    Ok(true)
}

/// The backup goes first: whoever comes after a crash looks for the state itself.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(to);
    private_folders(folder)?;
    let backup = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".backup");
        PathBuf::from(name)
    };
    if backup(from).exists() && !backup(to).exists() {
        rename(backup(from), backup(to))?;
    }
    rename(from, to)?;
    File::open(folder)?.sync_all()
}
