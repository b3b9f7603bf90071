//! The command line: flags that every command takes, and the commands.

use crate::commands as c;
use crate::complete;
use crate::settings::Colour;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as ClapArgs, Parser, Subcommand};
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Examples:
  seam init                     a small workspace in an empty folder
  seam check                    every mistake in the files, at once
  seam plan -e dev              what an apply would do, with real unknowns
  seam apply -e dev --yes       deploy what changed, in the right order
  seam apply -e dev '...network'   network and everything that depends on it

Exit codes: 0 done, 1 failed or answered with no, 2 changes pending (--detailed-exitcode), 3 a rule said no,
            5 somebody else is at it, 64 wrong usage, 130 interrupted.";

/// Joins small, independently deployed stacks: one graph, an honest plan, outputs that flow to inputs.
#[derive(Parser, Debug)]
#[command(name = "seam", version, after_help = AFTER_HELP, disable_help_subcommand = false)]
pub struct Args {
    /// Work as if started in this folder
    #[arg(short = 'C', long = "dir", global = true, env = "SEAM_DIR", value_name = "DIR", help_heading = "Everywhere")]
    pub folder: Option<PathBuf>,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(
        long,
        global = true,
        env = "SEAM_COLOR",
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true,
        help_heading = "Everywhere"
    )]
    pub color: Colour,
    #[command(subcommand)]
    /// What to do.
    pub command: Command,
}

/// The commands, in the order in which one meets them.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a small workspace that applies
    Init(c::init::Init),
    /// Find every mistake in the workspace's files
    Check(c::check::Check),
    /// Compare two versions of a contract, make types of one
    Contract(c::contract::Contract),
    /// Show who depends on whom, and by which pattern
    Graph(c::graph::Graph),
    /// Show what an apply (or a destroy) would do
    Plan(c::plan::Plan),
    /// Deploy what changed, in dependency order
    Apply(c::apply::Apply),
    /// Destroy, dependents first
    Destroy(c::destroy::Destroy),
    /// Take existing states in, and move them to where they belong
    Import(c::import::Import),
    /// Show where each instance stands
    Status(c::status::Status),
    /// Print the outputs of a stack
    Output(c::output::Output),
    /// List runs, show one, print what a tool said
    Runs(c::runs::Runs),
    /// Work with a stack's tool: state, console, import
    Tool(c::tool::Tool),
    /// Record outputs of a stack that others deploy
    Publish(c::publish::Publish),
    /// Print a publication by its address
    Get(c::get::Get),
    /// Print each revision of an instance as it is published
    Watch(c::watch::Watch),
    /// Show who uses what of a stack, and what is on its way out
    Uses(c::uses::Uses),
    /// Say whether a version may be deployed to an environment now
    CanDeploy(c::can_deploy::CanDeploy),
    /// Record what others deployed
    Deployed(c::deployed::Deployed),
    /// Answer for a change of a contract that breaks somebody
    Approve(c::approve::Approve),
    /// Walk through the main job in a temporary folder
    Demo(c::demo::Demo),
    /// Describe a code such as S0102
    Explain(c::explain::Explain),
    /// Print the JSON Schema of seam.yaml or stack.yaml
    Schema(c::schema::Schema),
    /// Print a completion script for a shell
    Completions(c::completions::Completions),
}

/// Other tools call some flags otherwise, and what looks most like them is another one.
pub fn with_tip(mut error: clap::Error) -> clap::Error {
    let is_theirs = |value: &ContextValue| matches!(value, ContextValue::String(flag) if flag == "--auto-approve");
    if error.kind() == ErrorKind::UnknownArgument && error.get(ContextKind::InvalidArg).is_some_and(is_theirs) {
        error.insert(ContextKind::SuggestedArg, ContextValue::String("--yes".to_owned()));
    }
    error
}

/// Which instances a command is about.
#[derive(ClapArgs, Debug, Default)]
pub struct SelectionArgs {
    /// Stacks: app, app-*, app... (with its dependencies), ...network (with its dependents), tag:T, team:T,
    /// . or ./FOLDER (the stacks in it), joined with `,`, taken out with `!`; nothing selects all
    #[arg(value_name = "SELECTION", add = ArgValueCompleter::new(complete::selections))]
    pub selection: Vec<String>,
}

/// In which environment a command works.
#[derive(ClapArgs, Debug, Default)]
pub struct EnvironmentArgs {
    /// The environment; may be left out where only one is declared
    #[arg(
        short,
        long,
        env = "SEAM_ENVIRONMENT",
        value_name = "ENV",
        add = ArgValueCandidates::new(complete::environments)
    )]
    pub environment: Option<String>,
}
