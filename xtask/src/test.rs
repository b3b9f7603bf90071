//! `cargo xtask test`: installs what the tests need, runs all of them, prints seconds per suite,
//! and closes with `N passed, N failed, N skipped`.

use crate::program::{command, find, root};
use crate::suites::Suites;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

/// Programs that some tests need, each with its Debian package and what is skipped without it.
const NEEDED: &[(&str, &str, &str)] = &[
    ("strace", "strace", "tests that count flushes and opened files"),
    ("tmux", "tmux", "tests that look at a terminal"),
];

/// Stands in for AWS: a Python package, and what is skipped without it.
const MOTO: &str = "moto[server]==5.2.5";
const MOTO_TESTS: &str = "tests with a real plugin";

/// Runs every test. Did none fail?
pub(crate) fn run() -> bool {
    install();
    install_moto();
    let terraform = find("terraform");
    if terraform.is_none() {
        println!("terraform is not on PATH: tests that need it are skipped, or fail where CI is set");
    }
    let mut suites = Suites::default();
    if let Err(error) = run_tests(&mut suites) {
        println!("{error}");
        suites.broken += 1;
    }
    let missing = usize::from(terraform.is_none() && std::env::var_os("CI").is_some());
    let counts = suites.counts();
    for reason in &counts.reasons {
        println!("skipped: {reason}");
    }
    let failed = counts.failed + missing;
    println!("{} passed, {failed} failed, {} skipped", counts.passed, counts.skipped);
    failed == 0
}

/// All suites in one call of cargo, so that everything is built once with the same features. Its
/// standard error is merged in, because it says there which suite begins.
fn run_tests(suites: &mut Suites) -> std::io::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let script = r#"exec "$0" test --workspace --no-fail-fast -- --show-output 2>&1"#;
    let mut child = command("sh").arg("-c").arg(script).arg(cargo).stdout(Stdio::piped()).spawn()?;
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let start = Instant::now();
    let mut bytes = Vec::new();
    while output.read_until(b'\n', &mut bytes)? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        if let Some(report) = suites.line(line.trim_end_matches('\n'), start.elapsed()) {
            println!("{report}");
        }
        bytes.clear();
    }
    if let Some(report) = suites.end(start.elapsed(), child.wait()?.success()) {
        println!("{report}");
    }
    Ok(())
}

/// Installs what is missing where that is possible, and says what is not there.
fn install() {
    let missing: Vec<_> = NEEDED.iter().filter(|(program, ..)| find(program).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    if find("apt-get").is_some() && is_root() {
        let packages: Vec<&str> = missing.iter().map(|(_, package, _)| *package).collect();
        println!("installing {} with apt-get", packages.join(", "));
        apt_get(&["update"]);
        apt_get(&[&["install", "--yes", "--no-install-recommends"], &packages[..]].concat());
    }
    for (program, _, tests) in missing.iter().filter(|(program, ..)| find(program).is_none()) {
        println!("{program} is not installed: {tests} are skipped");
    }
}

/// Installs the server that stands in for AWS, where the plugin is there that needs it, into a Python
/// environment of its own in the target folder. The tests look for it there.
fn install_moto() {
    let plugins = std::env::var_os("SEAM_TEST_TF_PLUGINS").unwrap_or_else(|| "/opt/tf-plugins".into());
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = root().join(target).join("moto");
    if !Path::new(&plugins).is_dir() {
        println!("{} (SEAM_TEST_TF_PLUGINS) is not there: {MOTO_TESTS} are skipped", plugins.display());
    } else if !folder.join("bin/moto_server").is_file() {
        println!("installing {MOTO} with pip");
        let pip = folder.join("bin/pip");
        let made = is_done(command("python3").args(["-m", "venv"]).arg(&folder));
        if !(made && is_done(command(pip).args(["install", "--quiet", "--disable-pip-version-check", MOTO]))) {
            println!("{MOTO} is not installed: {MOTO_TESTS} are skipped");
        }
    }
}

fn is_done(command: &mut std::process::Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

fn apt_get(arguments: &[&str]) {
    let run = command("apt-get").args(["-qq"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
    match run {
        Ok(output) if output.status.success() => {}
        Ok(output) => println!("apt-get {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) => println!("apt-get {}: {error}", arguments[0]),
    }
}

fn is_root() -> bool {
    command("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
