//! Where a record is by its id; also what keeps ids unique.
//!
//! Ids are random: one index of all of them writes a page for nearly every record, and that costs
//! twice what all the rest of an append does. So there are three. New entries go to an index of a
//! few pages; every so many records it is emptied into the next larger one, in order, and each page
//! written then takes several. An entry holds only the first four bytes of an id, so that more of
//! them fit on a page; the record has the last word.

use rusqlite::Connection;

/// The three indexes.
pub(crate) const TABLES: &str = "
CREATE TABLE ids_new (prefix INTEGER, sequence INTEGER, PRIMARY KEY (prefix, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ids_recent (prefix INTEGER, sequence INTEGER, PRIMARY KEY (prefix, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ids_old (prefix INTEGER, sequence INTEGER, PRIMARY KEY (prefix, sequence)) STRICT, WITHOUT ROWID;
";

/// After how many records which entries move on. 512 are three pages, 16,384 about eighty.
const MOVES: [(u64, &str); 2] = [
    (512, "INSERT INTO ids_recent SELECT prefix, sequence FROM ids_new; DELETE FROM ids_new"),
    (16_384, "INSERT INTO ids_old SELECT prefix, sequence FROM ids_recent; DELETE FROM ids_recent"),
];

/// The number of the record with this id.
pub(crate) fn find(connection: &Connection, id: &[u8; 32]) -> rusqlite::Result<Option<u64>> {
    let mut like = connection.prepare_cached(
        "SELECT sequence FROM ids_new WHERE prefix = ?1
         UNION ALL SELECT sequence FROM ids_recent WHERE prefix = ?1
         UNION ALL SELECT sequence FROM ids_old WHERE prefix = ?1",
    )?;
    let mut like = like.query([prefix(id)])?;
    while let Some(row) = like.next()? {
        let sequence: u64 = row.get(0)?;
        let sql = "SELECT 1 FROM records WHERE sequence = ?1 AND id = ?2";
        if connection.prepare_cached(sql)?.exists((sequence, id))? {
            return Ok(Some(sequence));
        }
    }
    Ok(None)
}

/// Takes in the id of a new record.
pub(crate) fn add(connection: &Connection, id: &[u8; 32], sequence: u64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO ids_new (prefix, sequence) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute((prefix(id), sequence)).map(drop)
}

/// Moves entries on where the records after `before`, up to `head`, make it due.
pub(crate) fn tidy(connection: &Connection, before: u64, head: u64) -> rusqlite::Result<()> {
    for (every, sql) in MOVES {
        if before / every != head / every {
            connection.execute_batch(sql)?;
        }
    }
    Ok(())
}

fn prefix(id: &[u8; 32]) -> i32 {
    let [a, b, c, d, ..] = *id;
    i32::from_be_bytes([a, b, c, d])
}
