//! The registry through its handle, on real files.

mod adoptions;
mod by_hand;
mod handles;
mod leases;
mod processes;
mod publications;
mod resources;
mod runs;
mod secrets;
mod support;
mod uses;
mod view;
