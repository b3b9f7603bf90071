//! Runs a program under a supervisor and shows its lines: `step FOLDER PROGRAM ARGS…`, where FOLDER
//! becomes the step's folder. With `--hold` before it, it stays at the gate until its standard input
//! closes. The tests use it as the supervisor and as a parent that they kill.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program reads its surroundings, and prints")]

use seam_process::{Command, Ended, prepare, supervise};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    if let Some(code) = supervise(&mut std::env::args_os()) {
        return Ok(code);
    }
    let mut args = std::env::args_os().skip(1).peekable();
    let hold = args.next_if(|arg| arg == "--hold").is_some();
    let folder = PathBuf::from(args.next().ok_or("no folder")?);
    let command = Command {
        program: args.next().ok_or("no program")?.into(),
        args: args.collect(),
        folder: "/".into(),
        env: std::env::vars_os().collect(),
        time_limit: None,
        grace: Duration::from_secs(10),
        lock: None,
    };
    std::fs::create_dir(&folder)?;
    let gated = prepare(&folder, &std::env::current_exe()?, &command)?;
    println!("at the gate: {}", gated.identity().pid);
    if hold {
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    }
    let mut running = gated.open()?;
    loop {
        let ended = running.wait(Duration::from_millis(50))?;
        for line in running.output()? {
            println!("{line}");
        }
        if let Some(ended) = ended {
            println!("{ended}");
            return Ok(if ended == Ended::Exited(0) { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
}
