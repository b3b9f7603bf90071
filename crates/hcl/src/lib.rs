//! Read and rewrite Terraform code, byte-exact: bytes in, bytes and places out.
//!
//! [`read`] says what a module declares and which files it reads. [`with_unknowns`] makes the
//! throw-away root module in which inputs that nobody knows yet are real unknowns, so that
//! Terraform itself plans with them.

mod accepts;
mod blame;
mod edits;
mod expression;
mod helper;
mod json;
mod module;
mod moved_blocks;
mod native;
mod paths;
mod references;
mod report;
mod rewrite;
mod root_file;
mod source;
mod types;
mod variables_file;

pub use accepts::accepts;
pub use helper::{Partial, modules_json};
pub use module::{BackendBlock, Base, LiteralPath, Module, ModuleCall, Output, Variable, read};
pub use report::{is_ours, source_words};
pub use rewrite::{CannotSplice, Rewritten, with_unknowns};
pub use source::{Dialect, Error, Place, SourceFile, is_loaded};
pub use variables_file::variables_set;
