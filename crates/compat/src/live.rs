//! What is live: the contracts of an instance that consumers meet in its environment now.

use crate::{CompatError, ContractDocument, Scene};
use seam_model::{Address, Name, Workspace};
use seam_registry::{Handle, InstanceState, RegisteredContract, RegistryError};
use std::sync::Arc;

/// A contract that is live at an instance.
#[derive(Clone, Debug)]
pub struct Live {
    /// The instance, as it is on record.
    pub address: Address,
    /// The contract's version, where it says one.
    pub version: Option<String>,
    /// The contract's digest; `None` where it was inferred of published outputs.
    pub digest: Option<String>,
    /// The contract.
    pub document: Arc<ContractDocument>,
}

/// What is live at an instance: each version that others deployed, and the contract of the last publication
/// where it is later than they are. Nothing where nothing is published there.
pub fn live_at(scene: &Scene, address: &Address) -> Result<Vec<Live>, CompatError> {
    let at = |stack: Name| Address { stack, ..address.clone() };
    let asked = names(scene, &address.system, &address.stack).into_iter().map(at).collect();
    // Before the apply that renames it a stack is on record under its former name.
    let is_live = |state: &InstanceState| state.publication.is_some() || !state.deployed.is_empty();
    let Some(state) = scene.registry.instances(asked)?.into_iter().find(is_live) else { return Ok(Vec::new()) };
    if state.deployed.is_empty() {
        return Ok(published(scene, state)?.into_iter().collect());
    }
    let mut live = Vec::new();
    for version in &state.deployed {
        if let Some(document) = registered(scene, &state.address, &version.contract)? {
            let (version, digest) = (Some(version.version.clone()), Some(version.contract.clone()));
            live.push(Live { address: state.address.clone(), version, digest, document: Arc::new(document) });
        }
    }
    let since = state.deployed.iter().map(|version| version.since_us).max();
    let is_later = state.publication.as_ref().is_some_and(|last| Some(last.time_us) > since);
    let last = if is_later { published(scene, state)? } else { None };
    live.extend(last.filter(|last| last.digest.is_some() && live.iter().all(|live| live.digest != last.digest)));
    Ok(live)
}

fn published(scene: &Scene, state: InstanceState) -> Result<Option<Live>, CompatError> {
    let Some(publication) = state.publication else { return Ok(None) };
    let (version, digest) = (publication.provenance.contract, publication.provenance.contract_digest);
    let known = match &digest {
        Some(digest) => registered(scene, &state.address, digest)?,
        None => None,
    };
    let (digest, document) = match known {
        Some(document) => (digest, document),
        None => (None, ContractDocument::inferred(&publication.outputs)?),
    };
    Ok(Some(Live { address: state.address, version, digest, document: Arc::new(document) }))
}

/// A contract on record, under the name that the stack has or had.
fn registered(scene: &Scene, address: &Address, digest: &str) -> Result<Option<ContractDocument>, CompatError> {
    for name in names(scene, &address.system, &address.stack) {
        if let Some(json) = scene.registry.contract(address.system.clone(), name, digest.to_owned())? {
            return Ok(Some(ContractDocument::of_json(json)?));
        }
    }
    Ok(None)
}

/// The names under which a stack may be on record, its own first, the oldest last.
pub fn names(scene: &Scene, system: &Name, stack: &Name) -> Vec<Name> {
    names_in(scene.workspace, system, stack)
}

fn names_in(workspace: &Workspace, system: &Name, stack: &Name) -> Vec<Name> {
    let declared = workspace.stacks.get(stack).filter(|_| *system == workspace.system);
    let former = declared.into_iter().flat_map(|stack| stack.formerly.iter().map(|(name, _)| name.clone()));
    std::iter::once(stack.clone()).chain(former).collect()
}

/// The contracts of a stack that are on record under any of its names, each with the name that it is under:
/// those of its own name first, of each name the last one registered.
pub fn contracts_of(
    (registry, workspace): (&Handle, &Workspace),
    (system, stack): (&Name, &Name),
) -> Result<Vec<(Name, RegisteredContract)>, RegistryError> {
    let mut all: Vec<(Name, RegisteredContract)> = Vec::new();
    for name in names_in(workspace, system, stack) {
        let known = registry.contracts(system.clone(), name.clone())?.into_iter();
        let known = known.filter(|one| all.iter().all(|(_, other)| other.digest != one.digest));
        let known: Vec<_> = known.map(|one| (name.clone(), one)).collect();
        all.extend(known);
    }
    Ok(all)
}
