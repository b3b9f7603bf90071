//! `seam uses STACK[.NAME]`: who uses what of a stack, and what of it is on its way out.

use crate::args::EnvironmentArgs;
use crate::commands::uses_import;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::settings::{Settings, today};
use crate::{print, project, render, session, versioned};
use seam_compat::{Contracts, Scene, Usage, usage};
use seam_model::{Finding, Name, codes, nearest};
use seam_run::RunFailure;

const EXAMPLES: &str = "\
Examples:
  seam uses network                    every use of it on record, in every environment
  seam uses network.vpc_id -e prod     of one output; an operation, event or table likewise
  seam uses shop/orders --json         of another system's stack
  seam uses import access.log --of orders -e prod      who calls it, as its logs say";

/// Shows who uses what of a stack, what of it is deprecated, and when that may go.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Uses {
    #[command(subcommand)]
    command: Option<Command>,
    /// [SYSTEM/]STACK[.NAME]: NAME is an output, an operation, an event or a table
    #[arg(value_name = "STACK[.NAME]", required = true)]
    stack: Option<String>,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Import(uses_import::Import),
}

/// Runs it.
pub fn run(args: &Uses, settings: &Settings) -> Result<Exit, Failure> {
    if let Some(Command::Import(args)) = &args.command {
        return uses_import::run(args, settings);
    }
    let project = project::load(settings, project::Need::Records)?;
    let named = args.stack.as_deref().unwrap_or_default();
    let (stack, part) = match named.split_once('.') {
        Some((stack, part)) => (stack, Some(part)),
        None => (named, None),
    };
    let what = named;
    let named = versioned::parse(stack, &project.workspace.system)?;
    let environment = match named.system == project.workspace.system {
        true => project.named_environment(&args.environment)?,
        false => args
            .environment
            .environment
            .is_some()
            .then(|| named.at(&project, &args.environment))
            .transpose()?
            .map(|address| address.environment),
    };
    let Project { workspace, graph, .. } = &project;
    let (registry, today) = (session::read_registry(settings, workspace)?, today());
    let contracts = Contracts::new(&workspace.root);
    let scene = Scene { workspace, contracts: &contracts, graph, registry: &registry, today: &today };
    let stack = (&named.system, &named.stack);
    let usage = usage(&scene, stack, part, environment.as_ref()).map_err(RunFailure::from)?;
    refuse_unknown(&usage, &named.system, &named.stack, part, workspace.stacks.keys().map(Name::as_str))?;
    if args.json {
        print::line(render::uses::json(&usage))?;
    } else {
        print::out(render::uses::text(&usage, what, settings.out))?;
    }
    Ok(Exit::Done)
}

/// "Nobody uses it" is said of what is there alone: of a slip it would be a wrong answer.
fn refuse_unknown<'s>(
    usage: &Usage,
    system: &Name,
    stack: &Name,
    part: Option<&str>,
    stacks: impl Iterator<Item = &'s str>,
) -> Result<(), Failure> {
    let refused = |message: String, near: Option<&str>, otherwise: String| {
        let help = near.map_or(otherwise, |near| format!("did you mean `{near}`?"));
        Err(Finding::error(codes::USAGE, message).help(help).into())
    };
    let Some(promised) = &usage.promised else {
        let message = format!("{system}/{stack} is no stack of this workspace, and nothing is on record of it");
        let help = "it is known once it was applied, published, or said to be deployed, in this registry".to_owned();
        return refused(message, nearest(stack.as_str(), stacks), help);
    };
    match part {
        Some(part) if !promised.is_empty() && !promised.contains(part) && usage.uses.is_empty() => {
            let message = format!("{system}/{stack} promises no `{part}`, and nobody uses it");
            let all = promised.iter().cloned().collect::<Vec<_>>().join(", ");
            refused(message, nearest(part, promised.iter().map(String::as_str)), format!("it promises {all}"))
        }
        _ => Ok(()),
    }
}
