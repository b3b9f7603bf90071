//! `seam destroy`: destroys, dependents first.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::deployment::{self, Flags};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use seam_run::Goal;

/// Destroys in reverse order with the inputs of the last success. Refused while anybody still uses
/// what would be destroyed.
#[derive(clap::Args, Debug)]
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
