//! The supervisor with real processes. Nothing sleeps to wait: tools stand at a fifo until the test
//! lets them go on, and every wait has a bound.

#![expect(clippy::print_stderr, reason = "a test says what it skips")]

mod adopt;
mod capture;
mod crash;
mod lock;
mod step;
mod stop;

use seam_process::{Command, Ended, Gated, Lock, Running, prepare};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Nothing here takes longer unless it hangs.
const BOUND: Duration = Duration::from_secs(60);

/// A folder for one step and its tool.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("step")).unwrap();
        Self { root }
    }

    fn step(&self) -> PathBuf {
        self.root.path().join("step")
    }

    fn lock(&self) -> PathBuf {
        self.step().join("lock")
    }

    /// `script` for the shell, run in the root of this place.
    fn shell(&self, script: &str) -> Command {
        Command {
            program: "sh".into(),
            args: vec!["-c".into(), script.into()],
            folder: self.root.path().to_owned(),
            env: vec![("PATH".into(), "/usr/bin:/bin".into())],
            time_limit: None,
            grace: Duration::from_secs(10),
            lock: None,
        }
    }

    fn prepare(&self, command: &Command) -> Gated {
        prepare(&self.step(), &supervisor(), command).unwrap()
    }

    fn start(&self, script: &str) -> Running {
        self.prepare(&self.shell(script)).open().unwrap()
    }

    fn output(&self) -> String {
        std::fs::read_to_string(self.step().join("output")).unwrap()
    }

    /// Makes the fifo `gate`, at which `read go < gate` of a tool waits.
    fn fifo(&self) {
        let made = seam_process::capture(&self.shell("mkfifo gate"), 1000).unwrap();
        assert_eq!(made.ended, Ended::Exited(0));
    }

    /// Lets the tool at the fifo go on.
    fn go(&self) {
        let fifo = self.root.path().join("gate");
        bounded(move || std::fs::write(fifo, "go\n").unwrap());
    }

    /// Waits until the supervisor wrote down which process its tool is.
    fn until_tool_known(&self) {
        let file = self.step().join("pid");
        bounded(move || while !std::fs::read_to_string(&file).unwrap().contains("\"tool\":{") {});
    }

    /// Waits until nobody holds the step's lock.
    fn until_free(&self) {
        let lock = self.lock();
        bounded(move || Lock::take(&lock, "test").map(drop).unwrap());
    }
}

/// The example `step`, which `cargo test` builds beside this binary.
#[expect(clippy::disallowed_methods, reason = "a test finds the program beside it")]
fn supervisor() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let path = this.parent().and_then(Path::parent).unwrap().join("examples/step");
    assert!(path.exists(), "{} is missing: `cargo test -p seam-process` without `--test` builds it", path.display());
    path
}

fn ended(mut running: Running) -> Ended {
    running.wait(BOUND).unwrap().expect("the tool hangs")
}

/// Waits until the tool wrote this line.
fn until_line(running: &mut Running, line: &str) {
    let mut seen = Vec::new();
    for _ in 0..6000 {
        seen.extend(running.output().unwrap());
        if seen.iter().any(|seen| seen == line) {
            return;
        }
        if let Some(ended) = running.wait(Duration::from_millis(10)).unwrap() {
            seen.extend(running.output().unwrap());
            assert!(seen.iter().any(|seen| seen == line), "it {ended} without {line:?}: {seen:?}");
            return;
        }
    }
    panic!("no line {line:?}: {seen:?}");
}

fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(work()));
    hear.recv_timeout(BOUND).expect("it hangs, or failed in its thread")
}

fn send(pid: u32, signal: &str) {
    let place = Place::new();
    let sent = seam_process::capture(&place.shell(&format!("kill -{signal} {pid}")), 1000).unwrap();
    assert!(sent.ended.is_success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

fn bytes(text: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(text.to_vec())
}
