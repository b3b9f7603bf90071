//! OpenAPI 3.0 and 3.1: two documents become findings for what is decided before schemas, and a list
//! of the pairs of schemas that are left to compare.

mod api;
mod compare;
mod fields;
mod lift;
mod messages;
mod operations;
mod policy;
mod shape;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use api::has_twins;
pub(crate) use compare::{At, Comparer};
pub use compare::{CompareError, Comparison, Written, compare};
pub use lift::{Flags, lift_document};
pub use operations::{Answer, Known, Operations, Sent, route};
pub(crate) use shape::{Around, joined};
pub(crate) use view::Hidden;

/// A document that is no proper OpenAPI document: where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("#{pointer}: {message}")]
pub struct ApiError {
    /// JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl ApiError {
    fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}
