//! Locks on files, held by processes: the kernel frees one exactly when its last holder died, so a
//! lock that is held proves that somebody is alive. They are `flock`s, which belong to the open file
//! and can therefore be inherited.

use crate::Error;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A holder's text is read up to here; it is one line for people.
const HOLDER_BYTES_MAX: u64 = 1024;

/// How often somebody who waits is asked whether to go on waiting.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// A lock that this process holds until it is dropped. Programs that it starts do not inherit it.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// Do programs hold it that this process started?
    bequeathed: bool,
}

impl Lock {
    /// Takes the lock at `path`, whose file is made if it is missing (0600). `None`: somebody holds it.
    /// `what` (`seam apply -e dev`) is left in the file, with the process id, for [`Lock::holder`].
    pub fn try_take(path: &Path, what: &str) -> Result<Option<Self>, Error> {
        loop {
            let file = open(path)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) if is_at(&file, path) => return Self::named(file, path, what).map(Some),
                Err(Errno::WOULDBLOCK) if is_held(&file, path)? => return Ok(None),
                // The file was replaced meanwhile, or somebody only looked whether it is held.
                Ok(()) | Err(Errno::WOULDBLOCK) => {}
                Err(error) => return Err(Error::file("lock", path)(error.into())),
            }
        }
    }

    /// As [`Lock::try_take`], and waits until it is free.
    pub fn take(path: &Path, what: &str) -> Result<Self, Error> {
        loop {
            let file = open(path)?;
            rustix::io::retry_on_intr(|| flock(&file, FlockOperation::LockExclusive))
                .map_err(|error| Error::file("lock", path)(error.into()))?;
            if is_at(&file, path) {
                return Self::named(file, path, what);
            }
        }
    }

    /// As [`Lock::take`], while `go_on` says so; it is asked at once and then ten times a second.
    /// `None`: it said no. The file is then still waited for, and let go at once, by a thread that
    /// ends with this process.
    pub fn take_while(path: &Path, what: &str, go_on: &mut dyn FnMut() -> bool) -> Result<Option<Self>, Error> {
        let (tell, hear) = channel();
        let (path, what) = (path.to_owned(), what.to_owned());
        std::thread::spawn(move || tell.send(Self::take(&path, &what)));
        while go_on() {
            if let Ok(taken) = hear.recv_timeout(ASK_EVERY) {
                return taken.map(Some);
            }
        }
        Ok(None)
    }

    /// Does nobody hold the lock at `path`? A file that is not there is held by nobody.
    pub fn is_free(path: &Path) -> Result<bool, Error> {
        match File::open(path) {
            Ok(file) => Ok(!is_held(&file, path)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(Error::file("open", path)(error)),
        }
    }

    /// Who took the lock at `path` last, such as `seam apply -e dev (pid 123)`; they hold it only if
    /// it is not free.
    pub fn holder(path: &Path) -> Option<String> {
        let mut text = Vec::new();
        File::open(path).ok()?.take(HOLDER_BYTES_MAX).read_to_end(&mut text).ok()?;
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Lets the programs that this process starts from now on inherit the lock: it is free when the
    /// last of them and this process have ended.
    pub(crate) fn bequeath(&mut self) -> Result<(), Errno> {
        rustix::io::fcntl_setfd(&self.file, rustix::io::FdFlags::empty())?;
        self.bequeathed = true;
        Ok(())
    }

    /// Frees it, also for those that inherited it and live on.
    pub(crate) fn free(self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }

    fn named(mut file: File, path: &Path, what: &str) -> Result<Self, Error> {
        let text = format!("{what} (pid {})\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).map_err(Error::file("write", path))?;
        Ok(Self { file, bequeathed: false })
    }
}

impl Drop for Lock {
    /// Unlocks rather than closes: a program that another thread is just starting has a copy of the
    /// open file until its exec.
    fn drop(&mut self) {
        if !self.bequeathed {
            let _ = flock(&self.file, FlockOperation::Unlock);
        }
    }
}

fn open(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(Error::file("open", path))
}

/// Is `file` still what lies at `path`? A lock on a file that was deleted keeps nobody out.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(held), Ok(there)) = (file.metadata(), path.metadata()) else { return false };
    (held.dev(), held.ino()) == (there.dev(), there.ino())
}

/// Looks through a shared lock, so that two who look do not see each other.
fn is_held(file: &File, path: &Path) -> Result<bool, Error> {
    match flock(file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => {
            let _ = flock(file, FlockOperation::Unlock);
            Ok(false)
        }
        Err(Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(Error::file("lock", path)(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_says_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(Lock::is_free(&path).unwrap());
        assert_eq!(Lock::holder(&path), None);

        let lock = Lock::try_take(&path, "seam apply -e dev").unwrap().unwrap();
        assert!(!Lock::is_free(&path).unwrap());
        assert!(Lock::try_take(&path, "another").unwrap().is_none());
        assert_eq!(Lock::holder(&path).unwrap(), format!("seam apply -e dev (pid {})", std::process::id()));
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);

        drop(lock);
        assert!(Lock::is_free(&path).unwrap());
        assert!(Lock::try_take(&path, "another").unwrap().is_some());
    }

    #[test]
    fn who_waits_gets_it_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path, "first").unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Lock::take(&path, "second").unwrap());
            drop(first);
            let _second = second.join().unwrap();
            assert!(Lock::holder(&path).unwrap().starts_with("second"));
        });
    }

    #[test]
    fn who_gives_up_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path, "first").unwrap();
        let mut asked = 0;
        let mut twice = || {
            asked += 1;
            asked < 3
        };
        assert!(Lock::take_while(&path, "second", &mut twice).unwrap().is_none());
        drop(first);
        assert!(Lock::take_while(&path, "third", &mut || true).unwrap().is_some());
    }

    #[test]
    fn a_deleted_file_is_not_taken_for_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let deleted = Lock::take(&path, "of a deleted file").unwrap();
        let waiting = open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(!is_at(&waiting, &path));
        let _new = Lock::try_take(&path, "of the new file").unwrap().unwrap();
        drop(deleted);
        assert!(!Lock::is_free(&path).unwrap());
    }

    #[test]
    fn looking_does_not_keep_a_taker_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    Lock::is_free(&path).unwrap();
                }
            });
            let kept_out = (0..500).filter(|_| Lock::try_take(&path, "taker").unwrap().is_none()).count();
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(kept_out, 0);
        });
    }
}
