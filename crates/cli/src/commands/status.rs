//! `seam status`: the board over all environments; with -e a row an instance.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::{Settings, now_us};
use crate::{print, project, render, session};
use seam_model::Name;
use seam_run::Standing;
use std::collections::BTreeSet;

const EXAMPLES: &str = "\
Examples:
  seam status                   a row a stack, a column an environment
  seam status -e dev            a row an instance, with the reason
  seam status tag:pci --json";

/// Shows where each instance stands, without running any tool.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Status {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(args: &Status, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Records)?;
    project.say_errors(settings);
    let environment = project.named_environment(&args.environment)?;
    let instances = project.select(&args.selection, environment.as_ref())?;
    let names = instances.iter().map(|address| &address.stack);
    let broken: BTreeSet<Name> = names.filter(|stack| project.is_broken(stack)).cloned().collect();
    let has_errors = !project.errors.is_empty();
    let session = session::open(settings, project, Access::Read, GRACE)?;
    let mut rows = seam_run::status(&session, &instances)?;
    for row in rows.iter_mut().filter(|row| broken.contains(&row.state.address.stack)) {
        if matches!(row.standing, Standing::Current | Standing::Changed) {
            (row.standing, row.reason) = (Standing::Changed, "there are errors in its files".to_owned());
        }
    }
    // What cannot be read may be one of them.
    let left = if has_errors { Vec::new() } else { seam_run::left_behind(&session)? };
    for address in left.iter().filter(|address| environment.as_ref().is_none_or(|one| address.environment == *one)) {
        let renamed = match session.workspace.stacks.contains_key(&address.stack) {
            true => String::new(),
            false => format!(" Was it renamed? `formerly: {}` in its stack.yaml says so.", address.stack),
        };
        let back = seam_run::way_back(&session, address);
        print::err(format_args!("{address} is deployed, and {back}.{renamed}\n"));
    }
    if args.json {
        print::line(render::json::status(&rows))?;
    } else if rows.is_empty() {
        print::err("No stacks here yet: a stack is a folder with a stack.yaml.\n");
    } else if environment.is_some() {
        print::out(render::status::rows(&rows, now_us(), settings.out))?;
    } else {
        print::out(render::status::board(&rows, now_us(), settings.out))?;
    }
    Ok(Exit::Done)
}
