//! The tokens of a text of JSON (RFC 8259), strictly.

use super::DEPTH_MAX;
use super::token::{Ends, Fault, Token};
use serde_json::Value;
use std::borrow::Cow;

type Next<'t> = Result<Option<(Token<'t>, usize)>, Fault>;

/// A reader of JSON that keeps its place.
pub(super) struct JsonTokens<'t> {
    text: &'t str,
    at: usize,
    /// Where each open object or array begins.
    open: Vec<usize>,
    /// What may stand at `at`.
    expected: Expected,
    /// What is read is passed over: its texts and numbers are not looked into.
    passing: bool,
    ends: Ends,
}

/// Of smaller objects and arrays no ends are kept: to look for one is quick.
const LARGE: usize = 1000;

#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    CommaOrEnd,
    Nothing,
}

impl<'t> JsonTokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, open: Vec::new(), expected: Expected::Value, passing: false, ends: Ends::new() }
    }

    /// The ends that were met.
    pub(super) fn ends(self) -> Ends {
        self.ends
    }

    /// Whether what comes is passed over.
    pub(super) fn pass(&mut self, passing: bool) {
        self.passing = passing;
    }

    /// Passes over the next value (`inside`: over the object or array that has just begun) of a text
    /// that was read before: where its end is not known, only its quotes and brackets are looked at.
    pub(super) fn leap(&mut self, inside: bool, ends: &Ends) {
        if inside {
            self.at -= 1;
            self.open.pop();
        }
        self.skip_blanks();
        match ends.get(&self.at) {
            Some(end) => self.at = *end,
            None => self.run(),
        }
        self.after_value();
    }

    fn run(&mut self) {
        let mut open = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.at = self.text_end().1,
                b'{' | b'[' => open += 1,
                b'}' | b']' | b',' if open == 0 => break,
                b'}' | b']' => open -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 1;
            if open == 0 {
                break;
            }
        }
    }

    /// The next token and its offset; nothing at the end of the text.
    pub(super) fn next(&mut self) -> Next<'t> {
        self.skip_blanks();
        match self.expected {
            Expected::Nothing if self.at == self.text.len() => Ok(None),
            Expected::Nothing => Err(self.fault("something stands after the end of the document")),
            Expected::ValueOrEnd if self.peek() == Some(b']') => Ok(Some(self.end())),
            Expected::Value | Expected::ValueOrEnd => self.value(),
            Expected::KeyOrEnd if self.peek() == Some(b'}') => Ok(Some(self.end())),
            Expected::KeyOrEnd => self.key("a key or `}` is expected"),
            Expected::CommaOrEnd => self.comma_or_end(),
        }
    }

    fn comma_or_end(&mut self) -> Next<'t> {
        let object = self.open.last().is_some_and(|start| self.text.as_bytes()[*start] == b'{');
        match (self.peek(), object) {
            (Some(b','), _) => {
                self.at += 1;
                self.skip_blanks();
                if object { self.key("a key is expected") } else { self.value() }
            }
            (Some(b'}'), true) | (Some(b']'), false) => Ok(Some(self.end())),
            (_, true) => Err(self.fault("`,` or `}` is expected")),
            (_, false) => Err(self.fault("`,` or `]` is expected")),
        }
    }

    fn key(&mut self, else_: &str) -> Next<'t> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.fault(else_));
        }
        let key = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.fault("`:` is expected"));
        }
        self.at += 1;
        self.expected = Expected::Value;
        Ok(Some((Token::Key(key), start)))
    }

    fn end(&mut self) -> (Token<'t>, usize) {
        let end = self.at;
        self.at += 1;
        if let Some(start) = self.open.pop().filter(|start| end - start > LARGE) {
            self.ends.insert(start, self.at);
        }
        self.after_value();
        (Token::End, end)
    }

    fn value(&mut self) -> Next<'t> {
        let start = self.at;
        let token = match self.peek() {
            Some(b'{') => return self.begin(true),
            Some(b'[') => return self.begin(false),
            Some(b'"') if self.passing => self.string().map(|_| Value::Null)?,
            Some(b'"') => Value::String(self.string()?.into_owned()),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        self.after_value();
        Ok(Some((Token::Scalar(token), start)))
    }

    fn begin(&mut self, object: bool) -> Next<'t> {
        if self.open.len() == DEPTH_MAX {
            return Err(self.fault(&format!("nested deeper than {DEPTH_MAX} levels")));
        }
        self.open.push(self.at);
        self.expected = if object { Expected::KeyOrEnd } else { Expected::ValueOrEnd };
        self.at += 1;
        Ok(Some((if object { Token::Object } else { Token::Array }, self.at - 1)))
    }

    fn after_value(&mut self) {
        self.expected = if self.open.is_empty() { Expected::Nothing } else { Expected::CommaOrEnd };
    }

    fn word(&mut self) -> Result<Value, Fault> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("a value is expected"))
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let rest = &self.text[self.at..];
        let inside = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.bytes().position(|byte| !inside(byte)).unwrap_or(rest.len());
        let number = match self.passing {
            true => Value::Null,
            false => rest[..length].parse().map(Value::Number).map_err(|_| self.fault("not a number of JSON"))?,
        };
        self.at += length;
        Ok(number)
    }

    /// The string that begins here. One without escapes is a piece of the text.
    fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        let start = self.at;
        let (escaped, end) = self.text_end();
        match self.text.as_bytes().get(end) {
            None => return Err(self.fault("a string without its end")),
            Some(b'"') => {}
            Some(_) => return Err(self.fault("a string with a control character or a line break in it")),
        }
        self.at = end + 1;
        if !escaped || self.passing {
            return Ok(Cow::Borrowed(&self.text[start + 1..end]));
        }
        let decoded = serde_json::from_str(&self.text[start..=end]);
        decoded.map(Cow::Owned).map_err(|_| Fault::new(start, "a string with an escape that JSON does not have"))
    }

    /// Where the string that begins here ends, or where something stands that none has; whether
    /// something in it is escaped.
    fn text_end(&self) -> (bool, usize) {
        let bytes = self.text.as_bytes();
        let (mut escaped, mut end) = (false, self.at + 1);
        loop {
            end += plain_run(&bytes[end.min(bytes.len())..]);
            match bytes.get(end) {
                Some(b'\\') => (escaped, end) = (true, end + 2),
                _ => return (escaped, end),
            }
        }
    }

    fn skip_blanks(&mut self) {
        let bytes = self.text.as_bytes();
        // Nearly all blanks are a line break and an indent.
        self.at += usize::from(self.peek() == Some(b'\n'));
        self.at += 8 * bytes[self.at..].as_chunks().0.iter().take_while(|chunk| **chunk == [b' '; 8]).count();
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += bytes[self.at..].iter().take_while(blank).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault(&self, message: &str) -> Fault {
        Fault::new(self.at, message)
    }
}

/// How many bytes come before a quote, a backslash or a control character: whole words of eight bytes
/// are looked at, each by the arithmetic that finds the first zero byte in a word.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let special = |chunk: &[u8; 8]| {
        let word = u64::from_le_bytes(*chunk);
        let (quote, backslash) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        (zero(quote) | zero(backslash) | control) & (ONES << 7)
    };
    let (chunks, rest) = bytes.as_chunks();
    for (number, chunk) in chunks.iter().enumerate() {
        let found = special(chunk);
        if found != 0 {
            return 8 * number + found.trailing_zeros() as usize / 8;
        }
    }
    8 * chunks.len() + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count()
}
