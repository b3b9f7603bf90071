//! Plans of rewritten code, made by the real Terraform.

#![expect(clippy::print_stdout, reason = "a test says what it skips")]

mod case;
mod plans;
mod program;
mod rewriting;
