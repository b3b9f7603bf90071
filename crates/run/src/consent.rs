//! Who says yes to a run, and to what.

use crate::Session;
use crate::cover::Yes;
use crate::deploy::Deployment;
use crate::failure::RunFailure;
use seam_model::{Finding, Plan, PlannedStep, StepAction, codes};
use seam_tools::terraform::Goal;

/// Asks a person for a yes to a whole plan.
pub type AskPlan<'a> = &'a (dyn Fn(&Plan) -> bool + Sync);
/// Asks a person for a yes to what a step does beyond what was shown.
pub type AskMore<'a> = &'a (dyn Fn(&PlannedStep, &[String]) -> bool + Sync);

/// Where the yes comes from.
pub enum Consent<'a> {
    /// `--yes`: to whatever each step's plan says.
    Yes,
    /// `--approve DIGEST`: to exactly the plan of that digest.
    Approved(String),
    /// A person on a terminal.
    Ask(AskPlan<'a>, AskMore<'a>),
    /// It was given to the run that is resumed; more is asked for.
    Kept(Yes, AskMore<'a>),
    /// Nobody: no flag and no terminal.
    Nobody,
}

impl<'a> Consent<'a> {
    /// Is the whole plan made before anything is applied?
    pub fn wants_plan(&self) -> bool {
        !matches!(self, Self::Yes | Self::Kept(..))
    }

    /// Asks for more than was shown; without a person the answer is no.
    pub fn asks_for_more(&self) -> AskMore<'a> {
        match self {
            Self::Ask(_, more) | Self::Kept(_, more) => *more,
            _ => &|_, _| false,
        }
    }
}

/// Refuses before anything runs where no yes can come.
pub fn possible(session: &Session, request: &Deployment) -> Result<(), RunFailure> {
    let environment = &request.environment;
    let approve = session.workspace.environments.get(environment).is_some_and(|known| known.approve);
    let verb = if request.goal == Goal::Destroy { "destroy" } else { "apply" };
    let plan = if request.goal == Goal::Destroy { "plan --destroy" } else { "plan" };
    let none = match request.consent {
        Consent::Nobody => "there is no terminal to ask on",
        _ => "`--yes` is none",
    };
    let consent = match &request.consent {
        // A `--yes` that was given before is a `--yes`.
        Consent::Kept(Yes::Everything, _) => &Consent::Yes,
        consent => consent,
    };
    match (consent, approve) {
        (Consent::Yes | Consent::Nobody, true) => Err(vec![
            Finding::error(codes::NEEDS_APPROVAL, format!("{environment} wants an approval, and {none}")).help(
                format!(
                    "`seam {plan} -e {environment}` prints a digest; `seam {verb} -e {environment} --approve DIGEST`"
                ),
            ),
        ]
        .into()),
        (Consent::Nobody, false) => Err(vec![
            Finding::error(codes::NEEDS_YES, "there is no terminal to ask on, and nobody said yes")
                .help(format!("look at `seam {plan} -e {environment}`, then `seam {verb} -e {environment} --yes`")),
        ]
        .into()),
        _ => Ok(()),
    }
}

/// Gets the yes to `plan`. A plan that changes nothing needs none.
pub fn ask(request: &Deployment, plan: &Plan) -> Result<(), RunFailure> {
    let changes = plan.steps.iter().any(|step| matches!(step.action, StepAction::Apply | StepAction::Deferred));
    match &request.consent {
        Consent::Yes | Consent::Kept(..) | Consent::Nobody => Ok(()),
        Consent::Approved(digest) if *digest == plan.digest => Ok(()),
        Consent::Approved(digest) => Err(vec![
            Finding::error(
                codes::NEEDS_APPROVAL,
                format!("{digest} is not the digest of this plan, which is {}", plan.digest),
            )
            .help("it was mistyped, or the plan is another one now: review it, then approve its digest"),
        ]
        .into()),
        Consent::Ask(..) if !changes => Ok(()),
        Consent::Ask(ask, _) if ask(plan) => Ok(()),
        Consent::Ask(..) => Err(vec![Finding::error(codes::DECLINED, "not applied: the answer was no")].into()),
    }
}
