//! What opening makes, takes and refuses.

use crate::support::{Place, append, read_all, record};
use rustix::process::{Uid, geteuid};
use seam_log::{Limits, Log, LogId, OpenError, Options, TurnError};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

fn refusal(path: &Path) -> OpenError {
    Log::open(path, &Options::default()).err().expect("opened")
}

#[test]
fn files_and_folder_are_private() {
    let place = Place::new();
    append(&mut place.open(), &["a"]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = place.file().parent().unwrap().to_owned();
    assert_eq!(mode(&folder), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{}", entry.path().display());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["registry.db", "registry.db-shm", "registry.db-wal", "registry.gate", "registry.lock"]);
}

#[test]
fn many_who_create_it_at_once_get_one_log() {
    let place = Place::new();
    let ids: Vec<LogId> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| place.open().id())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == place.open().id()));
}

#[test]
fn a_newer_format_or_feature_level_is_refused() {
    for (newer, text) in [
        ("PRAGMA user_version = 3", "format 3, newer than 2"),
        ("UPDATE log SET features = 7", "format 7, newer than 1"),
    ] {
        let place = Place::new();
        drop(place.open());
        place.tamper(newer);
        let refused = refusal(&place.file());
        assert!(matches!(refused, OpenError::Newer { .. }), "{refused}");
        assert!(refused.to_string().contains(text), "{refused}");
    }
}

#[test]
fn a_format_before_the_first_release_is_refused_by_its_number() {
    let place = Place::new();
    drop(place.open());
    place.tamper("PRAGMA user_version = 1");
    let refused = refusal(&place.file());
    assert!(matches!(&refused, OpenError::Damaged { what, .. } if what.contains("format 1")), "{refused}");
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let place = Place::new();
    let other = place.folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let database = fs::read(&other).unwrap();
    for content in [&database[..], b"", b"system: shop\n", &[0; 9000]] {
        let path = place.folder.path().join("registry.db");
        fs::write(&path, content).unwrap();
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn a_shortened_file_is_refused() {
    let place = Place::new();
    let mut log = place.open();
    for name in 0..200 {
        append(&mut log, &[&name.to_string()]);
    }
    drop(log);
    let whole = fs::read(place.file()).unwrap();
    for length in [whole.len() / 2, whole.len() - 4096, 100] {
        fs::write(place.file(), &whole[..length]).unwrap();
        let refused = refusal(&place.file());
        assert!(matches!(refused, OpenError::Damaged { .. }), "{length} bytes: {refused}");
    }
}

#[test]
fn side_files_of_a_removed_log_do_not_get_into_the_new_one() {
    let place = Place::new();
    let mut log = place.open();
    append(&mut log, &["a"]);
    let wal = place.file().with_extension("db-wal");
    let stale = fs::read(&wal).unwrap();
    assert!(!stale.is_empty());
    drop(log);
    fs::remove_file(place.file()).unwrap();
    fs::write(&wal, stale).unwrap();
    let mut log = place.open();
    assert_eq!(log.head().unwrap().sequence, 0);
    assert_eq!(append(&mut log, &["b"]).sequence, 1);
    assert_eq!(read_all(&place.open())[0].records, [record("b")]);
}

#[test]
fn a_file_replaced_while_it_is_open_takes_no_records() {
    let place = Place::new();
    let mut log = place.open();
    append(&mut log, &["a"]);
    fs::rename(place.file(), place.folder.path().join("moved.db")).unwrap();
    assert!(matches!(log.turn(Duration::ZERO), Err(TurnError::Replaced { .. })));
    fs::copy(place.folder.path().join("moved.db"), place.file()).unwrap();
    assert!(matches!(log.turn(Duration::ZERO), Err(TurnError::Replaced { .. })));
}

#[test]
fn reading_only_makes_nothing() {
    let place = Place::new();
    assert!(matches!(Log::open_read_only(&place.file()), Err(OpenError::Missing { .. })));
    assert!(!place.file().parent().unwrap().exists());
}

#[test]
fn read_access_is_enough_to_read() {
    let place = Place::new();
    let mut writer = place.open();
    let head = append(&mut writer, &["a"]);
    let folder = place.file().parent().unwrap().to_owned();
    for entry in fs::read_dir(&folder).unwrap() {
        fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o444)).unwrap();
    }
    for folder in [&folder, place.folder.path()] {
        fs::set_permissions(folder, Permissions::from_mode(0o555)).unwrap();
    }
    // On a thread of its own, because a root user drops its rights there.
    let read = || read_without_rights(&place.file(), head.sequence);
    std::thread::scope(|scope| scope.spawn(read).join().unwrap());
    drop(writer);
    std::thread::scope(|scope| scope.spawn(read).join().unwrap());
    fs::set_permissions(place.folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
}

fn read_without_rights(path: &Path, head: u64) {
    if geteuid().is_root() {
        let nobody = Uid::from_raw(65534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
    }
    assert!(fs::write(path.with_extension("new"), "").is_err(), "the folder can be written to");
    let mut log = Log::open_read_only(path).unwrap();
    assert_eq!(log.head().unwrap().sequence, head);
    assert_eq!(log.read(&log.start().unwrap(), Limits::default()).unwrap()[0].records, [record("a")]);
    assert!(matches!(log.turn(Duration::ZERO), Err(TurnError::ReadOnly { .. })));
}
