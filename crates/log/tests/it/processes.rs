//! Several processes on one log: fair, and nothing lost; what a flush costs, and what a failed one does.

use crate::support::{Place, SOON, append, read_all};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// `examples/log_writer.rs` in a process of its own.
struct Writer {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Writer {
    /// Starts it, perhaps under another program, and waits until it is ready.
    #[expect(clippy::disallowed_methods, reason = "a test finds the program beside it")]
    fn start(under: &[&str], log: &Path, name: &str, commits: u64, seconds: f64) -> Self {
        let program = std::env::current_exe().unwrap().with_file_name("../examples/log_writer");
        assert!(program.exists(), "{} is not built: `cargo build -p seam-log --examples`", program.display());
        let mut words: Vec<PathBuf> = under.iter().map(PathBuf::from).collect();
        words.extend([program, log.to_owned(), name.into()]);
        words.extend([commits.to_string(), seconds.to_string(), "512".to_owned()].map(PathBuf::from));
        let mut command = command(&words[0]);
        let mut child = command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut writer = Self { child, output };
        assert_eq!(writer.line(), "ready");
        writer
    }

    fn go(&mut self) {
        self.child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Everything it says until it ends.
    fn end(mut self) -> String {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success());
        text
    }
}

#[expect(clippy::disallowed_methods, reason = "these tests are about processes")]
pub fn command(program: &Path) -> Command {
    Command::new(program)
}

/// Is `strace` there? In CI it must be.
#[expect(clippy::disallowed_methods, reason = "CI is a setting of the test run")]
pub fn strace() -> bool {
    let found = command(Path::new("strace")).arg("--version").stdout(Stdio::null()).status().is_ok();
    assert!(found || std::env::var("CI").as_deref() != Ok("true"), "CI needs strace");
    if !found {
        println!("skipped: strace is not installed");
    }
    found
}

#[test]
fn eight_processes_share_the_log_fairly_and_lose_nothing() {
    let place = Place::new();
    let start = |name: u32| Writer::start(&[], &place.file(), &name.to_string(), u64::MAX, 2.0);
    // The first creates the log, the others wait for it.
    let mut writers: Vec<_> = (0..8).map(start).collect();
    writers.iter_mut().for_each(Writer::go);
    let commits: Vec<u64> = writers.into_iter().map(|writer| writer.end().trim().parse().unwrap()).collect();
    let log = place.open();
    let (start, head) = (log.start().unwrap(), log.head().unwrap());
    assert_eq!(head.sequence, commits.iter().sum::<u64>());
    log.verify(&start, &head).unwrap();
    let (fewest, most) = (commits.iter().min().unwrap(), commits.iter().max().unwrap());
    assert!(2 * fewest >= *most, "{commits:?}");
}

#[test]
fn a_killed_writer_leaves_its_turn_and_what_it_had_appended() {
    let place = Place::new();
    let mut log = place.open();
    let mut writer = Writer::start(&[], &place.file(), "killed", u64::MAX, 60.0);
    writer.go();
    while log.head().unwrap().sequence < 10 {
        std::thread::yield_now();
    }
    writer.child.kill().unwrap();
    writer.child.wait().unwrap();
    let head = append(&mut log, &["after"]);
    assert!(head.sequence > 10);
    log.verify(&log.start().unwrap(), &head).unwrap();
}

#[test]
fn one_flush_acknowledges_one_commit() {
    if !strace() {
        return;
    }
    let place = Place::new();
    let trace = place.folder.path().join("trace");
    let under = ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", trace.to_str().unwrap()];
    let mut writer = Writer::start(&under, &place.file(), "one", 400, 60.0);
    writer.go();
    assert_eq!(writer.end(), "400\n");
    let flushes = std::fs::read_to_string(trace).unwrap().lines().filter(|line| line.contains("sync(")).count();
    assert!((400..=420).contains(&flushes), "{flushes} flushes for 400 commits");
}

#[test]
fn after_a_failed_flush_a_new_turn_finds_out() {
    if !strace() {
        return;
    }
    let place = Place::new();
    drop(place.open());
    let under = ["strace", "-f", "-o", "/dev/null", "-e", "inject=fsync,fdatasync:error=EIO:when=5..7+2"];
    let mut writer = Writer::start(&under, &place.file(), "unlucky", 10, 60.0);
    writer.go();
    let text = writer.end();
    assert!(text.starts_with("unknown\n") && text.ends_with("\n10\n"), "{text}");
    let mut log = place.open();
    let names: Vec<_> = read_all(&log).into_iter().flat_map(|commit| commit.records).map(|record| record.id).collect();
    assert_eq!(names, (0..10).map(|n| seam_log::Digest::of(format!("unlucky {n}").as_bytes()).0).collect::<Vec<_>>());
    assert!(log.turn(SOON).is_ok());
}
