//! The files of a workspace: `seam.yaml`, each `stack.yaml`, the layered configuration, and what
//! the Terraform code of the stacks declares. Files become a [`seam_model::Workspace`] and every
//! finding of every file at once, each with its place.
//!
//! This crate knows no registry and nothing of what will run.

mod check;
mod code;
mod code_check;
mod config_check;
mod cross_check;
mod decode;
mod form;
pub mod git;
mod json_schema;
mod layers;
mod load;
mod node;
mod path;
mod pattern;
mod report;
mod scalar;
mod shape;
mod text;
mod value_check;
mod walk;
mod yaml;

pub use json_schema::{SchemaKind, json_schema};
pub use load::{Loaded, load};
pub use pattern::matches_pattern;
pub use walk::find;
