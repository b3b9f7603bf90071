//! `seam watch ADDRESS`: each revision of an instance as it is published, until it is interrupted.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::progress::version;
use crate::session::{Access, GRACE};
use crate::settings::{Settings, now_us};
use crate::{complete, print, project, publication, render, session};
use clap_complete::engine::ArgValueCandidates;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use seam_model::Address;
use seam_registry::{Handle, Point};
use seam_run::Stop;
use std::num::NonZeroU64;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  seam watch shop/network/dev               what is published from now on
  seam watch shop/network/dev --from 1      every revision, from the first on
  seam watch shop/network/dev --json        a JSON line each, for programs
  seam watch platform/dns/prod --registry /srv/seam/registry.db";

/// How often the registry is looked at.
const LOOK_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Prints each revision of an instance in order and without gaps, and when it is destroyed, until it
/// is interrupted. Sensitive values are not shown.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Watch {
    /// system/stack/environment
    #[arg(add = ArgValueCandidates::new(complete::addresses))]
    address: Address,
    /// Begin with this revision; with the one after the latest when left out
    #[arg(long, value_name = "N")]
    from: Option<NonZeroU64>,
    /// The registry's file; that of the workspace when left out
    #[arg(long, env = "SEAM_REGISTRY", value_name = "FILE")]
    registry: Option<PathBuf>,
    /// Print JSON Lines
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Watch, settings: &Settings) -> Result<Exit, Failure> {
    if let Some(file) = &args.registry {
        let (registry, _scratch) = session::open_file(settings, file)?;
        return watch(args, settings, &registry, &Stop::default());
    }
    let project = project::load(settings, project::Need::Records).map_err(publication::outside)?;
    project.say_errors(settings);
    let session = session::open(settings, project, Access::Read, GRACE)?;
    watch(args, settings, &session.registry, &session.stop)
}

fn watch(args: &Watch, settings: &Settings, registry: &Handle, stop: &Stop) -> Result<Exit, Failure> {
    let _signals = crate::signals::listen(stop)?;
    let mut seen = match args.from {
        Some(from) => Point { revision: from.get() - 1, destroyed: true },
        None => latest(registry, &args.address)?,
    };
    if args.json {
        print::line(version())?;
    }
    let mut sequence = 0_u64;
    while stop.requests() == 0 {
        let history = registry.history(args.address.clone(), seen)?;
        for entry in &history {
            seen = entry.point();
            sequence += 1;
            if args.json {
                print::line(render::json::entry(&args.address, entry, sequence))?;
            } else {
                print::out(render::status::entry(&args.address, entry, now_us(), settings.out))?;
            }
        }
        if history.is_empty() && !is_read_by_somebody() {
            return Ok(Exit::Done);
        }
    }
    if args.json {
        print::line(render::json::watched(&args.address, seen.revision, sequence))?;
    }
    Ok(Exit::Interrupted)
}

/// The point of history that is now. An address of which nothing is known may still come to be one;
/// it may be a misspelt one as well.
fn latest(registry: &Handle, address: &Address) -> Result<Point, Failure> {
    let state = registry.instances(vec![address.clone()])?.pop();
    let point = state.map_or(Point { revision: 0, destroyed: false }, |state| Point {
        revision: state.revisions,
        destroyed: state.destroyed,
    });
    if point.revision == 0 {
        let near = publication::near(address, &registry.published()?).unwrap_or_default();
        print::err(format_args!("{address} was never published: waits for its first revision. {near}\n"));
    }
    Ok(point)
}

/// Waits until it is time to look again. Says no as soon as whoever reads what is printed went away.
fn is_read_by_somebody() -> bool {
    let stdout = std::io::stdout();
    let mut waited = [PollFd::new(&stdout, PollFlags::empty())];
    matches!(poll(&mut waited, Some(&LOOK_EVERY)), Ok(0) | Err(Errno::INTR))
}
