//! Takes 48 turns on a new log, for the tests that cut the power: turns of 0 to 64 records with work
//! and blobs, some of them dropped, over two connections that are closed and opened again, with
//! checkpoints and a reader in between.
//!
//! `log_turns PATH` says `acknowledged TURN SEQUENCE DIGEST BLOBS` as soon as a turn was appended:
//! its number, the head, and how many blobs were stored so far. In the same commit the item of work
//! `turn` becomes that number, `odd` exists after odd turns, and `blob/TURN` names a blob.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use rusqlite::Connection;
use seam_log::{Cursor, Digest, Log, Options, Record};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

const TURNS: usize = 48;
const DEADLINE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: log_turns PATH")?;
    let path = Path::new(&path);
    let open = || Log::open(path, &Options { command: "log_turns".to_owned() });
    let mut logs = [open()?, open()?];
    let mut reader: Option<Connection> = None;
    let mut blobs = 0;
    for turn in 1..=TURNS {
        let log = &mut logs[turn / 2 % 2];
        if turn % 6 == 0 {
            log.turn(DEADLINE)?.put_blob(&bytes(turn, 30_000))?; // Dropped.
        }
        blobs += usize::from(has_blob(turn));
        let head = take(log, turn)?;
        println!("acknowledged {turn} {} {} {blobs}", head.sequence, head.digest);
        match turn % 8 {
            1 | 5 => checkpoint(path)?,
            3 => reader = Some(read(path)?),
            7 => drop(reader.take()),
            // Closing empties the write-ahead log; not while somebody reads.
            4 | 0 => {
                let [first, second] = logs;
                drop(first);
                logs = [second, open()?];
            }
            _ => {}
        }
    }
    Ok(())
}

fn take(log: &mut Log, number: usize) -> Result<Cursor, Box<dyn Error>> {
    let turn = log.turn(DEADLINE)?;
    let version = turn.work("turn")?.map(|item| item.version);
    turn.put_work("turn", version, number.to_string().as_bytes())?;
    if number.is_multiple_of(2) {
        turn.delete_work("odd")?;
    } else {
        turn.put_work("odd", None, &bytes(number, 100))?;
    }
    if has_blob(number) {
        let digest = turn.put_blob(&bytes(number, 5_000))?;
        turn.put_work(&format!("blob/{number}"), None, &digest.0)?;
    }
    let count = if number == 18 { 64 } else { [1, 4, 0, 2, 9, 1, 6][number % 7] };
    let records: Vec<Record> = (0..count).map(|index| record(number, index)).collect();
    Ok(turn.append(&records, 0)?)
}

fn has_blob(turn: usize) -> bool {
    turn.is_multiple_of(5)
}

fn record(turn: usize, index: usize) -> Record {
    let name = format!("{turn}/{index}");
    let length = if name == "8/1" || name == "35/0" { 9_000 } else { 20 + (turn * 37 + index * 101) % 80 };
    Record {
        id: Digest::of(name.as_bytes()).0,
        key: format!("shop/{name}/dev"),
        kind: "published".to_owned(),
        critical: true,
        body: bytes(turn + index, length),
    }
}

fn bytes(seed: usize, length: usize) -> Vec<u8> {
    format!("{seed} and ").into_bytes().into_iter().cycle().take(length).collect()
}

/// As SQLite does it by itself in the commit that makes the write-ahead log too long.
fn checkpoint(path: &Path) -> rusqlite::Result<()> {
    Connection::open(path)?.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Reads until it is dropped: the write-ahead log cannot start over.
fn read(path: &Path) -> rusqlite::Result<Connection> {
    let reader = Connection::open(path)?;
    reader.execute_batch("BEGIN")?;
    reader.query_row("SELECT id FROM log", [], |_| Ok(()))?;
    Ok(reader)
}
