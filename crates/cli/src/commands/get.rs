//! `seam get ADDRESS [NAME]`: a publication of any instance in the registry.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::publication;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{project, session};
use seam_model::Address;

const EXAMPLES: &str = "\
Examples:
  seam get platform/dns/prod            the latest revision
  seam get platform/dns/prod zone_id    the bare value, a sensitive one too
  seam get platform/dns/prod --revision 3 --json";

/// Prints a publication by its address, system/stack/environment.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
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
        Some(number) => publication::revision(&session.registry, &args.address, number)?,
    };
    publication::print(&publication, args.name.as_deref(), args.json, settings.out)?;
    Ok(Exit::Done)
}
