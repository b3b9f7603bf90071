//! Walks over one JSON document as it comes in. What nobody asked for is skipped without being kept,
//! so the size of a document costs time and no memory.

use super::BadState;
use super::walk::Walk;
use serde::de::DeserializeOwned;
use std::io::{self, Read};

/// So much is read at once: enough that the call costs nothing, and it stays in the processor's cache.
const BLOCK_BYTES: usize = 64 << 10;
/// A name of a member above this is none.
const NAME_BYTES_MAX: usize = 64 << 10;

/// Reads a document from `input`, value by value. What is skipped is only balanced: its brackets and
/// strings are followed, its commas and numbers are not looked at.
pub(crate) struct Scanner<R> {
    input: R,
    block: Box<[u8]>,
    /// What of the block is not used yet.
    at: usize,
    end: usize,
    /// The bytes before the block.
    before: u64,
    /// How many objects and arrays are open around the next value.
    depth: usize,
}

impl<R: Read> Scanner<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, block: vec![0; BLOCK_BYTES].into(), at: 0, end: 0, before: 0, depth: 0 }
    }

    /// How many bytes were used.
    pub(crate) fn position(&self) -> u64 {
        self.before + self.at as u64
    }

    /// The next byte that is no white space, without using it; `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, BadState> {
        loop {
            match self.block[self.at..self.end].iter().position(|byte| !byte.is_ascii_whitespace()) {
                Some(found) => {
                    self.at += found;
                    return Ok(Some(self.block[self.at]));
                }
                None if !self.fill()? => return Ok(None),
                None => {}
            }
        }
    }

    /// Uses the next byte, which must be one of `wanted`.
    fn expect(&mut self, wanted: &[u8]) -> Result<u8, BadState> {
        match self.peek()? {
            Some(byte) if wanted.contains(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            Some(_) => Err(self.syntax()),
            None => Err(self.truncated()),
        }
    }

    /// Hands each member of the next value, an object, to `member`, which uses its value.
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), BadState>,
    ) -> Result<(), BadState> {
        self.items(*b"{}", |scanner| {
            if scanner.peek()? != Some(b'"') {
                return Err(scanner.unexpected());
            }
            let name: String = scanner.value(NAME_BYTES_MAX)?;
            scanner.expect(b":")?;
            member(scanner, &name)
        })
    }

    /// Hands each item of the next value, an array, to `item`, which uses it. Null has no items.
    pub(crate) fn array(&mut self, item: impl FnMut(&mut Self) -> Result<(), BadState>) -> Result<(), BadState> {
        match self.peek()? {
            Some(b'n') => self.skip(),
            _ => self.items(*b"[]", item),
        }
    }

    fn items(
        &mut self,
        [open, close]: [u8; 2],
        mut item: impl FnMut(&mut Self) -> Result<(), BadState>,
    ) -> Result<(), BadState> {
        self.expect(&[open])?;
        self.depth += 1;
        if self.peek()? == Some(close) {
            self.at += 1;
        } else {
            loop {
                item(self)?;
                if self.expect(&[b',', close])? == close {
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Uses the next value without looking at it.
    pub(crate) fn skip(&mut self) -> Result<(), BadState> {
        self.walk(|_| true).map(|_| ())
    }

    /// The next value, of at most `bytes_max` bytes; a larger one is used and [`BadState::Large`].
    pub(crate) fn value<T: DeserializeOwned>(&mut self, bytes_max: usize) -> Result<T, BadState> {
        self.peek()?;
        let at = self.position();
        let mut kept = Vec::new();
        let whole = self.walk(|part| {
            let fits = kept.len() + part.len() <= bytes_max;
            if fits {
                kept.extend_from_slice(part);
            }
            fits
        })?;
        if !whole {
            return Err(BadState::Large { at, bytes_max });
        }
        serde_json::from_slice(&kept).map_err(|source| BadState::Shape { at, source })
    }

    /// Uses the next value and hands its bytes to `keep`, part by part. False if `keep` wanted no more.
    fn walk(&mut self, mut keep: impl FnMut(&[u8]) -> bool) -> Result<bool, BadState> {
        let mut value = match self.peek()? {
            Some(b'"' | b'{' | b'[') => Walk::new(self.depth, false),
            Some(byte) if byte == b'-' || byte.is_ascii_alphanumeric() => Walk::new(self.depth, true),
            _ => return Err(self.unexpected()),
        };
        let mut kept = true;
        loop {
            let bytes = &self.block[self.at..self.end];
            let (used, over) = match value.step(bytes) {
                Ok(step) => step,
                Err(wrong) => {
                    self.at += wrong;
                    return Err(if value.is_deep() { BadState::Deep(self.position()) } else { self.syntax() });
                }
            };
            kept = kept && keep(&bytes[..used]);
            self.at += used;
            if over {
                return Ok(kept);
            }
            if !self.fill()? {
                let whole = value.is_word() && self.depth == 0;
                return if whole { Ok(kept) } else { Err(self.truncated()) };
            }
        }
    }

    /// Reads the next block, once this one is used up; false at the end.
    fn fill(&mut self) -> Result<bool, BadState> {
        self.before += self.end as u64;
        (self.at, self.end) = (0, 0);
        loop {
            match self.input.read(&mut self.block) {
                Ok(read) => {
                    self.end = read;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // So a connection says that it ended before the document did.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(BadState::Read(error)),
            }
        }
    }

    fn unexpected(&self) -> BadState {
        if self.at < self.end { self.syntax() } else { self.truncated() }
    }

    fn syntax(&self) -> BadState {
        BadState::Syntax(self.position())
    }

    fn truncated(&self) -> BadState {
        BadState::Truncated(self.position())
    }
}

#[cfg(test)]
mod tests {
    use super::Scanner;
    use crate::state::BadState;
    use crate::state::walk::DEPTH_MAX;
    use serde_json::{Value as Json, json};
    use std::io::Read;

    /// Gives one byte at a time, so that every border of two blocks is met.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            (buffer[0], self.0) = (*first, rest);
            Ok(1)
        }
    }

    const TEXT: &str = r#" {"a": [1, -2.50e3, {"}]\"\\": "\\\""}, []], "é\u0041": "x", "z": null, "t":true} "#;

    #[test]
    fn a_value_is_the_same_however_it_comes_in() {
        let whole: Json = serde_json::from_str(TEXT).unwrap();
        assert_eq!(Scanner::new(TEXT.as_bytes()).value::<Json>(100).unwrap(), whole);
        let mut members = Vec::new();
        let mut scanner = Scanner::new(Drops(TEXT.as_bytes()));
        scanner
            .object(|scanner, name| {
                if name == "z" {
                    return scanner.skip();
                }
                members.push((name.to_owned(), scanner.value::<Json>(100)?));
                Ok(())
            })
            .unwrap();
        assert_eq!(scanner.peek().unwrap(), None);
        assert_eq!(members, [("a".into(), whole["a"].clone()), ("éA".into(), json!("x")), ("t".into(), json!(true))]);
    }

    #[test]
    fn every_cut_is_told_with_its_byte() {
        let text = TEXT.trim();
        for end in 1..text.len() {
            let skipped = Scanner::new(&text.as_bytes()[..end]).skip();
            assert!(matches!(skipped, Err(BadState::Truncated(at)) if at == end as u64), "{end}: {skipped:?}");
            let read =
                Scanner::new(&text.as_bytes()[..end]).object(|scanner, _| scanner.value::<Json>(100).map(|_| ()));
            assert!(matches!(read, Err(BadState::Truncated(at)) if at <= end as u64), "{end}: {read:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_byte() {
        for (text, at) in [("[1}", 2), ("{\"a\": [}", 7), ("]", 0), ("[[1]}", 4), ("<html>", 0)] {
            let skipped = Scanner::new(text.as_bytes()).skip();
            assert!(matches!(skipped, Err(BadState::Syntax(found)) if found == at), "{text}: {skipped:?}");
        }
        for (text, at) in [("{1}", 1), ("{\"a\" 1}", 5), ("{\"a\": 1 2}", 8), ("[]", 0)] {
            let read = Scanner::new(text.as_bytes()).object(|scanner, _| scanner.skip());
            assert!(matches!(read, Err(BadState::Syntax(found)) if found == at), "{text}: {read:?}");
        }
        let shape = Scanner::new(&b"[1, 2,,]"[..]).value::<Json>(100);
        assert!(matches!(shape, Err(BadState::Shape { at: 0, .. })), "{shape:?}");
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        Scanner::new(nested(DEPTH_MAX).as_bytes()).skip().unwrap();
        let deep = Scanner::new(nested(DEPTH_MAX + 1).as_bytes()).skip();
        assert!(matches!(deep, Err(BadState::Deep(at)) if at == DEPTH_MAX as u64), "{deep:?}");

        let mut scanner = Scanner::new(&br#"["abcdef", 7]"#[..]);
        let mut seen = Vec::new();
        scanner
            .array(|scanner| {
                seen.push(scanner.value::<Json>(7).map_err(|error| error.to_string()));
                Ok(())
            })
            .unwrap();
        assert!(seen[0].is_err());
        assert_eq!(seen[1], Ok(json!(7)));
    }
}
