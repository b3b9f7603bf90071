//! Who still uses what would be destroyed.

use crate::Session;
use crate::drive::StepFailure;
use seam_model::{Address, Finding, Pattern, codes};
use std::collections::BTreeSet;

/// In place of an output, where only the order links two stacks.
const AFTER: &str = "(after)";

/// Refuses (S0502) where an instance outside `instances` uses one of them: by a recorded use of
/// anybody, or, while it is deployed, by a `run` link or `after` of this workspace.
pub fn still_used(session: &Session, instances: &BTreeSet<Address>) -> Result<(), StepFailure> {
    let mut users: BTreeSet<(Address, Address, String)> = BTreeSet::new();
    for user in session.registry.users(instances.iter().cloned().collect())? {
        if !instances.contains(&user.consumer) {
            let provider = user.uses.provider;
            users.insert((provider.address, user.consumer, provider.output));
        }
    }
    let outside: Vec<_> = session
        .graph
        .links()
        .iter()
        .filter(|link| link.pattern != Pattern::Registry)
        .filter(|link| instances.contains(&link.provider) && !instances.contains(&link.consumer))
        .collect();
    let states = session.registry.instances(outside.iter().map(|link| link.consumer.clone()).collect())?;
    for (link, state) in outside.into_iter().zip(states) {
        if state.success.is_some() {
            let what = link.output.clone().unwrap_or_else(|| AFTER.to_owned());
            users.insert((link.provider.clone(), link.consumer.clone(), what));
        }
    }
    if users.is_empty() {
        return Ok(());
    }
    let findings: Vec<Finding> = users
        .into_iter()
        .map(|(provider, consumer, output)| {
            let how = if output == AFTER { "comes after it".to_owned() } else { format!("reads `{output}`") };
            Finding::error(codes::STILL_USED, format!("{provider} is still used: {consumer} {how}"))
                .help(format!("destroy {consumer} first, or take it into the selection: `...{}`", provider.stack))
        })
        .collect();
    Err(findings.into())
}
