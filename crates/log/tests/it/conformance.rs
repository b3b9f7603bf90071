//! What every engine promises, as functions over a way to open one log again and again.

use crate::support::{Place, SOON, append, read_all, record};
use seam_log::{
    AppendError, BODY_BYTES_MAX, COMMIT_BYTES_MAX, Cursor, Digest, Limits, Log, NAME_BYTES_MAX, PutError, ReadError,
    Record, TurnError,
};
use std::time::Duration;

type Open<'a> = &'a dyn Fn() -> Log;

macro_rules! on_sqlite {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[test] fn $name() {
                let place = super::Place::new();
                super::$name(&|| place.open());
            })*
        }
    };
}

on_sqlite! {
    numbers_are_dense
    reading_stops_at_its_limits
    a_commit_is_whole_or_not_there
    nobody_sees_a_turn_before_it_is_appended
    a_dropped_turn_writes_nothing
    a_turn_without_records_keeps_the_head
    ids_are_found
    ids_stay_unique_however_many_there_are
    ids_that_begin_alike_are_told_apart
    time_never_runs_backwards
    what_is_too_large_is_refused
    a_cursor_of_another_history_diverges
    verify_follows_the_chain
    busy_names_the_holder_and_keeps_the_place
    who_gave_up_waiting_does_not_keep_the_turn
    work_is_put_if_its_version_is_the_expected_one
    work_is_scanned_by_prefix
    blobs_are_found_by_their_digest
}

fn numbers_are_dense(open: Open) {
    let mut log = open();
    let start = log.head().unwrap();
    assert_eq!((start, start.sequence), (log.start().unwrap(), 0));
    let heads = [append(&mut log, &["a", "b"]), append(&mut log, &["c"]), append(&mut log, &["d", "e", "f"])];
    assert_eq!(heads.map(|head| head.sequence), [2, 3, 6]);
    let log = open();
    assert_eq!(log.head().unwrap(), heads[2]);
    let commits = read_all(&log);
    assert_eq!(
        commits.iter().map(|commit| (commit.first, commit.last())).collect::<Vec<_>>(),
        [(1, 2), (3, 3), (4, 6)]
    );
    let records: Vec<_> = commits.iter().flat_map(|commit| commit.records.clone()).collect();
    assert_eq!(records, ["a", "b", "c", "d", "e", "f"].map(record));
    for (index, head) in heads.iter().enumerate() {
        assert_eq!(log.cursor(&commits[index]), *head);
        assert_eq!(log.read(head, Limits::default()).unwrap(), commits[index + 1..]);
    }
}

fn reading_stops_at_its_limits(open: Open) {
    let mut log = open();
    for name in ["a", "b", "c"] {
        append(&mut log, &[name]);
    }
    let read = |commits, bytes| log.read(&log.start().unwrap(), Limits { commits, bytes }).unwrap().len();
    assert_eq!([read(2, usize::MAX), read(0, 0), read(9, record("a").bytes() + 1), read(9, usize::MAX)], [2, 1, 2, 3]);
}

fn a_commit_is_whole_or_not_there(open: Open) {
    let mut log = open();
    let head = append(&mut log, &["a"]);
    let turn = log.turn(SOON).unwrap();
    turn.put_work("cursor", None, b"1").unwrap();
    let refused = turn.append(&[record("b"), record("a")], 0).unwrap_err();
    assert!(matches!(refused, AppendError::Duplicate { .. }), "{refused}");
    assert_eq!(log.head().unwrap(), head);
    assert_eq!(log.find(&[record("b").id]).unwrap(), [None]);
    assert_eq!(log.work("cursor").unwrap(), None);
    assert_eq!(append(&mut log, &["b"]).sequence, 2);
}

fn nobody_sees_a_turn_before_it_is_appended(open: Open) {
    let (mut writer, reader) = (open(), open());
    let turn = writer.turn(SOON).unwrap();
    turn.put_work("cursor", None, b"1").unwrap();
    assert!(turn.work("cursor").unwrap().is_some());
    assert_eq!(reader.work("cursor").unwrap(), None);
    let head = turn.append(&[record("a")], 0).unwrap();
    assert!(reader.work("cursor").unwrap().is_some());
    assert_eq!(reader.head().unwrap(), head);
}

fn a_dropped_turn_writes_nothing(open: Open) {
    let (mut log, mut other) = (open(), open());
    let turn = log.turn(SOON).unwrap();
    turn.put_work("cursor", None, b"1").unwrap();
    let digest = turn.put_blob(b"bytes").unwrap();
    drop(turn);
    let turn = other.turn(Duration::ZERO).unwrap();
    assert_eq!(turn.work("cursor").unwrap(), None);
    assert_eq!(turn.blob(&digest).unwrap(), None);
    assert_eq!(turn.head().unwrap().sequence, 0);
}

fn a_turn_without_records_keeps_the_head(open: Open) {
    let mut log = open();
    let head = append(&mut log, &["a"]);
    let turn = log.turn(SOON).unwrap();
    turn.put_work("cursor", None, b"1").unwrap();
    assert_eq!(turn.append(&[], 0).unwrap(), head);
    assert_eq!(open().work("cursor").unwrap().unwrap().value, b"1");
    assert_eq!(read_all(&log).len(), 1);
}

fn ids_are_found(open: Open) {
    let mut log = open();
    append(&mut log, &["a", "b"]);
    let turn = log.turn(SOON).unwrap();
    let found = turn.find(&[record("b").id, record("z").id, record("a").id]).unwrap();
    assert_eq!(
        found.iter().map(|found| found.map(|found| found.sequence)).collect::<Vec<_>>(),
        [Some(2), None, Some(1)]
    );
    assert_eq!(found[0].unwrap().hash, Digest::of(&record("b").body));
    let twice = turn.append(&[record("c"), record("c")], 0).unwrap_err();
    assert_eq!(twice.to_string(), "a record of kind published with the same id exists");
}

/// As many that entries of ids have moved on as far as they go.
fn ids_stay_unique_however_many_there_are(open: Open) {
    const COUNT: u64 = 17_100;
    let numbered = |n: u64| Record { body: Vec::new(), ..record(&n.to_string()) };
    let mut log = open();
    let records: Vec<Record> = (1..=COUNT).map(numbered).collect();
    for records in records.chunks(450) {
        log.turn(SOON).unwrap().append(records, 0).unwrap();
    }
    let turn = log.turn(SOON).unwrap();
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    let found: Vec<_> = turn.find(&ids).unwrap().into_iter().map(|found| found.unwrap().sequence).collect();
    assert_eq!(found, (1..=COUNT).collect::<Vec<_>>());
    drop(turn);
    for known in [1, 16_384, 16_385, COUNT] {
        let refused = log.turn(SOON).unwrap().append(&[record("new"), numbered(known)], 0).unwrap_err();
        assert!(matches!(refused, AppendError::Duplicate { .. }), "{known}: {refused}");
    }
}

fn ids_that_begin_alike_are_told_apart(open: Open) {
    let mut log = open();
    let ending_with = |end: u8| {
        let mut id = [7; 32];
        id[31] = end;
        Record { id, ..record("a") }
    };
    log.turn(SOON).unwrap().append(&[ending_with(1), ending_with(2)], 0).unwrap();
    let find = |end| log.find(&[ending_with(end).id]).unwrap()[0].map(|found| found.sequence);
    assert_eq!([find(1), find(2), find(3)], [Some(1), Some(2), None]);
}

fn time_never_runs_backwards(open: Open) {
    let mut log = open();
    for (name, now) in [("a", 100), ("b", 50), ("c", 101), ("d", 500)] {
        log.turn(SOON).unwrap().append(&[record(name)], now).unwrap();
    }
    assert_eq!(read_all(&log).iter().map(|commit| commit.time_us).collect::<Vec<_>>(), [100, 101, 102, 500]);
}

fn what_is_too_large_is_refused(open: Open) {
    let mut log = open();
    let sized = |name: &str, body| Record { body: vec![b'x'; body], ..record(name) };
    let mut refused = |records: &[Record]| match log.turn(SOON).unwrap().append(records, 0) {
        Err(AppendError::TooLarge { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&[sized("a", BODY_BYTES_MAX + 1)]), "the body of a record");
    assert_eq!(refused(&[Record { key: "k".repeat(NAME_BYTES_MAX + 1), ..record("a") }]), "the key of a record");
    assert_eq!(refused(&[Record { kind: "k".repeat(NAME_BYTES_MAX + 1), ..record("a") }]), "the kind of a record");
    let many: Vec<_> = (0..COMMIT_BYTES_MAX / BODY_BYTES_MAX).map(|n| sized(&n.to_string(), BODY_BYTES_MAX)).collect();
    assert_eq!(refused(&many), "a commit");
    let fits = &many[1..];
    log.turn(SOON).unwrap().append(fits, 0).unwrap();
    assert_eq!(read_all(&log)[0].records, fits);
}

fn a_cursor_of_another_history_diverges(open: Open) {
    let mut log = open();
    append(&mut log, &["a", "b"]);
    let head = append(&mut log, &["c"]);
    let elsewhere = Place::new().open().head().unwrap();
    for cursor in [
        Cursor { sequence: 1, ..head },
        Cursor { sequence: 4, ..head },
        Cursor { sequence: u64::MAX, ..head },
        Cursor { digest: Digest::of(b"other"), ..head },
        Cursor { sequence: 0, ..head },
        elsewhere,
    ] {
        let result = log.read(&cursor, Limits::default());
        assert!(matches!(&result, Err(ReadError::Diverged { cursor: named, .. }) if *named == cursor), "{result:?}");
    }
}

fn verify_follows_the_chain(open: Open) {
    let mut log = open();
    let heads = [append(&mut log, &["a", "b"]), append(&mut log, &["c"]), append(&mut log, &["d"])];
    let start = log.start().unwrap();
    for to in [start, heads[0], heads[2]] {
        log.verify(&start, &to).unwrap();
    }
    for (from, to) in
        [(start, Cursor { sequence: 1, ..heads[0] }), (start, Cursor { sequence: 9, ..heads[2] }), (heads[1], heads[0])]
    {
        assert!(matches!(log.verify(&from, &to), Err(ReadError::Diverged { cursor, .. }) if cursor == to));
    }
}

fn busy_names_the_holder_and_keeps_the_place(open: Open) {
    let (mut holder, mut waiter) = (open(), open());
    let turn = holder.turn(SOON).unwrap();
    for _ in 0..2 {
        let Err(TurnError::Busy { holder: Some(named), .. }) = waiter.turn(Duration::from_millis(20)) else {
            panic!("two have the turn")
        };
        assert_eq!((named.pid, named.command.as_str()), (std::process::id(), "seam apply"));
    }
    turn.append(&[record("a")], 0).unwrap();
    assert_eq!(append(&mut waiter, &["b"]).sequence, 2);
}

fn who_gave_up_waiting_does_not_keep_the_turn(open: Open) {
    let (mut holder, mut waiter, mut third) = (open(), open(), open());
    let turn = holder.turn(SOON).unwrap();
    assert!(waiter.turn(Duration::from_millis(20)).is_err());
    drop(turn);
    append(&mut third, &["a"]);
    append(&mut holder, &["b"]);
    assert_eq!(append(&mut waiter, &["c"]).sequence, 3);
}

fn work_is_put_if_its_version_is_the_expected_one(open: Open) {
    let mut log = open();
    let turn = log.turn(SOON).unwrap();
    let first = turn.put_work("heartbeat", None, b"1").unwrap();
    let second = turn.put_work("heartbeat", Some(first), b"2").unwrap();
    for expected in [None, Some(first)] {
        let result = turn.put_work("heartbeat", expected, b"3");
        assert!(matches!(&result, Err(PutError::Stale { version, .. }) if *version == Some(second)), "{result:?}");
    }
    assert!(matches!(turn.put_work("other", Some(first), b""), Err(PutError::Stale { version: None, .. })));
    let too_large = turn.put_work("other", None, &vec![0; BODY_BYTES_MAX + 1]);
    assert!(matches!(too_large, Err(PutError::TooLarge { what: "a work item", .. })));
    assert_eq!(turn.work("heartbeat").unwrap().unwrap().value, b"2");
    assert_eq!([turn.delete_work("heartbeat").unwrap(), turn.delete_work("heartbeat").unwrap()], [true, false]);
    let again = turn.put_work("heartbeat", None, b"4").unwrap();
    assert!(again != first && again != second);
}

fn work_is_scanned_by_prefix(open: Open) {
    let mut log = open();
    let turn = log.turn(SOON).unwrap();
    for key in ["run/2", "run/10", "run", "rug", "run0", "ru%", "key/1"] {
        turn.put_work(key, None, key.as_bytes()).unwrap();
    }
    let keys = |prefix, after, count| -> Vec<String> {
        turn.scan_work(prefix, after, count).unwrap().into_iter().map(|item| item.key).collect()
    };
    assert_eq!(keys("run/", "", 9), ["run/10", "run/2"]);
    assert_eq!(keys("run/", "run/10", 9), ["run/2"]);
    assert_eq!(keys("", "", 3), ["key/1", "ru%", "rug"]);
    assert_eq!(keys("ru%", "", 9), ["ru%"]);
}

fn blobs_are_found_by_their_digest(open: Open) {
    let mut log = open();
    let bytes = vec![7; 5 * 1024 * 1024];
    let turn = log.turn(SOON).unwrap();
    let digest = turn.put_blob(&bytes).unwrap();
    assert_eq!(turn.put_blob(&bytes).unwrap(), digest);
    turn.append(&[record("a")], 0).unwrap();
    assert_eq!(open().blob(&digest).unwrap(), Some(bytes));
    assert_eq!(log.blob(&Digest::of(b"none")).unwrap(), None);
}
