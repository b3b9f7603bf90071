//! The binary `seam`: parses the command line, runs one command, maps what came of it to an exit code.

mod args;
mod commands;
mod complete;
mod deployment;
mod documents;
mod exit;
mod failure;
mod jobs;
mod print;
mod project;
mod publication;
mod render;
mod session;
mod settings;
mod signals;
mod versioned;

use clap::Parser as _;
use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the binary is where arguments are read")]
fn main() -> ExitCode {
    if let Some(code) = seam_process::supervise(&mut std::env::args_os()) {
        return code;
    }
    if let Some(code) = commands::completions::answer() {
        return code;
    }
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let error = args::with_tip(error);
            let _ = error.print();
            return if error.use_stderr() { exit::Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    match settings::Settings::read(args.folder.clone(), args.color) {
        Ok(settings) => commands::run(&args.command, &settings).into(),
        Err(error) => {
            print::err(format_args!("error: cannot read the working directory: {error}\n"));
            exit::Exit::Failed.into()
        }
    }
}
