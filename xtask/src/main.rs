//! The project's own chores: `cargo xtask check|test|bench`. Depends on the standard library alone.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore prints")]

mod bench;
mod check;
mod layers;
mod program;
mod shape;
mod suites;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask check    formatting, lints, edges between crates, shape of the source
cargo xtask test     installs what the tests need, runs them all, prints seconds per suite
cargo xtask bench    runs every crates/*/examples/*_figures.rs; each fails when a ratio is past its bound";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ok = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check::run(),
        ["test"] => test::run(),
        ["bench"] => bench::run(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
