//! Work: items that are durable and shared, are not folded and have no history, such as cursors of
//! subscriptions and heartbeats.

use crate::{BODY_BYTES_MAX, Log, NAME_BYTES_MAX, PutError, StorageError, Turn};
use rusqlite::{OptionalExtension, Row};

/// An item of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Its name. At most [`NAME_BYTES_MAX`].
    pub key: String,
    /// Another one after every put; never one that the key had before.
    pub version: u64,
    /// At most [`BODY_BYTES_MAX`].
    pub value: Vec<u8>,
}

impl Log {
    /// One item of work.
    pub fn work(&self, key: &str) -> Result<Option<WorkItem>, StorageError> {
        let read = || {
            let sql = "SELECT key, version, value FROM work WHERE key = ?1";
            self.connection.prepare_cached(sql)?.query_row([key], item).optional()
        };
        read().map_err(StorageError::on("read", &self.path))
    }

    /// The items whose keys start with `prefix` and come after `after`, by key, at most `count_max`.
    pub fn scan_work(&self, prefix: &str, after: &str, count_max: usize) -> Result<Vec<WorkItem>, StorageError> {
        let scan = || {
            let sql = "SELECT key, version, value FROM work
                       WHERE key >= ?1 AND key > ?2 AND substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT ?3";
            self.connection.prepare_cached(sql)?.query_map((prefix, after, count_max), item)?.collect::<Result<_, _>>()
        };
        scan().map_err(StorageError::on("read", &self.path))
    }
}

impl Turn<'_> {
    /// Writes an item of work if it still has the version `expected` (`None`: if it does not exist)
    /// and returns its new version.
    pub fn put_work(&self, key: &str, expected: Option<u64>, value: &[u8]) -> Result<u64, PutError> {
        for (what, bytes, bytes_max) in
            [("the key of a work item", key.len(), NAME_BYTES_MAX), ("a work item", value.len(), BODY_BYTES_MAX)]
        {
            if bytes > bytes_max {
                return Err(PutError::TooLarge { what, bytes, bytes_max });
            }
        }
        let version = self.work(key)?.map(|item| item.version);
        if version != expected {
            return Err(PutError::Stale { key: key.to_owned(), version });
        }
        Ok(self.write(|connection| {
            let sql = "UPDATE log SET work_version = work_version + 1 RETURNING work_version";
            let version = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            let sql = "INSERT OR REPLACE INTO work (key, version, value) VALUES (?1, ?2, ?3)";
            connection.prepare_cached(sql)?.execute((key, version, value))?;
            Ok(version)
        })?)
    }

    /// Removes an item of work. Was it there?
    pub fn delete_work(&self, key: &str) -> Result<bool, StorageError> {
        let sql = "DELETE FROM work WHERE key = ?1";
        Ok(self.write(|connection| connection.prepare_cached(sql)?.execute([key]))? == 1)
    }
}

fn item(row: &Row<'_>) -> rusqlite::Result<WorkItem> {
    Ok(WorkItem { key: row.get(0)?, version: row.get(1)?, value: row.get(2)? })
}
