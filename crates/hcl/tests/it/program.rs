//! The real Terraform, run in a folder.

use serde_json::Value as Json;
use std::path::Path;

/// What one call gave.
pub struct Outcome {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

/// Is Terraform here? Where it is not, CI fails, and others are told.
pub fn is_there(test: &str) -> bool {
    let found = command(Path::new("."), &["version"]).is_ok();
    #[expect(clippy::disallowed_methods, reason = "a test reads what the runner says about itself")]
    let must = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(found || !must, "terraform is missing, and CI must have it");
    if !found {
        println!("skipped: {test} (terraform is missing)");
    }
    found
}

/// Runs Terraform and takes whatever comes.
pub fn run(folder: &Path, arguments: &[&str]) -> Outcome {
    command(folder, arguments).expect("terraform starts")
}

/// Runs Terraform, which must succeed.
pub fn must(folder: &Path, arguments: &[&str]) -> String {
    let outcome = run(folder, arguments);
    assert!(outcome.success, "terraform {arguments:?}\n{}{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}

/// The plan in `file` as JSON.
pub fn show(folder: &Path, file: &str) -> Json {
    serde_json::from_str(&must(folder, &["show", "-json", file])).expect("a plan is JSON")
}

/// The diagnostics in the output of a `-json` call.
pub fn diagnostics(outcome: &Outcome) -> Vec<Json> {
    let lines = outcome.stdout.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    lines.filter_map(|mut line| line.get_mut("diagnostic").map(Json::take)).collect()
}

#[expect(clippy::disallowed_methods, reason = "this crate is below `process`, and a test may start a program")]
fn command(folder: &Path, arguments: &[&str]) -> std::io::Result<Outcome> {
    let output = std::process::Command::new("terraform")
        .args(arguments)
        .current_dir(folder)
        .env_remove("TF_CLI_CONFIG_FILE")
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1")
        .output()?;
    Ok(Outcome {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
