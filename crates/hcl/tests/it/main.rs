//! Plans of rewritten code, made by the real Terraform.

mod case;
mod plans;
mod program;
mod rewriting;
