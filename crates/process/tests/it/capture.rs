//! Programs that only answer a question.

use crate::{BOUND, Place};
use seam_process::{Command, Ended, Error, capture};
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;

#[test]
fn both_outputs_are_read_however_much_is_written_to_which() {
    let place = Place::new();
    let script = "head -c 1048576 /dev/zero >&2; head -c 1048576 /dev/zero; echo end >&2; exit 3";
    let captured = capture(&place.shell(script), 2 * MIB).unwrap();
    assert_eq!(captured.ended, Ended::Exited(3));
    assert_eq!((captured.stdout.len(), captured.stderr.len()), (MIB, MIB + 4));
}

#[test]
fn what_is_too_much_is_an_error_and_ends_the_program() {
    let place = Place::new();
    let exactly = capture(&place.shell("printf 12345"), 5).unwrap();
    assert_eq!(exactly.stdout, b"12345");
    for script in ["printf 123456", "while :; do echo y; done", "while :; do echo y >&2; done"] {
        let error = capture(&place.shell(script), 5).unwrap_err();
        assert!(matches!(error, Error::TooMuch { bytes_max: 5, .. }), "{error}");
    }
}

#[test]
fn neither_a_daemon_nor_a_closed_output_says_that_it_ended() {
    let place = Place::new();
    place.fifo();
    let start = Instant::now();
    let captured = capture(&place.shell("(read go < gate; echo late) & echo early"), MIB).unwrap();
    assert_eq!((captured.ended, captured.stdout), (Ended::Exited(0), b"early\n".to_vec()));
    assert!(start.elapsed() < BOUND);
    place.go();

    let captured = capture(&place.shell("exec >&- 2>&-; (exit 4); exit 5"), MIB).unwrap();
    assert_eq!(captured.ended, Ended::Exited(5));
}

#[test]
fn it_is_interrupted_at_its_limit_and_killed_after_the_grace() {
    let place = Place::new();
    for script in ["sleep 1000", "trap '' INT; sleep 1000 & sleep 1000", "exec >&- 2>&-; sleep 1000"] {
        let (time_limit, grace) = (Some(Duration::from_millis(300)), Duration::from_millis(100));
        let captured = capture(&Command { time_limit, grace, ..place.shell(script) }, MIB).unwrap();
        assert_eq!(captured.ended, Ended::TimedOut, "{script}");
    }
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let place = Place::new();
    let error = capture(&Command { program: "no-such-program".into(), ..place.shell("") }, MIB).unwrap_err();
    assert!(error.to_string().starts_with("cannot start no-such-program"), "{error}");
}

#[test]
fn its_environment_and_folder_are_exactly_the_given_ones() {
    let place = Place::new();
    let command = Command { program: "/usr/bin/env".into(), args: vec![], ..place.shell("") };
    assert_eq!(capture(&command, MIB).unwrap().stdout, b"PATH=/usr/bin:/bin\n");
    let folder = format!("{}\n", place.root.path().canonicalize().unwrap().display());
    assert_eq!(capture(&place.shell("pwd -P"), MIB).unwrap().stdout, folder.as_bytes());
}
