//! Blobs: bytes by their digest, for what is too big for a record. Whoever stores a secret one
//! encrypts it before.

use crate::{BLOB_BYTES_MAX, Digest, Log, PutError, ReadError, StorageError, Turn};
use rusqlite::OptionalExtension;

impl Log {
    /// The blob with this digest, checked against it; `None` where there is none.
    pub fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        let read = || {
            let mut statement = self.connection.prepare_cached("SELECT bytes FROM blobs WHERE digest = ?1")?;
            statement.query_row([digest.0], |row| row.get::<_, Vec<u8>>(0)).optional()
        };
        let bytes = read().map_err(StorageError::on("read", &self.path))?;
        match &bytes {
            Some(bytes) if Digest::of(bytes) != *digest => {
                Err(ReadError::DamagedBlob { path: self.path.clone(), digest: *digest })
            }
            _ => Ok(bytes),
        }
    }
}

impl Turn<'_> {
    /// Stores a blob and returns its digest. The same bytes are stored once.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest, PutError> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(PutError::TooLarge { what: "a blob", bytes: bytes.len(), bytes_max: BLOB_BYTES_MAX });
        }
        let digest = Digest::of(bytes);
        let sql = "INSERT OR IGNORE INTO blobs (digest, bytes) VALUES (?1, ?2)";
        self.write(|connection| connection.prepare_cached(sql)?.execute((digest.0, bytes)))?;
        Ok(digest)
    }
}
