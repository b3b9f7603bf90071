//! One module per tool, the mirror, and the readers of states.
