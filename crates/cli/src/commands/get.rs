//! `seam get ADDRESS [NAME]`: a publication of any instance in the registry.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::publication;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{project, session};
use seam_model::{Address, Finding, codes};

/// Prints a publication by its address, system/stack/environment.
#[derive(clap::Args, Debug)]
pub struct Get {
    /// system/stack/environment
    address: Address,
    /// One output
    name: Option<String>,
    /// An earlier revision
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Get, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings)?;
    let session = session::open(settings, project, Access::Read, GRACE)?;
    let publication = match args.revision {
        None => publication::latest(&session.registry, &args.address)?,
        Some(number) => session.registry.revision(args.address.clone(), number)?.ok_or_else(|| {
            Finding::error(codes::NO_SUCH_REVISION, format!("{} has no revision {number}", args.address))
        })?,
    };
    publication::print(&publication, args.name.as_deref(), args.json)?;
    Ok(Exit::Done)
}
