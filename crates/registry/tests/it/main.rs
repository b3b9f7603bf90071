//! The registry through its handle, on real files.

mod handles;
mod leases;
mod processes;
mod publications;
mod runs;
mod secrets;
mod support;
mod uses;
mod view;
