//! What a yes covers: an action of a new plan must be at most what was shown for that address.

use crate::failure::RunFailure;
use seam_model::{Action, Address, Finding, PlannedStep, codes};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The file in a run's folder that holds the yes, for whoever resumes the run.
const YES: &str = "yes.json";

/// What somebody said yes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yes {
    /// Whatever the plans say: `--yes`.
    Everything,
    /// What was shown.
    Shown(BTreeMap<Address, Shown>),
}

/// What was shown of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The digest of its files and settings, whatever its inputs are.
    pub own: String,
    /// What happens to each resource.
    pub changes: BTreeMap<String, Action>,
}

impl Yes {
    /// To these steps, each with the digest of its files and settings.
    pub fn to<'a>(steps: impl Iterator<Item = (&'a PlannedStep, &'a str)>) -> Self {
        let shown = |(step, own): (&PlannedStep, &str)| {
            let changes = step.changes.iter().map(|one| (one.address.clone(), one.action)).collect();
            (step.address.clone(), Shown { own: own.to_owned(), changes })
        };
        Self::Shown(steps.map(shown).collect())
    }

    /// What `planned` does beyond it, in words; empty where it is covered. `own` is the digest of its
    /// files and settings now: a plan of other code was never shown.
    pub fn exceeded_by(&self, planned: &PlannedStep, own: &str) -> Vec<String> {
        let Self::Shown(steps) = self else { return Vec::new() };
        let nothing = Shown::default();
        let shown = steps.get(&planned.address).unwrap_or(&nothing);
        if !shown.own.is_empty() && shown.own != own && !planned.changes.is_empty() {
            return vec!["its code or its settings changed since they were said yes to".to_owned()];
        }
        let before = |address: &str| shown.changes.get(address).copied().unwrap_or(Action::NoOp);
        let more = planned.changes.iter().filter(|change| !change.action.covered_by(before(&change.address)));
        more.map(|change| {
            let shown = words(before(&change.address));
            format!("{}: {} (shown: {shown})", change.address, words(change.action))
        })
        .collect()
    }

    /// The same, said of instances that may be called otherwise `now`; of one that is gone it covers nothing.
    #[must_use]
    pub fn renamed(self, now: impl Fn(&Address) -> Option<Address>) -> Self {
        let Self::Shown(steps) = self else { return self };
        Self::Shown(steps.into_iter().filter_map(|(address, shown)| Some((now(&address)?, shown))).collect())
    }

    /// Keeps it in the folder of a run.
    pub fn keep(&self, run: &Path) -> io::Result<()> {
        let json = match self {
            Self::Everything => Json::from("everything"),
            Self::Shown(steps) => steps
                .iter()
                .map(|(address, Shown { own, changes })| {
                    let changes = changes.iter().map(|(at, action)| (at.clone(), Json::from(action.words())));
                    let changes = changes.collect::<serde_json::Map<_, _>>();
                    (address.to_string(), serde_json::json!({"own": own, "changes": changes}))
                })
                .collect::<serde_json::Map<_, _>>()
                .into(),
        };
        seam_tools::private_file(&run.join(YES), json.to_string().as_bytes())
    }

    /// Removes it, where there is one.
    pub fn forget(run: &Path) {
        let _ = std::fs::remove_file(run.join(YES));
    }

    /// The yes that a run was given. `None`: it ended before it had one, or nobody can read it.
    pub fn kept(run: &Path) -> Option<Self> {
        let text = std::fs::read(run.join(YES)).ok()?;
        let action = |json: &Json| {
            let words: Option<Vec<&str>> = json.as_array()?.iter().map(Json::as_str).collect();
            Action::from_words(&words?)
        };
        let shown = |json: &Json| {
            let changes = json["changes"].as_object()?.iter().map(|(at, words)| Some((at.clone(), action(words)?)));
            Some(Shown { own: json["own"].as_str()?.to_owned(), changes: changes.collect::<Option<_>>()? })
        };
        match serde_json::from_slice(&text).ok()? {
            Json::String(word) if word == "everything" => Some(Self::Everything),
            Json::Object(steps) => {
                let steps = steps.iter().map(|(address, json)| Some((address.parse().ok()?, shown(json)?)));
                steps.collect::<Option<_>>().map(Self::Shown)
            }
            _ => None,
        }
    }
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
pub fn refusal(planned: &PlannedStep, more: &[String]) -> RunFailure {
    let finding = Finding::error(
        codes::NOT_COVERED,
        format!("the plan of {} does more than was shown: {}", planned.address, more.join("; ")),
    );
    vec![finding.help("its inputs are known now: `seam plan` shows the new plan, and the next apply asks for it")]
        .into()
}

#[cfg(test)]
mod tests {
    use super::Yes;
    use seam_model::{Action, Change, PlannedStep, StepAction};

    fn step(changes: &[(&str, Action)]) -> PlannedStep {
        PlannedStep {
            address: "s/a/dev".parse().unwrap(),
            action: StepAction::Apply,
            reason: String::new(),
            inputs: [].into(),
            changes: changes.iter().map(|(at, action)| Change::new(*at, *action)).collect(),
            outputs: [].into(),
            before: seam_model::Before::default(),
            deferred: Vec::new(),
            notes: Vec::new(),
            contract: None,
            refused: None,
        }
    }

    fn shown() -> Yes {
        let step = step(&[("a", Action::Replace), ("b", Action::Create)]);
        Yes::to([(&step, "1")].into_iter())
    }

    #[test]
    fn less_than_shown_is_covered_and_more_is_not() {
        let shown = shown();
        assert!(shown.exceeded_by(&step(&[("a", Action::Update), ("b", Action::Create)]), "1").is_empty());
        assert!(shown.exceeded_by(&step(&[]), "1").is_empty());
        let more = step(&[("a", Action::Delete), ("c", Action::Create)]);
        assert_eq!(shown.exceeded_by(&more, "1"), ["a: delete (shown: replace)", "c: create (shown: nothing)"]);
        assert_eq!(shown.exceeded_by(&more, "2").len(), 1);
        assert!(shown.exceeded_by(&step(&[]), "2").is_empty());
        assert!(Yes::Everything.exceeded_by(&more, "2").is_empty());
    }

    #[test]
    fn a_yes_goes_along_with_a_rename_and_covers_nothing_of_what_is_gone() {
        let former: seam_model::Address = "s/former/dev".parse().unwrap();
        let mut was = step(&[("a", Action::Replace)]);
        was.address = former.clone();
        let yes = || Yes::to([(&was, "1")].into_iter());
        let now = step(&[("a", Action::Replace)]);
        let renamed = yes().renamed(|address| (*address == former).then(|| now.address.clone()));
        assert!(renamed.exceeded_by(&now, "1").is_empty());
        assert_eq!(yes().renamed(|_| None).exceeded_by(&was, "1").len(), 1);
    }

    #[test]
    fn a_yes_that_is_kept_comes_back() {
        for yes in [shown(), Yes::Everything] {
            let run = tempfile::tempdir().unwrap();
            assert_eq!(Yes::kept(run.path()), None);
            yes.keep(run.path()).unwrap();
            assert_eq!(Yes::kept(run.path()), Some(yes));
        }
        let run = tempfile::tempdir().unwrap();
        std::fs::write(run.path().join("yes.json"), r#"{"s/a/dev": {"own": "1", "changes": {"a": ["explode"]}}}"#)
            .unwrap();
        assert_eq!(Yes::kept(run.path()), None);
    }
}
