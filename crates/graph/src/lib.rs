//! The dependency graph of a workspace's instances, the selection language, the scheduler of a
//! run, and the graph as text, DOT and Mermaid. All of it is pure: values in, values out.

mod build;
mod cycle;
mod graph;
mod matching;
mod render;
mod scheduler;
mod selection;

pub use graph::{ExternalLink, Graph, Link, UseLink};
pub use render::{dot, mermaid, text};
pub use scheduler::{ScheduleAction, ScheduleEvent, Scheduler};
pub use selection::{BadSelection, NoMatch, Selection};
