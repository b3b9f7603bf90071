//! Follows one JSON value through its bytes to its end, eight at once, without understanding them.

/// As deep as a document may nest. Terraform's values nest a few tens deep.
pub(super) const DEPTH_MAX: usize = 512;

/// How far a value is.
pub(super) struct Walk {
    /// What closes the objects and arrays that are open.
    open: Vec<u8>,
    mode: Mode,
    /// How deep the value itself lies.
    depth: usize,
}

enum Mode {
    /// Outside of strings.
    Between,
    /// In a string.
    Text,
    /// Behind a backslash of a string.
    Escaped,
    /// In a number, a boolean or null that is the whole value.
    Word,
}

impl Walk {
    /// At the start of a value that lies `depth` deep: a word, or a string, an object or an array.
    pub(super) fn new(depth: usize, is_word: bool) -> Self {
        Self { open: Vec::new(), mode: if is_word { Mode::Word } else { Mode::Between }, depth }
    }

    /// Is it a number, a boolean or null, whose end is where something else starts?
    pub(super) fn is_word(&self) -> bool {
        matches!(self.mode, Mode::Word)
    }

    /// Goes over `bytes`: how many belong to the value, and whether it ends there. An error is where
    /// a bracket closes what it did not open, or opens too much.
    pub(super) fn step(&mut self, bytes: &[u8]) -> Result<(usize, bool), usize> {
        if let Mode::Word = self.mode {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
            let end = bytes.iter().position(ends);
            return Ok((end.unwrap_or(bytes.len()), end.is_some()));
        }
        let mut at = usize::from(matches!(self.mode, Mode::Escaped));
        let mut in_text = !matches!(self.mode, Mode::Between);
        loop {
            if in_text {
                match text_end(bytes, at) {
                    Ok(end) => at = end,
                    Err(mode) => {
                        self.mode = mode;
                        return Ok((bytes.len(), false));
                    }
                }
                if self.open.is_empty() {
                    return Ok((at, true));
                }
            }
            // Between a name and its text there are often one or two bytes.
            let gap = match bytes[at..] {
                [b':' | b',', b'"', ..] => 2,
                [b':', b' ', b'"', ..] => 3,
                _ => 0,
            };
            if gap > 0 {
                (at, in_text) = (at + gap, true);
                continue;
            }
            // `[` and `]` are `{` and `}` without the bit 0x20.
            let marks = |word| hits(word, b'"') | hits(word | SPACES, b'{') | hits(word | SPACES, b'}');
            let Some(found) = find(bytes, at, marks) else {
                self.mode = Mode::Between;
                return Ok((bytes.len(), false));
            };
            at = found + 1;
            in_text = bytes[found] == b'"';
            if !in_text && self.mark(bytes[found]).ok_or(found)? {
                return Ok((at, true));
            }
        }
    }

    /// Takes a bracket outside of strings. True if it ends the value, `None` if it may not stand there.
    fn mark(&mut self, byte: u8) -> Option<bool> {
        match byte {
            b'{' | b'[' if self.is_deep() => return None,
            b'{' => self.open.push(b'}'),
            b'[' => self.open.push(b']'),
            close if self.open.pop() == Some(close) => return Some(self.open.is_empty()),
            _ => return None,
        }
        Some(false)
    }

    /// Is as much open as may be?
    pub(super) fn is_deep(&self) -> bool {
        self.depth + self.open.len() >= DEPTH_MAX
    }
}

/// Where the string ends that `bytes` are in from `at` on, or the mode that it is left in.
#[inline]
fn text_end(bytes: &[u8], mut at: usize) -> Result<usize, Mode> {
    while let Some(found) = find(bytes, at, |word| hits(word, b'"') | hits(word, b'\\')) {
        if bytes[found] == b'"' {
            return Ok(found + 1);
        }
        at = found + 2;
        if at > bytes.len() {
            return Err(Mode::Escaped);
        }
    }
    Err(Mode::Text)
}

/// Eight bytes of one kind.
const ONES: u64 = u64::from_le_bytes([1; 8]);
const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// The highest bit of each byte of `word` that is `byte`. Above such a one there may be false ones;
/// the lowest never is (Mycroft's test for a zero byte).
#[inline]
fn hits(word: u64, byte: u8) -> u64 {
    let zeroed = word ^ (ONES * u64::from(byte));
    zeroed.wrapping_sub(ONES) & !zeroed & HIGH
}

/// The first place from `at` on that `hits` marks. Eight bytes at once: strings and the gaps between
/// them are short, so that a call of a vector routine costs more than it saves.
#[inline]
fn find(bytes: &[u8], mut at: usize, hits: impl Fn(u64) -> u64) -> Option<usize> {
    let place = |at: usize, found: u64| at + found.trailing_zeros() as usize / 8;
    while let Some(word) = bytes[at..].first_chunk() {
        let found = hits(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(place(at, found));
        }
        at += word.len();
    }
    let mut word = [0; 8];
    word[..bytes.len() - at].copy_from_slice(&bytes[at..]);
    let found = hits(u64::from_le_bytes(word));
    (found != 0).then(|| place(at, found))
}
