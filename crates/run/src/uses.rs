//! Who still uses what would be destroyed, or is not provided any more.

use crate::Session;
use crate::failure::RunFailure;
use crate::rename::{due, on_record, recorded_address};
use crate::status::way_back;
use seam_model::{Action, Address, Finding, Path, Pattern, PlannedStep, RunEvent, UsedPart, codes};
use seam_registry::{Command, InstanceState, LastSuccess, RegistryError, Use, User};
use std::collections::{BTreeMap, BTreeSet};

/// In place of an output, where only the order links two stacks.
const AFTER: &str = "(after)";

/// A consumer outside of a selection, and what it has of an instance in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    /// The instance that is to be destroyed.
    pub provider: Address,
    /// Who uses it.
    pub consumer: Address,
    /// What; an output `(after)` where it only comes after.
    pub part: UsedPart,
    /// How it is had.
    pub pattern: Pattern,
}

impl Used {
    /// In words: `shop/app/dev reads `id` of shop/network/dev`.
    pub fn words(&self) -> String {
        let Self { provider, consumer, part, pattern } = self;
        match (pattern, part) {
            (Pattern::After, _) => format!("{consumer} comes after {provider}"),
            (Pattern::Lookup, UsedPart::Output { output, .. }) => {
                format!("{consumer} looks up `{output}` in {provider}")
            }
            _ => format!("{consumer} {} {provider}", part.words()),
        }
    }

    fn finding(&self, session: &Session) -> Finding {
        let Self { provider, consumer, .. } = self;
        let let_go = format!("`seam destroy -e {} {} --ignore-uses --why TEXT`", provider.environment, provider.stack);
        let help = if is_here(session, consumer) {
            format!("destroy {consumer} first, or take it into the selection: `...{}`", provider.stack)
        } else if consumer.system == session.workspace.system {
            format!("{}; if nothing of it exists, {let_go} lets it go", way_back(session, consumer))
        } else {
            format!("destroy {consumer} first, in its own workspace; if it is gone for good, {let_go} lets it go")
        };
        Finding::error(codes::STILL_USED, format!("{provider} is still used: {}", self.words())).help(help)
    }
}

fn is_here(session: &Session, address: &Address) -> bool {
    session.graph.instances().binary_search(address).is_ok()
}

/// Instances outside `instances` that use one of them: by a recorded use of anybody, or, while they are
/// deployed, by a link of this workspace that records none: `after`, one within a run, and any of an
/// instance that was taken in and not applied since.
pub fn users(session: &Session, instances: &BTreeSet<Address>) -> Result<BTreeSet<Used>, RunFailure> {
    let mut users = BTreeSet::new();
    for user in recorded_users(session, instances)? {
        if !instances.contains(&user.consumer) {
            let Use { provider, part, pattern, .. } = user.uses;
            users.insert(Used { provider, consumer: user.consumer, part: shown(part), pattern });
        }
    }
    let outside: Vec<_> = session
        .graph
        .links()
        .iter()
        .filter(|link| instances.contains(&link.provider) && !instances.contains(&link.consumer))
        .collect();
    let states = on_record(session, outside.iter().map(|link| link.consumer.clone()).collect())?.states;
    for link in outside {
        let unrecorded = |last: &LastSuccess| !link.pattern.is_recorded_use() || last.is_adoption();
        if states[&link.consumer].success.as_ref().is_some_and(unrecorded) {
            let output = link.output.clone().unwrap_or_else(|| AFTER.to_owned());
            let (provider, consumer) = (link.provider.clone(), link.consumer.clone());
            let part = UsedPart::Output { output, path: Path::default(), takes: None };
            users.insert(Used { provider, consumer, part, pattern: link.pattern });
        }
    }
    Ok(users)
}

/// What is named when somebody uses it: which output, whatever part of it.
fn shown(part: UsedPart) -> UsedPart {
    match part {
        UsedPart::Output { output, .. } => UsedPart::Output { output, path: Path::default(), takes: None },
        // A step that did not end says it in words.
        UsedPart::Lookup(lookup) => UsedPart::Output { output: lookup.words(), path: Path::default(), takes: None },
        other => other,
    }
}

/// The uses on record of these instances, by the addresses that both ends have now.
fn recorded_users(session: &Session, providers: &BTreeSet<Address>) -> Result<Vec<User>, RegistryError> {
    let due = due(session)?;
    let now = |address: &mut Address| due.get(address).into_iter().for_each(|now| now.clone_into(address));
    let former = due.iter().filter(|(_, now)| providers.contains(*now)).map(|(old, _)| old);
    let mut users = session.registry.users(providers.iter().chain(former).cloned().collect())?;
    for user in &mut users {
        now(&mut user.consumer);
        now(&mut user.uses.provider);
    }
    Ok(users)
}

/// Refuses (S0502) where an instance outside `instances` uses one of them.
pub fn still_used(session: &Session, instances: &BTreeSet<Address>) -> Result<(), RunFailure> {
    let findings: Vec<Finding> = users(session, instances)?.iter().map(|used| used.finding(session)).collect();
    if findings.is_empty() { Ok(()) } else { Err(findings.into()) }
}

/// Names everybody outside `instances` who uses one of them.
pub fn say_ignored(
    session: &Session,
    instances: &BTreeSet<Address>,
    report: &mut dyn FnMut(RunEvent),
) -> Result<(), RunFailure> {
    for used in users(session, instances)? {
        let text = format!("{}: ignored", used.words());
        report(RunEvent::Diagnostic { address: Some(used.provider), error: false, text });
    }
    Ok(())
}

/// Lets go of everybody outside `instances` who uses one of them, by a record that says why. The run
/// holds the leases.
pub fn ignore(session: &Session, run: u64, instances: &BTreeSet<Address>, why: &str) -> Result<(), RunFailure> {
    let mut ignored: BTreeMap<Address, Vec<(Address, String)>> = BTreeMap::new();
    for used in users(session, instances)? {
        let consumer = recorded_address(session, &used.consumer)?;
        let what = used.part.output().map_or_else(|| used.part.words(), str::to_owned);
        ignored.entry(used.provider).or_default().push((consumer, what));
    }
    let (why, actor) = (why.to_owned(), session.caller.actor.clone());
    let command =
        |(address, ignored)| Command::IgnoreUses { run, address, ignored, why: why.clone(), actor: actor.clone() };
    for reply in session.registry.submit(ignored.into_iter().map(command).collect())? {
        reply?;
    }
    Ok(())
}

/// Notes for `steps` that take an output away which an instance outside of them uses. Those among them
/// read anew what they use.
pub fn note_outputs_taken(session: &Session, steps: &mut [PlannedStep]) -> Result<(), RegistryError> {
    let taken = |step: &PlannedStep, output: &str| {
        step.outputs.get(output).is_some_and(|planned| planned.action == Action::Delete)
    };
    let takes = |step: &&PlannedStep| step.outputs.values().any(|output| output.action == Action::Delete);
    let providers: BTreeSet<Address> = steps.iter().filter(takes).map(|step| step.address.clone()).collect();
    if providers.is_empty() {
        return Ok(());
    }
    let own: BTreeSet<Address> = steps.iter().map(|step| step.address.clone()).collect();
    let users = recorded_users(session, &providers)?;
    for user in users.iter().filter(|user| !own.contains(&user.consumer)) {
        let Use { provider, part, .. } = &user.uses;
        if let Some(step) = steps.iter_mut().find(|step| step.address == *provider)
            && let Some(output) = part.output().filter(|output| taken(step, output))
        {
            step.notes.push(format!("output `{output}` goes, and {} uses it", user.consumer));
        }
    }
    Ok(())
}

/// The uses on record of what `providers` do not provide any more, each in words.
pub fn broken(session: &Session, providers: Vec<Address>) -> Result<Vec<(Address, String)>, RegistryError> {
    let states = session.registry.instances(providers.clone())?;
    let states: BTreeMap<&Address, &InstanceState> = states.iter().map(|state| (&state.address, state)).collect();
    let is_there = |user: &User| {
        // What a lookup finds is no output; `seam check` looks at it.
        let output = user.uses.part.output().filter(|_| user.uses.pattern != Pattern::Lookup);
        let Some(output) = output else { return true };
        let publication = states.get(&user.uses.provider).and_then(|state| state.publication.as_ref());
        publication.is_none_or(|publication| publication.outputs.contains_key(output))
    };
    let users = session.registry.users(providers)?;
    let words = users.into_iter().filter(|user| !is_there(user)).map(|user| {
        let (provider, consumer) = (user.uses.provider, user.consumer);
        let output = user.uses.part.output().unwrap_or_default();
        let words = format!(
            "output `{output}` is not published any more, and {consumer} used it at its last apply: apply that, or put the output back"
        );
        (provider, words)
    });
    Ok(words.collect())
}
