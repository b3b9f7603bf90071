//! Plants each fault of `tests/data/mutations.json` in a copy of the crate and runs its tests: how
//! many random pairs does it take until the fault is caught? `cargo run --example
//! contract_mutations [PART OF A NAME]`; ends with 1 where a fault is not caught.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// How many pairs of each kind are tried: first few, then many.
const PAIRS: [&str; 2] = ["2000", "100000"];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let mutations: Vec<Value> =
        serde_json::from_str(include_str!("../tests/data/mutations.json")).expect("the list is JSON");
    let copy = Copy::new().expect("the crate can be copied");
    let mut survived = 0;
    for mutation in mutations.iter().filter(|mutation| text(mutation, "name").contains(&wanted)) {
        let caught = copy.caught(mutation).expect("the copy can be changed");
        survived += u32::from(caught.is_none());
        println!("{:70} {}", text(mutation, "name"), caught.as_deref().unwrap_or("NOT CAUGHT"));
    }
    if survived == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn text<'v>(mutation: &'v Value, key: &str) -> &'v str {
    mutation[key].as_str().unwrap_or_default()
}

/// A workspace of its own with nothing but this crate in it.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn new() -> io::Result<Self> {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let root = from.join("target/mutations");
        let member = "crates/contract";
        for folder in ["src", "tests"] {
            copy(&from.join(member).join(folder), &root.join(member).join(folder))?;
        }
        fs::copy(from.join(member).join("Cargo.toml"), root.join(member).join("Cargo.toml"))?;
        fs::copy(from.join("Cargo.lock"), root.join("Cargo.lock"))?;
        let workspace = fs::read_to_string(from.join("Cargo.toml"))?.replace(", \"xtask\"", "");
        // Most faults are caught by few pairs: to optimise the copy takes longer than to run it.
        let package = "[profile.dev.package.seam-contract]\nopt-level = ";
        let workspace = workspace.replace(&format!("{package}2"), &format!("{package}0"));
        fs::write(root.join("Cargo.toml"), workspace)?;
        Ok(Self { root })
    }

    /// By what the fault is caught.
    fn caught(&self, mutation: &Value) -> io::Result<Option<String>> {
        let file = self.root.join("crates/contract").join(text(mutation, "file"));
        let original = fs::read_to_string(&file)?;
        let place = text(mutation, "from");
        if original.matches(place).count() != 1 {
            return Ok(Some(format!("no: `{place}` is not there once")));
        }
        fs::write(&file, original.replace(place, text(mutation, "to")))?;
        let caught = if text(mutation, "caught_by") == "directed" { self.directed() } else { self.random() };
        fs::write(&file, original)?;
        caught
    }

    fn directed(&self) -> io::Result<Option<String>> {
        let out = self.cargo(&["--lib", "--test", "solver"], "1")?;
        let failed: Vec<&str> =
            out.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED")).collect();
        Ok((!failed.is_empty()).then(|| format!("by {}", failed.join(", "))))
    }

    fn random(&self) -> io::Result<Option<String>> {
        for pairs in PAIRS {
            let out = self.cargo(&["--test", "random"], pairs)?;
            let seeds = out.lines().filter_map(|line| line.strip_prefix("SEAM_TEST_SEED=")?.split(' ').next());
            let first = seeds.filter_map(|seed| seed.parse::<u64>().ok()).min();
            if let Some(first) = first {
                return Ok(Some(format!("after {first} pairs")));
            }
            if !out.contains("test result: ok") {
                return Ok(Some("no: the copy does not compile or ends early".to_owned()));
            }
        }
        Ok(None)
    }

    /// Runs tests of the copy; the seed is 1, so that a fault's seed is how many pairs it took.
    fn cargo(&self, tests: &[&str], pairs: &str) -> io::Result<String> {
        #[expect(clippy::disallowed_methods, reason = "a tool for this repository, which builds what it changed")]
        let mut cargo = Command::new("cargo");
        cargo.args(["test", "--offline", "--package", "seam-contract"]).args(tests).args(["--", "--nocapture"]);
        cargo.env("SEAM_TEST_SEED", "1").env("SEAM_TEST_PAIRS", pairs).current_dir(&self.root);
        let output = cargo.output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Copies a folder; a file that is the same stays, so that little is built again.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let target = to.join(name);
        if entry.is_dir() {
            copy(&entry, &target)?;
        } else if fs::read(&target).ok() != Some(fs::read(&entry)?) {
            fs::copy(&entry, &target)?;
        }
    }
    Ok(())
}
