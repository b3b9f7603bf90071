//! Whether the state that lies at an instance's place is the one that the registry knows.

use super::StatePlace;
use crate::state::{self, BadState, State, StatePosition};
use seam_model::{Finding, codes};
use std::path::{Path, PathBuf};

/// What the registry knows of an instance's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The instance was never applied, or was destroyed: a state there is somebody else's.
    Never,
    /// An apply was started, and where its state stood then is not known: a first apply that
    /// failed or was killed, or a backend that Seam does not read. Any state is taken.
    Started,
    /// Where the state stood when the instance was last seen.
    At(StatePosition),
}

impl StatePlace {
    /// Where the state stands, and whether it is the one that was recorded: an unadopted state
    /// (S0305; one in `source`, the absolute folder of the stack's code, too), another lineage (S0306), an
    /// older one (S0319), a vanished one (S0307), one that cannot be read (S0308). Of the states that TF
    /// workspaces have in `source`, that of `tf_workspace` is the instance's. Reads local states only:
    /// `None` for a backend, and where there is no state yet.
    pub fn check(
        &self,
        recorded: &Recorded,
        source: &Path,
        tf_workspace: &str,
    ) -> Result<Option<StatePosition>, Box<Finding>> {
        Ok(self.checked(recorded, source, tf_workspace)?.map(|state| state.position))
    }

    pub(super) fn checked(
        &self,
        recorded: &Recorded,
        source: &Path,
        tf_workspace: &str,
    ) -> Result<Option<State>, Box<Finding>> {
        let Self::Local { path, .. } = self else { return Ok(None) };
        let state = read(path)?;
        compare(recorded, state.as_ref(), &path.display().to_string())?;
        if *recorded == Recorded::Never {
            for beside in states_in(source) {
                if beside != *path && read(&beside)?.is_some_and(|state| !state.is_empty()) {
                    let mut finding = unadopted(&beside.display().to_string());
                    finding.help = of_another_workspace(&beside, tf_workspace);
                    return Err(finding);
                }
            }
        }
        Ok(state)
    }
}

/// Is `state`, found at `place`, the one that was recorded?
pub(super) fn compare(recorded: &Recorded, state: Option<&State>, place: &str) -> Result<(), Box<Finding>> {
    // Where there is no state, a saved plan has an empty one without a lineage.
    let state = state.filter(|state| !(state.is_empty() && state.position.lineage.is_empty()));
    match (recorded, state) {
        (Recorded::Never, Some(state)) if !state.is_empty() => Err(unadopted(place)),
        (Recorded::At(_), None) => Err(vanished(place)),
        (Recorded::At(position), Some(state)) if position.lineage != state.position.lineage => Err(Box::new(
            Finding::error(
                codes::LINEAGE_CHANGED,
                format!(
                    "the state at {place} is another one than at the last success: its lineage is {}, and {} was recorded",
                    state.position.lineage, position.lineage
                ),
            )
            .help("put the recorded state back; `seam import --lineage` takes another one"),
        )),
        (Recorded::At(position), Some(state)) if state.position.serial < position.serial => {
            let (found, recorded) = (state.position.serial, position.serial);
            let message = format!("the state at {place} is an old one: its serial is {found}, and {recorded} was recorded");
            Err(Box::new(Finding::error(codes::STATE_OLDER, message)))
        }
        _ => Ok(()),
    }
}

/// The states that a tool left in a folder of code, those of its TF workspaces included.
fn states_in(folder: &Path) -> Vec<PathBuf> {
    let files = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let workspaces = files(&folder.join("terraform.tfstate.d"));
    let all = files(folder).into_iter().chain(workspaces.iter().flat_map(|workspace| files(workspace)));
    let mut states: Vec<_> =
        all.filter(|path| path.is_file() && path.extension().is_some_and(|it| it == "tfstate")).collect();
    states.sort();
    states
}

fn read(path: &Path) -> Result<Option<State>, Box<Finding>> {
    state::read(path).map_err(|error| {
        let reason = match &error {
            BadState::File { source, .. } => source.to_string(),
            other => other.to_string(),
        };
        let message = format!("the state at {} cannot be read: {reason}", path.display());
        Box::new(
            Finding::error(codes::STATE_UNREADABLE, message).help(
                "put a whole one in its place: the tool keeps the one before beside it, with `.backup` at its end",
            ),
        )
    })
}

fn unadopted(place: &str) -> Box<Finding> {
    Box::new(Finding::error(codes::UNADOPTED_STATE, format!("a state that nobody adopted lies at {place}")))
}

/// What to do about the state of a TF workspace that is not the instance's.
fn of_another_workspace(state: &Path, own: &str) -> Option<String> {
    let folder = state.parent()?;
    let is_kept = folder.parent()?.file_name()? == "terraform.tfstate.d";
    let name = folder.file_name()?.display().to_string();
    (is_kept && name != own).then(|| {
        format!(
            "it is not touched. It is of the TF workspace `{name}`: import it in the environment `{name}`, or in the \
             one where the stack says `workspace: {name}`; where it is of no use any more, move it away"
        )
    })
}

pub(super) fn vanished(place: &str) -> Box<Finding> {
    let message = format!("the state that was recorded is not at {place} any more");
    Box::new(
        Finding::error(codes::STATE_VANISHED, message)
            .help("put it back from a backup (`seam import --from FILE`); applying without it would make everything a second time"),
    )
}
