//! What a yes covers: an action of a new plan must be at most what was shown for that address.

use crate::drive::StepFailure;
use seam_model::{Action, Finding, PlannedStep, codes};
use std::collections::BTreeMap;

/// What `planned` does beyond what was `shown`, in words; empty where the yes covers it.
pub fn uncovered(planned: &PlannedStep, shown: &PlannedStep) -> Vec<String> {
    let shown: BTreeMap<&str, Action> =
        shown.changes.iter().map(|change| (change.address.as_str(), change.action)).collect();
    planned
        .changes
        .iter()
        .filter_map(|change| {
            let before = shown.get(change.address.as_str()).copied().unwrap_or(Action::NoOp);
            let covered = change.action.covered_by(before);
            (!covered).then(|| format!("{}: {} (shown: {})", change.address, words(change.action), words(before)))
        })
        .collect()
}

fn words(action: Action) -> &'static str {
    match action {
        Action::NoOp => "nothing",
        Action::Read => "read",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Create => "create",
        Action::Delete => "delete",
        Action::Forget => "forget",
    }
}

/// The refusal of a step that does more than was shown.
pub fn refusal(planned: &PlannedStep, more: &[String]) -> StepFailure {
    let finding = Finding::error(
        codes::NOT_COVERED,
        format!("the plan of {} does more than was shown: {}", planned.address, more.join("; ")),
    );
    vec![finding.help("its inputs are known now: `seam plan` shows the new plan, and the next apply asks for it")]
        .into()
}

#[cfg(test)]
mod tests {
    use super::uncovered;
    use seam_model::{Action, Change, PlannedStep, StepAction};

    fn step(changes: &[(&str, Action)]) -> PlannedStep {
        PlannedStep {
            address: "s/a/dev".parse().unwrap(),
            action: StepAction::Apply,
            reason: String::new(),
            inputs: [].into(),
            changes: changes.iter().map(|(at, action)| Change { address: (*at).to_owned(), action: *action }).collect(),
            outputs: [].into(),
            deferred: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn less_than_shown_is_covered_and_more_is_not() {
        let shown = step(&[("a", Action::Replace), ("b", Action::Create)]);
        assert!(uncovered(&step(&[("a", Action::Update), ("b", Action::Create)]), &shown).is_empty());
        assert!(uncovered(&step(&[]), &shown).is_empty());
        assert_eq!(
            uncovered(&step(&[("a", Action::Delete), ("c", Action::Create)]), &shown),
            ["a: delete (shown: replace)", "c: create (shown: nothing)"]
        );
    }
}
