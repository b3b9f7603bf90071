//! Rewriting as bytes.
