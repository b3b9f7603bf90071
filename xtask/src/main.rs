//! The project's own chores: `cargo xtask check|test|bench`. Depends on the standard library alone.

fn main() {}
