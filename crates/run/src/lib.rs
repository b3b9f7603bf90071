//! The loop that drives graph, tools and registry.
