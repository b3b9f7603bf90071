//! A path into a value, `[0].id`, and its JSON pointer, `/0/id`.

use std::fmt;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An item of an array.
    Index(usize),
}

/// Where inside a value; empty for the whole value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Segment>);

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path: paths look like `.id`, `[0]`, `[0].id` or `[\"a key\"]`")]
pub struct BadPath(pub String);

impl Path {
    /// Is this the whole value?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path as a JSON pointer (RFC 6901): `/0/id`, empty for the whole value.
    pub fn pointer(&self) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            text.push('/');
            match segment {
                Segment::Key(key) => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Segment::Index(index) => text.push_str(&index.to_string()),
            }
        }
        text
    }

    /// This path, one step longer.
    #[must_use]
    pub fn then(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Segment::Key(key) => write!(f, "[\"{key}\"]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

impl std::str::FromStr for Path {
    type Err = BadPath;

    /// Reads `.key`, `[0]` and `["a key"]`, one after the other.
    fn from_str(text: &str) -> Result<Self, BadPath> {
        let bad = || BadPath(text.to_owned());
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[\"") {
                let (key, tail) = after.split_once("\"]").ok_or_else(bad)?;
                segments.push(Segment::Key(key.to_owned()));
                rest = tail;
            } else if let Some(after) = rest.strip_prefix('[') {
                let (index, tail) = after.split_once(']').ok_or_else(bad)?;
                segments.push(Segment::Index(index.parse().map_err(|_| bad())?));
                rest = tail;
            } else if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (key, tail) = after.split_at(end);
                if !is_plain(key) {
                    return Err(bad());
                }
                segments.push(Segment::Key(key.to_owned()));
                rest = tail;
            } else {
                return Err(bad());
            }
        }
        Ok(Self(segments))
    }
}
