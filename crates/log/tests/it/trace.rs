//! A trace: what a program did to the files under one folder, call by call, as the kernel saw it
//! (`strace`). What a power cut could leave behind follows from that.

use crate::processes::command;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// One call that succeeded. Paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A folder was made.
    MakeFolder(PathBuf),
    /// A file was opened, and made where there was none.
    OpenOrCreate(PathBuf),
    /// Bytes of a file, from `offset` on.
    Write {
        path: PathBuf,
        offset: usize,
        bytes: Vec<u8>,
    },
    /// A file got this length.
    Resize {
        path: PathBuf,
        length: usize,
    },
    /// `fsync` or `fdatasync`, of a file or of a folder.
    Flush(PathBuf),
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove(PathBuf),
    /// A line on the standard output.
    Said(String),
}

/// Calls that are understood, and such that change files too and are not: these end the test.
const CALLS: &str = "trace=?mkdir,mkdirat,?open,openat,pwrite64,write,ftruncate,fsync,fdatasync,?rename,renameat,\
    renameat2,?unlink,unlinkat,mmap,?creat,truncate,writev,pwritev,pwritev2,fallocate,?link,linkat,?symlink,symlinkat,\
    ?rmdir,copy_file_range,sendfile,io_uring_setup";

/// Runs `program FILE` and returns what it did under `folder`. `folder` has no symlinks in its path.
pub fn run(program: &Path, file: &Path, folder: &Path) -> Vec<Event> {
    let output = folder.with_extension("trace");
    let mut strace = command(Path::new("strace"));
    // Paths of open files (-y), every byte as \xNN (-xx) and none left out (-s).
    strace.args(["-f", "--seccomp-bpf", "-y", "-xx", "-s", "16777216", "-e", CALLS, "-o"]).arg(&output);
    let done = strace.arg(program).arg(file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let trace = fs::read_to_string(&output).unwrap();
    fs::remove_file(&output).unwrap();
    trace.lines().flat_map(|line| events(line, folder)).collect()
}

/// What a line of the trace says, such as `4711  fsync(5<\x2f\x61>) = 0`.
fn events(line: &str, folder: &Path) -> Vec<Event> {
    let line = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    assert!(!line.contains("<unfinished"), "two threads at once: {line:.80}");
    let Some((call, result)) = line.rsplit_once(" = ") else { return Vec::new() };
    if result.starts_with(['-', '?']) {
        return Vec::new();
    }
    let (name, arguments) = call.trim_end().trim_end_matches(')').split_once('(').unwrap();
    let arguments: Vec<&str> = arguments.split(", ").collect();
    if name == "write" && arguments[0].starts_with("1<") {
        let said = String::from_utf8(bytes(arguments[1])).unwrap();
        return said.lines().map(|line| Event::Said(line.to_owned())).collect();
    }
    let paths: Vec<PathBuf> =
        arguments.iter().filter_map(|text| path(text)).filter(|path| path.starts_with(folder)).collect();
    let Some(path) = paths.first().cloned() else { return Vec::new() };
    let number = |index: usize| arguments[index].parse::<usize>().unwrap();
    let written = || bytes(arguments[1])[..result.parse().unwrap()].to_owned();
    match name {
        "mkdir" | "mkdirat" => vec![Event::MakeFolder(path)],
        "open" | "openat" => opened(&path, call),
        "pwrite64" => vec![Event::Write { path, offset: number(3), bytes: written() }],
        "ftruncate" => vec![Event::Resize { path, length: number(1) }],
        "fsync" | "fdatasync" => vec![Event::Flush(path)],
        "rename" | "renameat" | "renameat2" => vec![Event::Rename { from: path, to: paths[1].clone() }],
        "unlink" | "unlinkat" => vec![Event::Remove(path)],
        // Shared memory between connections is nothing that a power cut leaves behind.
        "mmap" if path.as_os_str().as_bytes().ends_with(b"-shm") || !call.contains("MAP_SHARED") => Vec::new(),
        _ => panic!("a power cut after `{name}` on {} was not thought about", path.display()),
    }
}

fn opened(path: &Path, call: &str) -> Vec<Event> {
    let mut events = Vec::new();
    if call.contains("O_CREAT") {
        events.push(Event::OpenOrCreate(path.to_owned()));
    }
    if call.contains("O_TRUNC") {
        events.push(Event::Resize { path: path.to_owned(), length: 0 });
    }
    events
}

/// `"\x2f\x61"`, or `5<\x2f\x61>`, which is an open file.
fn path(argument: &str) -> Option<PathBuf> {
    let text = match argument.split_once('<') {
        Some(("AT_FDCWD", _)) => return None,
        Some((_, open)) => open.split_once('>')?.0,
        None => argument.strip_prefix('"')?,
    };
    text.starts_with("\\x2f").then(|| PathBuf::from(OsStr::from_bytes(&bytes(text))))
}

fn bytes(text: &str) -> Vec<u8> {
    let digit = |hex: u8| if hex.is_ascii_digit() { hex - b'0' } else { hex - b'a' + 10 };
    let text = text.trim_matches('"').as_bytes();
    text.chunks_exact(4).map(|byte| 16 * digit(byte[2]) + digit(byte[3])).collect()
}
