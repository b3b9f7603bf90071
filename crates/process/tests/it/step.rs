//! One step from the gate to its status.

use crate::{BOUND, Place, bytes, ended, supervisor};
use seam_process::{Command, Ended, Error, Found, capture, look, prepare};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[test]
fn exit_codes_and_signals_are_told_and_left_on_disk() {
    for (script, expected) in [
        ("exit 0", Ended::Exited(0)),
        ("exit 7", Ended::Exited(7)),
        ("kill -TERM $$", Ended::Signalled(15)),
        ("kill -KILL $$", Ended::Signalled(9)),
    ] {
        let place = Place::new();
        assert_eq!(look(&place.step()).unwrap(), Found::Nothing);
        assert_eq!(ended(place.start(script)), expected, "{script}");
        assert_eq!(look(&place.step()).unwrap(), Found::Ended(expected));
    }
}

#[test]
fn a_tool_that_cannot_start_says_why() {
    let place = Place::new();
    let script = place.root.path().join("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).unwrap();
    let with = |program: &str, folder: &Path| Command {
        program: program.into(),
        folder: folder.to_owned(),
        ..place.shell("")
    };
    for (command, expected) in [
        (with("no-such-program", place.root.path()), "cannot start no-such-program: No such file"),
        (with("./script", place.root.path()), "the interpreter that its first line names does not exist"),
        (with("sh", Path::new("/no/such/folder")), "the folder /no/such/folder does not exist"),
        (with("/etc/passwd", place.root.path()), "cannot start /etc/passwd: Permission denied"),
    ] {
        let place = Place::new();
        let Ended::NotStarted(reason) = ended(place.prepare(&command).open().unwrap()) else { panic!("it started") };
        assert!(reason.contains(expected), "{reason}");
        assert_eq!(look(&place.step()).unwrap(), Found::NotStarted(reason));
    }
}

#[test]
fn a_supervisor_that_cannot_start_is_an_error() {
    let place = Place::new();
    let start = |supervisor: &str| match prepare(&place.step(), Path::new(supervisor), &place.shell("exit 0")) {
        Err(Error::Start(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert!(start("/no/such/seam").contains("cannot start the supervisor /no/such/seam"));
    std::fs::remove_file(place.step().join("command")).unwrap();
    assert_eq!(start("/bin/true"), "the supervisor ended before it reported");
    std::fs::remove_file(place.step().join("command")).unwrap();
    std::fs::create_dir(place.step().join("output")).unwrap();
    let reason = prepare(&place.step(), &supervisor(), &place.shell("exit 0")).unwrap_err().to_string();
    assert!(reason.starts_with("the supervisor cannot start: cannot create"), "{reason}");
    assert!(matches!(look(&place.step()).unwrap(), Found::NotStarted(_)));
}

#[test]
fn a_folder_serves_once() {
    let place = Place::new();
    assert_eq!(ended(place.start("exit 0")), Ended::Exited(0));
    assert!(prepare(&place.step(), &supervisor(), &place.shell("exit 1")).is_err());
    assert_eq!(look(&place.step()).unwrap(), Found::Ended(Ended::Exited(0)));
}

#[test]
fn the_environment_is_exactly_the_given_one() {
    let place = Place::new();
    let value = bytes(b"not utf-8: \xff");
    let mut command = Command { program: "/usr/bin/env".into(), args: vec![], ..place.shell("") };
    command.env = vec![("A".into(), "first".into()), ("B".into(), value), ("A".into(), "last".into())];
    let gated = place.prepare(&command);
    if cfg!(target_os = "linux") {
        let environ = std::fs::read(format!("/proc/{}/environ", gated.identity().pid)).unwrap();
        assert_eq!(environ, b"A=last\0B=not utf-8: \xff\0");
    }
    assert_eq!(ended(gated.open().unwrap()), Ended::Exited(0));
    assert_eq!(std::fs::read(place.step().join("output")).unwrap(), b"A=last\nB=not utf-8: \xff\n");
}

#[test]
fn paths_and_arguments_need_not_be_utf_8() {
    let place = Place::new();
    let step = place.root.path().join(bytes(b"st\xff p"));
    let folder = place.root.path().join(bytes(b"w\xfe rk"));
    std::fs::create_dir(&step).unwrap();
    std::fs::create_dir(&folder).unwrap();
    let mut command = place.shell("echo \"$1\" > file");
    command.args.extend(["sh".into(), bytes(b"\xfd\xfc")]);
    command.folder.clone_from(&folder);
    assert_eq!(ended(prepare(&step, &supervisor(), &command).unwrap().open().unwrap()), Ended::Exited(0));
    assert_eq!(std::fs::read(folder.join("file")).unwrap(), b"\xfd\xfc\n");
}

#[test]
fn the_tool_has_its_own_group_and_nothing_open_but_output_and_lock() {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: /proc is read");
        return;
    }
    let place = Place::new();
    let open = "for f in /proc/$$/fd/*; do readlink $f; done; exit 0";
    // What this process inherited itself is not the supervisor's doing.
    let inherited = capture(&place.shell(open), 1 << 20).unwrap().stdout;
    let inherited = String::from_utf8(inherited).unwrap();
    let script = format!("cut -d' ' -f5,6 /proc/$$/stat; echo $$; {open}");
    let gated = place.prepare(&place.shell(&script));
    let supervisor = gated.identity().clone();
    assert!(supervisor.is_alive());
    assert_eq!(ended(gated.open().unwrap()), Ended::Exited(0));
    assert!(!supervisor.is_alive());

    let output = place.output();
    let lines: Vec<_> = output.lines().collect();
    let (group_and_session, tool, open) = (lines[0], lines[1], &lines[2..]);
    assert_eq!(group_and_session, format!("{tool} {}", supervisor.pid));
    assert_eq!(open[0], "/dev/null");
    let mut open: Vec<_> = open.iter().filter(|open| !inherited.lines().any(|line| line == **open)).collect();
    open.sort();
    let own = |name: &str| place.step().join(name).display().to_string();
    assert_eq!(open, [&&*own("lock"), &&*own("output"), &&*own("output")]);
}

#[test]
fn lines_come_as_they_are_written_and_the_last_needs_no_end() {
    let place = Place::new();
    place.fifo();
    let mut running = place.start("echo out; echo err >&2; read go < gate; echo more; printf last");
    let mut lines = Vec::new();
    while lines.len() < 2 {
        assert_eq!(running.wait(std::time::Duration::from_millis(10)).unwrap(), None);
        lines.extend(running.output().unwrap());
    }
    assert_eq!(lines, ["out", "err"]);
    place.go();
    assert_eq!(running.wait(BOUND).unwrap(), Some(Ended::Exited(0)));
    assert_eq!(running.output().unwrap(), ["more"]);
    assert_eq!(running.output().unwrap(), ["last"]);
    assert!(running.output().unwrap().is_empty());
    assert_eq!(running.output_bytes().unwrap(), 17);
}

#[test]
fn every_file_of_the_step_is_for_its_owner_only() {
    let place = Place::new();
    assert_eq!(ended(place.start("echo text")), Ended::Exited(0));
    let mut files: Vec<_> = std::fs::read_dir(place.step()).unwrap().map(|entry| entry.unwrap()).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let names: Vec<_> = files.iter().map(|file| file.file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["command", "lock", "output", "pid", "status"]);
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn twenty_at_once() {
    std::thread::scope(|scope| {
        let steps: Vec<_> = (0..20)
            .map(|number| {
                scope.spawn(move || {
                    let place = Place::new();
                    assert_eq!(ended(place.start(&format!("echo {number}; exit {number}"))), Ended::Exited(number));
                    assert_eq!(place.output(), format!("{number}\n"));
                    // Nothing of another step's may have leaked into this one's.
                    place.until_free();
                })
            })
            .collect();
        for step in steps {
            step.join().unwrap();
        }
    });
}
