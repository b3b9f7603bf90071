//! A workspace in a temporary folder and the real binary in a hermetic environment: the variables
//! are cleared but PATH, and home, configuration and caches lie inside the folder.

use serde_json::Value as Json;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// What a test waits for comes within this time, or never.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One temporary folder with a workspace, a home, and a folder that is first on PATH.
pub struct Harness {
    folder: tempfile::TempDir,
    vars: Vec<(String, String)>,
}

/// How a command ended, and what it said.
pub struct Answer {
    /// The exit code; negative for a signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Harness {
    /// An empty workspace folder.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("seam-it").tempdir().unwrap();
        for name in ["workspace", "home", "bin", "tmp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder, vars: Vec::new() }
    }

    /// The temporary folder; `workspace`, `home`, `bin` and `tmp` lie in it.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// The folder of the workspace, or what lies below it.
    pub fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root().join("workspace").join(below)
    }

    /// Writes a file of the workspace.
    pub fn write(&self, below: &str, text: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A Terraform stack: its `stack.yaml` and its `main.tf`.
    pub fn stack(&self, name: &str, yaml: &str, code: &str) {
        self.write(&format!("stacks/{name}/stack.yaml"), yaml);
        self.write(&format!("stacks/{name}/main.tf"), code);
    }

    /// Replaces `from`, which is there once, in a file of the workspace.
    pub fn edit(&self, below: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(below)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {below}");
        self.write(below, text.replace(from, to));
    }

    /// A program that is found first on PATH.
    pub fn program(&self, name: &str, script: &str) {
        executable(&self.root().join("bin").join(name), script);
    }

    /// A program of the workspace.
    pub fn script(&self, below: &str, script: &str) {
        fs::create_dir_all(self.path(below).parent().unwrap()).unwrap();
        executable(&self.path(below), script);
    }

    /// A variable of every command from now on.
    pub fn var(&mut self, name: &str, value: impl Into<String>) {
        self.vars.push((name.to_owned(), value.into()));
    }

    /// The binary with these arguments, in the workspace.
    pub fn command(&self, args: &[impl AsRef<OsStr>]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_seam"), args)
    }

    /// Any program in the same environment.
    #[expect(clippy::disallowed_methods, reason = "a test starts the program that it tests")]
    pub fn command_of(&self, program: impl AsRef<OsStr>, args: &[impl AsRef<OsStr>]) -> Command {
        let root = self.root();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(root.join("workspace"))
            .env_clear()
            .env("PATH", format!("{}:{path}", root.join("bin").display()))
            .env("HOME", root.join("home"))
            .env("XDG_CONFIG_HOME", root.join("home/config"))
            .env("XDG_CACHE_HOME", root.join("home/cache"))
            .env("TMPDIR", root.join("tmp"))
            .env("USER", "tester")
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn seam(&self, args: &[impl AsRef<OsStr>]) -> Answer {
        Answer::of(self.command(args).output().unwrap())
    }

    /// Runs the binary, which must end with 0.
    pub fn ok(&self, args: &[impl AsRef<OsStr>]) -> Answer {
        self.seam(args).exits(0)
    }

    /// Runs the binary, which must end with 0 and print one JSON document.
    pub fn json(&self, args: &[impl AsRef<OsStr>]) -> Json {
        self.ok(args).json()
    }

    /// Starts the binary and does not wait for it.
    pub fn start(&self, args: &[impl AsRef<OsStr>]) -> Started {
        self.start_of(env!("CARGO_BIN_EXE_seam"), args)
    }

    /// Starts any program and does not wait for it.
    pub fn start_of(&self, program: impl AsRef<OsStr>, args: &[impl AsRef<OsStr>]) -> Started {
        let mut command = self.command_of(program, args);
        Started(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// Starts the binary and waits until it says `text` on standard error.
    #[track_caller]
    pub fn start_until(&self, args: &[impl AsRef<OsStr>], text: &str) -> Heard {
        let said = self.root().join("said");
        let child = self.command(args).stderr(fs::File::create(&said).unwrap()).spawn().unwrap();
        let heard = Heard { child, said };
        wait_for(text, || heard.text().contains(text).then_some(()));
        heard
    }

    /// The instance's row of `seam status`.
    pub fn status(&self, stack: &str) -> Json {
        let rows = self.json(&["status", "-e", "dev", "--json"]);
        let address = format!("shop/{stack}/dev");
        let found = rows["instances"].as_array().unwrap().iter().find(|row| row["address"] == *address);
        found.unwrap_or_else(|| panic!("no row of {address}")).clone()
    }
}

/// A command that runs; it is killed when it is dropped.
pub struct Started(Option<Child>);

impl Started {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Sends a signal to it alone.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(self.0.as_ref().unwrap());
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Answer {
        Answer::of(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A command that runs and is heard meanwhile; it is killed when it is dropped.
pub struct Heard {
    child: Child,
    said: PathBuf,
}

impl Heard {
    /// What it said until now.
    fn text(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// Sends a signal to it alone.
    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Answer {
        let code = code(self.child.wait().unwrap());
        Answer { code, stdout: String::new(), stderr: self.text() }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// Of a process that ended.
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: code(output.status), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Checks the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Checks that standard error has all these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "`{text}` is not in\n{}", self.stderr);
        }
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.stdout, self.stderr))
    }

    /// Standard output as JSON Lines.
    #[track_caller]
    pub fn lines(&self) -> Vec<Json> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }
}

/// Another process writes the program: if this one did, one that another thread is just starting could
/// still have it open, and what is open for writing cannot be run.
#[expect(clippy::disallowed_methods, reason = "a test starts the program that it tests")]
fn executable(path: &Path, script: &str) {
    let text = path.with_extension("text");
    fs::write(&text, script).unwrap();
    let installed = Command::new("install").args(["-m", "755"]).args([&text, path]).status().unwrap();
    assert!(installed.success());
    fs::remove_file(text).unwrap();
}

/// The files in `folder` and below that have `bytes` in them; those that cannot be read are left out.
pub fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if kind.is_file() && contains(&fs::read(&path).unwrap_or_default(), bytes) {
            found.push(path);
        }
    }
    found
}

/// Are these bytes anywhere in `text`?
pub fn contains(text: &[u8], bytes: &[u8]) -> bool {
    text.windows(bytes.len()).any(|window| window == bytes)
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap_or_default())
}

/// The real `terraform`, or `None` where there is none and the test is skipped. Under CI it must be
/// there.
#[expect(clippy::disallowed_methods, reason = "a test looks where it runs")]
pub fn terraform() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("terraform")).find(|file| file.is_file());
    if found.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "terraform is not on PATH");
        println!("skipped: terraform is not on PATH");
    }
    found
}

/// Waits until `ready` answers, with a bound.
#[track_caller]
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Waits until there is a file.
#[track_caller]
pub fn wait_for_file(path: &Path) {
    wait_for(&path.display().to_string(), || path.exists().then_some(()));
}
