//! `seam explain CODE`: what a code means and what to do.

use crate::exit::Exit;
use crate::failure::Failure;
use seam_model::{Finding, all_codes, codes, nearest};

/// Describes a code such as S0102; without one it lists them all.
#[derive(clap::Args, Debug)]
pub struct Explain {
    /// The code
    code: Option<String>,
}

/// Runs it.
pub fn run(args: &Explain) -> Result<Exit, Failure> {
    let all = all_codes();
    let Some(wanted) = &args.code else {
        for code in all {
            println!("{}  {}", code.id, code.title);
        }
        return Ok(Exit::Done);
    };
    let wanted = wanted.to_uppercase();
    let Some(code) = all.iter().find(|code| code.id == wanted) else {
        let finding = Finding::error(codes::USAGE, format!("there is no code {wanted}"));
        return Err(match nearest(&wanted, all.iter().map(|code| code.id)) {
            Some(near) => finding.help(format!("did you mean {near}? `seam explain` lists all")),
            None => finding.help("`seam explain` lists all"),
        }
        .into());
    };
    println!("{}: {}\n\n{}", code.id, code.title, code.explanation);
    Ok(Exit::Done)
}
