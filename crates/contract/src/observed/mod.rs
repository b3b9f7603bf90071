//! Observed use: the lines of an access log, or spans, become counts of calls by operation of one
//! OpenAPI document and by consumer, so that "nobody calls it" can be shown. What a call carried
//! (queries, bodies, ids and tokens in paths) is not kept, and what is kept has a bound.

mod call;
mod combined;
mod consumer;
mod fields;
mod json_lines;
mod pairs;
mod path;
mod reader;
mod routes;
mod spans;
mod tally;
#[cfg(test)]
mod tests;
mod time;
mod trie;

pub use consumer::ConsumerFrom;
pub use reader::{Format, Lines, Observed, ObservedError, Options, Reader, Refused};
pub use routes::Routes;
pub use tally::{CONSUMERS_MAX, Calls, OTHERS, UNKNOWN, UNMATCHED_MAX, Unmatched};
