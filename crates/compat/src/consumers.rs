//! Who uses what of an instance: on record, and seen.

use crate::declared::read_uses;
use crate::{CompatError, Scene};
use seam_model::{Address, Pattern, UsedOperation, UsedPart};
use seam_registry::{Call, Use};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody who uses a part of an instance's contract.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consumer {
    /// The instance; `None` where somebody was only seen to call.
    pub address: Option<Address>,
    /// What people call it: the address, or the name that logs have, with what was seen.
    pub words: String,
    /// What it uses.
    pub part: UsedPart,
    /// How.
    pub pattern: Pattern,
    /// The versions that it accepts.
    pub range: Option<String>,
    /// How many calls were seen; `None` of what is on record as a use.
    pub calls: Option<u64>,
}

/// Everybody who uses something of the instance, in order.
pub fn consumers_of(scene: &Scene, provider: &Address) -> Result<BTreeSet<Consumer>, CompatError> {
    let recorded = scene.registry.users(vec![provider.clone()])?.into_iter().map(|user| Consumer {
        words: user.consumer.to_string(),
        address: Some(user.consumer),
        part: user.uses.part,
        pattern: user.uses.pattern,
        range: user.uses.range,
        calls: None,
    });
    let mut consumers: BTreeSet<Consumer> = recorded.collect();
    for address in scene.graph.dependents(provider) {
        let uses = read_uses(scene, address).into_iter().map(|declared| declared.uses);
        consumers.extend(uses.filter(|uses| uses.pattern == Pattern::Run && uses.provider == *provider).map(|uses| {
            let Use { part, pattern, range, .. } = uses;
            Consumer { words: address.to_string(), address: Some(address.clone()), part, pattern, range, calls: None }
        }));
    }
    let seen = seen(scene, provider)?.map(|(who, operation, calls)| Consumer {
        address: None,
        words: format!("{who} (seen in logs)"),
        part: UsedPart::Api { fields: declared_fields(&consumers, &who, &operation), operations: vec![operation] },
        pattern: Pattern::Api,
        range: None,
        calls: Some(calls),
    });
    let seen: Vec<Consumer> = seen.collect();
    consumers.extend(seen);
    Ok(consumers)
}

/// The fields that a service of this name says it reads of an operation; none of one that says nothing: it
/// may read all.
fn declared_fields(recorded: &BTreeSet<Consumer>, who: &str, called: &UsedOperation) -> Vec<String> {
    let is_it = |consumer: &&Consumer| consumer.address.as_ref().is_some_and(|address| address.stack.as_str() == who);
    let is_called = |one: &UsedOperation| match (&one.route, &called.route) {
        (Some(route), Some(called)) => route == called,
        _ => one.name == called.name,
    };
    let of = |consumer: &Consumer| match &consumer.part {
        UsedPart::Api { operations, fields } if operations.iter().any(is_called) => Some(fields.clone()),
        _ => None,
    };
    recorded.iter().filter(is_it).find_map(of).unwrap_or_default()
}

/// Who was seen to call which operation of it, and how often. What one was called at other times is the same
/// operation.
fn seen(scene: &Scene, provider: &Address) -> Result<impl Iterator<Item = (String, UsedOperation, u64)>, CompatError> {
    let calls: Vec<Call> =
        scene.registry.observed(provider.clone())?.into_iter().flat_map(|observation| observation.calls).collect();
    let routed = calls.iter().filter_map(|call| Some((call.operation.clone(), call.route.clone()?)));
    let routes: BTreeMap<String, String> = routed.collect();
    let mut seen: BTreeMap<(String, String), (UsedOperation, u64)> = BTreeMap::new();
    for Call { operation: name, route, consumer, count, .. } in calls {
        let who = consumer.unwrap_or_else(|| "somebody".to_owned());
        let route = route.or_else(|| routes.get(&name).cloned());
        let key = (who, route.clone().unwrap_or_else(|| name.clone()));
        let (operation, all) = seen.entry(key).or_insert_with(|| (UsedOperation { name: String::new(), route }, 0));
        operation.name = name;
        *all += count;
    }
    Ok(seen.into_iter().map(|((who, _), (operation, count))| (who, operation, count)))
}
