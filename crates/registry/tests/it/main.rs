//! The registry through its handle, on real files.

#![expect(clippy::print_stdout, reason = "a test says what it skips")]

mod adoptions;
mod by_hand;
mod contracts;
mod handles;
mod leases;
mod processes;
mod publications;
mod renames;
mod resources;
mod runs;
mod secrets;
mod support;
mod uses;
mod view;
