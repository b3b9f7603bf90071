//! `seam destroy`: destroys, dependents first.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::deployment::{self, Flags};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use seam_model::{Finding, codes};
use seam_run::Goal;

const EXAMPLES: &str = "\
Examples:
  seam plan -e dev --destroy
  seam destroy -e dev '...network'   network and everything that depends on it
  seam destroy -e dev network --ignore-uses --why \"app's repository is gone\"";

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
    /// Destroy although instances outside of the selection use it; each is named, and on record with
    /// --why. For consumers that are gone
    #[arg(long, requires = "why")]
    ignore_uses: bool,
    /// Why their uses count for nothing
    #[arg(long, value_name = "TEXT", requires = "ignore_uses")]
    why: Option<String>,
}

/// Runs it.
pub fn run(args: &Destroy, settings: &Settings) -> Result<Exit, Failure> {
    let request = deployment::Request {
        selection: &args.selection,
        environment: &args.environment,
        flags: &args.flags,
        ignore_uses: args.why.as_deref(),
    };
    if args.why.as_ref().is_some_and(|why| why.trim().is_empty()) {
        let finding = Finding::error(codes::USAGE, "`--why` is empty");
        return Err(finding.help("say why the uses count for nothing: it stays on record").into());
    }
    deployment::run(&request, Goal::Destroy, false, settings)
}
