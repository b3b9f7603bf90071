//! `seam status`: the board over all environments; with -e a row an instance.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::{Settings, now_us};
use crate::{project, render, session};

/// Shows where each instance stands, without running any tool.
#[derive(clap::Args, Debug)]
pub struct Status {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Status, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings)?;
    let environment = match &args.environment.environment {
        Some(named) => Some(project.declared_environment(named)?),
        None => None,
    };
    let instances = project.select(&args.selection, environment.as_ref())?;
    let session = session::open(settings, project, Access::Read, GRACE)?;
    let rows = seam_run::status(&session, &instances)?;
    if args.json {
        println!("{}", render::json::status(&rows));
    } else if environment.is_some() {
        print!("{}", render::status::rows(&rows, now_us()));
    } else {
        print!("{}", render::status::board(&rows, now_us()));
    }
    Ok(Exit::Done)
}
