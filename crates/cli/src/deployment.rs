//! What `apply` and `destroy` share: flags, the question, progress, the summary.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::{Exit, exit_of};
use crate::failure::Failure;
use crate::render::progress::{Progress, Style};
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{jobs, print, project, render, session};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use seam_model::{Finding, Plan, PlannedStep, RunResult, codes};
use seam_run::{Consent, Deployed, Deployment, Goal, Session, Stop};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Flags of both commands.
#[derive(clap::Args, Debug)]
pub struct Flags {
    /// Plan and apply without asking; never suffices where the environment says `approve: true`
    #[arg(long)]
    yes: bool,
    /// Apply exactly the plan of this digest, which `seam plan` prints
    #[arg(long, env = "SEAM_APPROVE", value_name = "DIGEST", conflicts_with = "yes")]
    approve: Option<String>,
    /// Print JSON Lines
    #[arg(long)]
    json: bool,
    /// How many steps at once; by cores and memory when left out
    #[arg(long, env = "SEAM_JOBS", value_name = "N")]
    jobs: Option<NonZeroUsize>,
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
    let stop = Stop::default();
    let progress = Progress::new(settings, Style::of(settings, request.flags.json), &stop);
    let ended = deploy((request, goal, force), settings, &progress, &stop);
    progress.finish();
    let ended = ended.map_err(|failure| if stop.requests() > 0 { interrupted(failure) } else { failure });
    if let Err(failure) = &ended {
        progress.refused(failure);
    }
    ended
}

/// An interrupt at the question is no answer.
fn interrupted(failure: Failure) -> Failure {
    if failure.findings.iter().any(|finding| finding.code == codes::DECLINED) {
        Finding::error(codes::INTERRUPTED, "interrupted before anything was applied").into()
    } else {
        failure
    }
}

fn deploy(
    (request, goal, force): (&Request, Goal, bool),
    settings: &Settings,
    progress: &Progress,
    stop: &Stop,
) -> Result<Exit, Failure> {
    let project = project::load(settings)?;
    print::err(render::findings(&project.warnings, settings.err));
    let environment = project.environment(request.environment)?;
    let instances = project.select(request.selection, Some(&environment))?;
    let selection = request.selection.selection.join(" ");
    let grace = Duration::from_secs(request.flags.grace);
    let session = session::open(settings, project, Access::Write, grace)?.stopped_by(stop);
    let signals = crate::signals::listen(stop)?;
    let ask_plan = |plan: &Plan| ask_plan(progress, settings, plan, goal, stop);
    let ask_more = |step: &PlannedStep, more: &[String]| ask_more(progress, step, more, stop);
    let consent = match (&request.flags.approve, request.flags.yes, settings.terminal && !request.flags.json) {
        (Some(digest), ..) => Consent::Approved(digest.clone()),
        (None, true, _) => Consent::Yes,
        (None, false, true) => Consent::Ask(&ask_plan, &ask_more),
        (None, false, false) => Consent::Nobody,
    };
    let jobs = request.flags.jobs.map_or_else(jobs::default, NonZeroUsize::get);
    let deployment = Deployment { goal, environment, selection, instances, consent, jobs, force };
    let result = seam_run::deploy(&session, &deployment, &mut |event| progress.event(&event));
    progress.finish();
    drop(signals);
    let deployed = result?;
    progress.summary(&deployed, &deployment);
    session.say_created_key();
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
            let exits: Vec<Exit> = codes.map(exit_of).collect();
            match exits.first() {
                Some(first) if exits.iter().all(|exit| exit == first) => *first,
                _ => exits.into_iter().find(|exit| *exit == Exit::Locked).unwrap_or(Exit::Failed),
            }
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
        print::err(format_args!(
            "States of {} lie in {}, on this machine alone. `backend:` in stack.yaml, or `defaults` in seam.yaml, puts them elsewhere.\n",
            deployment.environment,
            folder.display()
        ));
    }
}

fn ask_plan(progress: &Progress, settings: &Settings, plan: &Plan, goal: Goal, stop: &Stop) -> bool {
    let hints = render::plan::Hints {
        next: render::plan::Next::Question,
        whole: plan.steps.len() == 1,
        selection: Vec::new(),
        failed: Vec::new(),
    };
    let question = match goal {
        Goal::Apply => format!("Apply this to {}?", plan.environment),
        Goal::Destroy => format!("Destroy this in {}?", plan.environment),
    };
    progress.paused(|| {
        print::err(render::plan::text(plan, settings.err, &hints));
        ask(&question, stop)
    })
}

fn ask_more(progress: &Progress, planned: &PlannedStep, more: &[String], stop: &Stop) -> bool {
    progress.paused(|| {
        print::err(format_args!(
            "{} does more than was shown, now that its inputs are known:\n",
            planned.address.stack
        ));
        for line in more {
            print::err(format_args!("  {line}\n"));
        }
        ask("Apply that too?", stop)
    })
}

/// An interrupt is a no.
fn ask(question: &str, stop: &Stop) -> bool {
    print::err(format_args!("\n{question} Only `yes` is a yes: "));
    let _ = std::io::stderr().flush();
    while !is_answered() {
        if stop.requests() > 0 {
            print::err("\n");
            return false;
        }
    }
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

/// Waits for an answer, so long that an interrupt is not noticed late.
fn is_answered() -> bool {
    const LOOK_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    let stdin = std::io::stdin();
    let mut waited = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut waited, Some(&LOOK_EVERY)) {
        Ok(ready) => ready > 0,
        Err(error) => error != rustix::io::Errno::INTR,
    }
}
