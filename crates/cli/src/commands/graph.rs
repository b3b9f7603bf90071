//! `seam graph`: who depends on whom.

use crate::args::{EnvironmentArgs, SelectionArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{project, render};

/// Shows stacks and their links; without -e the union of all environments.
#[derive(clap::Args, Debug)]
pub struct Graph {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
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

/// Runs it.
pub fn run(args: &Graph, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings)?;
    let environment = match &args.environment.environment {
        Some(named) => Some(project.declared_environment(named)?),
        None => None,
    };
    let shown = project.select(&args.selection, environment.as_ref())?;
    match args.format {
        Format::Text => print!("{}", seam_graph::text(&project.graph, &shown)),
        Format::Dot => print!("{}", seam_graph::dot(&project.graph, &shown)),
        Format::Mermaid => print!("{}", seam_graph::mermaid(&project.graph, &shown)),
        Format::Json => println!("{}", render::json::graph(&project, &shown)),
    }
    Ok(Exit::Done)
}
