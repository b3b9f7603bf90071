//! A history that is not what was appended is named, with the place: edited, shortened, restored.

use crate::support::{Place, append, read_all};
use seam_log::{Cursor, Limits, Log, OpenError, Options, ReadError};
use std::fs;

/// A log with commits `a`, `b c`, `d`, `e`, closed.
fn four_commits() -> (Place, [Cursor; 4]) {
    let place = Place::new();
    let mut log = place.open();
    let heads =
        [append(&mut log, &["a"]), append(&mut log, &["b", "c"]), append(&mut log, &["d"]), append(&mut log, &["e"])];
    drop(log);
    (place, heads)
}

fn damaged_at(log: &Log) -> u64 {
    match log.read(&log.start().unwrap(), Limits::default()) {
        Err(ReadError::Damaged { sequence, .. }) => sequence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_edit_anywhere_in_a_commit_is_damage_at_its_first_record() {
    for edit in [
        "UPDATE records SET body = x'00' WHERE sequence = 3",
        "UPDATE records SET key = 'shop/x/dev' WHERE sequence = 2",
        "UPDATE records SET kind = 'destroyed' WHERE sequence = 2",
        "UPDATE records SET critical = 0 WHERE sequence = 2",
        "UPDATE records SET id = randomblob(32) WHERE sequence = 3",
        "UPDATE records SET id = x'00' WHERE sequence = 3",
        "DELETE FROM records WHERE sequence = 3",
        "UPDATE commits SET time = time + 1 WHERE last = 3",
        "UPDATE commits SET node = randomblob(16) WHERE last = 3",
        "UPDATE commits SET digest = randomblob(32) WHERE last = 3",
        "UPDATE commits SET last = 2 WHERE last = 3",
    ] {
        let (place, heads) = four_commits();
        place.tamper(edit);
        let log = place.open();
        assert_eq!(damaged_at(&log), 2, "{edit}");
        let verified = log.verify(&log.start().unwrap(), &heads[3]);
        assert!(matches!(verified, Err(ReadError::Damaged { sequence: 2, .. })), "{edit}: {verified:?}");
        log.verify(&log.start().unwrap(), &heads[0]).unwrap();
    }
}

#[test]
fn a_flipped_bit_in_the_file_is_damage() {
    let (place, _) = four_commits();
    let mut bytes = fs::read(place.file()).unwrap();
    let at = bytes.windows(13).position(|window| window == b"the body of b").unwrap();
    bytes[at] ^= 1;
    fs::write(place.file(), bytes).unwrap();
    assert_eq!(damaged_at(&place.open()), 2);
}

#[test]
fn a_last_commit_that_is_not_whole_is_refused_at_open() {
    let (place, _) = four_commits();
    place.tamper("DELETE FROM records WHERE sequence = 5");
    let refused = Log::open(&place.file(), &Options::default()).err().unwrap();
    assert!(matches!(&refused, OpenError::Damaged { what, .. } if what.contains("record 5")), "{refused}");
}

#[test]
fn a_blob_that_was_edited_is_damage() {
    let (place, _) = four_commits();
    let mut log = place.open();
    let turn = log.turn(crate::support::SOON).unwrap();
    let digest = turn.put_blob(b"bytes").unwrap();
    turn.append(&[], 0).unwrap();
    place.tamper("UPDATE blobs SET bytes = x'00'");
    assert!(matches!(log.blob(&digest), Err(ReadError::DamagedBlob { .. })));
}

#[test]
fn an_older_copy_put_back_diverges_even_when_it_has_grown_again() {
    let place = Place::new();
    let mut log = place.open();
    let kept = append(&mut log, &["a"]);
    drop(log);
    let copy = fs::read(place.file()).unwrap();
    let mut log = place.open();
    let lost = append(&mut log, &["b"]);
    drop(log);
    fs::write(place.file(), copy).unwrap();
    let mut log = place.open();
    let diverged = |log: &Log| matches!(log.read(&lost, Limits::default()), Err(ReadError::Diverged { .. }));
    assert!(diverged(&log));
    append(&mut log, &["c"]);
    assert!(diverged(&log));
    assert_eq!(log.read(&kept, Limits::default()).unwrap().len(), 1);
}

#[test]
fn what_is_not_kept_any_more_is_gone() {
    let (place, heads) = four_commits();
    // As a later version will cut the log: the start moves to the end of a commit.
    place.tamper(
        "UPDATE log SET (start_sequence, start_time, start_digest) = (SELECT last, time, digest FROM commits WHERE last = 1);
         DELETE FROM commits WHERE last <= 1; DELETE FROM records WHERE sequence <= 1",
    );
    let log = place.open();
    let before = Cursor { sequence: 0, ..heads[0] };
    let gone = log.read(&before, Limits::default()).unwrap_err();
    assert!(matches!(gone, ReadError::Gone { sequence: 0, oldest } if oldest == heads[0]), "{gone}");
    assert_eq!(gone.to_string(), "record 1 is not kept any more, the oldest is 2");
    assert_eq!(read_all(&log).iter().map(|commit| commit.first).collect::<Vec<_>>(), [2, 4, 5]);
    assert_eq!(log.head().unwrap(), heads[3]);
}
