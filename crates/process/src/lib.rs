//! Run one program under a supervisor that outlives its parent: both ends of it, the step's folder
//! with what is left there, locks that say who is alive, and stop. A program that only answers a
//! question is run without a supervisor, by [`capture`].
//!
//! The supervisor is this same binary, called as `PROGRAM __step FOLDER`. Its standard input is the
//! *gate*: it takes the step's lock, reports so through its standard output, and starts the tool when
//! the gate opens. What it leaves in the folder is enough to say later what became of the step.

mod adopt;
mod capture;
mod command;
mod error;
mod folder;
mod foreground;
mod identity;
mod lock;
mod look;
mod orphan;
mod ready;
mod step;
mod stop;
mod supervisor;
mod tail;

pub use capture::{Captured, capture};
pub use command::{Command, Ended};
pub use error::Error;
pub use folder::StepFolder;
pub use foreground::foreground;
pub use identity::{BadIdentity, Identity};
pub use lock::Lock;
pub use look::{Found, look};
pub use step::{Gated, Running, prepare};
pub use supervisor::supervise;
pub use tail::Tail;
