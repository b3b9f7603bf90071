//! `cargo xtask check`: all checks, one after the other; a failing one does not hide the next.

use crate::program::cargo;
use crate::{layers, shape};
use std::time::Instant;

/// Runs every check. Did all of them pass?
pub(crate) fn run() -> bool {
    let lints = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    let passed = [
        report("format", || tool(&["fmt", "--all", "--check"])),
        report("lints", || tool(&lints)),
        report("layers", layers::check),
        report("shape", shape::check),
    ];
    passed.into_iter().all(|passed| passed)
}

fn report(name: &str, check: impl Fn() -> Result<(), String>) -> bool {
    let start = Instant::now();
    let result = check();
    let words = if result.is_ok() { "ok" } else { "FAILED" };
    println!("{name:<10} {words:<8} {:.1} s", start.elapsed().as_secs_f64());
    if let Err(problems) = &result {
        println!("{problems}");
    }
    result.is_ok()
}

/// A cargo command that says itself what is wrong.
fn tool(arguments: &[&str]) -> Result<(), String> {
    match cargo(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("cargo {}: {status}", arguments.join(" "))),
        Err(error) => Err(format!("cargo {}: {error}", arguments.join(" "))),
    }
}
