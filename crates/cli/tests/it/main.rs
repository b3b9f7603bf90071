//! The binary as its users run it, with real tools, in a hermetic environment.

mod commands;
mod crash;
mod demo;
mod harness;
mod isolation;
mod lost;
mod output;
mod refusals;
mod runs;
mod secrets;
mod terminal;
