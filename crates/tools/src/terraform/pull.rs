//! Reads a state that only the tool can open: with an `init` in a throw-away folder that holds nothing
//! but the backend, and `state pull`. No plugin is downloaded, whatever the state names.

use super::failure::{LOCK_REFUSED, failure, is_held, lock_of};
use super::ready::{TF_WORKSPACE, option, says_json};
use super::stream::Stream;
use super::{Job, Recorded, StatePlace};
use crate::launch::private_file;
use crate::state::{BadPlace, BadState, Reading, Scanner, Wanted, document};
use crate::{Call, Failure, Launched, Launcher, Program};
use seam_model::{Finding, StackCode, codes};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The throw-away folder in the folder of the `init`, so that it goes when that is cleared.
const WORK: &str = "backend";
/// An empty folder, named as the only place where plugins are: `init` opens the backend first, then
/// misses the plugins that the state names. `state pull` needs none of them.
const NO_PLUGINS: &str = "plugins";
const PULLED: &str = "pulled.tfstate";
/// An import waits for others no longer than this.
const LOCK_TIMEOUT: &str = "-lock-timeout=5s";
/// What no state has: there is nothing to do about it, and the lock is taken all the same.
const NO_RESOURCE: &str = "terraform_data.seam_no_such_resource";

/// A state and the tool that reads it.
#[derive(Clone, Copy, Debug)]
pub struct Pull<'a> {
    /// Where the state is.
    pub place: &'a StatePlace,
    /// Terraform or OpenTofu.
    pub program: &'a Program,
    /// The program's whole environment.
    pub env: &'a [(OsString, OsString)],
    /// How long one process may take.
    pub time_limit: Duration,
    /// How long an interrupted process may take to end.
    pub grace: Duration,
}

/// Reads the state with two processes of the tool. Errors: no state (S0313), one that cannot be read
/// (S0308), what the tool says.
pub fn pull(pull: &Pull, launcher: &mut dyn Launcher, wanted: Wanted) -> Result<Reading, Failure> {
    pull.opened(launcher, |work, launcher| Ok(pull.read(work, launcher, wanted)?.0))
}

/// Reads the state in the same way, with all its outputs, and keeps it as a file (0600) in the folder of
/// the process, which goes when that is cleared.
pub fn pull_file(pull: &Pull, launcher: &mut dyn Launcher) -> Result<(Reading, PathBuf), Failure> {
    pull.opened(launcher, |work, launcher| {
        let (reading, folder) = pull.read(work, launcher, Wanted::ALL)?;
        let kept = folder.join(PULLED);
        std::fs::rename(work.join(PULLED), &kept).map_err(|error| broken(work, &error))?;
        Ok((reading, kept))
    })
}

/// Writes the state in `file` (absolute) to its place with two processes of the tool, under the lock of
/// that place. Unless it is to `replace` what is there, the tool refuses to (S0303) where another state is
/// there, or a newer one. Where none was, what is written may have a lineage of its own. Never for the
/// state that is there: the results of its checks come in a random order, and the tool takes it for another.
pub fn push(pull: &Pull, launcher: &mut dyn Launcher, file: &Path, replace: bool) -> Result<(), Failure> {
    let args = ["state", "push", "-no-color", LOCK_TIMEOUT].map(OsString::from);
    let force = replace.then(|| OsString::from("-force"));
    let args: Vec<_> = args.into_iter().chain(force).chain([file.as_os_str().to_owned()]).collect();
    pull.opened(launcher, |work, launcher| pull.locking(work, launcher, (Call::Push, "state push"), &args))
}

/// Refuses (S0501) while somebody holds the lock of the state: takes it for a moment, with two processes
/// of the tool, and writes nothing.
pub fn refuse_locked(pull: &Pull, launcher: &mut dyn Launcher) -> Result<(), Failure> {
    let args = ["untaint", "-no-color", LOCK_TIMEOUT, "-allow-missing", NO_RESOURCE].map(OsString::from);
    pull.opened(launcher, |work, launcher| pull.locking(work, launcher, (Call::Lock, "untaint"), &args))
}

impl Pull<'_> {
    /// Does something in a throw-away folder that is initialized with the backend.
    fn opened<T>(
        &self,
        launcher: &mut dyn Launcher,
        act: impl FnOnce(&Path, &mut dyn Launcher) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut stream = Stream::default();
        let Launched { folder, ended } = self.init(launcher, &mut stream)?;
        let work = folder.join(WORK);
        let done = if ended.is_success() || work.join(".terraform/terraform.tfstate").exists() {
            act(&work, launcher)
        } else {
            Err(self.failure(&work, "init", stream, ended))
        };
        // The settings and the state are in it in clear.
        let removed = std::fs::remove_dir_all(&work).map_err(|error| broken(&work, &error));
        let done = done?;
        removed.map(|()| done)
    }

    /// Runs a command that takes the state's lock.
    fn locking(
        &self,
        work: &Path,
        launcher: &mut dyn Launcher,
        (call, name): (Call, &str),
        args: &[OsString],
    ) -> Result<(), Failure> {
        let mut stream = Stream::default();
        let launched =
            launcher.launch(call, &mut |_| self.with_job(work, |job| Ok(job.command(args.to_vec()))), &mut |line| {
                stream.line(line);
            })?;
        if launched.ended.is_success() {
            return Ok(());
        }
        let said = Vec::from(std::mem::take(&mut stream.tail)).join("\n");
        if said.contains(LOCK_REFUSED) && is_held(&said) {
            let (message, _) = lock_of(&said);
            let message = format!("{message}: {}", self.place.words());
            let finding = Finding::error(codes::LOCKED, message);
            return Err(Failure::from(Box::new(
                finding.help("wait until its holder is done, and run the command again"),
            )));
        }
        stream.tail = said.lines().map(str::to_owned).collect();
        Err(self.failure(work, name, stream, launched.ended))
    }

    fn init(&self, launcher: &mut dyn Launcher, stream: &mut Stream) -> Result<Launched, Failure> {
        let settings = self.settings()?;
        let launched = launcher.launch(
            Call::Init,
            &mut |folder| {
                let work = folder.join(WORK);
                for folder in [&work, &work.join(NO_PLUGINS)] {
                    DirBuilder::new().mode(0o700).create(folder)?;
                }
                self.with_job(&work, |job| Ok(job.command(self.init_args(job, &settings)?)))
            },
            &mut |line| {
                stream.line(line);
            },
        );
        Ok(launched?)
    }

    /// Writes the code and the settings, and names them.
    fn init_args(&self, job: &Job, settings: &BTreeMap<String, Json>) -> io::Result<Vec<OsString>> {
        let mut args: Vec<OsString> = ["init", "-input=false", "-no-color"].map(OsString::from).into();
        args.push(option("-plugin-dir=", &job.folder.join(NO_PLUGINS)));
        if says_json(job) {
            args.push("-json".into());
        }
        let kind = self.kind();
        let code = if kind == "cloud" {
            json!({"terraform": {"cloud": settings}})
        } else {
            let file = job.folder.join("backend.json");
            private_file(&file, json!(settings).to_string().as_bytes())?;
            args.push(option("-backend-config=", &file));
            json!({"terraform": {"backend": {kind: {}}}})
        };
        private_file(&job.folder.join("main.tf.json"), code.to_string().as_bytes())?;
        Ok(args)
    }

    fn kind(&self) -> &str {
        match self.place {
            StatePlace::Local { .. } => "local",
            StatePlace::Backend { kind, .. } => kind,
        }
    }

    fn settings(&self) -> Result<BTreeMap<String, Json>, Failure> {
        if let StatePlace::Local { path, .. } = self.place {
            return Ok(BTreeMap::from([("path".to_owned(), Json::from(path.to_string_lossy()))]));
        }
        self.place.all_settings().ok_or_else(|| {
            let message = format!("the `{}` backend in the code computes where its state is", self.kind());
            let finding = Finding::error(codes::STATE_UNREADABLE, message)
                .help("write its settings out, or under `backend` in stack.yaml");
            Failure::from(Box::new(finding))
        })
    }

    /// The state, and the folder of the process that read it.
    fn read(&self, work: &Path, launcher: &mut dyn Launcher, wanted: Wanted) -> Result<(Reading, PathBuf), Failure> {
        let path = work.join(PULLED);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = BufWriter::new(file.map_err(|error| broken(work, &error))?);
        let mut stream = Stream::default();
        let (mut begun, mut kept) = (false, Ok(()));
        let launched = launcher.launch(
            Call::Pull,
            &mut |_| self.with_job(work, |job| Ok(job.command(vec!["state".into(), "pull".into()]))),
            &mut |line| {
                // Some versions print warnings before the state.
                begun |= line.starts_with('{');
                if begun && kept.is_ok() {
                    kept = writeln!(file, "{line}");
                } else {
                    stream.line(line);
                }
            },
        )?;
        if !launched.ended.is_success() {
            return Err(self.failure(work, "state pull", stream, launched.ended));
        }
        kept.and_then(|()| file.flush()).map_err(|error| broken(work, &error))?;
        let bad = |error: BadPlace| Failure::from(Box::new(error.finding()));
        let place = self.place.words();
        let input = File::open(&path).map_err(|error| broken(work, &error))?;
        let scanner = &mut Scanner::new(input);
        match document(scanner, wanted, &mut Scanner::skip) {
            Ok(state) if state.outputs.is_none() => Err(bad(BadPlace::State { place, source: BadState::Encrypted })),
            // Where there is none, some backends give an empty one that was never written.
            Ok(state) if state.position.lineage.is_empty() => Err(bad(BadPlace::Missing { place })),
            Ok(state) => Ok((Reading { state, place, etag: None, writer: None }, launched.folder)),
            Err(BadState::Empty) => Err(bad(BadPlace::Missing { place })),
            Err(source) => Err(bad(BadPlace::State { place, source })),
        }
    }

    /// Does something with a job that has no stack: its folder is `work`.
    fn with_job<T>(&self, work: &Path, act: impl FnOnce(&Job) -> T) -> T {
        // The caller's may be another stack's.
        let mut env: Vec<_> = self.env.iter().filter(|(name, _)| name != TF_WORKSPACE).cloned().collect();
        if let StatePlace::Backend { workspace: Some(name), .. } = self.place {
            env.push((TF_WORKSPACE.into(), name.into()));
        }
        act(&Job {
            instance: None,
            program: self.program,
            mirror: work,
            folder: work,
            workspace: work,
            source: Path::new(""),
            code: &StackCode::default(),
            env: &env,
            state: self.place,
            recorded: &Recorded::Started,
            inputs: &BTreeMap::new(),
            plugin_cache: work,
            plugin_lock: work,
            time_limit: self.time_limit,
            grace: self.grace,
        })
    }

    fn failure(&self, work: &Path, call: &str, stream: Stream, ended: seam_process::Ended) -> Failure {
        let mut failure = self.with_job(work, |job| failure(job, call, stream, ended));
        for diagnostic in &mut failure.diagnostics {
            diagnostic.place = None;
        }
        failure.finding.place = None;
        failure.finding.help.get_or_insert_with(|| format!("it was to open the state at {}", self.place.words()));
        failure
    }
}

fn broken(work: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot prepare {}: {error}", work.display());
    Failure::from(Box::new(Finding::error(codes::TOOL_FAILED, message)))
}
