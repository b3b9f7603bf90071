//! What the log holds: records, appended together as commits, and the cursor, which is a place in
//! one particular history. The encoding of the chain of digests is defined here.

use sha2::{Digest as _, Sha256};
use std::fmt;

/// The most bytes of one record's body: 256 KiB. More is a blob.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// The most bytes of one commit, ids, keys and kinds included: 4 MiB. A turn stays short.
pub const COMMIT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most bytes of one record's key or kind, and of a key of work: 1 KiB. They stand in indexes.
pub const NAME_BYTES_MAX: usize = 1024;
/// The most bytes of one blob: 64 MiB. It is held in memory as a whole.
pub const BLOB_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Names one log: random, made when the log is created.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub [u8; 16]);

/// A SHA-256: of a body, of a blob, or of a whole history up to a commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// One record, as it is appended and as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Hash of source and id; unique for the whole retention.
    pub id: [u8; 32],
    /// What it is about. At most [`NAME_BYTES_MAX`].
    pub key: String,
    /// What it says. At most [`NAME_BYTES_MAX`].
    pub kind: String,
    /// A reader that does not know the kind stops; it skips others.
    pub critical: bool,
    /// At most [`BODY_BYTES_MAX`].
    pub body: Vec<u8>,
}

/// Records that were appended together. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The number of the first record; the others follow without gaps.
    pub first: u64,
    /// Microseconds since 1970; later than the commit before.
    pub time_us: i64,
    /// Who appended it.
    pub writer: Writer,
    /// The digest of the whole history up to here.
    pub digest: Digest,
    /// In order.
    pub records: Vec<Record>,
}

/// Who appended a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The node: random, one an open log.
    pub node: [u8; 16],
    /// Random, one a commit, so that a writer knows its own commit again.
    pub nonce: [u8; 16],
}

/// A place in one history: everything up to `sequence` was seen, and was what `digest` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The log.
    pub log: LogId,
    /// The number of the last record seen, the last of its commit; 0 for none.
    pub sequence: u64,
    /// The digest of that commit.
    pub digest: Digest,
}

impl Record {
    /// What the record counts towards [`COMMIT_BYTES_MAX`].
    pub fn bytes(&self) -> usize {
        self.id.len() + self.key.len() + self.kind.len() + self.body.len()
    }
}

impl Commit {
    /// The number of the last record.
    pub fn last(&self) -> u64 {
        self.first + self.records.len() as u64 - 1
    }
}

impl Digest {
    /// The digest of bytes, such as a body.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest before the first commit: SHA-256 of `seam log 1\n` and the log's id.
    pub(crate) fn start(log: LogId) -> Self {
        Self(Sha256::new().chain_update(b"seam log 1\n").chain_update(log.0).finalize().into())
    }

    /// The digest of a commit: SHA-256 of
    ///
    /// - `seam commit 1\n`, the digest before it (32 bytes);
    /// - the number of its first record (8), how many records (8), the time (8);
    /// - node (16) and nonce (16);
    /// - of each record: id (32), length of key (8), key, length of kind (8), kind, critical as
    ///   0 or 1 (1), SHA-256 of the body (32).
    ///
    /// Numbers are big-endian. The bodies enter by their digests, so the chain can be checked by
    /// somebody who holds digests of bodies alone.
    pub(crate) fn chain(before: Self, first: u64, time_us: i64, writer: &Writer, records: &[Record]) -> Self {
        let mut hash = Sha256::new()
            .chain_update(b"seam commit 1\n")
            .chain_update(before.0)
            .chain_update(first.to_be_bytes())
            .chain_update((records.len() as u64).to_be_bytes())
            .chain_update(time_us.to_be_bytes())
            .chain_update(writer.node)
            .chain_update(writer.nonce);
        for record in records {
            hash.update(record.id);
            hash.update((record.key.len() as u64).to_be_bytes());
            hash.update(&record.key);
            hash.update((record.kind.len() as u64).to_be_bytes());
            hash.update(&record.kind);
            hash.update([u8::from(record.critical)]);
            hash.update(Sha256::digest(&record.body));
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::{Digest, LogId, Record, Writer};

    /// The expected digest was computed by another program from the description of the encoding.
    #[test]
    fn the_encoding_of_the_chain_stays() {
        let record = |id: u8, key: &str, kind: &str, critical, body: &[u8]| Record {
            id: [id; 32],
            key: key.to_owned(),
            kind: kind.to_owned(),
            critical,
            body: body.to_owned(),
        };
        let records = [record(1, "shop/a/dev", "published", true, b"body"), record(2, "", "x", false, b"")];
        let writer = Writer { node: [8; 16], nonce: [9; 16] };
        let digest = Digest::chain(Digest::start(LogId([7; 16])), 5, 1234, &writer, &records);
        assert_eq!(digest.to_string(), "fc2d9026842a4c5583405ffce52002279bd20a5b5ed1f2644ec3be6d283f9ab9");
    }
}
