//! One writer in a process of its own, for the tests and the bench: opens the log, says `ready`,
//! waits for a line, appends commits of one record, says `unknown` where nobody knew whether one was
//! appended, and prints how many were acknowledged.
//!
//! `log_writer PATH NAME COMMITS SECONDS PAYLOAD` stops at whichever limit comes first.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use seam_log::{AppendError, Digest, Log, Options, Record};
use std::error::Error;
use std::io::{Write as _, stdin, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, name, commits, seconds, payload] = &arguments[..] else {
        return Err("usage: log_writer PATH NAME COMMITS SECONDS PAYLOAD".into());
    };
    let (commits, payload) = (commits.parse()?, payload.parse()?);
    let mut log = Log::open(Path::new(path), &Options { command: format!("log_writer {name}") })?;
    println!("ready");
    stdout().flush()?;
    stdin().read_line(&mut String::new())?;
    let end = Instant::now() + Duration::from_secs_f64(seconds.parse()?);
    let mut acknowledged: u64 = 0;
    while acknowledged < commits && Instant::now() < end {
        let record = Record {
            id: Digest::of(format!("{name} {acknowledged}").as_bytes()).0,
            key: format!("shop/{name}/dev"),
            kind: "published".to_owned(),
            critical: true,
            body: vec![b'x'; payload],
        };
        append(&mut log, &record)?;
        acknowledged += 1;
    }
    println!("{acknowledged}");
    Ok(())
}

/// Appends the record, and asks again where nobody knew whether it was appended.
fn append(log: &mut Log, record: &Record) -> Result<(), Box<dyn Error>> {
    loop {
        let turn = log.turn(Duration::from_secs(30))?;
        if turn.find(&[record.id])?[0].is_some() {
            return Ok(());
        }
        match turn.append(std::slice::from_ref(record), 0) {
            Ok(_) => return Ok(()),
            Err(AppendError::Unknown(_)) => println!("unknown"),
            Err(error) => return Err(error.into()),
        }
    }
}
