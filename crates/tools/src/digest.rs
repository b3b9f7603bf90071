//! SHA-256 in hexadecimal.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A finished digest.
pub fn hex(hash: Sha256) -> String {
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
