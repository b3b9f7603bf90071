//! `seam deployed STACK@VERSION -e ENV`: others deployed a version of a stack, and this puts it on record.

use crate::args::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{print, project, session, versioned};
use seam_compat::{Candidate, UNREADABLE, of_workspace, registered};
use seam_model::{Address, Finding, codes};
use seam_registry::{Command, Deployment, Use};
use seam_run::{RunFailure, Session};

const EXAMPLES: &str = "\
Examples:
  seam deployed orders@1.4.0 -e prod              it took the place of what was there
  seam deployed orders@1.5.0 -e prod --beside     1.4.0 is still there: a canary, a blue and a green one
  seam deployed orders@1.4.0 -e prod --gone       it is not there any more

The version's contract is registered where this workspace declares that very version; else it must be on
record. What the version uses of others is put on record with it.";

/// Records which version of a stack others deployed, so that `can-deploy` and `check` know it.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Deployed {
    /// [SYSTEM/]STACK@VERSION
    #[arg(value_name = "STACK@VERSION")]
    stack: String,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Versions that are there stay there
    #[arg(long)]
    beside: bool,
    /// The version is not there any more
    #[arg(long, conflicts_with = "beside")]
    gone: bool,
}

/// Runs it.
pub fn run(args: &Deployed, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Whole)?;
    let named = versioned::parse(&args.stack, &project.workspace.system)?;
    let Some(version) = named.version.clone() else {
        let message = format!("`{}` names no version", args.stack);
        return Err(Finding::error(codes::USAGE, message).help("write it like orders@1.4.0").into());
    };
    let is_here = project.workspace.stacks.contains_key(&named.stack) || named.system != project.workspace.system;
    // What is not there any more need not be in the workspace either.
    let address = if args.gone && !is_here {
        let environment = project.environment(&args.environment)?;
        Address { system: named.system.clone(), stack: named.stack.clone(), environment }
    } else {
        named.at(&project, &args.environment)?
    };
    let session = session::open(settings, project, Access::Write, GRACE)?;
    let (actor, host) = (session.caller.actor.clone(), session.caller.host.clone());
    let mut commands = Vec::new();
    if args.gone {
        commands.push(Command::Withdraw { address: address.clone(), version: version.clone(), actor, host });
    } else {
        let scene = session.scene();
        let own = session.workspace.stacks.get(&address.stack).filter(|_| address.system == session.workspace.system);
        let own = own.map(|stack| of_workspace(&scene, stack, &address)).transpose().map_err(RunFailure::from)?;
        let own = own.filter(|own| own.version.as_ref() == Some(&version));
        let on_record = || registered(&scene, &address, &version).map_err(RunFailure::from);
        let candidate = match own {
            Some(own) => Some(own),
            None => on_record()?,
        };
        let (document, uses) = match candidate {
            Some(candidate) => {
                readable(&candidate)?;
                let uses = candidate.all_uses();
                (candidate.document, uses)
            }
            None => (None, None),
        };
        let registration = document.map(|document| document.registration(&address.system, &address.stack, &actor));
        let (uses, assumed) = match uses {
            Some(uses) => (uses, false),
            None => (kept_uses(&session, &address, &version)?, true),
        };
        let (address, version) = (address.clone(), version.clone());
        let deployment = Deployment { address, version, beside: args.beside, uses, assumed, actor, host };
        commands.push(Command::Deploy(deployment).with_contract(registration));
    }
    for reply in session.registry.submit(commands)? {
        reply?;
    }
    let words = if args.gone { "is not there any more" } else { "is deployed" };
    print::line(format_args!("{address} {version} {words}"))?;
    Ok(Exit::Done)
}

/// Refuses a contract that cannot be read: on record it would be in everybody's way.
fn readable(candidate: &Candidate) -> Result<(), Failure> {
    let faults = candidate.faults.iter().filter(|fault| fault.kind == UNREADABLE);
    let findings: Vec<Finding> = faults.map(|fault| fault.finding.clone()).collect();
    if findings.is_empty() { Ok(()) } else { Err(Failure::refused(findings)) }
}

/// What is on record of the instance: nobody said what the version uses.
fn kept_uses(session: &Session, address: &Address, version: &str) -> Result<Vec<Use>, Failure> {
    let known = session.registry.instances(vec![address.clone()])?;
    let uses: Vec<Use> = known.into_iter().flat_map(|state| state.uses).collect();
    print::err(format_args!(
        "Nobody said what {} {version} uses: {} on record. Its own workspace at that version says it.\n",
        address.stack,
        match uses.len() {
            0 => "no uses are".to_owned(),
            1 => "the 1 use of before stays".to_owned(),
            uses => format!("the {uses} uses of before stay"),
        }
    ));
    Ok(uses)
}
