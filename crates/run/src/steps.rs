//! Which steps a run has, in which order, and how long each took before.

use crate::Session;
use crate::failure::RunFailure;
use crate::inputs::Known;
use seam_graph::Scheduler;
use seam_model::{Address, Tool};
use seam_registry::{InstanceState, RegistryError};
use seam_tools::terraform::Goal;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Steps in deployment order, each with the steps that it waits for.
pub type Steps = Vec<(Address, Vec<Address>)>;

/// Stacks that others run have no steps.
pub fn run_by_us(session: &Session, instances: &BTreeSet<Address>) -> BTreeSet<Address> {
    instances.iter().filter(|address| session.instance(address).0.tool != Tool::External).cloned().collect()
}

/// The steps in the order of the goal. Nothing is to be destroyed of an instance that was never
/// applied.
pub fn steps(session: &Session, instances: &BTreeSet<Address>, goal: Goal, known: &Known) -> Steps {
    match goal {
        Goal::Apply => session.graph.steps(instances),
        Goal::Destroy => {
            let deployed = |address: &&Address| is_deployed(&known.recorded[*address]);
            session.graph.steps_of_destroy(&instances.iter().filter(deployed).cloned().collect())
        }
    }
}

/// May there be something to destroy?
pub fn is_deployed(state: &InstanceState) -> bool {
    state.success.is_some() || state.open_step.is_some() || state.publication.is_some() || state.state_changed.is_some()
}

/// A scheduler that prefers the longest remaining path by the durations of earlier runs.
pub fn scheduler(session: &Session, steps: &Steps, jobs: usize) -> Result<Scheduler, RunFailure> {
    let took = durations(session, steps)?;
    let weighted: Vec<_> = steps
        .iter()
        .map(|(address, waits_for)| {
            (address.clone(), waits_for.clone(), took.get(address).map_or(0.0, Duration::as_secs_f64))
        })
        .collect();
    Ok(Scheduler::new(&weighted, jobs))
}

/// How long the last apply of each step took, where one is on record.
pub fn durations(session: &Session, steps: &Steps) -> Result<BTreeMap<Address, Duration>, RegistryError> {
    let addresses: Vec<Address> = steps.iter().map(|(address, _)| address.clone()).collect();
    let durations = session.registry.durations(addresses.clone())?;
    Ok(addresses.into_iter().zip(durations).filter_map(|(address, took)| Some((address, took?))).collect())
}
