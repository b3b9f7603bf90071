//! Follows a file that somebody else appends lines to.

use crate::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What one call reads at most: a flood of output must not fill the memory, and whoever reads it looks
/// at other things between two calls. Of the shortest lines these are 32,000.
const READ_BYTES_MAX: u64 = 64 << 10;

/// A longer line is handed out in pieces. Tools print all outputs of a stack (up to 4 MiB) as one line.
const LINE_BYTES_MAX: usize = 64 << 20;

/// Hands out the lines of a growing file, each once.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    file: File,
    /// What was read of a line whose end was not.
    partial: Vec<u8>,
    read_bytes: u64,
}

impl Tail {
    /// From the first line.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::file("open", path))?;
        Ok(Self { path: path.to_owned(), file, partial: Vec::new(), read_bytes: 0 })
    }

    /// The complete lines that came since the last call, without their line ends; invalid UTF-8 becomes
    /// U+FFFD. One call reads at most 64 KiB: `None` when there is nothing more to read at the moment.
    pub fn lines(&mut self) -> Result<Option<Vec<String>>, Error> {
        let mut block = Vec::new();
        let read = self.file.by_ref().take(READ_BYTES_MAX).read_to_end(&mut block);
        read.map_err(Error::file("read", &self.path))?;
        self.read_bytes += block.len() as u64;
        if block.is_empty() {
            return Ok(None);
        }
        let Some(end) = block.iter().rposition(|byte| *byte == b'\n') else {
            self.partial.append(&mut block);
            let too_long = self.partial.len() > LINE_BYTES_MAX;
            return Ok(Some(if too_long { self.rest().into_iter().collect() } else { Vec::new() }));
        };
        let partial = block.split_off(end + 1);
        block.pop();
        let mut complete = std::mem::replace(&mut self.partial, partial);
        complete.append(&mut block);
        Ok(Some(complete.split(|byte| *byte == b'\n').map(text).collect()))
    }

    /// How far the file is read.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// How long the file is now.
    pub fn length_bytes(&self) -> Result<u64, Error> {
        self.file.metadata().map(|file| file.len()).map_err(Error::file("read", &self.path))
    }

    /// Leaves out what is not in the last `bytes` of the file, and the line that this cuts.
    pub fn skip_to_last(&mut self, bytes: u64) -> Result<(), Error> {
        let length = self.length_bytes()?;
        let failed = || Error::file("read", &self.path);
        // From one byte before, so that a line which begins just there is not taken for a cut one.
        let Some(from) = length.checked_sub(bytes + 1).filter(|from| *from >= self.read_bytes) else { return Ok(()) };
        self.partial.clear();
        self.file.seek(SeekFrom::Start(from)).map_err(failed())?;
        let mut last = BufReader::new(self.file.by_ref().take(length - from));
        let cut = last.skip_until(b'\n').map_err(failed())?;
        self.read_bytes = from + cut as u64;
        self.file.seek(SeekFrom::Start(self.read_bytes)).map(drop).map_err(failed())
    }

    /// The last line, if it has no line end. Meant for when nobody writes any more.
    pub fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.partial);
        (!rest.is_empty()).then(|| text(&rest))
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn each_complete_line_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        let mut out = File::create(&path).unwrap();
        let mut tail = Tail::open(&path).unwrap();
        let mut next = |bytes: &[u8]| {
            out.write_all(bytes).unwrap();
            tail.lines().unwrap()
        };
        let lines = |lines: &[&str]| Some(lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
        assert_eq!(next(b""), None);
        assert_eq!(next(b"one\ntw"), lines(&["one"]));
        assert_eq!(next(b"o"), lines(&[]));
        assert_eq!(next(b"\r\n\nf\xffur\nrest"), lines(&["two", "", "f\u{fffd}ur"]));
        assert_eq!(next(b""), None);
        assert_eq!((tail.rest(), tail.rest()), (Some("rest".to_owned()), None));
    }

    #[test]
    fn only_whole_lines_are_left_of_the_last_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        std::fs::write(&path, "first\nsecond\nthird\nrest").unwrap();
        for (bytes, left) in [
            (4, &["rest"][..]),
            (5, &["rest"]),
            (9, &["rest"]),
            (10, &["third", "rest"]),
            (22, &["second", "third", "rest"]),
            (23, &["first", "second", "third", "rest"]),
            (1000, &["first", "second", "third", "rest"]),
        ] {
            let mut tail = Tail::open(&path).unwrap();
            tail.skip_to_last(bytes).unwrap();
            let lines = tail.lines().unwrap().unwrap_or_default();
            let all: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).chain(tail.rest()).collect();
            assert_eq!(all, left, "{bytes}");
            assert_eq!(tail.read_bytes(), 23);
        }
        // What was read already is not read again.
        let mut tail = Tail::open(&path).unwrap();
        tail.lines().unwrap();
        tail.skip_to_last(23).unwrap();
        assert_eq!((tail.lines().unwrap(), tail.rest()), (None, Some("rest".to_owned())));
    }

    #[test]
    fn a_line_longer_than_one_reading_stays_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        let length = 5 << 20;
        std::fs::write(&path, [vec![b'x'; length], b"\nnext\n".to_vec()].concat()).unwrap();
        let mut tail = Tail::open(&path).unwrap();
        let mut lines = Vec::new();
        while let Some(more) = tail.lines().unwrap() {
            lines.extend(more);
        }
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [length, 4]);
    }
}
