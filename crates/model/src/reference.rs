//! A reference to an output: `[SYSTEM/]STACK.OUTPUT[PATH]`.

use crate::{BadName, BadPath, Name, Path};
use std::fmt;

/// What an input is bound to, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The other system; `None` for the workspace's own.
    pub system: Option<Name>,
    /// The provider stack.
    pub stack: Name,
    /// The output's name; outputs of tools may use capitals.
    pub output: String,
    /// Where inside the output.
    pub path: Path,
}

/// Why a text is not a reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReference {
    /// No `STACK.OUTPUT` in it.
    #[error("`{0}` is not a reference: it has the form [SYSTEM/]STACK.OUTPUT, for example network.vpc_id")]
    Shape(String),
    /// A part that is no name.
    #[error(transparent)]
    Name(#[from] BadName),
    /// What follows the output is no path.
    #[error(transparent)]
    Path(#[from] BadPath),
}

/// Splits `OUTPUT[PATH]`: the output's name ends at the first `.` or `[`.
pub(crate) fn split_output(text: &str) -> Result<(String, Path), BadReference> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (output, path) = text.split_at(end);
    let valid = output.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if output.is_empty() || !valid {
        return Err(BadReference::Shape(text.to_owned()));
    }
    Ok((output.to_owned(), path.parse()?))
}

impl std::str::FromStr for Reference {
    type Err = BadReference;
    fn from_str(text: &str) -> Result<Self, BadReference> {
        let shape = || BadReference::Shape(text.to_owned());
        let (head, tail) = text.split_once('.').ok_or_else(shape)?;
        let (system, stack) = match head.split_once('/') {
            Some((system, stack)) => (Some(Name::new(system)?), stack),
            None => (None, head),
        };
        let (output, path) = split_output(tail).map_err(|error| match error {
            BadReference::Shape(_) => shape(),
            other => other,
        })?;
        Ok(Self { system, stack: Name::new(stack)?, output, path })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(system) = &self.system {
            write!(f, "{system}/")?;
        }
        write!(f, "{}.{}{}", self.stack, self.output, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn references_print_as_they_were_read() {
        for text in ["network.vpc_id", "platform/dns.zone_id", "network.subnets[0].id", "a.b[\"x y\"].c"] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), text);
        }
        for bad in ["network", "network.", "A.b", "a/b/c.d", "a.b[x]", "a.b..c", "a.b c"] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }
}
