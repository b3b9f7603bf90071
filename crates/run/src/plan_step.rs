//! Plans one step: decide whether it must run, plan it, and say what it would do.

use crate::Session;
use crate::drive::Reporter;
use crate::driver::none_held;
use crate::due::{Decision, decide};
use crate::failure::RunFailure;
use crate::inputs::{Inputs, all_known};
use crate::instance::Instance;
use crate::key::Key;
use crate::launcher::StepLauncher;
use crate::mask::Masker;
use crate::recover::{adopt, done_before, in_no_state, look_after};
use crate::rename::on_record;
use crate::run_folder::RunFolder;
use crate::shown_address::shown;
use crate::tool_plan::{ToolPlan, Wanted, plan};
use seam_model::{Address, Before, Change, ContractChange, Finding, PlannedStep, StepAction, StepState, Value, codes};
use seam_registry::{InstanceState, Outcome, RegistryError};
use seam_tools::terraform::Goal;

/// What is to be planned.
pub struct PlanTask<'s> {
    /// Everything that stays the same.
    pub session: &'s Session,
    /// Where the step's processes have their folders.
    pub run: &'s RunFolder,
    /// Which instance.
    pub address: Address,
    /// Its inputs.
    pub inputs: Inputs,
    /// What the registry knows of it.
    pub prior: InstanceState,
    /// What is wanted of the plan.
    pub wanted: Wanted,
    /// Plan although nothing changed.
    pub force: bool,
    /// Follow a tool of a dead run that still works, rather than refuse to.
    pub adopt: bool,
}

/// A step that was planned.
pub struct Planned<'s> {
    /// What people see.
    pub step: PlannedStep,
    /// Its inputs.
    pub inputs: Inputs,
    /// The digest of its files and settings.
    pub own: String,
    /// What an approval covers beyond that: key, state, values of changes.
    pub details: String,
    /// With what it is applied; `None` for a skip, and for a plan with unknown inputs.
    pub ready: Option<Ready<'s>>,
    /// What was on record when it was planned.
    pub recorded: InstanceState,
}

/// Everything that an apply of the planned step needs. The mirror stays locked while it lives.
pub struct Ready<'s> {
    /// The instance.
    pub instance: Instance<'s>,
    /// Its plan.
    pub plan: ToolPlan,
    /// Its key.
    pub key: Key,
    /// Why it runs.
    pub why: String,
}

/// Plans the step.
pub fn plan_step<'s>(task: PlanTask<'s>, reporter: &Reporter) -> Result<Planned<'s>, RunFailure> {
    learn_secrets(&task.inputs, reporter);
    let prior = if task.adopt { adopt(task.session, task.prior, reporter)? } else { task.prior };
    let instance = open(task.session, &task.address, prior, task.wanted.lock, reporter)?;
    if !task.wanted.lock {
        not_at_work(&instance)?;
    }
    for name in &instance.env.dropped {
        reporter.warn(&format!("{name} of your environment is not passed to the tool"));
    }
    let key = if all_known(&task.inputs) { Some(instance.key(&task.inputs)?) } else { None };
    let why = match decide(&instance, &task.inputs, key.as_ref(), task.force) {
        Decision::Skip(reason) if task.wanted.goal == Goal::Apply => {
            return Ok(skipped(&instance, task.inputs, reason, key.as_ref()));
        }
        Decision::Skip(_) => "is to be destroyed".to_owned(),
        Decision::Run(_) if task.wanted.goal == Goal::Destroy => "is to be destroyed".to_owned(),
        Decision::Run(why) => why,
    };
    reporter.state(StepState::Planning, &why);
    let folder = task.run.step(&task.address.stack);
    let mut launcher = StepLauncher::new(task.session, &task.address, folder, None, reporter);
    let what = (task.wanted.goal, key.as_ref(), task.force);
    let planned = match done_before(&instance, &task.inputs, what, &mut launcher)? {
        Some(plan) => Ok(plan),
        None => plan(&instance, &task.inputs, &task.wanted, &mut launcher, reporter),
    };
    let mut plan = planned.map_err(|mut failure| {
        name_held_back(&instance, &mut failure);
        failure
    })?;
    learn_outputs(&mut plan, reporter);
    name_in_no_state(&instance, &task.wanted, &mut plan, reporter)?;
    hide_secrets(task.session, &mut plan, reporter)?;
    let why = match (&plan.applied, &instance.prior.open_step) {
        (Some(_), Some(open)) => format!("applied by run {}, and not published", open.run),
        _ => why,
    };
    let before = before(&instance, reporter);
    let mut step = planned_step(&instance, &task.inputs, &plan, &why, before);
    if task.wanted.goal == Goal::Apply {
        step.contract = contract_change(&instance);
    }
    let details = details(&instance, key.as_ref(), &plan);
    let own = instance.own_digest()?;
    let recorded = instance.prior.clone();
    let ready = key.map(|key| Ready { instance, plan, key, why });
    Ok(Planned { step, inputs: task.inputs, own, details, ready, recorded })
}

/// Waits while another process uses the mirror, and says for whom. Who has no lease of the instance reads
/// again what is on record where another run was at it: it is another one by then.
pub fn open<'s>(
    session: &'s Session,
    address: &Address,
    mut prior: InstanceState,
    leased: bool,
    reporter: &Reporter,
) -> Result<Instance<'s>, RunFailure> {
    let mut told = false;
    let mut waits = |holder: &str| {
        if !std::mem::replace(&mut told, true) {
            reporter.state(StepState::Waiting, &format!("waits for {holder}"));
        }
        session.stop.requests() == 0
    };
    let lock = Instance::lock(session, address, &mut waits)?.ok_or_else(|| {
        RunFailure::from(Finding::error(codes::INTERRUPTED, format!("interrupted while {address} waited")))
    })?;
    let was_at_it = told || prior.lease.is_some() || prior.open_step.is_some();
    if !leased
        && was_at_it
        && let Some(now) = on_record(session, [address.clone()].into())?.states.remove(address)
    {
        prior = now;
    }
    Instance::open(session, address, prior, lock)
}

/// What became of a step is not asked while the run that started it goes on (S0501): it says so itself.
fn not_at_work(instance: &Instance) -> Result<(), RunFailure> {
    let open = instance.prior.open_step.as_ref();
    match open.filter(|open| matches!(open.outcome, None | Some(Outcome::Exited(0)))) {
        Some(_) => none_held(instance.session, &[&instance.prior]),
        None => Ok(()),
    }
}

/// What may exist and be in no state stops an apply; a plan says it.
fn name_in_no_state(
    instance: &Instance,
    wanted: &Wanted,
    plan: &mut ToolPlan,
    reporter: &Reporter,
) -> Result<(), RunFailure> {
    let Some(open) = &instance.prior.open_step else { return Ok(()) };
    let left = in_no_state(instance, wanted.goal, plan)?;
    let Some(refusal) = look_after(&instance.address, open.run, &left) else { return Ok(()) };
    if wanted.lock {
        return Err(refusal);
    }
    plan.refused = reporter.with_masker(|masker| refusal.masked(masker)).findings.into_iter().next();
    plan.notes.extend(plan.refused.iter().map(|finding| finding.message.clone()));
    Ok(())
}

/// Secrets are known before anything could show them.
pub fn learn_secrets(inputs: &Inputs, reporter: &Reporter) {
    for (name, input) in inputs.iter().filter(|(_, input)| input.planned.sensitive) {
        reporter.learn(name, &input.planned.value);
        if let Some(part) = &input.part {
            reporter.learn(name, part);
        }
    }
}

/// The sensitive outputs that a plan knows; one that a secret is in is sensitive, whatever the code says.
pub fn learn_outputs(plan: &mut ToolPlan, reporter: &Reporter) {
    for output in plan.outputs.values_mut() {
        output.sensitive |= reporter.reveals(&output.value);
    }
    for (name, output) in plan.outputs.iter().filter(|(_, output)| output.sensitive) {
        reporter.learn(name, &output.value);
    }
}

/// Takes what is secret out of a plan, whatever the code says: out of addresses, words and attributes.
fn hide_secrets(session: &Session, plan: &mut ToolPlan, reporter: &Reporter) -> Result<(), RegistryError> {
    reporter.with_masker(|masker| {
        let addresses = shown(session, masker, plan.changes.iter().map(|change| change.address.as_str()))?;
        for (change, address) in plan.changes.iter_mut().zip(addresses) {
            change.address = address;
        }
        let deferred = plan.deferred.iter_mut().map(|deferred| &mut deferred.message);
        for text in plan.notes.iter_mut().chain(deferred) {
            *text = masker.mask(text);
        }
        Ok::<(), RegistryError>(())
    })?;
    hide_values(&mut plan.changes, reporter);
    Ok(())
}

/// Takes the values of attributes that are sensitive or that a secret is in. What stood there before may
/// stand elsewhere in the resource too: a secret that was exchanged is not known in any other way.
fn hide_values(changes: &mut [Change], reporter: &Reporter) {
    for change in changes {
        let mut secrets = Masker::default();
        for attribute in &mut change.attributes {
            attribute.sensitive |= reporter.reveals(&attribute.before) || reporter.reveals(&attribute.after);
            if attribute.sensitive {
                secrets.learn(&std::mem::replace(&mut attribute.before, Value::Null));
                secrets.learn(&std::mem::replace(&mut attribute.after, Value::Null));
            }
        }
        for attribute in &mut change.attributes {
            if secrets.reveals(&attribute.before) || secrets.reveals(&attribute.after) {
                attribute.sensitive = true;
                (attribute.before, attribute.after) = (Value::Null, Value::Null);
            }
        }
    }
}

/// What the instance's inputs and outputs were at its last success, as far as it may be shown.
fn before(instance: &Instance, reporter: &Reporter) -> Before {
    let shown = |name: &String, value: &Option<Value>, sensitive: bool| {
        let value = value.as_ref().filter(|value| !sensitive && !reporter.reveals(value))?;
        Some((name.clone(), value.clone()))
    };
    let inputs = instance.prior.success.iter().flat_map(|last| &last.inputs);
    let outputs = instance.prior.publication.iter().flat_map(|last| &last.outputs);
    Before {
        inputs: inputs.filter_map(|(name, input)| shown(name, &input.value, input.sensitive)).collect(),
        outputs: outputs.filter_map(|(name, output)| shown(name, &output.value, output.sensitive)).collect(),
    }
}

/// A failed step names the credentials that it did not get.
pub fn name_held_back(instance: &Instance, failure: &mut RunFailure) {
    if instance.env.held_back.is_empty() {
        return;
    }
    if let Some(finding) = failure.findings.first_mut() {
        let names = instance.env.held_back.join(", ");
        let note = format!("the environment chooses its own credentials, so {names} of yours did not reach the tool");
        finding.help = Some(match finding.help.take() {
            Some(help) => format!("{help}; {note}"),
            None => note,
        });
    }
}

fn skipped<'s>(instance: &Instance<'s>, inputs: Inputs, reason: String, key: Option<&Key>) -> Planned<'s> {
    let step = PlannedStep {
        address: instance.address.clone(),
        action: StepAction::Skip,
        reason,
        inputs: inputs.iter().map(|(name, input)| (name.clone(), input.planned.clone())).collect(),
        changes: Vec::new(),
        outputs: std::collections::BTreeMap::new(),
        before: Before::default(),
        deferred: Vec::new(),
        notes: Vec::new(),
        contract: None,
        refused: None,
    };
    let details = key.map(Key::to_string).unwrap_or_default();
    let recorded = instance.prior.clone();
    Planned { step, inputs, own: String::new(), details, ready: None, recorded }
}

fn planned_step(instance: &Instance, inputs: &Inputs, plan: &ToolPlan, why: &str, before: Before) -> PlannedStep {
    let action = if !plan.deferred.is_empty() {
        StepAction::Deferred
    } else if plan.has_changes {
        StepAction::Apply
    } else {
        StepAction::None
    };
    PlannedStep {
        address: instance.address.clone(),
        action,
        reason: why.to_owned(),
        inputs: inputs.iter().map(|(name, input)| (name.clone(), input.planned.clone())).collect(),
        changes: plan.changes.clone(),
        outputs: plan.outputs.clone(),
        before,
        deferred: plan.deferred.clone(),
        notes: plan.notes.clone(),
        contract: None,
        refused: plan.refused.clone(),
    }
}

/// Is the contract another one than the published? One that cannot be read is refused elsewhere.
fn contract_change(instance: &Instance) -> Option<ContractChange> {
    let published = &instance.prior.publication.as_ref()?.provenance;
    let document = instance.session.contracts.of(instance.stack).ok()?;
    let after = document.as_ref().and_then(|document| document.version.clone());
    let is_same = document.map(|document| document.digest()) == published.contract_digest;
    let is_same = is_same && after == published.contract;
    (!is_same).then(|| ContractChange { before: published.contract.clone(), after })
}

fn details(instance: &Instance, key: Option<&Key>, plan: &ToolPlan) -> String {
    let local = instance.state_position().map(|position| format!("{} {}", position.lineage, position.serial));
    let planned = plan.saved.as_ref().and_then(|saved| saved.position.as_ref());
    let state = local.or_else(|| planned.map(|position| format!("{} {}", position.lineage, position.serial)));
    let values: Vec<String> = plan.values.iter().map(|(address, json)| format!("{address} {json}")).collect();
    format!("{} {} {}", key.map(Key::to_string).unwrap_or_default(), state.unwrap_or_default(), values.join("\n"))
}
