//! The binary seam: one file per command.

fn main() {}
