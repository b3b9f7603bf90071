//! The binary as its users run it, with real tools, in a hermetic environment.

mod harness;
mod refusals;
mod runs;
