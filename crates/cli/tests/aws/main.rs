//! Seam with a real plugin: the shop of `examples/shop-aws` against `moto`, a server that stands in
//! for AWS. A plugin call costs seconds and some 350 MB, so there are few of them, and at most two at
//! once.

#![expect(clippy::print_stdout, reason = "a test says what it skips")]

#[path = "../it/harness.rs"]
#[expect(dead_code, reason = "the harness of the other tests, of which few parts are needed here")]
mod harness;
mod http;
mod import;
mod kills;
mod moto;
mod proxy;
mod shop;
mod workspace;
