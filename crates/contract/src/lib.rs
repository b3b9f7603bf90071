//! Contracts: is every value of one schema a value of another, with a value that shows where not;
//! pure. It knows JSON Schema, OpenAPI, events, lookups and tables, and nothing of registries, runs
//! or files: what a document refers to is handed in.

pub mod bundle;
pub mod decimal;
pub mod diff;
pub mod document;
pub mod evaluate;
pub mod explain;
pub mod finding;
pub mod ir;
pub mod json;
pub mod lifecycle;
pub mod observed;
pub mod openapi;
pub mod reading;
pub mod rules;
pub mod schema;
pub mod solve;
pub mod stack;
pub mod strings;
pub mod subject;
pub mod uses;
pub mod verdict;
pub mod witness;
pub mod world;
