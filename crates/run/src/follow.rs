//! Follows a running tool to its end: its lines, its flood of output, the interrupts of a person.

use crate::drive::Reporter;
use crate::session::Stop;
use seam_process::{Ended, Error, Running, StepFolder};
use std::path::Path;
use std::time::Duration;

/// How often the output of a running tool is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(100);

/// An output of more bytes is warned about: nothing bounds it, and the disk holds all of it.
const OUTPUT_BYTES_WARNED: u64 = 100_000_000;

/// What is still looked at of the output of a tool that failed: its last words tell why. One that
/// succeeded may have answered, and an answer is read as a whole.
const LAST_WORDS_BYTES: u64 = 8 << 20;

/// Hands each line to `line`, and passes each interrupt on, once. `folder` is the step's. A tool that
/// writes faster than its lines are taken keeps nobody from stopping it, and ends all the same; what it
/// wrote until then is read at last.
pub fn follow(
    stop: &Stop,
    folder: &Path,
    mut running: Running,
    line: &mut dyn FnMut(&str),
    reporter: &Reporter,
) -> Result<Ended, Error> {
    let (mut passed_on, mut warned, mut orphaned, mut caught_up) = (0, false, false, true);
    let ended = loop {
        match running.wait(if caught_up { FOLLOW_EVERY } else { Duration::ZERO }).transpose() {
            Some(ended) => break ended,
            None => caught_up = hand_over(&mut running, line)?,
        }
        if !warned && running.output_bytes().is_ok_and(|bytes| bytes > OUTPUT_BYTES_WARNED) {
            warned = true;
            let megabytes = OUTPUT_BYTES_WARNED / 1_000_000;
            let output = StepFolder(folder.to_owned()).output();
            reporter.warn(&format!("prints more than {megabytes} MB; all of it goes to {}", output.display()));
        }
        if !orphaned && running.is_orphaned() {
            orphaned = true;
            reporter.warn("the supervisor of its tool was killed: the tool goes on, and how it ends nobody will know");
        }
        let requests = stop.requests();
        if requests > 1 {
            running.kill();
        } else if requests > passed_on {
            running.interrupt();
        }
        passed_on = requests;
    };
    read_rest(stop, &mut running, ended.as_ref().is_ok_and(Ended::is_success), line)?;
    ended
}

/// Hands over one block of output; true: there was none.
fn hand_over(running: &mut Running, line: &mut dyn FnMut(&str)) -> Result<bool, Error> {
    let lines = running.output()?;
    for text in &lines {
        line(text);
    }
    Ok(lines.is_empty())
}

/// What came until the end, but not what programs write that the tool left behind. Whoever wants the
/// run to end at once does not wait for it.
fn read_rest(stop: &Stop, running: &mut Running, whole: bool, line: &mut dyn FnMut(&str)) -> Result<(), Error> {
    let end = running.output_bytes()?;
    while running.read_bytes() <= end {
        if !whole || stop.requests() > 1 {
            running.skip_to_last(LAST_WORDS_BYTES)?;
        }
        if hand_over(running, line)? {
            break;
        }
    }
    Ok(())
}
