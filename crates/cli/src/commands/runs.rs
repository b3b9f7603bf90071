//! `seam runs`: what was run, by whom, and what its tools said.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::{Settings, now_us};
use crate::{complete, print, project, render, session};
use clap_complete::engine::ArgValueCandidates;
use seam_model::{Finding, Name, Tool, codes};
use seam_registry::RunRecord;

/// How many runs a list shows where nothing else is said.
const RUNS_SHOWN: usize = 20;

const EXAMPLES: &str = "\
Examples:
  seam runs                     the last 20
  seam runs --all
  seam runs show 42
  seam runs log 42 api";

/// Lists runs, newest first. All of them stay on record; what their tools said is kept of the last 20.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Runs {
    #[command(subcommand)]
    what: Option<What>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    /// How many of them
    #[arg(long, value_name = "N", default_value_t = RUNS_SHOWN)]
    limit: usize,
    /// Every run on record
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Show one run and its steps
    Show {
        /// Its number
        #[arg(add = ArgValueCandidates::new(complete::runs))]
        run: u64,
    },
    /// Say what became of a step of which nobody knows
    Resolve {
        /// The run's number
        #[arg(add = ArgValueCandidates::new(complete::runs))]
        run: u64,
        /// The stack
        #[arg(add = ArgValueCandidates::new(complete::stacks))]
        stack: Name,
        #[command(flatten)]
        word: Word,
    },
    /// Print what the tools of a step said
    Log {
        /// The run's number
        #[arg(add = ArgValueCandidates::new(complete::runs))]
        run: u64,
        /// The stack
        #[arg(add = ArgValueCandidates::new(complete::stacks))]
        stack: Option<Name>,
    },
}

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct Word {
    /// It did its work: the next apply publishes the outputs of an `exec` stack, and plans any other
    #[arg(long)]
    applied: bool,
    /// It did not, or what it did was taken back: the next apply plans it anew
    #[arg(long)]
    not_applied: bool,
}

/// Runs it.
pub fn run(args: &Runs, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Records)?;
    project.say_errors(settings);
    let access = if matches!(args.what, Some(What::Resolve { .. })) { Access::Write } else { Access::Read };
    let session = session::open(settings, project, access, GRACE)?;
    let alive = |record: &RunRecord| seam_run::is_driven(&session, record);
    match &args.what {
        None => {
            let limit = if args.all { usize::MAX } else { args.limit };
            let mut runs = session.registry.runs(limit.saturating_add(1))?;
            let more = runs.len() > limit;
            runs.truncate(limit);
            if args.json {
                print::line(render::json::runs(&runs, &alive))?;
            } else if runs.is_empty() {
                print::err("Nothing was run yet.\n");
            } else {
                print::out(render::runs::list(&runs, now_us(), &alive, settings.out))?;
                if more {
                    print::err(format_args!("These are the last {limit}: `--limit N` or `--all` shows more.\n"));
                }
            }
        }
        Some(What::Show { run }) => {
            let (record, steps) = session.registry.run(*run)?.ok_or_else(|| unknown(*run))?;
            if args.json {
                print::line(render::json::run(&record, &steps, &alive))?;
            } else {
                let said = |stack: &Name| {
                    seam_run::step_folders(&session.places.step(*run, stack)).is_ok_and(|folders| !folders.is_empty())
                };
                print::out(render::runs::one(&record, &steps, now_us(), (&alive, &said), settings.out))?;
            }
        }
        Some(What::Resolve { run, stack, word }) => {
            let address = seam_run::resolve(&session, *run, stack, word.applied)?;
            let stack = session.workspace.stacks.get(&address.stack);
            let exec = stack.is_some_and(|stack| stack.tool == Tool::Exec);
            let next = match word.applied {
                true if exec => "publishes its outputs",
                true => "plans it anew, because its state says what is there",
                false => "plans it anew",
            };
            print::err(format_args!("Recorded. The next apply of {address} {next}.\n"));
        }
        Some(What::Log { run, stack: Some(stack) }) => log(&session, *run, stack, args.json)?,
        Some(What::Log { run, stack: None }) => return Err(which(&session, *run)?.into()),
    }
    Ok(Exit::Done)
}

fn unknown(run: u64) -> Finding {
    Finding::error(codes::USAGE, format!("there is no run {run}")).help("`seam runs` lists them")
}

/// The stacks of a run whose tools said something.
fn which(session: &seam_run::Session, run: u64) -> Result<Finding, Failure> {
    let (record, _) = session.registry.run(run)?.ok_or_else(|| unknown(run))?;
    let stacks = record.start.instances.iter().map(|address| &address.stack);
    let said = |stack: &&Name| seam_run::step_folders(&session.places.step(run, stack)).is_ok_and(|it| !it.is_empty());
    let names: Vec<&str> = stacks.filter(said).map(Name::as_str).collect();
    let finding = Finding::error(codes::USAGE, format!("which stack of run {run}?"));
    Ok(match names.first() {
        Some(first) => finding.help(format!("`seam runs log {run} {first}`; there are logs of {}", names.join(", "))),
        None => finding.help("no tool was started in it, or its logs are gone"),
    })
}

fn log(session: &seam_run::Session, run: u64, stack: &Name, json: bool) -> Result<(), Failure> {
    let step = session.places.step(run, stack);
    let folders = seam_run::step_folders(&step).unwrap_or_default();
    if folders.is_empty() {
        return Err(Finding::error(
            codes::USAGE,
            format!("nothing was run for {stack} in run {run}, or its log is gone"),
        )
        .help("`seam runs show RUN` lists the steps; the logs of the last 20 runs are kept")
        .into());
    }
    let said: Vec<(String, String)> = folders
        .iter()
        .map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let said = seam_run::said(folder).map(|said| render::runs::log(&said));
            (name, said.unwrap_or_else(|why| format!("(not shown: {why})\n")))
        })
        .collect();
    if json {
        return print::line(render::json::log(run, stack, &said));
    }
    said.iter().try_for_each(|(name, text)| print::out(format_args!("── {name} ──\n{text}")))
}
