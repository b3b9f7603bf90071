//! One file a command: its flags, what it asks, and how it answers.

pub mod apply;
pub mod approve;
pub mod can_deploy;
pub mod check;
pub mod completions;
pub mod contract;
mod contract_types;
pub mod demo;
pub mod deployed;
pub mod destroy;
pub mod explain;
pub mod get;
pub mod graph;
pub mod import;
pub mod init;
pub mod output;
pub mod plan;
pub mod publish;
pub mod runs;
pub mod schema;
pub mod status;
pub mod tool;
pub mod uses;
mod uses_import;
pub mod watch;

use crate::args::Command;
use crate::exit::Exit;
use crate::settings::Settings;
use crate::{print, render};

/// Runs a command and prints how it failed, if it did.
pub fn run(command: &Command, settings: &Settings) -> Exit {
    let result = match command {
        Command::Init(args) => init::run(args, settings),
        Command::Check(args) => check::run(args, settings),
        Command::Contract(args) => contract::run(args, settings),
        Command::Graph(args) => graph::run(args, settings),
        Command::Plan(args) => plan::run(args, settings),
        Command::Apply(args) => apply::run(args, settings),
        Command::Destroy(args) => destroy::run(args, settings),
        Command::Import(args) => import::run(args, settings),
        Command::Status(args) => status::run(args, settings),
        Command::Output(args) => output::run(args, settings),
        Command::Runs(args) => runs::run(args, settings),
        Command::Tool(args) => tool::run(args, settings),
        Command::Publish(args) => publish::run(args, settings),
        Command::Get(args) => get::run(args, settings),
        Command::Watch(args) => watch::run(args, settings),
        Command::Uses(args) => uses::run(args, settings),
        Command::CanDeploy(args) => can_deploy::run(args, settings),
        Command::Deployed(args) => deployed::run(args, settings),
        Command::Approve(args) => approve::run(args, settings),
        Command::Demo(args) => demo::run(args, settings),
        Command::Explain(args) => explain::run(args, settings),
        Command::Schema(args) => schema::run(args),
        Command::Completions(args) => completions::run(args),
    };
    result.unwrap_or_else(|failure| {
        if prints_document(command) {
            let _ = print::line(render::json::check(&failure.findings));
        }
        print::err(render::failure(&failure, settings.err));
        failure.exit()
    })
}

/// Is a JSON document expected of the command, so that a program reads why there is no other? What
/// prints a value prints nothing instead, and what prints JSON Lines says it in one of them.
fn prints_document(command: &Command) -> bool {
    match command {
        Command::Contract(args) => args.is_json(),
        Command::Graph(args) => args.is_json(),
        Command::Plan(args) => args.json,
        Command::Import(args) => args.json,
        Command::Status(args) => args.json,
        Command::Runs(args) => args.json,
        Command::Uses(args) => args.json,
        Command::CanDeploy(args) => args.json,
        _ => false,
    }
}
