//! `seam contract`: what two versions of a contract mean to those who hold to it. `diff` works on two
//! files, `types` on one, without a workspace.

use super::contract_types::{self, Types};
use crate::documents::Side;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Settings, today};
use crate::{documents, print, render};
use seam_compat::{compared, compared_files};
use seam_contract::diff::{DiffError, Options, Outcome};
use seam_contract::rules::Surface;
use seam_contract::world;
use seam_model::{Finding, codes};

const EXAMPLES: &str = "\
Examples:
  seam contract diff old/openapi.yaml openapi.yaml
  seam contract diff v1.json v2.json --direction accepts   what v1 admits, does v2 still admit it?
  seam contract diff main:openapi.yaml openapi.yaml        what git has there against what is here
  seam contract diff orders@1.4.0 orders                   a version on record against the workspace's
  seam contract diff old/stack.yaml stack.yaml --json      {\"verdict\", \"world\", \"findings\": [{\"rule\", …}]}

Exit codes: 0 compatible, 3 breaking or not known, 1 a file that cannot be read.";

const ALL_EXAMPLES: &str = "\
Examples:
  seam contract diff old/openapi.yaml openapi.yaml       does the new version break who holds to the old one?
  seam contract types openapi.yaml --lang typescript     types for those who consume it";

/// Compares versions of a contract, and makes types of one.
#[derive(clap::Args, Debug)]
#[command(after_help = ALL_EXAMPLES)]
pub struct Contract {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Diff(Diff),
    Types(Types),
}

/// Compares two files (JSON Schemas, OpenAPI documents 3.0 and 3.1, stack.yaml files) or revisions.
///
/// Says whether whoever holds to the old version is broken by the new one, with a value that shows it.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
struct Diff {
    /// The version that others hold to: FILE, REVISION:FILE, STACK@VERSION or STACK
    #[arg(value_name = "OLD")]
    old: String,
    /// The version that is to take its place
    #[arg(value_name = "NEW")]
    new: String,
    /// Of a bare JSON Schema: is it what is sent out, or what is taken in? OpenAPI says so by place
    #[arg(long, value_enum, default_value_t, value_name = "WAY", hide_possible_values = true)]
    direction: Direction,
    /// What a sender is taken to send: declared (the members that its schema names), or as-written
    /// (whatever the schema allows). Default: as-written for a bare JSON Schema, else declared
    #[arg(long, value_enum, value_name = "WORLD", hide_possible_values = true)]
    world: Option<World>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Direction {
    /// What is sent out stays inside what was promised.
    #[default]
    Emits,
    /// What was admitted still is.
    Accepts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum World {
    AsWritten,
    Declared,
}

impl Contract {
    /// Was `--json` given?
    pub fn is_json(&self) -> bool {
        matches!(&self.command, Command::Diff(Diff { json: true, .. }))
    }
}

/// Runs it.
pub fn run(args: &Contract, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        Command::Diff(args) => compare(args, settings),
        Command::Types(args) => contract_types::run(args, settings),
    }
}

fn compare(args: &Diff, settings: &Settings) -> Result<Exit, Failure> {
    let (old, new) = (documents::side(settings, &args.old)?, documents::side(settings, &args.new)?);
    let options = Options {
        surface: match args.direction {
            Direction::Emits => Surface::Emitted,
            Direction::Accepts => Surface::Accepted,
        },
        world: args.world.map(|world| match world {
            World::AsWritten => world::World::AsWritten,
            World::Declared => world::World::Declared,
        }),
        today: today(),
        ..Options::default()
    };
    let report = match (old, new) {
        (Side::Contract(old), Side::Contract(new)) => compared(&old, &new, &options),
        (Side::Document(old), Side::Document(new)) => compared_files(old, new, &options),
        (Side::Contract(_), _) | (_, Side::Contract(_)) => {
            let message = format!("{} and {} cannot be compared", args.old, args.new);
            let help = "compare a stack's contract with another one of it: STACK@VERSION STACK, or two files";
            return Err(Finding::error(codes::USAGE, message).help(help).into());
        }
    };
    let report = report.map_err(|error| refused(settings, &error))?;
    if args.json {
        print::line(report.to_json())?;
    } else {
        print::out(render::contract::report(&report, (&args.old, &args.new), settings.out))?;
    }
    Ok(if report.outcome == Outcome::Compatible { Exit::Done } else { Exit::Refused })
}

fn refused(settings: &Settings, error: &DiffError) -> Failure {
    documents::refused_at(&settings.folder, &error.name, &error.pointer, error.position, &error.message)
}
