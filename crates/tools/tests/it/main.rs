//! The tools against real files and real programs.

mod exec;
mod mirror;
mod plain;
mod program;
mod world;
