//! The binary as its users run it, with real tools, in a hermetic environment.

mod commands;
mod crash;
mod demo;
mod embedded;
mod foreign;
mod harness;
mod isolation;
mod lost;
mod orphans;
mod output;
mod refusals;
mod resume;
mod runs;
mod secrets;
mod terminal;
