//! The binary as its users run it, with real tools, in a hermetic environment.

#![expect(clippy::print_stdout, reason = "a test says what it skips")]

mod beside;
mod checks;
mod commands;
mod contract;
mod contract_types;
mod contracts;
mod crash;
mod demo;
mod embedded;
mod environments;
mod foreign;
mod formerly;
mod harness;
mod import;
mod isolation;
mod let_go;
mod lookup_join;
mod lost;
mod net_and_app;
mod orphans;
mod output;
mod refusals;
mod resume;
mod runs;
mod secrets;
mod state_join;
mod state_server;
mod terminal;
mod tf_workspaces;
mod tool;
mod unruly;
mod watch;
