//! What `apply` and `destroy` share: flags, the question, progress, the summary.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::{Exit, exit_of};
use crate::failure::Failure;
use crate::render::progress::{Progress, Style};
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{jobs, project, render, session};
use seam_model::{Plan, PlannedStep, RunResult};
use seam_run::{Consent, Deployed, Deployment, Goal, Session};
use std::io::Write as _;
use std::time::Duration;

/// Flags of both commands.
#[derive(clap::Args, Debug)]
pub struct Flags {
    /// Plan and apply without asking; never suffices where the environment says `approve: true`
    #[arg(long)]
    yes: bool,
    /// Apply exactly the plan of this digest, which `seam plan` prints
    #[arg(long, value_name = "DIGEST", conflicts_with = "yes")]
    approve: Option<String>,
    /// Print JSON Lines
    #[arg(long)]
    json: bool,
    /// How many steps at once; by cores and memory when left out
    #[arg(long, env = "SEAM_JOBS", value_name = "N")]
    jobs: Option<usize>,
    /// Seconds an interrupted tool may take to save its state before it is killed
    #[arg(long, env = "SEAM_GRACE", value_name = "SECONDS", default_value_t = GRACE.as_secs())]
    grace: u64,
}

/// The arguments of one call.
pub struct Request<'a> {
    /// Which instances.
    pub selection: &'a SelectionArgs,
    /// Where.
    pub environment: &'a EnvironmentArgs,
    /// The flags.
    pub flags: &'a Flags,
}

/// Deploys or destroys.
pub fn run(request: &Request, goal: Goal, force: bool, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings)?;
    eprint!("{}", render::findings(&project.warnings, settings.err));
    let environment = project.environment(request.environment)?;
    let instances = project.select(request.selection, Some(&environment))?;
    let selection = request.selection.selection.join(" ");
    let grace = Duration::from_secs(request.flags.grace);
    let session = session::open(settings, project, Access::Write, grace)?;
    let signals = crate::signals::listen(&session.stop)?;
    let progress = Progress::new(settings, Style::of(settings, request.flags.json));
    let ask_plan = |plan: &Plan| ask_plan(&progress, settings, plan, goal);
    let ask_more = |step: &PlannedStep, more: &[String]| ask_more(&progress, step, more);
    let consent = match (&request.flags.approve, request.flags.yes, settings.terminal && !request.flags.json) {
        (Some(digest), ..) => Consent::Approved(digest.clone()),
        (None, true, _) => Consent::Yes,
        (None, false, true) => Consent::Ask(&ask_plan, &ask_more),
        (None, false, false) => Consent::Nobody,
    };
    let jobs = request.flags.jobs.unwrap_or_else(jobs::default);
    let deployment = Deployment { goal, environment, selection, instances, consent, jobs, force };
    let result = seam_run::deploy(&session, &deployment, &mut |event| progress.event(&event));
    progress.finish();
    drop(signals);
    let deployed = result?;
    if request.flags.json {
        progress.json_summary(&deployed);
    } else {
        eprint!("{}", render::failures(&deployed.failures, settings.err));
        eprint!("{}", progress.summary(&deployed, &deployment.environment, goal));
    }
    if let Some(key) = session.registry.created_key() {
        eprintln!("A key for sensitive values was made: {}. Keep it: without it they cannot be read.", key.display());
    }
    say_local_states(&session, &deployed, &deployment);
    Ok(exit(&deployed))
}

fn exit(deployed: &Deployed) -> Exit {
    match deployed.result {
        RunResult::Done => Exit::Done,
        RunResult::Interrupted => Exit::Interrupted,
        RunResult::Refused => Exit::Refused,
        RunResult::Failed | RunResult::Lost => {
            let codes = deployed.failures.iter().flat_map(|(_, failure)| &failure.findings).map(|finding| finding.code);
            codes.map(exit_of).find(|exit| *exit == Exit::Locked).unwrap_or(Exit::Failed)
        }
    }
}

/// A state in `.seam/state` is on this machine alone, and that is said once an environment.
fn say_local_states(session: &Session, deployed: &Deployed, deployment: &Deployment) {
    if deployment.goal == Goal::Destroy || deployed.result != RunResult::Done {
        return;
    }
    let folder = session.places.data.join("state").join(deployment.environment.as_str());
    let mark = folder.join(".said");
    if folder.is_dir() && !mark.exists() && std::fs::write(&mark, "").is_ok() {
        eprintln!(
            "States of {} lie in {}, on this machine alone. `backend:` in stack.yaml, or `defaults` in seam.yaml, puts them elsewhere.",
            deployment.environment,
            folder.display()
        );
    }
}

fn ask_plan(progress: &Progress, settings: &Settings, plan: &Plan, goal: Goal) -> bool {
    let hints = render::plan::Hints { whole: plan.steps.len() == 1, selection: String::new() };
    let question = match goal {
        Goal::Apply => format!("Apply this to {}?", plan.environment),
        Goal::Destroy => format!("Destroy this in {}?", plan.environment),
    };
    progress.paused(|| {
        eprint!("{}", render::plan::text(plan, settings.err, &hints));
        ask(&question)
    })
}

fn ask_more(progress: &Progress, step: &PlannedStep, more: &[String]) -> bool {
    progress.paused(|| {
        eprintln!("{} does more than was shown, now that its inputs are known:", step.address.stack);
        more.iter().for_each(|line| eprintln!("  {line}"));
        ask("Apply that too?")
    })
}

fn ask(question: &str) -> bool {
    eprint!("\n{question} Only `yes` is a yes: ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
