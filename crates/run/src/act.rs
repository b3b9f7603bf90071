//! Acts: the conductor of the part of a run that changes the world.

use crate::Session;
use crate::act_step::{ActTask, act_step};
use crate::cover::Yes;
use crate::deploy::Deployment;
use crate::drive::{Conductor, Job, StepEnd};
use crate::failure::RunFailure;
use crate::inputs::{Inputs, Known, values};
use crate::lifecycle::Lifecycle;
use crate::plan::step_inputs;
use crate::plan_step::Planned;
use crate::preflight::resources;
use crate::secrets::Secrets;
use seam_model::{Address, StepAction, StepState};
use std::collections::BTreeMap;

/// Lets the tools of a run's steps change the world.
pub struct Acting<'s> {
    /// Everything that stays the same.
    pub session: &'s Session,
    /// What is to be done.
    pub request: &'s Deployment<'s>,
    /// The run, which holds the leases.
    pub run: &'s Lifecycle<'s>,
    /// What the registry knows.
    pub known: Known,
    /// The secrets of this run.
    pub secrets: &'s Secrets,
    /// Plans that were made before, each for the inputs that were known then.
    pub ready: BTreeMap<Address, Planned<'s>>,
    /// What was said yes to.
    pub yes: &'s Yes,
}

impl<'s> Conductor<'s, bool> for Acting<'s> {
    fn begin(&mut self, address: &Address) -> Result<Job<'s, bool>, RunFailure> {
        let prior = self.known.recorded[address].clone();
        let inputs = step_inputs(self.session, address, self.request.goal, &self.known, &prior, self.secrets)?;
        let planned = self.ready.remove(address);
        if let Some(skip) = planned.as_ref().filter(|planned| same_values(&planned.inputs, &inputs)).and_then(skip) {
            return Ok(skip);
        }
        let ready = planned.filter(|planned| same_values(&planned.inputs, &inputs)).and_then(|planned| planned.ready);
        let task = ActTask {
            session: self.session,
            run: &self.run.folder,
            number: self.run.number,
            address: address.clone(),
            inputs,
            prior,
            goal: self.request.goal,
            force: self.request.force,
            yes: self.yes,
            adopt: self.request.resumes.is_some(),
            ask: self.request.consent.asks_for_more(),
            ready,
        };
        Ok(Box::new(move |reporter| act_step(task, reporter)))
    }

    /// Only what changed is read again: a run in which nothing changes asks little.
    fn finish(&mut self, address: &Address, changed: bool) -> Result<(), RunFailure> {
        if changed {
            self.session.states.forget(address);
            let states = self.session.registry.instances(vec![address.clone()])?;
            if self.known.resources.contains_key(address) {
                self.known.resources.extend(resources(self.session, [address.clone()].into())?);
            }
            self.known.recorded.extend(states.into_iter().map(|state| (address.clone(), state)));
        }
        Ok(())
    }
}

/// A step that was shown as skipped, and whose inputs are what they were, is skipped.
fn skip<'s>(planned: &Planned) -> Option<Job<'s, bool>> {
    let reason = planned.step.reason.clone();
    (planned.step.action == StepAction::Skip).then(|| {
        let job: Job<'s, bool> = Box::new(move |_| Ok(StepEnd { state: StepState::Skipped, reason, value: false }));
        job
    })
}

fn same_values(before: &Inputs, now: &Inputs) -> bool {
    values(before) == values(now)
}
