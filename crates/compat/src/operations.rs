//! Operations that are used, by their *route*: method and path. An id is what people call one, and the next
//! version of an API may call it otherwise.

use crate::declared::{Declared, declared_uses};
use crate::live::{Live, live_at, names};
use crate::promised::own;
use crate::{CompatError, ContractDocument, Scene};
use seam_model::{Address, Name, UsedOperation, UsedPart};
use seam_registry::Use;
use std::collections::{BTreeMap, BTreeSet};

/// A name is looked for in so many contracts on record, the latest: each has to be read whole.
const CONTRACTS_MAX: usize = 20;

/// Everything that is on record as used by an instance of the workspace once it is applied, operations with
/// their routes: as the contracts tell them that are live at the provider, else the one that the workspace
/// declares, else what is on record of its stack. Where none of them knows one, its name stays alone.
pub fn uses_to_record(scene: &Scene, consumer: &Address) -> Result<Vec<Declared>, CompatError> {
    let mut all = declared_uses(scene, consumer);
    for Declared { uses, .. } in &mut all {
        if let UsedPart::Api { .. } = uses.part {
            let live = match live_at(scene, &uses.provider) {
                // What cannot be read tells nothing.
                Err(CompatError::Contract(_)) => Vec::new(),
                live => live?,
            };
            let live: Vec<Live> = live.into_iter().chain(own(scene, &uses.provider)).collect();
            let known: Vec<_> = live.iter().map(|live| &*live.document).collect();
            *uses = meant(scene, consumer, uses.clone(), &known)?;
        }
    }
    Ok(all)
}

/// What a consumer of the workspace declares, with the routes of its operations: of the first contract that
/// knows the name, else of what is on record of the consumer's stack.
pub fn meant(
    scene: &Scene,
    consumer: &Address,
    uses: Use,
    contracts: &[&ContractDocument],
) -> Result<Use, CompatError> {
    let route_of = |name: &str| match contracts.iter().find_map(|contract| route_in(contract, name)) {
        Some(route) => Ok(Some(route)),
        None => on_record(scene, consumer, &uses.provider, name),
    };
    let part = with_routes(&uses.part, route_of)?;
    Ok(Use { part, ..uses })
}

/// The route of the operation that a contract knows by this name.
pub fn route_in(contract: &ContractDocument, name: &str) -> Option<String> {
    Some(contract.schemas().operations()?.named(name)?.route())
}

/// The same part, where each operation without a route has the one that `route_of` tells of its name.
pub fn with_routes<E>(part: &UsedPart, route_of: impl Fn(&str) -> Result<Option<String>, E>) -> Result<UsedPart, E> {
    let UsedPart::Api { operations, fields } = part else { return Ok(part.clone()) };
    let routed = operations.iter().map(|operation| {
        let UsedOperation { name, route } = operation.clone();
        let route = if route.is_some() { route } else { route_of(&name)? };
        Ok(UsedOperation { name, route })
    });
    Ok(UsedPart::Api { operations: routed.collect::<Result<_, E>>()?, fields: fields.clone() })
}

/// Is the same used? Operations are the same by their routes, whatever they are called.
pub fn is_same(one: &UsedPart, other: &UsedPart) -> bool {
    let (UsedPart::Api { operations, fields }, UsedPart::Api { operations: others, fields: read }) = (one, other)
    else {
        return one == other;
    };
    let known_by = |operations: &[UsedOperation]| -> BTreeSet<String> {
        operations.iter().map(|one| one.route.clone().unwrap_or_else(|| one.name.clone())).collect()
    };
    fields == read && known_by(operations) == known_by(others)
}

/// The route that an operation had which a consumer's stack, in any environment, calls by this name on record.
fn on_record(scene: &Scene, consumer: &Address, provider: &Address, name: &str) -> Result<Option<String>, CompatError> {
    let stacks = names(scene, &provider.system, &provider.stack);
    let is_its = |of: &Address| of.system == provider.system && stacks.contains(&of.stack);
    let environments = &scene.workspace.stacks[&consumer.stack].environments;
    let at = |stack: Name| {
        environments.iter().map(move |name| Address::new(consumer.system.clone(), stack.clone(), name.clone()))
    };
    let asked = names(scene, &consumer.system, &consumer.stack).into_iter().flat_map(at).collect();
    for state in scene.registry.instances(asked)? {
        let uses = state.uses.into_iter().filter(|uses| is_its(&uses.provider));
        let operations = uses.filter_map(|uses| match uses.part {
            UsedPart::Api { operations, .. } => Some(operations),
            _ => None,
        });
        if let Some(operation) = operations.flatten().find(|operation| operation.name == name) {
            return Ok(match operation.route {
                Some(route) => Some(route),
                None => ever_called(scene, (&provider.system, &provider.stack), [name.to_owned()].into())?.remove(name),
            });
        }
    }
    Ok(None)
}

/// The routes that a stack's contracts on record told of these names, the latest of each.
pub fn ever_called(
    scene: &Scene,
    (system, stack): (&Name, &Name),
    asked: BTreeSet<String>,
) -> Result<BTreeMap<String, String>, CompatError> {
    let (mut open, mut routes) = (asked, BTreeMap::new());
    for stack in names(scene, system, stack) {
        for known in scene.registry.contracts(system.clone(), stack.clone())?.into_iter().take(CONTRACTS_MAX) {
            if open.is_empty() {
                return Ok(routes);
            }
            let json = scene.registry.contract(system.clone(), stack.clone(), known.digest)?;
            let Some(Ok(contract)) = json.map(ContractDocument::of_json) else { continue };
            open.retain(|name| match route_in(&contract, name) {
                Some(route) => routes.insert(name.clone(), route).is_some(),
                None => true,
            });
        }
    }
    Ok(routes)
}
