//! Where the state of an instance may lie, and how it comes to where it belongs: it is copied, read
//! again there, and only then is the old one set aside. The only copy of a state is never removed.

use crate::Session;
use crate::failure::RunFailure;
use crate::launcher::StepLauncher;
use crate::run_folder::private_folders;
use crate::state_on_record::{backend_on_record, elsewhere, file_place, files_on_record, workspace_beside};
use seam_model::{Environment, Finding, Stack, codes};
use seam_registry::InstanceState;
use seam_tools::private_file;
use seam_tools::program::Program;
use seam_tools::state::{self, BadPlace, BadState, State, Wanted, locked_by, read_in_process};
use seam_tools::terraform::{Pull, StatePlace, pull, pull_file, push, refuse_locked};
use serde_json::{Value as Json, json};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What reads and writes the states of one instance.
pub struct States<'a> {
    /// Everything that stays the same.
    pub session: &'a Session,
    /// The stack.
    pub stack: &'a Stack,
    /// Its tool's program.
    pub program: &'a Program,
    /// The program's whole environment.
    pub env: &'a [(OsString, OsString)],
}

/// A state and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub place: StatePlace,
    /// What Seam reads of it, outputs included.
    pub state: State,
}

impl Found {
    /// Do both hold the same, as far as Seam reads it?
    fn holds_what(&self, other: &Self) -> bool {
        (self.state.resources, &self.state.outputs) == (other.state.resources, &other.state.outputs)
    }

    /// May it be set aside where the other one counts? Only as an older state or a copy of it.
    pub fn is_outdated_by(&self, other: &Self) -> bool {
        let (own, theirs) = (&self.state.position, &other.state.position);
        let is_copy = own.serial == theirs.serial && self.holds_what(other);
        own.lineage == theirs.lineage && (own.serial < theirs.serial || is_copy)
    }
}

impl States<'_> {
    /// The state at `place`, `None` where there is none. Refused: one that cannot be read (S0308), that
    /// somebody writes (S0501), that cannot be reached (S0314).
    pub fn read(&self, place: &StatePlace, launcher: &mut StepLauncher) -> Result<Option<Found>, RunFailure> {
        if let StatePlace::Local { path, .. } = place {
            return Ok(read_file(path)?.map(|state| Found { place: place.clone(), state }));
        }
        let state = match read_in_process(place, self.env, self.stack.timeout, Wanted::ALL) {
            Ok(Some(reading)) => reading.state,
            Ok(None) => match pull(&self.tool(place), launcher, Wanted::ALL) {
                Ok(reading) => reading.state,
                Err(failure) if failure.finding.code == codes::STATE_MISSING => return Ok(None),
                Err(failure) => return Err(failure.into()),
            },
            Err(BadPlace::Missing { .. } | BadPlace::State { source: BadState::Empty, .. }) => return Ok(None),
            Err(error) => return Err(error.finding().into()),
        };
        Ok(Some(Found { place: place.clone(), state }))
    }

    /// Is `copy` what a move of `of` left that was cut off? Some versions give what they write to an empty
    /// place a lineage of its own first. All that they hold is compared, not what Seam reads of it alone.
    pub fn is_cut_off(&self, copy: &Found, of: &Found, launcher: &mut StepLauncher) -> Result<bool, RunFailure> {
        let is_other = copy.state.position.lineage != of.state.position.lineage;
        if !is_other || !copy.holds_what(of) || matches!(copy.place, StatePlace::Local { .. }) {
            return Ok(false);
        }
        let file = self.file_of(of, launcher)?;
        self.is_copy_of(copy, &file, launcher)
    }

    fn is_copy_of(&self, copy: &Found, file: &Path, launcher: &mut StepLauncher) -> Result<bool, RunFailure> {
        let copy = self.file_of(copy, launcher)?;
        same_contents(&copy, file).map_err(|error| unwritable(&copy, &error).into())
    }

    /// Copies a state to `to`, where none is, or what a move of it left that was cut off, and reads it
    /// again there. `file` has it. The old one stays. Refused (S0316) where something else arrived, or the old one was
    /// written meanwhile; while somebody writes it (S0501).
    pub fn copy(
        &self,
        (from, file): (&Found, &Path),
        to: &StatePlace,
        launcher: &mut StepLauncher,
    ) -> Result<Found, RunFailure> {
        if matches!(from.place, StatePlace::Backend { .. }) {
            refuse_locked(&self.tool(&from.place), launcher)?;
        }
        let position = &from.state.position;
        let arrived = self.write(file, from, to, launcher)?.filter(|arrived| {
            let theirs = &arrived.state.position;
            theirs.lineage == position.lineage && theirs.serial >= position.serial && arrived.holds_what(from)
        });
        let unchanged = self.read(&from.place, launcher)?.is_some_and(|now| now.state == from.state);
        match arrived {
            Some(arrived) if unchanged => Ok(arrived),
            Some(_) => Err(not_moved(format!("the state at {} was written while it was copied", from.place.words()))),
            None => {
                let (from, to) = (from.place.words(), to.words());
                Err(not_moved(format!("what is at {to} now is not the state that was copied from {from}")))
            }
        }
    }

    /// What is at `to` once the file was written there.
    fn write(
        &self,
        file: &Path,
        from: &Found,
        to: &StatePlace,
        launcher: &mut StepLauncher,
    ) -> Result<Option<Found>, RunFailure> {
        if let StatePlace::Local { path, .. } = to {
            copy_file(file, path).map_err(|error| unwritable(path, &error))?;
            return self.read(to, launcher);
        }
        match self.read(to, launcher)?.filter(|there| !there.state.is_empty()) {
            None => push(&self.tool(to), launcher, file, false)?,
            // Left by a move that was cut off.
            Some(there) if self.is_copy_of(&there, file, launcher)? => {}
            there => return Ok(there),
        }
        let arrived = self.read(to, launcher)?;
        let lineage = &from.state.position.lineage;
        match &arrived {
            // Some versions give what they write to an empty place a lineage of its own, and keep that of
            // the file where they replace a state: what is replaced is what was just written.
            Some(copy) if copy.state.position.lineage != *lineage && copy.holds_what(from) => {
                push(&self.tool(to), launcher, file, true)?;
                self.read(to, launcher)
            }
            _ => Ok(arrived),
        }
    }

    /// The file that a state is in, or a copy of it in the folder of a process.
    pub fn file_of(&self, found: &Found, launcher: &mut StepLauncher) -> Result<PathBuf, RunFailure> {
        match &found.place {
            StatePlace::Local { path, .. } => Ok(path.clone()),
            place @ StatePlace::Backend { .. } => Ok(pull_file(&self.tool(place), launcher)?.1),
        }
    }

    fn tool<'b>(&'b self, place: &'b StatePlace) -> Pull<'b> {
        let (time_limit, grace) = (self.stack.timeout, self.session.caller.grace);
        Pull { place, program: self.program, env: self.env, time_limit, grace }
    }
}

/// Refuses (S0316) where `file`, which has the state as it is now, has not what was found.
pub fn refuse_written(found: &Found, file: &Path) -> Result<(), RunFailure> {
    let now = read_file(file)?.map(|state| Found { place: found.place.clone(), state });
    match now.filter(|now| now.state.position == found.state.position && now.holds_what(found)) {
        Some(_) => Ok(()),
        None => Err(not_moved(format!("the state at {} was written since it was looked at", found.place.words()))),
    }
}

/// Where the state of an instance may be but for its place: where stacks without a backend have it,
/// beside the code, where it was recorded.
pub fn other_places(
    session: &Session,
    (stack, environment): (&Stack, &Environment),
    prior: &InstanceState,
    place: &StatePlace,
) -> Vec<StatePlace> {
    let (states, root) = (session.places.states(), &session.workspace.root);
    let source = root.join(&stack.source);
    let mut files = vec![
        states.join(environment.name.as_str()).join(format!("{}.tfstate", stack.name)),
        source.join("terraform.tfstate"),
        source
            .join("terraform.tfstate.d")
            .join(workspace_beside(session, stack, environment))
            .join("terraform.tfstate"),
    ];
    files.extend(files_on_record(session, prior));
    let mut places: Vec<StatePlace> = Vec::new();
    for path in files {
        let there = file_place(&path);
        let is_place = matches!(place, StatePlace::Local { path: own, .. } if *own == path);
        if !is_place && !places.contains(&there) {
            places.push(there);
        }
    }
    places.extend(backend_on_record(prior).filter(|_| elsewhere(prior, place).is_some()));
    places
}

/// Renames a state that lies in a file to a backup beside it (0600), which replaces nothing.
pub fn set_aside(path: &Path) -> Result<PathBuf, RunFailure> {
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 1 { ".backup".to_owned() } else { format!(".backup-{number}") });
        let backup = PathBuf::from(name);
        // A link is made only where nothing is.
        match fs::hard_link(path, &backup) {
            Ok(()) => {
                let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
                let done = fs::set_permissions(&backup, private).and_then(|()| fs::remove_file(path));
                return done.map(|()| backup).map_err(|error| unwritable(path, &error).into());
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(unwritable(&backup, &error).into()),
        }
    }
}

fn read_file(path: &Path) -> Result<Option<State>, RunFailure> {
    let unreadable = |source: BadState| BadPlace::State { place: path.display().to_string(), source }.finding();
    let holder = match locked_by(path) {
        Ok(holder) => holder,
        // Who may not write it cannot ask who does.
        Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
            None
        }
        Err(source) => return Err(unreadable(BadState::File { path: path.to_owned(), source }).into()),
    };
    if let Some(holder) = holder {
        let message = format!("the state at {} is locked by {holder}", path.display());
        return Err(Finding::error(codes::LOCKED, message).help("wait until that is done").into());
    }
    match state::read(path).map_err(unreadable)? {
        Some(encrypted) if encrypted.outputs.is_none() => Err(unreadable(BadState::Encrypted).into()),
        found => Ok(found),
    }
}

/// Do two files hold the same outputs and resources, whatever their lineage and their checks' results?
fn same_contents(one: &Path, other: &Path) -> io::Result<bool> {
    let contents = |path: &Path| -> io::Result<Json> {
        let mut state: Json = serde_json::from_reader(io::BufReader::new(fs::File::open(path)?))?;
        Ok(json!([state["outputs"].take(), state["resources"].take()]))
    };
    Ok(contents(one)? == contents(other)?)
}

/// Whole or not at all, on disk, and never over another file.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let parent = to.parent().unwrap_or(to);
    private_folders(parent)?;
    let mut name = to.as_os_str().to_owned();
    name.push(".new");
    let half = PathBuf::from(name);
    match fs::remove_file(&half) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private_file(&half, &fs::read(from)?)?;
    fs::File::open(&half)?.sync_all()?;
    let linked = fs::hard_link(&half, to);
    fs::remove_file(&half)?;
    linked?;
    fs::File::open(parent)?.sync_all()
}

fn unwritable(path: &Path, error: &io::Error) -> Box<Finding> {
    let message = format!("cannot write {}: {error}", path.display());
    Box::new(Finding::error(codes::UNREADABLE, message).help("the state is where it was; mend that, and import again"))
}

fn not_moved(message: String) -> RunFailure {
    Finding::error(codes::STATE_NOT_MOVED, message)
        .help("the old state stays where it is; look at both, and import again")
        .into()
}
