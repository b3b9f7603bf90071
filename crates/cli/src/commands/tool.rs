//! `seam tool STACK -e ENV -- ARGS…`: the stack's tool with its backend, data folder and inputs in place.

use crate::args::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{complete, print, project, session};
use clap_complete::engine::ArgValueCandidates;
use seam_model::RunEvent;
use seam_process::Ended;
use seam_run::{ByHand, StateAfter};
use std::ffi::OsString;
use std::io::IsTerminal as _;

const EXAMPLES: &str = "\
Examples:
  seam tool app -e dev -- state list
  seam tool app -e dev -- state mv aws_vpc.a aws_vpc.b
  seam tool app -e dev -- import aws_vpc.v vpc-0a1b
  seam tool app -e dev -- console
  seam tool app -e prod -- force-unlock 6638e010-8fb1-46cf-966d-21e806602f3a

The exit code is the tool's.";

/// Runs the tool of a stack in the foreground, on your terminal. Nobody else is at the instance
/// meanwhile, and the next apply plans what the state says then. `plan`, `console`, `import` and
/// `refresh` get the inputs. `apply` and `destroy` are commands of seam.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Tool {
    /// The stack
    #[arg(add = ArgValueCandidates::new(complete::stacks))]
    stack: String,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// What the tool is called with
    #[arg(last = true, required = true, value_name = "ARGS")]
    args: Vec<OsString>,
}

/// Runs it.
pub fn run(args: &Tool, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Whole)?;
    let environment = project.environment(&args.environment)?;
    let address = project.address(&args.stack, &environment)?;
    let session = session::open(settings, project, Access::Write, GRACE)?;
    let signals = crate::signals::listen(&session.stop)?;
    let terminal = std::io::stdin().is_terminal();
    let request = ByHand { address: address.clone(), args: args.args.clone(), terminal };
    let mut said = String::new();
    let called = seam_run::by_hand(&session, request, &mut |event| say(&event, &mut said))?;
    drop(signals);
    match called.state {
        StateAfter::Same => {}
        StateAfter::Changed(before, now) => print::err(format_args!(
            "The state of {address} was changed (serial {before}, now {now}): the next apply plans it.\n"
        )),
        StateAfter::Unseen => {
            print::err(format_args!("The state of {address} may have been changed: the next apply plans it.\n"));
        }
    }
    session.say_created_key();
    Ok(exit(&called.ended))
}

/// What seam does before the tool has the terminal; `said` is what was said last.
fn say(event: &RunEvent, said: &mut String) {
    let text = match event {
        RunEvent::Step { reason, .. } => reason,
        RunEvent::Diagnostic { text, .. } => text,
        _ => return,
    };
    if text != said {
        said.clone_from(text);
        print::err(format_args!("{text}\n"));
    }
}

/// The tool's own; by a signal as shells count it.
fn exit(ended: &Ended) -> Exit {
    match ended {
        Ended::Exited(code) => Exit::Tool(u8::try_from(*code).unwrap_or(1)),
        Ended::Signalled(signal) => Exit::Tool(u8::try_from(128 + signal).unwrap_or(1)),
        Ended::NotStarted(_) | Ended::TimedOut => Exit::Failed,
    }
}
