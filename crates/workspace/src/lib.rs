//! The files of a workspace, decoded.
