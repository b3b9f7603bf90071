//! One module per tool, the mirror, and the readers of states.
//!
//! A tool runs in a mirror of its stack's folder (`mirror`), in an environment of its own
//! (`environment`), through a `Launcher` that the run loop brings along (`launch`). What came of a
//! call is an `outcome`. Everything here is blocking and knows no registry and no graph.

mod digest;
pub mod environment;
pub mod exec;
pub mod inventory;
pub mod launch;
pub mod mirror;
pub mod outcome;
pub mod program;
pub mod state;
pub mod terraform;

pub use launch::{Call, LaunchError, Launched, Launcher, private_file};
pub use outcome::{Diagnostic, Failure, Output};
pub use program::Program;
