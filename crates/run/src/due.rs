//! Must a step run? Nothing runs for nothing: a step whose key and state are those of its last
//! success is skipped. Either way the reason is said.

use crate::Session;
use crate::failure::RunFailure;
use crate::inputs::{Inputs, all_known};
use crate::instance::{Instance, ToolInUse};
use crate::key::Key;
use crate::rename::renamed_from;
use crate::tool_plan::unknown_inputs;
use seam_model::InputStatus;
use seam_registry::{InstanceState, LastSuccess};
use seam_tools::terraform::StatePlace;

/// The answer, with its reason in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing that it reads changed.
    Skip(String),
    /// It runs.
    Run(String),
}

/// Decides for an instance whose key is `key`; `None` where an input is not known.
pub fn decide(instance: &Instance, inputs: &Inputs, key: Option<&Key>, force: bool) -> Decision {
    let decision = decide_by_key(instance, inputs, key, force);
    let Some(former) = renamed_from(&instance.prior) else { return decision };
    let and = |reason: String| format!("{reason} · renamed from {former}");
    match decision {
        Decision::Skip(reason) => Decision::Skip(and(reason)),
        Decision::Run(reason) => Decision::Run(and(reason)),
    }
}

fn decide_by_key(instance: &Instance, inputs: &Inputs, key: Option<&Key>, force: bool) -> Decision {
    if !all_known(inputs) {
        return Decision::Run(unknown_inputs(inputs).join(" · "));
    }
    let prior = &instance.prior;
    let (Some(success), Some(publication), Some(key)) = (&prior.success, &prior.publication, key) else {
        return Decision::Run(never_succeeded(prior));
    };
    // What was never applied does not run because of what others are about to change.
    let planned = inputs.iter().find(|(_, input)| input.planned.status == InputStatus::Planned);
    if let Some((name, _)) = planned {
        return Decision::Run(format!("{name} changes"));
    }
    if success.is_adoption() {
        return Decision::Run(format!("adopted by run {}, and not planned since", success.run));
    }
    let why = [
        force.then(|| "forced".to_owned()),
        prior.open_step.as_ref().map(|_| never_succeeded(prior)),
        // After a step that ended badly the state is another one by our own doing.
        prior.open_step.is_none().then(|| state_changed(instance, success)).flatten(),
        publication
            .outputs
            .values()
            .any(|output| output.value.is_none())
            .then(|| "the key of its sealed outputs is lost".to_owned()),
        instance.mirror.unskippable.clone(),
    ];
    let changes = key.changes_since(&success.key, &success.inputs, inputs);
    let reasons: Vec<String> = changes.into_iter().chain(why.into_iter().flatten()).collect();
    if reasons.is_empty() { Decision::Skip(skipped(instance, success)) } else { Decision::Run(reasons.join(" · ")) }
}

/// Decides for an instance that nothing is done with. While another process uses its mirror the
/// answer is an error: who it is.
pub fn of_session(
    session: &Session,
    prior: &InstanceState,
    inputs: &Inputs,
) -> Result<Result<Decision, String>, RunFailure> {
    let mut at_it = String::new();
    let mut give_up = |holder: &str| {
        holder.clone_into(&mut at_it);
        false
    };
    let Some(lock) = Instance::lock(session, &prior.address, &mut give_up)? else {
        return Ok(Err(at_it));
    };
    let instance = Instance::open(session, &prior.address, prior.clone(), lock)?;
    let key = if all_known(inputs) { Some(instance.key(inputs)?) } else { None };
    Ok(Ok(decide(&instance, inputs, key.as_ref(), false)))
}

fn never_succeeded(prior: &InstanceState) -> String {
    use seam_registry::Outcome;
    match prior.open_step.as_ref().map(|step| step.outcome) {
        Some(Some(Outcome::Exited(0))) => "applied, and not published",
        Some(Some(Outcome::Applied)) => "its last apply was cut off and is said to be done",
        Some(Some(Outcome::NotStarted)) => "its last apply did not start",
        Some(Some(Outcome::NotApplied)) => "its last apply was cut off and not done",
        Some(Some(_)) => "its last apply failed",
        Some(None) => "its last apply was cut off",
        None if prior.destroyed => "was destroyed",
        None if prior.success.is_some() => "its outputs were never published",
        None => "never applied",
    }
    .to_owned()
}

fn state_changed(instance: &Instance, success: &LastSuccess) -> Option<String> {
    if let Some(changed) = &instance.prior.state_changed {
        return Some(format!("its state was changed by hand in run {}", changed.run));
    }
    let before = success.state.as_ref()?;
    let now = instance.state_position();
    let remote = matches!(&instance.tool, ToolInUse::Terraform { place: StatePlace::Backend { .. }, .. });
    (!remote && now.as_ref() != Some(before)).then(|| "its state was changed by somebody else".to_owned())
}

/// Why nothing is done, and what nobody looked at.
fn skipped(instance: &Instance, success: &LastSuccess) -> String {
    let age = age((instance.session.caller.clock)() - success.time_us);
    let mut reasons = vec![format!("nothing it reads changed since run {}, {age}", success.run)];
    match instance.stack.code.as_ref().map_or(0, |code| code.data_sources) {
        0 => {}
        1 => reasons.push("1 data source not re-read".to_owned()),
        many => reasons.push(format!("{many} data sources not re-read")),
    }
    if let ToolInUse::Terraform { place: StatePlace::Backend { kind, .. }, .. } = &instance.tool {
        reasons.push(format!("state in {kind} not compared"));
    }
    reasons.join(" · ")
}

/// How long ago, in words: `12 s ago`, `3 m ago`, `2 h ago`, `5 d ago`.
pub fn age(age_us: i64) -> String {
    let seconds = age_us.max(0) / 1_000_000;
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} m ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ages_are_said_in_one_unit() {
        let said: Vec<_> = [-5, 59, 60, 7_200, 200_000].map(|seconds| super::age(seconds * 1_000_000)).into();
        assert_eq!(said, ["0 s ago", "59 s ago", "1 m ago", "2 h ago", "2 d ago"]);
    }
}
