//! The tests of crate `log`: one suite for every engine, and what is SQLite's own.

mod conformance;
mod damage;
mod disk;
mod opening;
mod power;
mod processes;
mod support;
mod trace;
