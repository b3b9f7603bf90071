//! Plants each fault of `tests/data/mutations.json` in a copy of the crate, with a target folder of
//! its own, and runs the tests that have to catch it: a fault of a keyword the random pairs, first
//! few, then more, then the tables; a fault of an interaction the directed tests. Before that, all of
//! them have to pass without a fault. `cargo run
//! --example contract_mutations [PART OF A NAME]`; ends with 1 where a fault is not caught, or
//! where the list is stale.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// How many pairs of each of the three kinds are tried: fewer than the tests of every run look at.
const PAIRS: [&str; 3] = ["300", "3000", "30000"];

/// So long may one run of tests take, in seconds.
const SECONDS_MAX: &str = "900";

/// What `timeout` ends with then.
const PAST_TIME: i32 = 124;

/// The tests with random pairs, those with tables, and those that are directed at an interaction.
const RANDOM: &[&str] = &["--test", "random"];
const TABLES: &[&str] = &["--test", "cases", "--test", "solver", "--test", "suite"];
const DIRECTED: &[&str] = &["--lib", "--test", "solver"];

/// A test whose stack is too small for code that is not optimised.
const SKIPPED: &str = "what_is_too_much_is_said";

/// What became of a planted fault.
enum Outcome {
    /// What caught it.
    Caught(String),
    NotCaught,
    /// It could not be planted, or its tests did not end: nothing is known.
    Unknown(&'static str),
}

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let mutations: Vec<Value> =
        serde_json::from_str(include_str!("../tests/data/mutations.json")).expect("the list is JSON");
    let copy = Copy::new().expect("the crate can be copied");
    for tests in [RANDOM, TABLES, DIRECTED] {
        if !matches!(copy.run(tests, PAIRS[0]).expect("the tests can be run"), Outcome::NotCaught) {
            println!("ERROR: without a fault the tests {tests:?} do not pass");
            return ExitCode::FAILURE;
        }
    }
    let (mut all, mut caught) = (0, 0);
    for mutation in mutations.iter().filter(|mutation| text(mutation, "name").contains(&wanted)) {
        let outcome = copy.plant(mutation).expect("the copy can be changed");
        all += 1;
        let told = match outcome {
            Outcome::Caught(by) => {
                caught += 1;
                by
            }
            Outcome::NotCaught => "NOT CAUGHT".to_owned(),
            Outcome::Unknown(why) => format!("ERROR: {why}"),
        };
        println!("{:60} {told}", text(mutation, "name"));
    }
    println!("{caught} of {all} faults are caught");
    if caught == all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
        // The tables are compared with what is written of them.
        fs::create_dir_all(root.join("docs"))?;
        fs::copy(from.join("docs/contracts-keywords.md"), root.join("docs/contracts-keywords.md"))?;
        fs::copy(from.join("Cargo.lock"), root.join("Cargo.lock"))?;
        let workspace = fs::read_to_string(from.join("Cargo.toml"))?.replace(", \"xtask\"", "");
        // Most faults are caught by few pairs: to optimise the copy takes longer than to run it.
        let package = "[profile.dev.package.seam-contract]\nopt-level = ";
        let workspace = workspace.replace(&format!("{package}2"), &format!("{package}0"));
        let workspace = workspace.replace("debug = \"line-tables-only\"", "debug = false");
        fs::write(root.join("Cargo.toml"), workspace)?;
        Ok(Self { root })
    }

    /// Plants a fault, runs its tests, and takes it out again.
    fn plant(&self, mutation: &Value) -> io::Result<Outcome> {
        let file = self.root.join("crates/contract").join(text(mutation, "file"));
        let original = fs::read_to_string(&file)?;
        let place = text(mutation, "from");
        if original.matches(place).count() != 1 {
            return Ok(Outcome::Unknown("the list is stale: the text is not there exactly once"));
        }
        fs::write(&file, original.replace(place, text(mutation, "to")))?;
        let outcome = match text(mutation, "caught_by") {
            "directed" => self.run(DIRECTED, PAIRS[0]),
            _ => self.random(),
        };
        fs::write(&file, original)?;
        outcome
    }

    fn random(&self) -> io::Result<Outcome> {
        for pairs in PAIRS {
            match self.run(RANDOM, pairs)? {
                Outcome::NotCaught => {}
                known => return Ok(known),
            }
        }
        self.run(TABLES, PAIRS[0])
    }

    /// Runs tests of the copy. The seed is 1, so that the seed of what is wrong is how many pairs it took.
    fn run(&self, tests: &[&str], pairs: &str) -> io::Result<Outcome> {
        let test = ["cargo", "test", "--offline", "--quiet", "--package", "seam-contract"];
        if !self.command(&test).args(tests).arg("--no-run").output()?.status.success() {
            return Ok(Outcome::Unknown("the copy does not compile"));
        }
        let mut run = self.command(&["timeout", SECONDS_MAX]);
        run.args(test)
            .arg("--no-fail-fast")
            .args(tests)
            .args(["--", "--nocapture", "--skip", SKIPPED])
            .env("SEAM_TEST_PAIRS", pairs);
        let output = run.output()?;
        Ok(match output.status.code() {
            Some(0) => Outcome::NotCaught,
            Some(PAST_TIME) => Outcome::Unknown("its tests did not end in time"),
            _ => Outcome::Caught(caught_by(&String::from_utf8_lossy(&output.stdout))),
        })
    }

    fn command(&self, words: &[&str]) -> Command {
        #[expect(clippy::disallowed_methods, reason = "a tool for this repository, which builds what it changed")]
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("SEAM_TEST_SEED", "1").env("CARGO_TARGET_DIR", self.root.join("target"));
        command.current_dir(&self.root);
        command
    }
}

/// By which pair, or else by which tests.
fn caught_by(out: &str) -> String {
    let seeds = out.lines().filter_map(|line| line.split_once("SEAM_TEST_SEED=")?.1.split(' ').next());
    if let Some(first) = seeds.filter_map(|seed| seed.parse::<u64>().ok()).min() {
        return format!("after {first} pairs");
    }
    let lines = out.lines().rev().take_while(|line| *line != "failures:");
    let names: Vec<&str> = lines.filter_map(|line| line.strip_prefix("    ")).collect();
    if names.is_empty() { "by a crash".to_owned() } else { format!("by {}", names.join(", ")) }
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
