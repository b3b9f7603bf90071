//! The tests of crate `log`: one suite for every engine, and what is SQLite's own.

#![expect(clippy::print_stdout, reason = "a test says what it skips")]

mod conformance;
mod damage;
mod disk;
mod opening;
mod power;
mod processes;
mod support;
mod trace;
