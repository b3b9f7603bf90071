//! Follows a running tool to its end: its lines, its flood of output, the interrupts of a person.

use crate::drive::Reporter;
use crate::session::Stop;
use seam_process::{Ended, Error, Running};
use std::path::Path;
use std::time::Duration;

/// How often the output of a running tool is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(100);

/// An output of more bytes is warned about: nothing bounds it, and the disk holds all of it.
const OUTPUT_BYTES_WARNED: u64 = 100_000_000;

/// Hands each line to `line`, and passes each interrupt on, once. `folder` is the step's.
pub fn follow(
    stop: &Stop,
    folder: &Path,
    mut running: Running,
    line: &mut dyn FnMut(&str),
    reporter: &Reporter,
) -> Result<Ended, Error> {
    let (mut passed_on, mut warned) = (0, false);
    loop {
        let ended = running.wait(FOLLOW_EVERY)?;
        loop {
            let lines = running.output()?;
            if lines.is_empty() {
                break;
            }
            for text in &lines {
                line(text);
            }
        }
        if !warned && running.output_bytes().is_ok_and(|bytes| bytes > OUTPUT_BYTES_WARNED) {
            warned = true;
            let megabytes = OUTPUT_BYTES_WARNED / 1_000_000;
            let output = folder.join("output");
            reporter.warn(&format!("prints more than {megabytes} MB; all of it goes to {}", output.display()));
        }
        if let Some(ended) = ended {
            return Ok(ended);
        }
        let requests = stop.requests();
        if requests > 1 {
            running.kill();
        } else if requests > passed_on {
            running.interrupt();
        }
        passed_on = requests;
    }
}
