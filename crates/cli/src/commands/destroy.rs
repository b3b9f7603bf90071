//! `seam destroy`: destroys, dependents first.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::deployment::{self, Flags};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use seam_run::Goal;

const EXAMPLES: &str = "\
Examples:
  seam plan -e dev --destroy
  seam destroy -e dev '...network'   network and everything that depends on it";

/// Destroys in reverse order with the inputs of the last success. Refused while anybody still uses
/// what would be destroyed.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Destroy {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    #[command(flatten)]
    flags: Flags,
}

/// Runs it.
pub fn run(args: &Destroy, settings: &Settings) -> Result<Exit, Failure> {
    let request =
        deployment::Request { selection: &args.selection, environment: &args.environment, flags: &args.flags };
    deployment::run(&request, Goal::Destroy, false, settings)
}
