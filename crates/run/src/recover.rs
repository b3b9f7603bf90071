//! Takes up what an earlier run left of a step: follows its tool to the end, takes its status, asks a
//! script whether it did its work, and names what may exist and be in no state.

use crate::Session;
use crate::drive::Reporter;
use crate::failure::RunFailure;
use crate::follow::follow;
use crate::inputs::{Inputs, values};
use crate::instance::{Instance, PluginPaths, ToolInUse};
use crate::key::Key;
use crate::launcher::{StepLauncher, outcome};
use crate::leftover::{Leftover, folder_of, look_back, uncertain, unreadable};
use crate::run_folder;
use crate::shown_address::among;
use crate::tool_plan::{ToolPlan, applied};
use seam_model::{Action, Address, Finding, StepState, Tool, Verb, codes};
use seam_process::Running;
use seam_registry::{Command, InstanceState, OpenStep, Outcome};
use seam_tools::exec::{self, Verified};
use seam_tools::terraform::{self, Goal};
use std::collections::BTreeSet;
use std::path::Path;

/// Follows the tool of a step that an earlier run started and that still works, and records its end.
/// Then the instance is asked for again, because that run may have recorded more.
pub fn adopt(session: &Session, state: InstanceState, reporter: &Reporter) -> Result<InstanceState, RunFailure> {
    let Some(step) = &state.open_step else { return Ok(state) };
    let folder = folder_of(session, &state.address, step)?;
    let failed = |error: seam_process::Error| RunFailure::from(unreadable(&folder, &error));
    let Some(running) = Running::adopt(&folder).map_err(failed)? else { return Ok(state) };
    let words = format!("its tool of run {} still runs (process {}): followed", step.run, running.identity().pid);
    reporter.state(StepState::Waiting, &words);
    let mut line = |line: &str| reporter.progress(0, 0, &terraform::said(line));
    match follow(&session.stop, &folder, running, &mut line, reporter) {
        Ok(ended) => {
            let (address, folder) = (state.address.clone(), step.folder.clone());
            let end = Command::EndStep { run: step.run, address, folder, outcome: outcome(&ended) };
            // Refused where somebody recorded it meanwhile.
            session.registry.submit(vec![end])?;
        }
        // Its folder says so to whoever looks back.
        Err(seam_process::Error::Uncertain { .. }) => {}
        Err(error) => return Err(failed(error)),
    }
    let mut states = session.registry.instances(vec![state.address.clone()])?;
    Ok(states.pop().unwrap_or(state))
}

/// A step that was done by an earlier run and led to nothing recorded: then only its outputs, or its
/// end, are to be recorded. `None`: it is to be planned.
pub fn done_before(
    instance: &Instance,
    inputs: &Inputs,
    (goal, key, force): (Goal, Option<&Key>, bool),
    launcher: &mut StepLauncher,
) -> Result<Option<ToolPlan>, RunFailure> {
    let left = look_back(instance.session, &instance.prior, force)?;
    let Some(open) = &instance.prior.open_step else { return Ok(None) };
    match (goal, open.verb) {
        (Goal::Destroy, Verb::Destroy) => Ok(matches!(left, Leftover::Applied(_)).then(ToolPlan::nothing)),
        (Goal::Apply, Verb::Apply) if !force && key.is_some_and(|key| key.to_string() == open.key) => match left {
            Leftover::Applied(folder) => taken(instance, inputs, &folder, launcher).map(Some),
            Leftover::Verify => verified(instance, inputs, open, launcher),
            Leftover::Nothing | Leftover::CutOff(_) => Ok(None),
        },
        // It is to be done with other inputs now, so that what the last one did need not be known.
        _ => Ok(None),
    }
}

/// The outputs of a step that was applied and not published.
fn taken(
    instance: &Instance,
    inputs: &Inputs,
    folder: &Path,
    launcher: &mut StepLauncher,
) -> Result<ToolPlan, RunFailure> {
    let outputs = match &instance.tool {
        // One that somebody resolved may have written none: then those of before hold.
        ToolInUse::Exec => {
            let (outputs, resources) = (exec::outputs(folder), exec::resources(folder));
            let written = outputs.filter(|outputs| !outputs.is_empty());
            let resources = resources.filter(|resources| written.is_some() || !resources.is_empty());
            let carried = written.is_none() && instance.prior.publication.is_some();
            let outputs = written.unwrap_or_else(|| instance.last_outputs());
            return Ok(ToolPlan { carried, resources, ..applied(instance, outputs) });
        }
        ToolInUse::Terraform { program, place, recorded, .. } => {
            let (values, paths) = (values(inputs), PluginPaths::of(instance.session));
            let job = instance.terraform_job(program, place, recorded, &values, &paths)?;
            terraform::outputs(&job, launcher)?.outputs
        }
    };
    Ok(applied(instance, outputs))
}

/// Asks the stack's `verify` command whether the work was done.
fn verified(
    instance: &Instance,
    inputs: &Inputs,
    open: &OpenStep,
    launcher: &mut StepLauncher,
) -> Result<Option<ToolPlan>, RunFailure> {
    let Some(commands) = &instance.commands else { return Ok(None) };
    let values = values(inputs);
    match exec::verify(&instance.exec_job(commands, &values), launcher)? {
        Verified::Applied(exec::Applied { outputs, resources }) => {
            let resources = Some(resources).filter(|resources| !resources.is_empty());
            Ok(Some(ToolPlan { resources, ..applied(instance, outputs) }))
        }
        Verified::NotApplied => Ok(None),
        Verified::Unknown => Err(uncertain(&instance.prior, open).into()),
    }
}

/// What the killed tool of the last apply may have made that is in no state, by its address.
#[derive(Debug, Default)]
pub struct InNoState {
    /// What the code still says.
    pub in_code: BTreeSet<String>,
    /// What it says no more: no plan makes it, and nobody else names it.
    pub gone: BTreeSet<String>,
}

/// What the killed tool of the last apply began to create, and what neither the state that `plan` was made
/// on has nor anybody knows otherwise.
pub fn in_no_state(instance: &Instance, goal: Goal, plan: &ToolPlan) -> Result<InNoState, RunFailure> {
    let mut left = InNoState::default();
    if instance.stack.tool == Tool::Exec {
        return Ok(left);
    }
    let Leftover::CutOff(folder) = look_back(instance.session, &instance.prior, false)? else { return Ok(left) };
    let of = |actions: &[Action]| -> BTreeSet<&str> {
        let with = plan.changes.iter().filter(|change| actions.contains(&change.action));
        with.map(|change| change.address.as_str()).collect()
    };
    let begun = run_folder::creations(instance.session, &folder).map_err(|error| unreadable(&folder, &error))?;
    let missing = of(&[Action::Create, Action::Replace]);
    // Without its words everything that is not there may have been made by it.
    let begun = begun.unwrap_or_else(|| missing.iter().map(|address| ((*address).to_owned(), false)).collect());
    // At its time limit a tool is interrupted first, and saves what it completed.
    let open = instance.prior.open_step.as_ref();
    let saved = open.is_some_and(|open| open.outcome == Some(Outcome::TimedOut));
    let begun: BTreeSet<String> =
        begun.into_iter().filter(|(_, ended)| !(saved && *ended)).map(|(address, _)| address).collect();
    let of_plan = if goal == Goal::Apply { missing } else { of(&[Action::Delete, Action::Replace, Action::Forget]) };
    let found = among(instance.session, &begun, &of_plan)?;
    let (planned, rest): (Vec<&String>, Vec<&String>) =
        begun.iter().partition(|address| found.contains_key(address.as_str()));
    if goal == Goal::Destroy {
        left.in_code.extend(rest.into_iter().cloned());
        return Ok(left);
    }
    left.in_code.extend(planned.into_iter().map(|address| found[address.as_str()].to_owned()));
    let Some(there) = plan.saved.as_ref().and_then(terraform::in_state) else { return Ok(left) };
    let there = among(instance.session, &begun, &there.iter().map(String::as_str).collect())?;
    let unseen = rest.into_iter().filter(|address| !there.contains_key(address.as_str())).cloned();
    // A plan in which something is put off does not tell what the code has.
    if plan.deferred.is_empty() {
        left.gone.extend(unseen);
    } else {
        left.in_code.extend(unseen);
    }
    Ok(left)
}

/// The refusal to go on while nobody looked after them; `None` where there are none.
pub fn look_after(address: &Address, run: u64, left: &InNoState) -> Option<RunFailure> {
    let gone = left.gone.iter().map(|name| format!("{name} (in the code no more)"));
    let names: Vec<String> = left.in_code.iter().cloned().chain(gone).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!("{} may exist and be in no state: the tool was killed when it made them", names.join(", "));
    let Address { stack, environment, .. } = address;
    let remove = match left.in_code.first() {
        Some(name) => {
            format!("take it in: `seam tool {stack} -e {environment} -- import '{name}' ID`, or remove it")
        }
        None => "remove it, or put it back into the code and take it in".to_owned(),
    };
    let help =
        format!("where it exists, {remove}; then `seam runs resolve {run} {stack} --not-applied` and apply again");
    Some(vec![Finding::error(codes::IN_NO_STATE, message).help(help)].into())
}
