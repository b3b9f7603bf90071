//! Reads the state that a saved plan, a ZIP file, was made on. It tells of a state that only the tool
//! can read where it stands. Its member `tfstate-prev` is that state without its position; `tfstate`
//! has the position, and outputs that were never applied.

use super::TerraformPlan;
use crate::state::{self, State};
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use std::collections::BTreeSet;
use std::path::Path;

/// A state above this is not looked at.
const STATE_BYTES_MAX: usize = 512 * 1024 * 1024;
/// "PK\1\2": an entry of the directory; "PK\5\6": the directory's end.
const ENTRY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

/// The state that the plan at `path` was made on; `None` where it holds none that can be read.
pub(super) fn state_of(path: &Path) -> Option<State> {
    let bytes = std::fs::read(path).ok()?;
    let read = |name: &[u8]| state::parse(&member(&bytes, name)?).ok();
    Some(State { position: read(b"tfstate")?.position, ..read(b"tfstate-prev")? })
}

/// The addresses of the resources in the state that a plan was made on; `None` where that cannot be read.
pub fn in_state(plan: &TerraformPlan) -> Option<BTreeSet<String>> {
    let bytes = std::fs::read(plan.saved.as_ref()?).ok()?;
    state::addresses(&member(&bytes, b"tfstate-prev")?[..]).ok()
}

/// The content of one member of a ZIP file (APPNOTE 6.3, without ZIP64 and encryption, which Go
/// writes only above 4 GB and never).
fn member(zip: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let end = zip.windows(END.len()).rposition(|window| window == END)?;
    let count = short(zip, end + 10)?;
    let mut at = long(zip, end + 16)?;
    for _ in 0..count {
        if zip.get(at..at + 4)? != ENTRY {
            return None;
        }
        let (name_length, extra, comment) = (short(zip, at + 28)?, short(zip, at + 30)?, short(zip, at + 32)?);
        if zip.get(at + 46..at + 46 + name_length)? == name {
            let (method, packed, head) = (short(zip, at + 10)?, long(zip, at + 20)?, long(zip, at + 42)?);
            let start = head + 30 + short(zip, head + 26)? + short(zip, head + 28)?;
            let content = zip.get(start..start + packed)?;
            return match method {
                0 => Some(content.to_vec()),
                8 => decompress_to_vec_with_limit(content, STATE_BYTES_MAX).ok(),
                _ => None,
            };
        }
        at += 46 + name_length + extra + comment;
    }
    None
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}
