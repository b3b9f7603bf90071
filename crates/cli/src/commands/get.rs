//! `seam get ADDRESS [NAME]`: a publication of any instance in the registry.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::publication;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{complete, print, project, session};
use clap_complete::engine::ArgValueCandidates;
use seam_model::{Address, Finding, codes};
use seam_registry::Handle;
use seam_run::Session;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  seam get platform/dns/prod            the latest revision
  seam get platform/dns/prod zone_id    the bare value, a sensitive one too
  seam get platform/dns/prod --revision 3 --json
  seam get platform/dns/prod --registry /srv/seam/registry.db   outside of a workspace";

/// Prints a publication by its address, system/stack/environment.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    /// system/stack/environment
    #[arg(add = ArgValueCandidates::new(complete::addresses))]
    address: String,
    /// One output
    name: Option<String>,
    /// An earlier revision
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
    /// The registry's file; that of the workspace when left out
    #[arg(long, env = "SEAM_REGISTRY", value_name = "FILE")]
    registry: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Get, settings: &Settings) -> Result<Exit, Failure> {
    if let Some(file) = &args.registry {
        let (registry, _scratch) = session::open_file(settings, file)?;
        return show(args, settings, (&registry, None), &[]);
    }
    let project = project::load(settings, project::Need::Records).map_err(publication::outside)?;
    project.say_errors(settings);
    let declared = project.graph.instances().to_vec();
    let session = session::open(settings, project, Access::Read, GRACE)?;
    show(args, settings, (&session.registry, Some(&session)), &declared)
}

/// `declared` are the instances of this workspace.
fn show(
    args: &Get,
    settings: &Settings,
    (registry, session): (&Handle, Option<&Session>),
    declared: &[Address],
) -> Result<Exit, Failure> {
    let address: Address = match args.address.parse() {
        Ok(address) => address,
        Err(error) => {
            let published = registry.published()?;
            let known = declared.iter().chain(&published).map(ToString::to_string);
            let meant: Vec<String> = known.filter(|one| one.split('/').any(|part| part == args.address)).collect();
            let help = match meant.first() {
                Some(one) => format!("did you mean `{one}`?"),
                None => "`seam status` lists the stacks of this workspace".to_owned(),
            };
            return Err(Finding::error(codes::USAGE, format!("{error}")).help(help).into());
        }
    };
    let on_record = match session.filter(|_| declared.contains(&address)) {
        Some(session) => seam_run::recorded_address(session, &address)?,
        None => address.clone(),
    };
    let publication = match args.revision {
        None => publication::latest(registry, &on_record),
        Some(number) => publication::revision(registry, &on_record, number),
    };
    let publication = match publication {
        Err(failure) if !declared.contains(&address) => {
            Err(publication::with_near_address(failure, registry, &address)?)
        }
        found => found,
    }?;
    if ![&address, &on_record].contains(&&publication.address) {
        print::err(format_args!("{address} is {} by now.\n", publication.address));
    }
    publication::print(&publication, args.name.as_deref(), args.json, settings.out)?;
    Ok(Exit::Done)
}
