//! `seam completions SHELL`, and what its script asks while a command is typed.

use crate::args::Args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print;
use clap::CommandFactory as _;
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;
use seam_model::{Finding, codes};
use std::process::ExitCode;

/// The variable with which the script asks; its value is the shell.
const ASKED: &str = "SEAM_COMPLETE";

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
    let (shells, mut script) = (Shells::builtins(), Vec::new());
    let shell = shells.completer(&args.shell.to_string());
    let written = shell.map(|shell| shell.write_registration(ASKED, "seam", "seam", "seam", &mut script));
    if !matches!(written, Some(Ok(()))) {
        return Err(Finding::error(codes::USAGE, format!("there is no script for {}", args.shell)).into());
    }
    print::out(String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Answers a script that asks; `None` where none does.
#[expect(clippy::disallowed_methods, reason = "the binary is where arguments are read")]
pub fn answer() -> Option<ExitCode> {
    let asked = CompleteEnv::with_factory(Args::command).var(ASKED);
    match asked.try_complete(std::env::args_os(), None) {
        Ok(false) => None,
        Ok(true) => Some(ExitCode::SUCCESS),
        Err(error) => {
            print::err(error);
            Some(Exit::Failed.into())
        }
    }
}
