//! The address of an instance: `system/stack/environment`.

use crate::{BadName, Name};
use std::fmt;

/// Names one instance: a stack of a system in an environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The system that owns the stack.
    pub system: Name,
    /// The stack.
    pub stack: Name,
    /// The environment it is deployed to.
    pub environment: Name,
}

/// Why a text is not an instance address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not three parts.
    #[error("`{0}` is not an instance address: it has the form system/stack/environment")]
    Shape(String),
    /// A part that is no name.
    #[error(transparent)]
    Name(#[from] BadName),
}

impl Address {
    /// Joins three names.
    pub fn new(system: Name, stack: Name, environment: Name) -> Self {
        Self { system, stack, environment }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.system, self.stack, self.environment)
    }
}

impl std::str::FromStr for Address {
    type Err = BadAddress;
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let parts: Vec<&str> = text.split('/').collect();
        let [system, stack, environment] = parts[..] else {
            return Err(BadAddress::Shape(text.to_owned()));
        };
        Ok(Self::new(Name::new(system)?, Name::new(stack)?, Name::new(environment)?))
    }
}
