//! A name of a system, stack, environment, team or tag: `[a-z0-9][a-z0-9_-]*`.

use std::fmt;

/// A valid name. Ordered and compared as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit")]
pub struct BadName(pub String);

impl Name {
    /// Checks `text` against the grammar of names.
    pub fn new(text: &str) -> Result<Self, BadName> {
        let valid = text.bytes().enumerate().all(|(at, byte)| match byte {
            b'a'..=b'z' | b'0'..=b'9' => true,
            b'_' | b'-' => at > 0,
            _ => false,
        });
        if valid && !text.is_empty() { Ok(Self(text.to_owned())) } else { Err(BadName(text.to_owned())) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::str::FromStr for Name {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        Self::new(text)
    }
}

impl AsRef<std::path::Path> for Name {
    fn as_ref(&self) -> &std::path::Path {
        std::path::Path::new(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn the_grammar_of_names() {
        for good in ["a", "0", "prod-eu", "a_b", "9-"] {
            assert!(Name::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "_a", "A", "a.b", "a/b", "ä", "a b"] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
    }
}
