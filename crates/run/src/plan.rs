//! Plans a run: every step in deployment order, each with what is known of its inputs by then.

use crate::Session;
use crate::drive::{Conductor, Failures, Job, StepEnd, drive};
use crate::failure::RunFailure;
use crate::inputs::{Inputs, Known, ResolvedInput, resolve};
use crate::key::plan_digest;
use crate::plan_step::{PlanTask, Planned, plan_step};
use crate::run_folder::RunFolder;
use crate::secrets::Secrets;
use crate::steps::Steps;
use crate::tool_plan::Wanted;
use crate::uses::note_outputs_taken;
use seam_graph::Scheduler;
use seam_model::{Address, Finding, Name, Pattern, Plan, PlannedStep, RunEvent, StepAction, StepState, Verb, codes};
use seam_registry::{InstanceState, RegistryError};
use seam_tools::terraform::Goal;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be planned, and how.
#[expect(clippy::struct_excessive_bools, reason = "each is asked by itself, and any of them go together")]
pub struct Planning<'s> {
    /// Everything that stays the same.
    pub session: &'s Session,
    /// Where processes have their folders.
    pub run: &'s RunFolder,
    /// To apply, or to destroy.
    pub goal: Goal,
    /// What the registry knows, and what was planned so far.
    pub known: Known,
    /// The secrets of this run.
    pub secrets: &'s Secrets,
    /// Plan although nothing changed.
    pub force: bool,
    /// Will somebody look at what of each resource changes? It costs a process a step.
    pub attributes: bool,
    /// Will the plans be applied? Then states are locked while they are made.
    pub lock: bool,
    /// Follow tools of a dead run that still work, rather than refuse to?
    pub adopt: bool,
    /// Outputs that a later step reads, by provider.
    pub wanted: BTreeMap<Address, BTreeSet<String>>,
    /// What was planned.
    pub planned: BTreeMap<Address, Planned<'s>>,
}

impl<'s> Planning<'s> {
    /// A planning of these steps.
    pub fn new(
        session: &'s Session,
        run: &'s RunFolder,
        goal: Goal,
        known: Known,
        secrets: &'s Secrets,
        steps: &Steps,
    ) -> Self {
        let mut wanted: BTreeMap<Address, BTreeSet<String>> = BTreeMap::new();
        for link in steps.iter().flat_map(|(address, _)| session.graph.links_of(address)) {
            if let Some(output) = link.output.as_ref().filter(|_| link.pattern != Pattern::Lookup) {
                wanted.entry(link.provider.clone()).or_default().insert(output.clone());
            }
        }
        Self {
            session,
            run,
            goal,
            known,
            secrets,
            force: false,
            lock: false,
            adopt: false,
            attributes: false,
            wanted,
            planned: BTreeMap::new(),
        }
    }

    /// Plans all steps.
    pub fn drive(&mut self, scheduler: Scheduler, report: &mut dyn FnMut(RunEvent)) -> Failures {
        drive(self.session, scheduler, self, report)
    }

    /// The plan as people see it.
    pub fn document(&self, steps: &Steps, environment: &Name) -> Result<Plan, RegistryError> {
        let planned: Vec<&Planned> = steps.iter().filter_map(|(address, _)| self.planned.get(address)).collect();
        let bound: Vec<_> =
            planned.iter().map(|one| (one.step.clone(), one.inputs.clone(), one.details.clone())).collect();
        let verb = if self.goal == Goal::Destroy { Verb::Destroy } else { Verb::Apply };
        let mut steps: Vec<PlannedStep> = planned.iter().map(|one| one.step.clone()).collect();
        if self.goal == Goal::Apply {
            note_outputs_taken(self.session, &mut steps)?;
        }
        Ok(Plan {
            environment: environment.clone(),
            destroy: self.goal == Goal::Destroy,
            steps,
            digest: plan_digest(self.session, verb.as_str(), environment.as_str(), &bound)?,
            refused: Vec::new(),
        })
    }
}

impl<'s> Conductor<'s, Planned<'s>> for Planning<'s> {
    fn begin(&mut self, address: &Address) -> Result<Job<'s, Planned<'s>>, RunFailure> {
        let prior = self.known.recorded[address].clone();
        let inputs = step_inputs(self.session, address, self.goal, &self.known, &prior, self.secrets)?;
        let values = self.session.instance(address).1.approve;
        let wanted = Wanted {
            goal: self.goal,
            outputs: self.wanted.get(address).cloned().unwrap_or_default(),
            values,
            attributes: self.attributes || values,
            lock: self.lock,
        };
        let (session, run, force, adopt) = (self.session, self.run, self.force, self.adopt);
        let task = PlanTask { session, run, address: address.clone(), inputs, prior, wanted, force, adopt };
        Ok(Box::new(move |reporter| {
            let planned = plan_step(task, reporter)?;
            let reason = planned.step.reason.clone();
            Ok(StepEnd { state: state_of(planned.step.action), reason, value: planned })
        }))
    }

    fn finish(&mut self, address: &Address, planned: Planned<'s>) -> Result<(), RunFailure> {
        self.known.recorded.insert(address.clone(), planned.recorded.clone());
        if planned.step.action != StepAction::Skip {
            self.known.planned.insert(address.clone(), planned.step.outputs.clone());
        }
        if planned.step.action == StepAction::None {
            self.known.unchanged.insert(address.clone());
        }
        self.planned.insert(address.clone(), planned);
        Ok(())
    }
}

/// Where a step stands once it is planned: to be applied later, or not at all.
fn state_of(action: StepAction) -> StepState {
    match action {
        StepAction::Skip | StepAction::None => StepState::Skipped,
        StepAction::Apply | StepAction::Deferred => StepState::Planned,
    }
}

/// The inputs of a step: what the workspace says for an apply; for a destroy what the last success
/// recorded, and secrets anew.
pub fn step_inputs(
    session: &Session,
    address: &Address,
    goal: Goal,
    known: &Known,
    prior: &InstanceState,
    secrets: &Secrets,
) -> Result<Inputs, RunFailure> {
    match goal {
        Goal::Apply => Ok(resolve(session, address, known, secrets)?),
        Goal::Destroy => last_inputs(session, address, known, prior, secrets),
    }
}

fn last_inputs(
    session: &Session,
    address: &Address,
    known: &Known,
    prior: &InstanceState,
    secrets: &Secrets,
) -> Result<Inputs, RunFailure> {
    let recorded = match (&prior.success, &prior.open_step) {
        (_, Some(step)) => Some(&step.inputs),
        (Some(success), None) => Some(&success.inputs),
        (None, None) => None,
    };
    let mut inputs = Inputs::new();
    for (name, input) in recorded.into_iter().flatten() {
        let Some(value) = &input.value else { return Err(sealed(address, name).into()) };
        let mut last = ResolvedInput::applied(value.clone(), input.sensitive, input.pattern);
        last.planned.from = input.from.iter().map(|from| from.address.clone()).collect();
        last.planned.output = input.from.first().map(|from| from.output.clone());
        inputs.insert(name.clone(), last);
    }
    // What was declared since the last success was never recorded, and the code may not do without.
    for (name, input) in crate::inputs::resolve_where_possible(session, address, known, secrets) {
        inputs.entry(name).or_insert(input);
    }
    for input in session.instance(address).0.inputs_of(&address.environment).into_values() {
        if let seam_model::Source::Secret(secret) = &input.source
            && let Some(value) = secrets.get(session, address, secret, input)?
        {
            inputs.insert(input.name.clone(), ResolvedInput::applied(value, true, Pattern::Secret));
        }
    }
    Ok(inputs)
}

fn sealed(address: &Address, name: &str) -> Box<Finding> {
    let message = format!("the last input `{name}` of {address} is sealed, and its key is not here");
    Box::new(Finding::error(codes::SEALED, message).help("SEAM_KEY_FILE names the key file"))
}
