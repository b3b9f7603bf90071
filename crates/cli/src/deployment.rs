//! What `apply` and `destroy` share: flags, the question, progress, the summary.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::{Exit, exit_of};
use crate::failure::Failure;
use crate::project::Project;
use crate::render::progress::{Progress, Style};
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{jobs, print, project, render, session};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use seam_model::{Address, Finding, Name, Plan, PlannedStep, RunEvent, RunResult, Tool, Verb, codes};
use seam_run::{Consent, CutOff, Deployed, Deployment, Goal, Session, Stop, Yes};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Flags of both commands.
#[derive(clap::Args, Debug)]
pub struct Flags {
    /// Plan and do it without asking; never suffices where the environment says `approve: true`
    #[arg(long)]
    yes: bool,
    /// Apply exactly the plan of this digest, which `seam plan` prints
    #[arg(long, env = "SEAM_APPROVE", value_name = "DIGEST", conflicts_with = "yes")]
    approve: Option<String>,
    /// Go on with a run that was cut off, with its selection and its yes: the latest one, or RUN
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = LATEST, conflicts_with = "selection")]
    resume: Option<CutOffRun>,
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

/// Which run is to be resumed.
#[derive(Clone, Copy, Debug)]
enum CutOffRun {
    Latest,
    Number(u64),
}

/// What is meant where no run is named.
const LATEST: &str = "latest";

impl FromStr for CutOffRun {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == LATEST { Ok(Self::Latest) } else { text.parse().map(Self::Number) }
    }
}

/// The arguments of one call.
pub struct Request<'a> {
    /// Which instances.
    pub selection: &'a SelectionArgs,
    /// Where.
    pub environment: &'a EnvironmentArgs,
    /// The flags.
    pub flags: &'a Flags,
    /// Why uses of what is destroyed count for nothing.
    pub ignore_uses: Option<&'a str>,
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
    let project = project::load(settings, project::Need::Whole)?;
    print::err(render::findings(&project.warnings, settings.err));
    let selected = match request.flags.resume {
        Some(_) => None,
        None => Some(What::selected(request, &project)?),
    };
    let named = project.named_environment(request.environment)?;
    let grace = Duration::from_secs(request.flags.grace);
    let session = session::open(settings, project, Access::Write, grace)?.stopped_by(stop);
    let signals = crate::signals::listen(stop)?;
    let ask_plan = |plan: &Plan| ask_plan(progress, settings, plan, goal, stop);
    let ask_more = |step: &PlannedStep, more: &[String]| ask_more(progress, step, more, stop);
    let terminal = settings.terminal && !request.flags.json;
    let (what, kept) = match (selected, request.flags.resume) {
        (Some(what), _) => (what, None),
        (None, Some(CutOffRun::Number(run))) => What::resumed(&session, Some(run), named.as_ref(), goal)?,
        (None, _) => What::resumed(&session, None, named.as_ref(), goal)?,
    };
    if kept.is_some() && request.flags.approve.is_some() {
        let message = "the run that is resumed has its yes already, and `--approve` gives another";
        return Err(Finding::error(codes::USAGE, message).help("leave one of them out").into());
    }
    let consent = match (kept, &request.flags.approve, request.flags.yes) {
        (Some(yes), ..) => Consent::Kept(yes, if terminal { &ask_more } else { &|_, _| false }),
        (None, Some(digest), _) => Consent::Approved(digest.clone()),
        (None, None, true) => Consent::Yes,
        (None, None, false) if terminal => Consent::Ask(&ask_plan, &ask_more),
        (None, None, false) => Consent::Nobody,
    };
    let jobs = request.flags.jobs.map_or_else(jobs::default, NonZeroUsize::get);
    let What { environment, selection, instances, resumes } = what;
    let ignore_uses = request.ignore_uses.map(str::to_owned);
    let deployment = Deployment { goal, environment, selection, instances, consent, jobs, force, ignore_uses, resumes };
    say_external(&session, &deployment);
    let mut planned = None;
    let result = seam_run::deploy(&session, &deployment, &mut |event| {
        if let RunEvent::Planned(plan) = &event {
            planned = Some(plan.clone());
        }
        progress.event(&event);
    });
    progress.finish();
    drop(signals);
    if let (Err(refused), Some(plan)) = (&result, planned.filter(|_| !request.flags.json))
        && refused.findings.iter().any(|finding| finding.code == codes::NEEDS_APPROVAL)
    {
        print::err(render::plan::text(&plan, settings.err, &render::plan::Hints::of_question()));
    }
    let deployed = result?;
    progress.summary(&deployed, &deployment);
    session.say_created_key();
    say_local_states(&session, &deployed, &deployment);
    Ok(exit(&deployed))
}

/// What is to be deployed.
struct What {
    environment: Name,
    selection: String,
    instances: BTreeSet<Address>,
    resumes: Option<PathBuf>,
}

impl What {
    fn selected(request: &Request, project: &Project) -> Result<Self, Failure> {
        let environment = project.environment(request.environment)?;
        let instances = project.select(request.selection, Some(&environment))?;
        let selection = request.selection.selection.join(" ");
        Ok(Self { environment, selection, instances, resumes: None })
    }

    /// What a run that was cut off was to deploy, and the yes that it was given.
    fn resumed(
        session: &Session,
        run: Option<u64>,
        environment: Option<&Name>,
        goal: Goal,
    ) -> Result<(Self, Option<Yes>), Failure> {
        let CutOff { record, yes, folder, instances, gone } = seam_run::cut_off(session, environment, run)?;
        let start = record.start;
        let (verb, run) = (start.verb, record.run);
        if (verb == Verb::Destroy) != (goal == Goal::Destroy) {
            let message = format!("run {run} was a {}", verb.as_str());
            let help = format!("`seam {} --resume {run}` goes on with it", verb.as_str());
            return Err(Finding::error(codes::USAGE, message).help(help).into());
        }
        let ended = record.ending.as_ref().map_or(record.started_us, |ending| ending.time_us);
        let since = seam_run::age((session.caller.clock)() - ended);
        let what = if record.ending.is_some() { "ended" } else { "started" };
        print::err(format_args!("Goes on with run {run}, which {what} {since} ({} on {}).\n", start.actor, start.host));
        for address in gone {
            print::err(format_args!("{address} is not in the workspace any more: left out\n"));
        }
        let (environment, selection) = (start.environment, start.selection);
        Ok((Self { environment, selection, instances, resumes: Some(folder) }, yes))
    }
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

/// What others deploy is not destroyed here, and its publications stay.
fn say_external(session: &Session, deployment: &Deployment) {
    let is_external = |address: &&Address| session.workspace.stacks[&address.stack].tool == Tool::External;
    let named = deployment.goal == Goal::Destroy && !deployment.selection.is_empty();
    for address in deployment.instances.iter().filter(|_| named).filter(is_external) {
        print::err(format_args!(
            "{address} is deployed by others (`tool: external`): there is nothing to destroy. A wrong publication of it is put right by the next: seam publish {address} --outputs FILE\n"
        ));
    }
}

/// A state in `.seam/state` is on this machine alone, and that is said once an environment.
fn say_local_states(session: &Session, deployed: &Deployed, deployment: &Deployment) {
    if deployment.goal == Goal::Destroy || deployed.result != RunResult::Done {
        return;
    }
    let folder = session.places.states().join(deployment.environment.as_str());
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
    let hints = render::plan::Hints::of_question();
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
pub fn ask(question: &str, stop: &Stop) -> bool {
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
