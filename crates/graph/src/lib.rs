//! Dependency graph, selection and scheduling, all pure.
