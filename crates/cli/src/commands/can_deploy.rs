//! `seam can-deploy STACK[@VERSION] -e ENV`: answers from what is on record.

use crate::args::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::session;
use crate::settings::{Settings, today};
use crate::{print, project, render, versioned};
use seam_compat::{
    Candidate, Contracts, Deployable, Scene, Verdict, can_deploy, not_registered, of_workspace, registered,
};
use seam_model::{Address, Finding, codes};
use seam_run::RunFailure;
use std::time::{Duration, Instant};

/// Between two looks while the answer is unknown.
const LOOK_EVERY: Duration = Duration::from_secs(2);

const EXAMPLES: &str = "\
Examples:
  seam can-deploy orders -e prod              what this workspace would deploy
  seam can-deploy orders@1.4.0 -e prod        a version on record
  seam can-deploy orders@1.4.0 -e prod --retry-while-unknown 300
  seam can-deploy orders -e prod --json       {\"verdict\", \"first\", \"live\", \"reasons\": [{\"kind\", …}]}

Exit codes: 0 yes, 3 no or not known, 1 something that cannot be read.";

/// Says whether a version of a stack may be deployed to an environment now: is what it needs deployed
/// there, and does everybody there go on with it?
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CanDeploy {
    /// [SYSTEM/]STACK[@VERSION]
    #[arg(value_name = "STACK[@VERSION]")]
    stack: String,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Look again for so many seconds while something is not on record yet
    #[arg(long, value_name = "SECONDS")]
    retry_while_unknown: Option<u64>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(args: &CanDeploy, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Whole)?;
    let named = versioned::parse(&args.stack, &project.workspace.system)?;
    let address = named.at(&project, &args.environment)?;
    let until = Instant::now() + Duration::from_secs(args.retry_while_unknown.unwrap_or(0));
    let answer = loop {
        let answer = answer(settings, &project, &address, named.version.as_deref())?;
        if answer.verdict != Verdict::Unknown || Instant::now() >= until {
            break answer;
        }
        print::err(format_args!("{address}: not known yet; looking again\n"));
        std::thread::sleep(LOOK_EVERY.min(until.saturating_duration_since(Instant::now())));
    };
    if args.json {
        print::line(render::can_deploy::json(&answer, &address))?;
    } else {
        print::out(render::can_deploy::text(&answer, &address, named.version.as_deref(), settings.out))?;
    }
    Ok(if answer.verdict == Verdict::Yes { Exit::Done } else { Exit::Refused })
}

fn answer(
    settings: &Settings,
    project: &Project,
    address: &Address,
    version: Option<&str>,
) -> Result<Deployable, Failure> {
    let Project { workspace, graph, .. } = project;
    let (registry, today) = (session::read_registry(settings, workspace)?, today());
    let contracts = Contracts::new(&workspace.root);
    let scene = Scene { workspace, contracts: &contracts, graph, registry: &registry, today: &today };
    let stack = workspace.stacks.get(&address.stack).filter(|_| address.system == workspace.system);
    let own = || stack.map(|stack| of_workspace(&scene, stack, address)).transpose().map_err(RunFailure::from);
    let candidate = if let Some(version) = version {
        let on_record = registered(&scene, address, version).map_err(RunFailure::from)?;
        // What this workspace has now is known in it before anybody registers it.
        let is_asked = |own: &Candidate| own.version.as_deref() == Some(version);
        match on_record.map_or_else(own, |known| Ok(Some(known)))?.filter(is_asked) {
            Some(candidate) => candidate,
            None => return Ok(not_registered(address, version)),
        }
    } else {
        let Some(own) = own()? else {
            let message = format!("{}/{} is no stack of this workspace", address.system, address.stack);
            return Err(Finding::error(codes::USAGE, message).help("name a version: STACK@VERSION").into());
        };
        own
    };
    Ok(can_deploy(&scene, &candidate).map_err(RunFailure::from)?)
}
