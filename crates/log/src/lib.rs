//! The ordered log, work and blobs, in one SQLite file.
