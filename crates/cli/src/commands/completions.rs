//! `seam completions SHELL`.

use crate::args::Args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print;
use clap::CommandFactory as _;

const EXAMPLES: &str = "\
Examples:
  source <(seam completions bash)
  seam completions zsh > \"${fpath[1]}/_seam\"
  seam completions fish > ~/.config/fish/completions/seam.fish";

/// Prints a completion script. For bash: `source <(seam completions bash)`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

/// Runs it.
pub fn run(args: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "seam", &mut script);
    print::out(String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
