//! `seam graph`: who depends on whom.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{print, project, render};

const EXAMPLES: &str = "\
Examples:
  seam graph                    all stacks as a tree
  seam graph '...network'       network and everything that depends on it
  seam graph -e prod --format mermaid";

/// Shows stacks and their links; without -e the union of all environments.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Graph {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print one JSON document: the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A tree for people
    #[default]
    Text,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// One JSON document
    Json,
}

impl Graph {
    /// Does it print one JSON document?
    pub fn is_json(&self) -> bool {
        self.json || self.format == Format::Json
    }
}

/// Runs it.
pub fn run(args: &Graph, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Links)?;
    project.say_errors(settings);
    let environment = project.named_environment(&args.environment)?;
    let shown = project.select(&args.selection, environment.as_ref())?;
    match if args.json { Format::Json } else { args.format } {
        Format::Text => print::out(seam_graph::text(&project.graph, &shown, settings.out.width)),
        Format::Dot => print::out(seam_graph::dot(&project.graph, &shown)),
        Format::Mermaid => print::out(seam_graph::mermaid(&project.graph, &shown)),
        Format::Json => print::line(render::json::graph(&project, &shown)),
    }?;
    Ok(Exit::Done)
}
