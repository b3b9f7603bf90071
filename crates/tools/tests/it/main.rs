//! The tools against real files and real programs.

#![expect(clippy::print_stdout, reason = "a test says what it skips")]

mod answers;
mod exec;
mod mirror;
mod mirror_lock;
mod plain;
mod program;
mod pull;
mod reading;
mod stage;
mod state_server;
mod terraform;
mod terraform_backend;
mod terraform_state;
mod terraform_unknown;
mod world;
