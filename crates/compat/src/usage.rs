//! Who uses what of a stack, in every environment, and what of it is on its way out: until when, and
//! whether it may go.

use crate::consumers::{Consumer, consumers_of};
use crate::deprecated::{Deprecated, deprecated, meets, read_by, reads};
use crate::holders::{Holder, used};
use crate::live::{live_at, names};
use crate::operations::route_in;
use crate::{CompatError, ContractDocument, Scene};
use seam_contract::lifecycle::Lifecycle;
use seam_contract::openapi::{Operations, route};
use seam_model::{Address, Name, Pattern, UsedPart};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that `seam uses` says of a stack.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Who uses what of which instance, in order.
    pub uses: Vec<(Address, Consumer)>,
    /// What is on its way out, in order.
    pub leaving: Vec<Leaving>,
    /// What the stack promises, by name; `None` where the workspace has no such stack and nothing is on record.
    pub promised: Option<BTreeSet<String>>,
    /// The calls that logs were read for, by instance: from when until when, in microseconds.
    pub observed: BTreeMap<Address, (Option<i64>, Option<i64>)>,
}

/// Something that is deprecated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaving {
    /// ``output `url` ``, ``output `net`, field `.port` ``, ``event `created` ``, `GET /orders/{id}`.
    pub what: String,
    /// Since which version.
    pub since: Option<String>,
    /// What to use instead.
    pub instead: Option<String>,
    /// The day from which it may be gone.
    pub sunset: Option<String>,
    /// Who still uses it.
    pub users: BTreeSet<String>,
    /// Its day is over, or nobody uses it.
    pub may_go: bool,
}

/// Who uses what of a stack; of one part of it, where its name is given, and of one environment.
pub fn usage(
    scene: &Scene,
    (system, stack): (&Name, &Name),
    part: Option<&str>,
    environment: Option<&Name>,
) -> Result<Usage, CompatError> {
    let (mut usage, mut everybody) = (Usage::default(), Vec::new());
    let mut contracts = of_workspace(scene, system, stack)?;
    for name in names(scene, system, stack) {
        for address in scene.registry.live(system.clone(), name)? {
            let consumers = consumers_of(scene, &address)?.into_iter();
            everybody.extend(consumers.map(|consumer| (address.clone(), consumer)));
            if environment.is_some_and(|asked| address.environment != *asked) {
                continue;
            }
            contracts.extend(live_at(scene, &address)?.into_iter().map(|live| live.document));
            let observations = scene.registry.observed(address.clone())?;
            if !observations.is_empty() {
                let from = observations.iter().filter_map(|one| one.from_us).min();
                let until = observations.iter().filter_map(|one| one.until_us).max();
                usage.observed.insert(address.clone(), (from, until));
            }
        }
    }
    // What is live in one environment goes, and what the workspace has comes, for all of them.
    let mut known = BTreeSet::new();
    contracts.retain(|contract| known.insert(contract.digest()));
    let mut all: BTreeMap<String, Leaving> = BTreeMap::new();
    for one in contracts.iter().flat_map(|contract| leaving(scene, contract, part, &everybody)) {
        match all.get_mut(&one.what) {
            // One word may stand for a field of several answers.
            Some(known) => {
                known.may_go &= one.may_go;
                known.users.extend(one.users);
            }
            None => drop(all.insert(one.what.clone(), one)),
        }
    }
    usage.leaving = all.into_values().collect();
    let is_asked = |(address, _): &(Address, Consumer)| environment.is_none_or(|asked| address.environment == *asked);
    usage.uses = everybody.into_iter().filter(is_asked).collect();
    let is_known = !contracts.is_empty() || of_workspace_is_there(scene, system, stack) || !usage.uses.is_empty();
    usage.promised = is_known.then(|| contracts.iter().flat_map(|contract| promised(contract)).collect());
    if let Some(part) = part {
        let route = contracts.iter().find_map(|contract| route_in(contract, part));
        let is_meant = |used: &UsedPart| is_named(used, part) || route.as_ref().is_some_and(|it| is_named(used, it));
        usage.uses.retain(|(_, consumer)| is_meant(&consumer.part));
    }
    Ok(usage)
}

fn of_workspace(scene: &Scene, system: &Name, stack: &Name) -> Result<Vec<Arc<ContractDocument>>, CompatError> {
    let declared = scene.workspace.stacks.get(stack).filter(|_| *system == scene.workspace.system);
    Ok(match declared {
        Some(stack) => scene.contracts.of(stack)?.into_iter().collect(),
        None => Vec::new(),
    })
}

fn of_workspace_is_there(scene: &Scene, system: &Name, stack: &Name) -> bool {
    *system == scene.workspace.system && scene.workspace.stacks.contains_key(stack)
}

/// The names of all parts of a contract; of operations the titles too.
fn promised(contract: &ContractDocument) -> BTreeSet<String> {
    let of =
        |part: &str| contract.part(part).and_then(Json::as_object).into_iter().flat_map(|named| named.keys().cloned());
    let mut names: BTreeSet<String> = ["/outputs", "/events", "/tables"].into_iter().flat_map(of).collect();
    let operations = contract.schemas().operations().into_iter().flat_map(Operations::iter);
    names.extend(operations.flat_map(|one| [one.name().to_owned(), one.title.clone()]));
    names
}

/// What of a contract is on its way out, or of its part of this name, and who of these users still reads it.
fn leaving(
    scene: &Scene,
    contract: &ContractDocument,
    part: Option<&str>,
    uses: &[(Address, Consumer)],
) -> Vec<Leaving> {
    let mut known: BTreeMap<(Pattern, &UsedPart), BTreeSet<&str>> = BTreeMap::new();
    for (_, consumer) in uses {
        known.entry((consumer.pattern, &consumer.part)).or_default().insert(&consumer.words);
    }
    let known: Vec<_> = known
        .into_iter()
        .map(|((pattern, part), words)| (part, used(contract, pattern, part), read_by(contract, pattern, part), words))
        .collect();
    let mut all = deprecated(contract);
    // What is written once and shared is listed on the shortest way, and on those that are read.
    for one in known.iter().flat_map(|(_, _, read, _)| read) {
        let is_it = |known: &Deprecated| {
            known.key == one.key && known.path.len() == one.path.len() && meets(&one.path, &known.path)
        };
        if !all.iter().any(is_it) {
            all.push(one.clone());
        }
    }
    let is_titled = |one: &Deprecated, part: &str| one.words.split(", ").next() == Some(part);
    let is_asked = |one: &Deprecated| part.is_none_or(|part| part == one.name || is_titled(one, part));
    let of = |one: Deprecated| {
        let is_reader = |(part, holders): &(&UsedPart, &Vec<Holder<'_>>)| {
            holders.iter().any(|holder| holder.key == one.key && reads(holder, part, &one.path))
        };
        let readers = known.iter().filter(|(part, holders, ..)| is_reader(&(part, holders)));
        let users: BTreeSet<String> =
            readers.flat_map(|(.., words)| words.iter().map(|words| (*words).to_owned())).collect();
        let Lifecycle { since, instead, sunset, .. } = one.lifecycle.clone();
        let may_go = one.lifecycle.is_over(scene.today) || users.is_empty();
        Leaving { what: one.words, since, instead, sunset, users, may_go }
    };
    all.into_iter().filter(is_asked).map(of).collect()
}

/// Is it the part of this name?
fn is_named(part: &UsedPart, name: &str) -> bool {
    match part {
        UsedPart::Output { output, .. } => output == name,
        UsedPart::Lookup(lookup) => lookup.words() == name,
        UsedPart::Api { operations, .. } => {
            let route = route(name);
            operations.iter().any(|used| used.name == name || used.route.as_ref() == Some(&route))
        }
        UsedPart::Event { event, .. } => event == name,
        UsedPart::Table { table, .. } => table == name,
    }
}
