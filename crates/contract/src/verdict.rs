//! What a comparison ends with: a [`Verdict`], and where nobody knows, the [`Reason`].

use crate::json::Json;
use std::fmt;
use std::sync::Arc;

/// Whether every value of one schema is a value of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every one is: proved.
    Compatible,
    /// This one is not.
    Breaking(Json),
    /// Neither was shown.
    Unknown(Reason),
}

/// What a search for a value ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T = Json> {
    /// There is one.
    Value(T),
    /// There is none: proved.
    None,
    /// Neither was shown; a candidate, where there is one, may be a value all the same.
    Maybe(Reason, Option<T>),
}

/// Why something could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The fuel of the place was spent.
    Budget,
    /// A pattern with lookaround, backreferences, or too many states: its text.
    Pattern(Arc<str>),
    /// A format about whose values too little is known: its name.
    Format(Arc<str>),
    /// `contains` with more demands than are placed.
    Contains,
    /// More patterns of names than are combined, or a finite set of names that runs out.
    Names,
    /// Items past the number that is looked at.
    Items,
    /// A keyword that is not interpreted: which, and why.
    Keyword(Arc<str>),
    /// A value was found that the validator does not confirm: the engine's own alarm.
    WitnessRefused,
}

impl Reason {
    /// A stable word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Pattern(_) => "pattern",
            Self::Format(_) => "format",
            Self::Contains => "contains",
            Self::Names => "names",
            Self::Items => "items",
            Self::Keyword(_) => "keyword",
            Self::WitnessRefused => "witness-refused",
        }
    }
}

/// A sentence's part: "… because …".
impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget => write!(out, "it takes more steps than one place is given"),
            Self::Pattern(pattern) => write!(out, "the pattern `{pattern}` is beyond what can be compared"),
            Self::Format(format) => write!(out, "too little is known of the format `{format}`"),
            Self::Contains => write!(out, "`contains` asks for more items than can be placed"),
            Self::Names => write!(out, "the names of the properties have too many patterns"),
            Self::Items => write!(out, "the list is longer than what is looked at"),
            Self::Keyword(why) => write!(out, "{why}"),
            Self::WitnessRefused => write!(out, "the value that was found is not confirmed by the validator"),
        }
    }
}
