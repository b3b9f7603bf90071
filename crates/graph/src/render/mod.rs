//! The graph as text, DOT and Mermaid: strings, for whoever prints them.

mod dot;
mod mermaid;
mod text;
mod view;

pub use dot::dot;
pub use mermaid::mermaid;
pub use text::text;
