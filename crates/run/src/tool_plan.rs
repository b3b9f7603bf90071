//! One plan of one instance, whichever its tool is.

use crate::drive::Reporter;
use crate::failure::RunFailure;
use crate::inputs::{Inputs, values};
use crate::instance::{Instance, PluginPaths, ToolInUse};
use crate::launcher::StepLauncher;
use crate::publish::Outputs;
use crate::state_on_record::{offer_import, refuse_left_behind};
use seam_model::{Action, Change, Deferred, Finding, InputStatus, PlannedOutput, Resource, StepState, Value};
use seam_tools::exec;
use seam_tools::terraform::{self, Goal, Progress};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What a tool plans for an instance.
pub struct ToolPlan {
    /// What changes.
    pub changes: Vec<Change>,
    /// By name; leaves may be unknown.
    pub outputs: BTreeMap<String, PlannedOutput>,
    /// Is there anything to apply?
    pub has_changes: bool,
    /// What is put off.
    pub deferred: Vec<Deferred>,
    /// What was assumed.
    pub notes: Vec<String>,
    /// Why it cannot be applied as it is.
    pub refused: Option<Finding>,
    /// Planned values of the changes, by address; only where they were asked for.
    pub values: BTreeMap<String, Json>,
    /// The saved plan of Terraform or OpenTofu.
    pub saved: Option<terraform::TerraformPlan>,
    /// An earlier run applied it and did not publish: what is to be published.
    pub applied: Option<Outputs>,
    /// It wrote none, and they are those of the last publication.
    pub carried: bool,
    /// What lookups find from then on; `None`: what they found before.
    pub resources: Option<Vec<Resource>>,
}

impl ToolPlan {
    /// There is nothing to do.
    pub fn nothing() -> Self {
        Self {
            changes: Vec::new(),
            outputs: BTreeMap::new(),
            has_changes: false,
            deferred: Vec::new(),
            notes: Vec::new(),
            refused: None,
            values: BTreeMap::new(),
            saved: None,
            applied: None,
            carried: false,
            resources: None,
        }
    }
}

/// What is wanted of a plan beyond its actions.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// To apply, or to destroy.
    pub goal: Goal,
    /// Outputs that a later step of this run reads: their planned values are needed.
    pub outputs: BTreeSet<String>,
    /// The planned values of every change, for an approval.
    pub values: bool,
    /// What of each resource changes, for somebody who looks at it.
    pub attributes: bool,
    /// Will it be applied? Then the state's lock is taken.
    pub lock: bool,
}

/// Plans.
pub fn plan(
    instance: &Instance,
    inputs: &Inputs,
    wanted: &Wanted,
    launcher: &mut StepLauncher,
    reporter: &Reporter,
) -> Result<ToolPlan, RunFailure> {
    match &instance.tool {
        ToolInUse::Terraform { .. } => plan_terraform(instance, inputs, wanted, launcher, reporter),
        ToolInUse::Exec => plan_exec(instance, inputs, wanted, launcher, reporter),
    }
}

fn plan_terraform(
    instance: &Instance,
    inputs: &Inputs,
    wanted: &Wanted,
    launcher: &mut StepLauncher,
    reporter: &Reporter,
) -> Result<ToolPlan, RunFailure> {
    let ToolInUse::Terraform { program, place, recorded, .. } = &instance.tool else {
        return Err(no_commands(instance));
    };
    refuse_left_behind(instance, launcher)?;
    let (values, paths) = (values(inputs), PluginPaths::of(instance.session));
    let job = instance.terraform_job(program, place, recorded, &values, &paths)?;
    let mut progress = |progress: &Progress| reporter.told(StepState::Planning, progress);
    let planned = terraform::plan(&job, launcher, wanted.goal, wanted.lock, &mut progress);
    let mut planned = planned.map_err(|mut failure| {
        failure.finding = offer_import(instance.session, &instance.prior, place, failure.finding);
        failure
    })?;
    if let Some(version) = &planned.version {
        program.clone().confirm(version, &instance.session.places.cache);
    }
    let unknown = |name: &String| planned.outputs.get(name).is_some_and(|output| output.value == Value::Unknown);
    // A digest is the same whether somebody looks at the attributes or not.
    let is_digested = wanted.values && planned.has_changes || wanted.outputs.iter().any(unknown);
    let mut digested = BTreeMap::new();
    if is_digested || wanted.attributes && planned.has_changes {
        let shown = terraform::show(&job, launcher, &planned)?;
        planned.outputs = shown.outputs;
        if wanted.attributes {
            planned.changes = shown.changes;
        }
        if is_digested {
            digested = shown.values;
        }
    }
    for diagnostic in &planned.diagnostics {
        reporter.warn(&crate::report::diagnostic(diagnostic));
    }
    // The tool says them in the order in which its threads came to them.
    planned.changes.sort_by(|a, b| a.address.cmp(&b.address));
    Ok(ToolPlan {
        changes: planned.changes.clone(),
        outputs: planned.outputs.clone(),
        has_changes: planned.has_changes,
        deferred: planned.deferred.clone(),
        notes: planned.notes.clone(),
        refused: None,
        values: digested,
        saved: Some(planned),
        applied: None,
        carried: false,
        resources: None,
    })
}

fn plan_exec(
    instance: &Instance,
    inputs: &Inputs,
    wanted: &Wanted,
    launcher: &mut StepLauncher,
    reporter: &Reporter,
) -> Result<ToolPlan, RunFailure> {
    let commands = instance.commands.as_ref().ok_or_else(|| no_commands(instance))?;
    let nothing = ToolPlan::nothing();
    let published = instance.prior.publication.is_some();
    // What its programs do nobody can tell; that they run is what a yes covers.
    let run = |action| vec![Change::new("exec", action)];
    if wanted.goal == Goal::Destroy {
        let (action, notes) = match commands.destroy {
            Some(_) => (Action::Delete, Vec::new()),
            None => (
                Action::Forget,
                vec!["it has no destroy command: what it made stays, only its record is removed".to_owned()],
            ),
        };
        return Ok(ToolPlan { has_changes: true, changes: run(action), notes, ..nothing });
    }
    let changes = run(if published { Action::Update } else { Action::Create });
    let values = values(inputs);
    let mut line = |line: &str| reporter.progress(0, 0, line);
    Ok(match exec::plan(&instance.exec_job(commands, &values), launcher, &mut line)? {
        exec::ExecPlan::Nothing if published => ToolPlan { outputs: published_outputs(instance), ..nothing },
        exec::ExecPlan::Nothing => {
            let notes = vec!["its plan has nothing to do, and its outputs were never published".to_owned()];
            ToolPlan { has_changes: true, changes, notes, ..nothing }
        }
        exec::ExecPlan::Changes { outputs, reason } => {
            let notes = reason.map(str::to_owned).into_iter().collect();
            ToolPlan { outputs: planned_outputs(instance, outputs), has_changes: true, changes, notes, ..nothing }
        }
        exec::ExecPlan::Deferred { inputs: names } => {
            let deferred = names.iter().map(|name| deferred_exec(instance, name)).collect();
            ToolPlan { has_changes: true, changes, deferred, ..nothing }
        }
    })
}

/// What was applied already, and is only to be published.
pub fn applied(instance: &Instance, outputs: Outputs) -> ToolPlan {
    ToolPlan { outputs: planned_outputs(instance, outputs.clone()), applied: Some(outputs), ..ToolPlan::nothing() }
}

/// The last publication, as a plan that changes nothing says it.
fn published_outputs(instance: &Instance) -> BTreeMap<String, PlannedOutput> {
    let publication = instance.prior.publication.as_ref();
    let outputs = publication.into_iter().flat_map(|publication| &publication.outputs);
    outputs
        .map(|(name, output)| {
            let value = output.value.clone().unwrap_or(Value::Unknown);
            (name.clone(), PlannedOutput { action: Action::NoOp, value, sensitive: output.sensitive })
        })
        .collect()
}

/// Outputs as a tool says them, compared with the last publication.
fn planned_outputs(instance: &Instance, outputs: Outputs) -> BTreeMap<String, PlannedOutput> {
    let published = instance.prior.publication.as_ref().map(|publication| &publication.outputs);
    outputs
        .into_iter()
        .map(|(name, output)| {
            let action = match published.and_then(|outputs| outputs.get(&name)) {
                None => Action::Create,
                Some(before) if before.value.as_ref() == Some(&output.value) => Action::NoOp,
                Some(_) => Action::Update,
            };
            (name, PlannedOutput { action, value: output.value, sensitive: output.sensitive })
        })
        .collect()
}

/// An `exec` stack whose plan needs an input that nobody knows yet.
fn deferred_exec(instance: &Instance, input: &str) -> Deferred {
    let place = instance
        .stack
        .inputs_of(&instance.address.environment)
        .get(input)
        .map(|input| input.place.clone())
        .unwrap_or_default();
    Deferred {
        input: Some(input.to_owned()),
        file: place.file,
        line: place.line,
        column: place.column,
        message: format!("its plan needs `{input}`, and does not say `plan_unknown: true`"),
    }
}

fn no_commands(instance: &Instance) -> RunFailure {
    let finding =
        Finding::error(seam_model::codes::MISSING_KEY, format!("{} has no programs to run", instance.address));
    vec![finding.at(&instance.stack.place)].into()
}

/// The names of inputs that nobody knows as a whole, each with whom it waits for.
pub fn unknown_inputs(inputs: &Inputs) -> Vec<String> {
    inputs
        .iter()
        .filter(|(_, input)| !input.planned.value.is_known())
        .map(|(name, input)| {
            let from: Vec<&str> = input.unknown_from.iter().map(|address| address.stack.as_str()).collect();
            let part = if input.planned.status == InputStatus::Unknown { "unknown" } else { "partly unknown" };
            format!("{name}: {part} until {} is applied", from.join(", "))
        })
        .collect()
}
