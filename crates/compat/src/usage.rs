//! Who uses what of a stack, in every environment, and what of it is on its way out: until when, and
//! whether it may go.

use crate::consumers::{Consumer, consumers_of};
use crate::live::{live_at, names};
use crate::operations::route_in;
use crate::{CompatError, ContractDocument, Scene};
use seam_contract::openapi::{Operations, route};
use seam_model::{Address, Name, UsedPart};
use serde_json::{Value as Json, json};
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
    /// ``output `url` ``, ``event `created` ``, `GET /orders/{id}`.
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
    let mut usage = Usage::default();
    let mut contracts = of_workspace(scene, system, stack)?;
    for name in names(scene, system, stack) {
        for address in scene.registry.live(system.clone(), name)? {
            if environment.is_some_and(|asked| address.environment != *asked) {
                continue;
            }
            if contracts.is_empty() {
                contracts.extend(live_at(scene, &address)?.into_iter().map(|live| live.document));
            }
            let observations = scene.registry.observed(address.clone())?;
            if !observations.is_empty() {
                let from = observations.iter().filter_map(|one| one.from_us).min();
                let until = observations.iter().filter_map(|one| one.until_us).max();
                usage.observed.insert(address.clone(), (from, until));
            }
            let consumers = consumers_of(scene, &address)?.into_iter();
            usage.uses.extend(consumers.map(|consumer| (address.clone(), consumer)));
        }
    }
    let mut leaving = BTreeMap::new();
    for contract in &contracts {
        for (what, name, deprecated) in deprecated(contract) {
            if part.is_none_or(|part| part == name) {
                leaving.entry(what.clone()).or_insert_with(|| of(scene, (what, &name), &deprecated, &usage.uses));
            }
        }
    }
    let is_known = !contracts.is_empty() || of_workspace_is_there(scene, system, stack) || !usage.uses.is_empty();
    usage.promised = is_known.then(|| contracts.iter().flat_map(|contract| promised(contract)).collect());
    usage.leaving = leaving.into_values().collect();
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

fn of(scene: &Scene, (what, name): (String, &str), deprecated: &Json, uses: &[(Address, Consumer)]) -> Leaving {
    let text = |key: &str| deprecated.get(key).and_then(Json::as_str).map(str::to_owned);
    let title = Some(what.as_str()).filter(|what| !what.contains('`'));
    let users: BTreeSet<String> = uses
        .iter()
        .filter(|(_, consumer)| is_named(&consumer.part, name) || title.is_some_and(|it| is_named(&consumer.part, it)))
        .map(|(_, consumer)| consumer.words.clone())
        .collect();
    let sunset = text("sunset");
    let is_over = sunset.as_deref().is_some_and(|sunset| sunset <= scene.today);
    Leaving { may_go: is_over || users.is_empty(), what, since: text("since"), instead: text("use"), sunset, users }
}

/// What of a contract is deprecated: what reports call it, its name, and what is said of it.
fn deprecated(contract: &ContractDocument) -> Vec<(String, String, Json)> {
    let mut found = Vec::new();
    for (part, title) in [("outputs", "output"), ("events", "event"), ("tables", "table")] {
        let members = contract.part(&format!("/{part}")).and_then(Json::as_object);
        for (name, member) in members.into_iter().flatten() {
            if let Some(deprecated) = member.get("deprecated").filter(|said| **said != Json::Bool(false)) {
                found.push((format!("{title} `{name}`"), name.clone(), deprecated.clone()));
            }
        }
    }
    let operations = contract.schemas().operations().into_iter().flat_map(Operations::iter);
    for operation in operations.filter(|operation| operation.is_deprecated) {
        let said = operation.sunset.as_ref().map_or_else(|| json!({}), |sunset| json!({ "sunset": sunset }));
        found.push((operation.title.clone(), operation.name().to_owned(), said));
    }
    found
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
