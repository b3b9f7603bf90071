//! What of a state that is taken in is told to others: its outputs and what lookups find, as an apply would
//! tell them. Nothing is, where something that may be secret is not known.

use crate::Session;
use crate::act_step::with_secrets_sealed;
use crate::drive::Reporter;
use crate::failure::RunFailure;
use crate::import_state::Found;
use crate::inputs::Inputs;
use crate::inventory;
use crate::plan_step::learn_secrets;
use crate::publish::{self, Outputs};
use seam_model::{Action, Finding, PlannedOutput, Resource, Source, codes};
use seam_registry::InstanceState;
use seam_tools::state::BadState;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// What is told of a state.
#[derive(Default)]
pub struct Told {
    /// Its outputs, sealed where they must be, for those who read them in this import.
    pub outputs: BTreeMap<String, PlannedOutput>,
    /// What is published; `None`: that is left to the next apply.
    pub published: Option<Outputs>,
    /// What lookups find; `None`: what they found before.
    pub resources: Option<Vec<Resource>>,
}

/// What is told of the state in `file`. `inputs` are those that can be had now. Refused (S0308) where the
/// file cannot be read.
pub fn told_of(
    session: &Session,
    (prior, inputs): (&InstanceState, &Inputs),
    (found, file): (&Found, &Path),
    reporter: &Reporter,
) -> Result<Told, RunFailure> {
    learn_secrets(inputs, reporter);
    let unknown = unknown_secrets(session, prior, inputs, reporter);
    let outputs = with_secrets_sealed(found.state.outputs.clone().unwrap_or_default(), reporter);
    let is_told = unknown.is_empty();
    if !is_told {
        let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
        let why = format!("{names} may be secret and cannot be had now, so nothing of the state is told");
        reporter.warn(&format!("not published, before the next apply: {why}"));
    }
    let resources = if is_told { inventory::of_state(resources(file)?, reporter) } else { None };
    let can_publish = is_told || outputs.values().all(|output| output.sensitive);
    // The next apply looks after a step that nobody knows the end of, and publishes.
    let published = Some(outputs.clone()).filter(|_| can_publish && prior.open_step.is_none());
    let published = published.and_then(|outputs| {
        let checked = publish::check(&session.contracts, session.instance(&prior.address).0, outputs);
        let refused = |findings: Vec<Finding>| {
            for finding in findings {
                reporter.warn(&format!("not published, before the next apply: {}", finding.message));
            }
        };
        checked.map_err(refused).ok()
    });
    let known = published.as_ref().unwrap_or(&outputs).iter().filter(|_| is_told);
    let known = known.map(|(name, output)| {
        let planned = PlannedOutput { action: Action::NoOp, value: output.value.clone(), sensitive: output.sensitive };
        (name.clone(), planned)
    });
    Ok(Told { outputs: known.collect(), published, resources })
}

/// Learns what is on record as secret. The names of inputs and outputs that may be secret and that nobody
/// can learn: the state may have been made with them.
fn unknown_secrets(session: &Session, prior: &InstanceState, inputs: &Inputs, reporter: &Reporter) -> BTreeSet<String> {
    let last = prior.success.iter().map(|last| &last.inputs).chain(prior.open_step.iter().map(|step| &step.inputs));
    let last: BTreeMap<_, _> = last.flatten().collect();
    let outputs = prior.publication.iter().flat_map(|last| &last.outputs);
    let outputs = outputs.filter(|(_, output)| output.sensitive).map(|(name, output)| (name, &output.value));
    let recorded = last.iter().filter(|(_, input)| input.sensitive).map(|(name, input)| (*name, &input.value));
    let mut unknown = BTreeSet::new();
    for (name, value) in recorded.chain(outputs) {
        match value {
            Some(value) => reporter.learn(name, value),
            None => _ = unknown.insert(name.clone()),
        }
    }
    let stack = session.instance(&prior.address).0;
    for (name, input) in stack.inputs_of(&prior.address.environment) {
        let may_be_secret = match input.source {
            Source::Secret(_) => true,
            Source::Registry(_) | Source::Run(_) | Source::State(_) | Source::ExternalState(_) => {
                !last.contains_key(&input.name)
            }
            Source::Lookup(_) | Source::Config(_) | Source::Value(_) => false,
        };
        let is_known = inputs.get(&input.name).is_some_and(|input| input.planned.value.is_known());
        if may_be_secret && !is_known {
            unknown.insert(name.to_owned());
        }
    }
    unknown
}

/// What lookups could find of the state in `file`; `None` where that is too much.
fn resources(file: &Path) -> Result<Option<Vec<Resource>>, RunFailure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        let message = format!("the state at {} cannot be read: {error}", file.display());
        RunFailure::from(Finding::error(codes::STATE_UNREADABLE, message).help("nothing was recorded of it"))
    };
    let input = File::open(file).map_err(|error| unreadable(&error))?;
    match seam_tools::inventory::of_state(input) {
        Ok(resources) => Ok(Some(resources)),
        Err(BadState::ManyResources(_) | BadState::Encrypted) => Ok(None),
        Err(error) => Err(unreadable(&error)),
    }
}
