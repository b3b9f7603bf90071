//! The figures of the log that must hold, measured in one run: CPU per acknowledged record against a
//! bare loop that inserts the same bytes in the same batches, and the size of the file. The bare
//! loop does not keep ids unique; one that does, by an index of all of them, is there to compare
//! with. To be run with `--release`; exits 1 where a figure is beyond its limit.

#![expect(clippy::print_stdout, reason = "a program prints")]

use rustix::time::{ClockId, clock_gettime};
use seam_log::{Digest, Log, Options, Record};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error>>;

const PAYLOAD: usize = 512;
/// Records a commit, and records in all.
const SHAPES: [(usize, usize); 2] = [(1, 4_000), (64, 40_000)];
/// Each figure is the median of so many runs.
const ROUNDS: usize = 5;

fn main() -> Outcome<ExitCode> {
    let mut holds = true;
    for (batch, count) in SHAPES {
        let records = records(count);
        let (mut unique, mut plain, mut size) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let folder = tempfile::tempdir()?;
            let path = |name| folder.path().join(name);
            let log = cpu(|| fill_log(&path("log.db"), &records, batch))?;
            unique.push(log / cpu(|| fill_bare(&path("unique.db"), "UNIQUE", &records, batch))?);
            plain.push(log / cpu(|| fill_bare(&path("plain.db"), "", &records, batch))?);
            size = std::fs::metadata(path("log.db"))?.len();
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let size = size as f64 / (count * PAYLOAD) as f64;
        println!("{batch} records a commit:");
        holds &= report("CPU per acknowledgement / bare loop", median(plain), Some(3.0));
        report("CPU per acknowledgement / bare loop that keeps ids unique", median(unique), None);
        holds &= report("file / payload of 512 bytes", size, Some(2.5));
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn report(what: &str, figure: f64, limit: Option<f64>) -> bool {
    let holds = limit.is_none_or(|limit| figure <= limit);
    let limit = limit.map_or("for comparison".to_owned(), |limit| format!("at most {limit}"));
    println!("  {what}: {figure:.2} ({limit}){}", if holds { "" } else { " BROKEN" });
    holds
}

/// CPU seconds of this process that `work` takes, in the kernel too.
fn cpu(work: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    let now = || Duration::try_from(clock_gettime(ClockId::ProcessCPUTime));
    let before = now()?;
    work()?;
    Ok(now()?.as_secs_f64() - before.as_secs_f64())
}

fn fill_log(path: &Path, records: &[Record], batch: usize) -> Outcome<()> {
    let mut log = Log::open(path, &Options::default())?;
    for records in records.chunks(batch) {
        log.turn(Duration::from_secs(30))?.append(records, 0)?;
    }
    Ok(())
}

fn fill_bare(path: &Path, id: &str, records: &[Record], batch: usize) -> Outcome<()> {
    let bare = rusqlite::Connection::open(path)?;
    bare.pragma_update(None, "journal_mode", "wal")?;
    bare.pragma_update(None, "synchronous", "full")?;
    bare.execute_batch(&format!(
        "CREATE TABLE records (sequence INTEGER PRIMARY KEY, id BLOB {id}, key TEXT, kind TEXT, body BLOB)"
    ))?;
    let mut insert = bare.prepare("INSERT INTO records (id, key, kind, body) VALUES (?1, ?2, ?3, ?4)")?;
    for records in records.chunks(batch) {
        bare.execute_batch("BEGIN IMMEDIATE")?;
        for record in records {
            insert.execute((record.id, &record.key, &record.kind, &record.body))?;
        }
        bare.execute_batch("COMMIT")?;
    }
    Ok(())
}

fn records(count: usize) -> Vec<Record> {
    let record = |n: usize| Record {
        id: Digest::of(&n.to_be_bytes()).0,
        key: format!("shop/stack-{}/dev", n % 100),
        kind: "published".to_owned(),
        critical: true,
        body: vec![b'x'; PAYLOAD],
    };
    (0..count).map(record).collect()
}
