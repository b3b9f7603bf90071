//! Opens what a run needs: the registry, the folders, who calls and from where.

use crate::failure::Failure;
use crate::print;
use crate::project::Project;
use crate::settings::{Settings, now_us, today};
use seam_compat::Contracts;
use seam_model::{Finding, RegistryPlace, Workspace, codes};
use seam_registry::Handle;
use seam_run::{Caller, Places, Session, States, Stop, private_folders};
use seam_workspace::git;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// How a command uses the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It only asks.
    Read,
    /// It records.
    Write,
}

/// A tool that was interrupted may take this long to save its state, unless `--grace` says else.
pub const GRACE: Duration = Duration::from_secs(60);

/// A session, and the folder that is gone with it.
pub struct Opened {
    session: Session,
    _scratch: Option<TempDir>,
}

impl Opened {
    /// Names the key file where this command was the first that sealed a value with it.
    pub fn say_created_key(&self) {
        if let Some(key) = self.registry.created_key() {
            print::err(format_args!(
                "A key for sensitive values was made: {}. Keep it: without it they cannot be read.\n",
                key.display()
            ));
        }
    }

    /// The same with somebody else's wish to stop.
    pub fn stopped_by(mut self, stop: &Stop) -> Self {
        self.session.stop = stop.clone();
        self
    }
}

impl std::ops::Deref for Opened {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// Everything for a run in `project`. Somebody who may not write `.seam` reads, compares and plans
/// in a temporary folder.
pub fn open(settings: &Settings, project: Project, access: Access, grace: Duration) -> Result<Opened, Failure> {
    let mut places = places(settings, &project.workspace);
    prepare(&project.workspace, &places, access)?;
    if access == Access::Write {
        know_place(&places.data)?;
    }
    let registry = registry(settings, &project.workspace, &places, access)?;
    let caller = caller(settings, &project.workspace, &places, access, grace)?;
    let scratch = match access {
        Access::Read if ![&places.data, &places.cache].into_iter().all(|folder| is_writable(folder)) => {
            Some(scratch(&mut places)?)
        }
        _ => None,
    };
    let Project { workspace, graph, .. } = project;
    let session = Session {
        contracts: Contracts::new(&workspace.root),
        workspace,
        graph,
        registry,
        places,
        caller,
        stop: Stop::default(),
        states: States::default(),
    };
    Ok(Opened { session, _scratch: scratch })
}

fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Puts what a reader writes into a temporary folder.
fn scratch(places: &mut Places) -> Result<TempDir, Failure> {
    let folder = temporary()?;
    places.cache = folder.path().join("cache");
    places.plans = folder.path().join("plans");
    Ok(folder)
}

fn temporary() -> Result<TempDir, Failure> {
    tempfile::Builder::new().prefix("seam-").tempdir().map_err(|error| {
        Finding::error(codes::UNREADABLE, format!("cannot make a temporary folder: {error}"))
            .help("TMPDIR names another place for it")
            .into()
    })
}

/// Where things lie. In a linked worktree registry, runs and states are those of the main one.
pub fn places(settings: &Settings, workspace: &Workspace) -> Places {
    let own = workspace.root.join(".seam");
    let main = git::repository(&workspace.root).map_or_else(|| own.clone(), |repository| repository.in_main(&own));
    let data = settings.var("SEAM_DATA_DIR").map_or(main, |named| settings.folder.join(named));
    let plugins = user_folder(settings, "XDG_CACHE_HOME", ".cache").join("plugins");
    let places = Places { data, cache: own.join("cache"), plans: PathBuf::new(), plugins };
    Places { plans: places.runs(), ..places }
}

#[expect(clippy::disallowed_methods, reason = "the binary is where folders are chosen")]
fn user_folder(settings: &Settings, variable: &str, below_home: &str) -> PathBuf {
    let home = || settings.var("HOME").map_or_else(std::env::temp_dir, PathBuf::from).join(below_home);
    settings.var(variable).map_or_else(home, PathBuf::from).join("seam")
}

/// Makes `.seam`, which git ignores.
fn prepare(workspace: &Workspace, places: &Places, access: Access) -> Result<(), Failure> {
    let own = workspace.root.join(".seam");
    let made = [&own, &places.data, &places.cache].into_iter().try_for_each(|folder| private_folders(folder));
    let ignored = made.and_then(|()| [&own, &places.data].into_iter().try_for_each(|folder| ignore(folder)));
    match ignored {
        Err(error) if access == Access::Write => {
            let message = format!("cannot make {}: {error}", places.data.display());
            Err(Finding::error(codes::UNREADABLE, message).help("SEAM_DATA_DIR names another folder").into())
        }
        _ => Ok(()),
    }
}

/// Knows the folder of registry and states again: its own place is written in it. Where it was moved,
/// that is said once. Where what it was copied from is still there, both would apply onto the same
/// resources, each with a registry and states that know nothing of the other's.
fn know_place(data: &Path) -> Result<(), Failure> {
    let unwritable = |error: std::io::Error| {
        let message = format!("cannot write {}: {error}", data.join(PLACE).display());
        Finding::error(codes::UNREADABLE, message).help("SEAM_DATA_DIR names another folder")
    };
    let now = data.canonicalize().map_err(unwritable)?;
    let place =
        |folder: &Path| std::fs::read_to_string(folder.join(PLACE)).ok().map(|text| PathBuf::from(text.trim_end()));
    let before = place(&now);
    if before.as_ref() == Some(&now) {
        return Ok(());
    }
    if let Some(before) = &before {
        if place(before).as_ref() == Some(before) && !is_same_folder(before, &now) {
            let message = format!("{} is a copy of {}, which is still in use", now.display(), before.display());
            return Err(Finding::error(codes::OTHER_HOME, message)
                .help("go on there, or remove one of the two; without its folder a copy begins anew, and makes everything again")
                .into());
        }
        print::err(format_args!(
            "{} was {} before: registry and states go on here.\n",
            now.display(),
            before.display()
        ));
    }
    std::fs::write(now.join(PLACE), format!("{}\n", now.display())).map_err(unwritable)?;
    Ok(())
}

/// The file in which the folder of registry and states has its own place.
const PLACE: &str = "place";

/// One folder may be mounted at two places.
fn is_same_folder(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |folder: &Path| folder.metadata().map(|found| (found.dev(), found.ino())).ok();
    identity(one).is_some_and(|found| identity(other) == Some(found))
}

/// Has git ignore what lies in a folder.
pub fn ignore(folder: &Path) -> std::io::Result<()> {
    let file = folder.join(".gitignore");
    if file.exists() { Ok(()) } else { std::fs::write(file, "*\n") }
}

/// The file of the workspace's registry.
pub fn registry_file(settings: &Settings, workspace: &Workspace) -> PathBuf {
    log_file(workspace, &places(settings, workspace))
}

fn log_file(workspace: &Workspace, places: &Places) -> PathBuf {
    let RegistryPlace::File(file) = &workspace.registry;
    match file.strip_prefix(".seam") {
        Ok(inside) => places.data.join(inside),
        Err(_) => workspace.root.join(file),
    }
}

/// The registry for somebody who only reads it; one that is not there is empty, and nothing is made.
pub fn read_registry(settings: &Settings, workspace: &Workspace) -> Result<Handle, Failure> {
    let places = places(settings, workspace);
    Ok(seam_registry::open(of_log(settings, log_file(workspace, &places), places.cache, true))?)
}

fn registry(settings: &Settings, workspace: &Workspace, places: &Places, access: Access) -> Result<Handle, Failure> {
    let log = log_file(workspace, places);
    let settings = |read_only| of_log(settings, log.clone(), places.cache.clone(), read_only);
    match access {
        Access::Write => Ok(seam_registry::open(settings(false))?),
        // An approval's digest is made with a key of the registry, so the first plan makes the registry
        // where it can; it records nothing.
        Access::Read if !log.exists() => {
            Ok(seam_registry::open(settings(false)).or_else(|_| seam_registry::open(settings(true)))?)
        }
        Access::Read => Ok(seam_registry::open(settings(true))?),
    }
}

/// Reads a registry that no workspace names; its view is made in the folder, which is gone with it.
pub fn open_file(settings: &Settings, file: &Path) -> Result<(Handle, TempDir), Failure> {
    let log = settings.folder.join(file);
    if !log.is_file() {
        let message = format!("there is no registry at {}", log.display());
        return Err(Finding::error(codes::USAGE, message)
            .help("it is a file: .seam/registry.db of a workspace")
            .into());
    }
    let folder = temporary()?;
    Ok((seam_registry::open(of_log(settings, log, folder.path().to_owned(), true))?, folder))
}

fn of_log(settings: &Settings, log: PathBuf, cache: PathBuf, read_only: bool) -> seam_registry::Settings {
    seam_registry::Settings {
        log,
        cache,
        keys: user_folder(settings, "XDG_CONFIG_HOME", ".config").join("keys"),
        key_file: settings.var("SEAM_KEY_FILE").map(PathBuf::from),
        command: command_line(),
        clock: Arc::new(now_us),
        read_only,
    }
}

/// The command as it was typed, without what may be secret: there is nothing secret in arguments.
#[expect(clippy::disallowed_methods, reason = "the binary is where arguments are read")]
fn command_line() -> String {
    std::iter::once("seam".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" ")
}

#[expect(clippy::disallowed_methods, reason = "the binary knows its own path")]
fn caller(
    settings: &Settings,
    workspace: &Workspace,
    places: &Places,
    access: Access,
    grace: Duration,
) -> Result<Caller, Failure> {
    let repository = git::repository(&workspace.root);
    let supervisor = match std::env::consts::OS {
        // Holds after the binary was replaced by an upgrade.
        "linux" => PathBuf::from("/proc/self/exe"),
        _ => std::env::current_exe().unwrap_or_else(|_| PathBuf::from("seam")),
    };
    Ok(Caller {
        actor: actor(settings),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        pid: std::process::id(),
        command: command_line(),
        supervisor,
        home: home(workspace, repository.as_ref(), places, access)?,
        commit: repository.as_ref().and_then(git::Repository::commit),
        dirty: access == Access::Write && repository.as_ref().is_some_and(|found| is_dirty(settings, &found.root)),
        grace,
        today: today(),
        clock: Arc::new(now_us),
        env: settings.env.clone(),
    })
}

fn actor(settings: &Settings) -> String {
    let named = ["SEAM_ACTOR", "USER", "LOGNAME"].into_iter().find_map(|name| settings.var(name));
    named.map_or_else(user, |name| name.to_string_lossy().into_owned())
}

/// Whom the system takes the process for: by name where it knows one, else by number.
fn user() -> String {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let row =
        users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|row| row.get(2) == Some(&id.as_str()));
    row.map_or_else(|| format!("user {id}"), |row| row[0].to_owned())
}

/// Origin and path of `seam.yaml` in the repository; without an origin a random id in `.seam/id`.
fn home(
    workspace: &Workspace,
    repository: Option<&git::Repository>,
    places: &Places,
    access: Access,
) -> Result<String, Failure> {
    if let Some((repository, origin)) = repository.and_then(|found| Some((found, found.origin()?))) {
        let inside = workspace.root.strip_prefix(&repository.root).unwrap_or(Path::new(""));
        return Ok(format!("{origin}/{}", inside.join("seam.yaml").display()));
    }
    let file = places.data.join("id");
    if let Ok(id) = std::fs::read_to_string(&file) {
        return Ok(id.trim().to_owned());
    }
    let id = format!("{:x}-{:x}", now_us(), std::process::id());
    match make_id(&file, &id) {
        Ok(id) => Ok(id),
        Err(_) if access == Access::Read => Ok(id),
        Err(error) => {
            Err(Finding::error(codes::UNREADABLE, format!("cannot write {}: {error}", file.display())).into())
        }
    }
}

/// Makes the file whole or not at all; where another process was first, its id counts.
fn make_id(file: &Path, id: &str) -> std::io::Result<String> {
    let mut made = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(file))?;
    std::io::Write::write_all(&mut made, format!("{id}\n").as_bytes())?;
    match made.persist_noclobber(file) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(std::fs::read_to_string(file)?.trim().to_owned()),
    }
}

/// Does the tree differ from the commit? Where git cannot say, it does.
fn is_dirty(settings: &Settings, root: &Path) -> bool {
    const OUTPUT_BYTES_MAX: usize = 16 << 20;
    const TIME_LIMIT: Duration = Duration::from_secs(30);
    let command = seam_process::Command {
        program: "git".into(),
        args: ["status", "--porcelain", "--untracked-files=normal"].map(OsString::from).into(),
        folder: root.to_owned(),
        env: settings.env.clone(),
        time_limit: Some(TIME_LIMIT),
        grace: Duration::from_secs(1),
        lock: None,
    };
    seam_process::capture(&command, OUTPUT_BYTES_MAX)
        .map_or(true, |captured| !captured.ended.is_success() || !captured.stdout.is_empty())
}
