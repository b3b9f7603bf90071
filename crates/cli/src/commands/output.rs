//! `seam output STACK [NAME]`: what a stack of this workspace published.

use crate::args::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::publication;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{complete, project, session};
use clap_complete::engine::ArgValueCandidates;
use seam_model::{Address, Name};

const EXAMPLES: &str = "\
Examples:
  seam output network -e dev            all outputs; sensitive ones are not shown
  seam output network vpc_id -e dev     the bare value, for scripts
  seam output network --json -e dev";

/// Prints the outputs of a stack; with a NAME its bare value, a sensitive one too.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Output {
    /// The stack
    #[arg(add = ArgValueCandidates::new(complete::stacks))]
    stack: String,
    /// One output
    name: Option<String>,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Output, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Records)?;
    project.say_errors(settings);
    let environment = project.environment(&args.environment)?;
    let address = match (project.address(&args.stack, &environment), Name::new(&args.stack)) {
        // Its stack.yaml cannot be read; what it published can.
        (Err(_), Ok(stack)) if !project.errors.is_empty() => {
            Address::new(project.workspace.system.clone(), stack, environment)
        }
        (address, _) => address?,
    };
    let session = session::open(settings, project, Access::Read, GRACE)?;
    let publication = publication::latest(&session.registry, &seam_run::recorded_address(&session, &address)?)?;
    publication::print(&publication, args.name.as_deref(), args.json, settings.out)?;
    Ok(Exit::Done)
}
