//! What making the view again costs: a registry of a million publications, whose view is deleted,
//! against a bare copy of as many rows. To be run with `--release`; exits 1 where the ratio is
//! beyond its bound. `registry_figures COUNT` takes another number of publications.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use rusqlite::Connection;
use rustix::time::{ClockId, clock_gettime};
use seam_model::{Schema, Value};
use seam_registry::{Command, Handle, Output, Provenance, Settings, open};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

type Outcome<T> = Result<T, Box<dyn Error>>;

const COUNT: usize = 1_000_000;
/// LOG, "Figures to hold".
const RATIO_MAX: f64 = 3.0;
/// The shortest of so many rounds counts: what else runs on the machine only makes them longer.
const ROUNDS: usize = 3;

fn main() -> Outcome<ExitCode> {
    let count = std::env::args().nth(1).map_or(Ok(COUNT), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    fill(&open_in(folder.path())?, count)?;

    let (mut bare, mut rebuild) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        bare = bare.min(seconds(|| copy(folder.path()))?);
        std::fs::remove_file(folder.path().join("copy.db"))?;
        std::fs::remove_dir_all(folder.path().join("cache"))?;
        let again = || -> Outcome<()> {
            open_in(folder.path())?.runs(1)?;
            Ok(())
        };
        rebuild = rebuild.min(seconds(again)?);
    }
    println!("{count} records: bare copy {bare:.1} s of CPU, view made again {rebuild:.1} s");

    let ratio = rebuild / bare;
    println!("view made again / bare copy: {ratio:.2} (at most {RATIO_MAX})");
    Ok(if ratio <= RATIO_MAX { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// CPU seconds of this process that `work` takes, in the kernel too.
fn seconds(work: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    let now = || Duration::try_from(clock_gettime(ClockId::ProcessCPUTime));
    let before = now()?;
    work()?;
    Ok(now()?.as_secs_f64() - before.as_secs_f64())
}

fn open_in(folder: &Path) -> Outcome<Handle> {
    Ok(open(Settings {
        log: folder.join("registry.db"),
        cache: folder.join("cache"),
        keys: folder.join("keys"),
        key_file: None,
        command: "registry_figures".to_owned(),
        clock: Arc::new(|| 0),
        read_only: false,
    })?)
}

/// Publishes `count` times, over a thousand instances.
fn fill(registry: &Handle, count: usize) -> Outcome<()> {
    let one = |n: usize| -> Outcome<Command> {
        let outputs = [("vpc_id", format!("vpc-{n:017}")), ("arn", format!("arn:aws:ec2:eu-west-1:1234:vpc/{n:017}"))];
        let outputs = outputs.map(|(name, value)| {
            let value = Value::String(value);
            (name.to_owned(), Output { schema: Schema::infer(&value), value, sensitive: false })
        });
        Ok(Command::Publish {
            address: format!("shop/stack-{}/dev", n % 1_000).parse()?,
            outputs: BTreeMap::from(outputs),
            provenance: Provenance { actor: "ann".into(), host: "laptop".into(), ..Provenance::default() },
            success: None,
            uses: vec![],
            tags: vec![],
        })
    };
    for start in (0..count).step_by(1_000) {
        let commands = (start..count.min(start + 1_000)).map(one).collect::<Outcome<_>>()?;
        if let Some(refusal) = registry.submit(commands)?.into_iter().find_map(Result::err) {
            return Err(refusal.into());
        }
    }
    Ok(())
}

/// Reads every record of the log and writes it to a table of another file.
fn copy(folder: &Path) -> Outcome<()> {
    let from = Connection::open(folder.join("registry.db"))?;
    let to = Connection::open(folder.join("copy.db"))?;
    to.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN;
         CREATE TABLE records (sequence INTEGER PRIMARY KEY, id BLOB, key TEXT, kind TEXT, body BLOB)",
    )?;
    let mut insert = to.prepare("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut select = from.prepare("SELECT sequence, id, key, kind, body FROM records ORDER BY sequence")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (key, kind): (String, String) = (row.get(2)?, row.get(3)?);
        let (id, body): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(4)?);
        insert.execute((row.get::<_, u64>(0)?, id, key, kind, body))?;
    }
    Ok(to.execute_batch("COMMIT")?)
}
