//! Follows a file that somebody else appends lines to.

use crate::Error;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What one call reads at most, so that a flood of output does not fill the memory.
const READ_BYTES_MAX: u64 = 1 << 20;

/// A longer line is handed out in pieces. Tools print all outputs of a stack (up to 4 MiB) as one line.
const LINE_BYTES_MAX: usize = 64 << 20;

/// Hands out the lines of a growing file, each once.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    file: File,
    /// What was read of a line whose end was not.
    partial: Vec<u8>,
}

impl Tail {
    /// From the first line.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::file("open", path))?;
        Ok(Self { path: path.to_owned(), file, partial: Vec::new() })
    }

    /// The complete lines that came since the last call, without their line ends; invalid UTF-8 becomes
    /// U+FFFD. One call reads at most 1 MiB: `None` when there is nothing more to read at the moment.
    pub fn lines(&mut self) -> Result<Option<Vec<String>>, Error> {
        let mut block = Vec::new();
        let read = self.file.by_ref().take(READ_BYTES_MAX).read_to_end(&mut block);
        if read.map_err(Error::file("read", &self.path))? == 0 {
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
