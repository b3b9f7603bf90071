//! `seam completions SHELL`.

use crate::args::Args;
use crate::exit::Exit;
use crate::failure::Failure;
use clap::CommandFactory as _;

/// Prints a completion script. For bash: `source <(seam completions bash)`.
#[derive(clap::Args, Debug)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

/// Runs it.
pub fn run(args: &Completions) -> Result<Exit, Failure> {
    clap_complete::generate(args.shell, &mut Args::command(), "seam", &mut std::io::stdout());
    Ok(Exit::Done)
}
