//! `cargo xtask bench`: every example of a crate whose name ends in `_figures`. Each prints lines
//! `WHAT: RATIO (at most BOUND)` and exits 1 when one is past its bound. Then the tests that take too
//! long for every run.

use crate::program::{cargo, root};
use std::path::Path;

/// Package, test program, and its tests that are ignored but here.
const LONG_TESTS: [(&str, &str, &str); 2] =
    [("seam-cli", "aws", "thirty_random_kills"), ("seam-contract", "random", "very_many_pairs_of_objects")];

/// Runs every bench. Did all ratios hold?
pub(crate) fn run() -> bool {
    let mut benches: Vec<(String, String)> = Vec::new();
    for folder in std::fs::read_dir(root().join("crates")).into_iter().flatten().flatten() {
        let package = format!("seam-{}", folder.file_name().display());
        let examples = std::fs::read_dir(folder.path().join("examples")).into_iter().flatten().flatten();
        benches.extend(examples.filter_map(|file| Some((package.clone(), bench_name(&file.path())?))));
    }
    benches.sort();
    let mut failed = Vec::new();
    for (package, bench) in &benches {
        println!("{package} {bench}");
        let status = cargo(&["run", "--quiet", "--release", "-p", package, "--example", bench]).status();
        if !status.is_ok_and(|status| status.success()) {
            failed.push(bench.as_str());
        }
    }
    for (package, program, test) in LONG_TESTS {
        println!("{package} {test}");
        let args =
            ["test", "--quiet", "--release", "-p", package, "--test", program, "--", "--ignored", "--nocapture", test];
        if !cargo(&args).status().is_ok_and(|status| status.success()) {
            failed.push(test);
        }
    }
    let past = if failed.is_empty() { String::new() } else { format!(": {}", failed.join(", ")) };
    println!("{} benches, {} past a bound or broken{past}", benches.len() + LONG_TESTS.len(), failed.len());
    failed.is_empty()
}

/// The name of the example in `file`, if it is a bench.
fn bench_name(file: &Path) -> Option<String> {
    let name = file.file_stem()?.to_str()?;
    name.ends_with("_figures").then(|| name.to_owned())
}
