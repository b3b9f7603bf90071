//! Who uses what of an instance: on record, and seen.

use crate::declared::read_uses;
use crate::{CompatError, Scene};
use seam_model::{Address, Pattern, UsedPart};
use seam_registry::Use;
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
    let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
    for call in scene.registry.observed(provider.clone())?.into_iter().flat_map(|observation| observation.calls) {
        let who = call.consumer.unwrap_or_else(|| "somebody".to_owned());
        *seen.entry((who, call.operation)).or_default() += call.count;
    }
    consumers.extend(seen.into_iter().map(|((who, operation), count)| Consumer {
        address: None,
        words: format!("{who} (seen in logs)"),
        part: UsedPart::Api { operations: vec![operation], fields: Vec::new() },
        pattern: Pattern::Api,
        range: None,
        calls: Some(count),
    }));
    Ok(consumers)
}
