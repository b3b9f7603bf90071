//! `seam runs`: what was run, by whom, and what its tools said.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::{Settings, now_us};
use crate::{print, project, render, session};
use seam_model::{Finding, Name, codes};
use seam_registry::RunRecord;

/// In place of what may contain secrets.
const NOT_SHOWN: &str = "(not shown: it goes on, its secrets are not masked yet, or it printed values)\n";

/// How many runs a list shows.
const RUNS_SHOWN: usize = 20;

const EXAMPLES: &str = "\
Examples:
  seam runs
  seam runs show 42
  seam runs log 42 api";

/// Lists runs, newest first.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Runs {
    #[command(subcommand)]
    what: Option<What>,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Show one run and its steps
    Show {
        /// Its number
        run: u64,
    },
    /// Print what the tools of a step said
    Log {
        /// The run's number
        run: u64,
        /// The stack
        stack: Name,
    },
}

/// Runs it.
pub fn run(args: &Runs, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings)?;
    let session = session::open(settings, project, Access::Read, GRACE)?;
    let alive =
        |record: &RunRecord| seam_run::is_driven(&session, record.run, &record.start.host, &record.start.runs_folder);
    match &args.what {
        None => {
            let runs = session.registry.runs(RUNS_SHOWN)?;
            if args.json {
                print::line(render::json::runs(&runs, &alive))?;
            } else if runs.is_empty() {
                print::err("Nothing was run yet.\n");
            } else {
                print::out(render::runs::list(&runs, now_us(), &alive, settings.out))?;
            }
        }
        Some(What::Show { run }) => {
            let (record, steps) = session.registry.run(*run)?.ok_or_else(|| unknown(*run))?;
            if args.json {
                print::line(render::json::run(&record, &steps, &alive))?;
            } else {
                print::out(render::runs::one(&record, &steps, now_us(), &alive, settings.out))?;
            }
        }
        Some(What::Log { run, stack }) => log(&session, *run, stack, args.json)?,
    }
    Ok(Exit::Done)
}

fn unknown(run: u64) -> Finding {
    Finding::error(codes::USAGE, format!("there is no run {run}")).help("`seam runs` lists them")
}

fn log(session: &seam_run::Session, run: u64, stack: &Name, json: bool) -> Result<(), Failure> {
    let step = session.places.data.join("runs").join(run.to_string()).join(stack);
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
            (name, said.unwrap_or_else(|| NOT_SHOWN.to_owned()))
        })
        .collect();
    if json {
        return print::line(render::json::log(run, stack, &said));
    }
    said.iter().try_for_each(|(name, text)| print::out(format_args!("── {name} ──\n{text}")))
}
