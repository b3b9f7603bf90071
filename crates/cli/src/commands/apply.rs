//! `seam apply`: deploys what changed, in dependency order.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::deployment::{self, Flags};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use seam_run::Goal;

const EXAMPLES: &str = "\
Examples:
  seam apply -e dev             shows the plan and asks
  seam apply -e dev --yes       for scripts
  seam apply -e dev 'api...'    api and what it depends on
  seam apply -e prod --approve 0164c627c764bb6f
  seam apply --resume           go on with a run that was killed, with its selection and its yes";

/// Plans and applies step by step; values flow from outputs to inputs, and nothing runs for nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Apply {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    #[command(flatten)]
    flags: Flags,
    /// Run steps although nothing that they read changed
    #[arg(long)]
    force: bool,
}

/// Runs it.
pub fn run(args: &Apply, settings: &Settings) -> Result<Exit, Failure> {
    let request = deployment::Request {
        selection: &args.selection,
        environment: &args.environment,
        flags: &args.flags,
        ignore_uses: None,
    };
    deployment::run(&request, Goal::Apply, args.force, settings)
}
