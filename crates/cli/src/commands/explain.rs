//! `seam explain CODE`: what a code means and what to do.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::print;
use crate::render::wrapped;
use crate::settings::Settings;
use seam_model::{Finding, all_codes, codes, nearest};

const EXAMPLES: &str = "\
Examples:
  seam explain S0102
  seam explain                  all codes";

/// Describes a code such as S0102; without one it lists them all.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// The code
    code: Option<String>,
}

/// A text reads well in lines of this many characters.
const TEXT_COLUMNS: usize = 80;

/// Runs it.
pub fn run(args: &Explain, settings: &Settings) -> Result<Exit, Failure> {
    let all = all_codes();
    let Some(wanted) = &args.code else {
        for code in all {
            print::line(format_args!("{}  {}", code.id, code.title))?;
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
    let lines = wrapped(code.explanation, settings.out.width.min(TEXT_COLUMNS));
    print::line(format_args!("{}: {}\n\n{}", code.id, code.title, lines.join("\n")))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use seam_model::all_codes;

    #[test]
    fn the_page_on_troubleshooting_has_every_code_once_and_no_other() {
        let page = include_str!("../../../../docs/troubleshooting.md");
        let there: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        let codes: Vec<_> = all_codes().iter().map(|code| format!("{} {}", code.id, code.title)).collect();
        assert_eq!(there, codes, "the headings of docs/troubleshooting.md are not the codes of model/src/code.rs");
    }
}
