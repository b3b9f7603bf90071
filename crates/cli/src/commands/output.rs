//! `seam output STACK [NAME]`: what a stack of this workspace published.

use crate::args::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::publication;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{project, session};

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
    let project = project::load(settings)?;
    let environment = project.environment(&args.environment)?;
    let address = project.address(&args.stack, &environment)?;
    let session = session::open(settings, project, Access::Read, GRACE)?;
    let publication = publication::latest(&session.registry, &address)?;
    publication::print(&publication, args.name.as_deref(), args.json, settings.out)?;
    Ok(Exit::Done)
}
