//! Reads the state that an input names, wherever it is. A file and a server are read in process; every
//! other place is the tool's to read (`terraform::pull`).

use super::http::HttpPlace;
use super::{BadState, State, Wanted, from_reader};
use crate::terraform::StatePlace;
use seam_model::{Finding, codes};
use serde::Deserialize;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The note that a tool leaves beside a local state while it holds the lock is smaller than this.
const LOCK_NOTE_BYTES_MAX: u64 = 64 << 10;

/// What was read of a state that an input names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The state, with outputs.
    pub state: State,
    /// Where it was read, without what opens it.
    pub place: String,
    /// What a server calls this content, where it does.
    pub etag: Option<String>,
    /// Who holds the lock of a local state, so that it may be written at this moment.
    pub writer: Option<String>,
}

/// Why nothing was read. No place names a user, a password or a query.
#[derive(Debug, thiserror::Error)]
pub enum BadPlace {
    /// There is none.
    #[error("there is no state at {place}")]
    Missing {
        /// Where.
        place: String,
    },
    /// What is there is no state that Seam reads.
    #[error("what is at {place} is not a state that can be read")]
    State {
        /// Where.
        place: String,
        /// Why.
        source: BadState,
    },
    /// Neither `http` nor `https`.
    #[error("the `address` of the backend `http` is not an address")]
    Address,
    /// 401, 403.
    #[error("{place} refuses the credentials ({status})")]
    Credentials {
        /// Where.
        place: String,
        /// The answer's status.
        status: u16,
        /// The address that redirected there, and whose credentials were not sent on.
        first: Option<String>,
    },
    /// 409, 423.
    #[error("{place} is locked ({status})")]
    Locked {
        /// Where.
        place: String,
        /// The answer's status.
        status: u16,
    },
    /// An answer that says nothing of a state.
    #[error("{place} answers with status {status}")]
    Status {
        /// Where.
        place: String,
        /// The answer's status.
        status: u16,
    },
    /// A redirect that is not followed.
    #[error("{place} redirects {why}")]
    Redirect {
        /// Where.
        place: String,
        /// What is wrong about it.
        why: &'static str,
    },
    /// No answer.
    #[error("{place} cannot be reached: {reason}")]
    Unreachable {
        /// Where.
        place: String,
        /// In the words of the system or of the library.
        reason: String,
    },
}

impl BadPlace {
    /// With its code and what to do.
    pub fn finding(&self) -> Finding {
        let of = |code, help: &str| Finding::error(code, self.to_string()).help(help);
        match self {
            Self::Missing { .. } => of(
                codes::STATE_MISSING,
                "apply the stack that it belongs to, mend the place, or make the input `optional`",
            ),
            Self::State { place, source } => {
                let reason = match source {
                    BadState::File { source, .. } => source.to_string(),
                    other => other.to_string(),
                };
                let message = format!("the state at {place} cannot be read: {reason}");
                Finding::error(codes::STATE_UNREADABLE, message).help(source.help())
            }
            Self::Address => of(codes::STATE_UNREACHABLE, "an address is written `https://HOST/PATH`"),
            Self::Credentials { first: Some(first), .. } => {
                let help = format!("{first} redirects there, and credentials go to the host alone that they are for");
                of(codes::STATE_UNREACHABLE, &help)
            }
            Self::Credentials { first: None, .. } => of(
                codes::STATE_UNREACHABLE,
                "set `username` and `password`, or TF_HTTP_USERNAME and TF_HTTP_PASSWORD, with the right to read it; variables of your shell arrive by `pass_env: [\"TF_HTTP_*\"]` in seam.yaml alone",
            ),
            Self::Locked { .. } => of(codes::STATE_UNREACHABLE, "somebody writes it: wait until that is done"),
            Self::Status { .. } => of(codes::STATE_UNREACHABLE, "look at the server, then try again"),
            Self::Redirect { .. } => of(codes::STATE_UNREACHABLE, "name the address that the state really has"),
            Self::Unreachable { .. } => {
                of(codes::STATE_UNREACHABLE, "look at address, network and proxy; then try again")
            }
        }
    }
}

/// Reads the state at `place`, where Seam can: a file, and the backend `http`. `None`: only the tool
/// can read it, because it is in another backend, needs certificates of its own, or is encrypted.
/// `env` is what the tool would get: proxies and credentials are taken from there.
pub fn read_in_process(
    place: &StatePlace,
    env: &[(OsString, OsString)],
    time_limit: Duration,
    wanted: Wanted,
) -> Result<Option<Reading>, BadPlace> {
    let (input, words, etag, writer): (Box<dyn Read>, _, _, _) = match place {
        StatePlace::Local { path, .. } => {
            let words = path.display().to_string();
            match File::open(path) {
                Ok(file) => (Box::new(file), words, None, writer(path)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(BadPlace::Missing { place: words });
                }
                Err(source) => {
                    let source = BadState::File { path: path.clone(), source };
                    return Err(BadPlace::State { place: words, source });
                }
            }
        }
        StatePlace::Backend { kind, .. } if kind == "http" => {
            let Some(settings) = place.all_settings() else { return Ok(None) };
            let Some(http) = HttpPlace::new(&settings, env)? else { return Ok(None) };
            let answer = http.get(env, time_limit)?;
            (answer.body, http.to_string(), answer.etag, None)
        }
        StatePlace::Backend { .. } => return Ok(None),
    };
    match from_reader(input, wanted) {
        Ok(state) if state.outputs.is_none() => Ok(None),
        Ok(state) => Ok(Some(Reading { state, place: words, etag, writer })),
        Err(source) => Err(BadPlace::State { place: words, source }),
    }
}

/// Who holds the lock of the local state at `path`, as the note beside it says.
pub(super) fn writer(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Note {
        #[serde(rename = "Who", default)]
        who: String,
    }
    let mut name = OsString::from(".");
    name.push(path.file_name()?);
    name.push(".lock.info");
    let note: PathBuf = path.with_file_name(name);
    let note = serde_json::from_reader::<_, Note>(File::open(note).ok()?.take(LOCK_NOTE_BYTES_MAX));
    Some(note.map(|note| note.who).ok().filter(|who| !who.is_empty()).unwrap_or_else(|| "somebody".to_owned()))
}
