//! Who still uses what would be destroyed, or is not provided any more.

use crate::Session;
use crate::drive::StepFailure;
use seam_model::{Action, Address, Finding, Pattern, PlannedStep, codes};
use seam_registry::{InstanceState, RegistryError, User};
use std::collections::{BTreeMap, BTreeSet};

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

/// Notes for `steps` that take an output away which an instance outside of them uses. Those among them
/// read anew what they use.
pub fn note_outputs_taken(session: &Session, steps: &mut [PlannedStep]) -> Result<(), RegistryError> {
    let taken = |step: &PlannedStep, output: &str| {
        step.outputs.get(output).is_some_and(|planned| planned.action == Action::Delete)
    };
    let takes = |step: &&PlannedStep| step.outputs.values().any(|output| output.action == Action::Delete);
    let providers: Vec<Address> = steps.iter().filter(takes).map(|step| step.address.clone()).collect();
    if providers.is_empty() {
        return Ok(());
    }
    let own: BTreeSet<Address> = steps.iter().map(|step| step.address.clone()).collect();
    let users = session.registry.users(providers)?;
    for user in users.iter().filter(|user| !own.contains(&user.consumer)) {
        let provider = &user.uses.provider;
        if let Some(step) = steps.iter_mut().find(|step| step.address == provider.address)
            && taken(step, &provider.output)
        {
            step.notes.push(format!("output `{}` goes, and {} uses it", provider.output, user.consumer));
        }
    }
    Ok(())
}

/// The uses on record of what `providers` do not provide any more, each in words.
pub fn broken(session: &Session, providers: Vec<Address>) -> Result<Vec<(Address, String)>, RegistryError> {
    let states = session.registry.instances(providers.clone())?;
    let states: BTreeMap<&Address, &InstanceState> = states.iter().map(|state| (&state.address, state)).collect();
    let is_there = |user: &User| {
        let publication = states.get(&user.uses.provider.address).and_then(|state| state.publication.as_ref());
        publication.is_none_or(|publication| publication.outputs.contains_key(&user.uses.provider.output))
    };
    let users = session.registry.users(providers)?;
    let words = users.into_iter().filter(|user| !is_there(user)).map(|user| {
        let (provider, consumer) = (user.uses.provider, user.consumer);
        let output = provider.output;
        let words = format!(
            "output `{output}` is not published any more, and {consumer} used it at its last apply: apply that, or put the output back"
        );
        (provider.address, words)
    });
    Ok(words.collect())
}
