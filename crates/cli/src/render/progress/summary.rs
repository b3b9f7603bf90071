//! The last lines of an apply or a destroy: what came of it, and what to do next.

use super::state::State;
use crate::render::{duration, plan::quoted};
use seam_model::{Code, Finding, RunResult, StepState, codes};
use seam_run::{Deployed, Deployment, Goal};

/// Those lines, with an empty one before them.
pub fn summary(state: &State, deployed: &Deployed, deployment: &Deployment) -> String {
    let counts = counts(state, deployment.goal);
    let mut text = format!("\n{counts}.       run {}, {}\n", deployed.run, duration(state.now));
    if let Some(next) = next(deployed, deployment) {
        text.push_str(&next);
        text.push('\n');
    }
    text
}

/// `2 applied, 1 failed, 2 not started (backend, frontend), 1 unchanged`.
fn counts(state: &State, goal: Goal) -> String {
    let done = if goal == Goal::Destroy { "destroyed" } else { "applied" };
    let count = |wanted| state.status.count(wanted);
    let not_started = state.in_state(&[StepState::NotStarted, StepState::Waiting, StepState::Planned]);
    let names: Vec<&str> = not_started.iter().map(|one| one.stack.as_str()).collect();
    let counted = [
        (count(StepState::Published), done.to_owned()),
        (count(StepState::Failed), "failed".to_owned()),
        (names.len(), format!("not started ({})", names.join(", "))),
        (count(StepState::Skipped), "unchanged".to_owned()),
    ];
    let parts: Vec<String> =
        counted.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    if parts.is_empty() { "Nothing to do".to_owned() } else { parts.join(", ") }
}

/// What a person does now, where there is anything to do.
fn next(deployed: &Deployed, deployment: &Deployment) -> Option<String> {
    let destroy = deployment.goal == Goal::Destroy;
    let selection = match deployment.selection.as_str() {
        "" => String::new(),
        selection => format!(" '{selection}'"),
    };
    let target = format!("-e {}{selection}", deployment.environment);
    let lets_go = deployment.ignore_uses.as_ref().map(|why| format!(" --ignore-uses --why {}", quoted(why)));
    let again = format!("seam {} {target}{}", deployment.verb().as_str(), lets_go.unwrap_or_default());
    let only = |code: Code| {
        deployed.failures.iter().flat_map(|(_, failure)| &failure.findings).all(|finding| finding.code == code)
    };
    let names: Vec<&str> = deployed.failures.iter().map(|(address, _)| address.stack.as_str()).collect();
    if deployed.result == RunResult::Interrupted {
        return Some(format!("Interrupted; what is done is kept. Go on with: {again}"));
    }
    names.first()?;
    if only(codes::NOT_COVERED) {
        let plan = if destroy { "plan --destroy" } else { "plan" };
        return Some(format!("Look at the new plan: seam {plan} {target}        Then: {again}"));
    }
    if only(codes::LOCKED) {
        return Some(format!("Once it is free: {again}"));
    }
    if [codes::IN_NO_STATE, codes::UNCERTAIN].into_iter().any(only) {
        return Some(format!("Look after {} as it says above, then: {again}", names.join(", ")));
    }
    let of_tool = |finding: &Finding| [codes::TOOL_FAILED, codes::TOOL_TIMEOUT].contains(&finding.code);
    let ran = deployed.failures.iter().find(|(_, failure)| failure.findings.iter().any(of_tool));
    let log = ran.map(|(address, _)| format!(" What the tool said: seam runs log {} {}", deployed.run, address.stack));
    let mend = format!("Mend {}, then: {again}\nWhat is done is not run again.", names.join(", "));
    Some(mend + &log.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{address, after, started, step};
    use super::summary;
    use seam_model::{Code, Finding, RunResult, StepState, Verb, codes};
    use seam_run::{Consent, Deployed, Deployment, Goal};

    /// The last lines of a run in which `api` ended with this code.
    fn ended_with(code: Code, result: RunResult, ignore_uses: Option<&str>) -> String {
        let mut state = after(31);
        let steps: [(&str, &[&str], u64); 4] =
            [("network", &[], 1), ("api", &["network"], 1), ("web", &["api"], 1), ("mail", &[], 1)];
        state.take(&started(Verb::Apply, &steps));
        for (stack, now) in [
            ("network", StepState::Published),
            ("api", StepState::Failed),
            ("web", StepState::NotStarted),
            ("mail", StepState::Skipped),
        ] {
            state.take(&step(stack, now, ""));
        }
        let failures = vec![(address("api"), vec![Finding::error(code, "no")].into())];
        let deployment = Deployment {
            goal: if ignore_uses.is_some() { Goal::Destroy } else { Goal::Apply },
            environment: "dev".parse().unwrap(),
            selection: "api...".to_owned(),
            instances: state.status.order.iter().cloned().collect(),
            consent: Consent::Yes,
            jobs: 1,
            force: false,
            ignore_uses: ignore_uses.map(str::to_owned),
            resumes: None,
        };
        summary(&state, &Deployed { run: 42, result, failures }, &deployment)
    }

    #[test]
    fn the_last_lines_count_everything_and_say_what_to_do() {
        let counts = "\n1 applied, 1 failed, 1 not started (web), 1 unchanged.       run 42, 31 s\n";
        let again = "seam apply -e dev 'api...'";
        let mend = format!("Mend api, then: {again}\n");
        let log = "What is done is not run again. What the tool said: seam runs log 42 api\n";
        let plan = format!("Look at the new plan: seam plan -e dev 'api...'        Then: {again}\n");
        for (code, result, next) in [
            (codes::TOOL_FAILED, RunResult::Failed, format!("{mend}{log}")),
            (codes::NOT_COVERED, RunResult::Refused, plan),
            (codes::LOCKED, RunResult::Failed, format!("Once it is free: {again}\n")),
            // No tool ran, so that there is no log of it.
            (codes::INPUT_MISSING, RunResult::Failed, format!("{mend}What is done is not run again.\n")),
            (codes::UNCERTAIN, RunResult::Failed, format!("Look after api as it says above, then: {again}\n")),
            (
                codes::TOOL_FAILED,
                RunResult::Interrupted,
                format!("Interrupted; what is done is kept. Go on with: {again}\n"),
            ),
        ] {
            assert_eq!(ended_with(code, result, None), format!("{counts}{next}"));
        }
        let destroy = ended_with(codes::LOCKED, RunResult::Failed, Some("app's gone"));
        let again = "seam destroy -e dev 'api...' --ignore-uses --why 'app'\\''s gone'\n";
        assert!(destroy.ends_with(&format!("Once it is free: {again}")), "{destroy}");
    }
}
