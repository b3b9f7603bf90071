//! Forms of strings: names, durations, versions, references. One list serves the check of files
//! and the pattern in the JSON Schema.

use seam_model::{Code, Name, Reference, codes};
use std::time::Duration;

/// What a string must look like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// Anything.
    Free,
    /// A name of a system, stack, environment, team or tag.
    Name,
    /// A name in code: letters, digits, `_` and `-`, and no digit first.
    Identifier,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `90s`, `15m`, `2h`, `1h30m`.
    Duration,
    /// A day: `2027-02-01`.
    Date,
    /// A semantic version.
    Version,
    /// A range of semantic versions.
    Range,
    /// `[SYSTEM/]STACK.OUTPUT[PATH]` or `tag:NAME.OUTPUT[PATH]`.
    Reference,
}

/// Why a string has not the form.
pub(crate) struct BadForm {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Form {
    /// Checks `text`.
    pub(crate) fn check(self, text: &str) -> Result<(), BadForm> {
        let bad = |code, message: String, help: Option<String>| Err(BadForm { code, message, help });
        let value = |wanted: &str, help: &str| {
            bad(codes::BAD_VALUE, format!("`{text}` is not {wanted}"), Some(help.to_owned()))
        };
        match self {
            Self::Free => Ok(()),
            Self::Name => match Name::new(text) {
                Ok(_) => Ok(()),
                Err(error) => bad(codes::BAD_NAME, error.to_string(), suggested_name(text)),
            },
            Self::Identifier if is_identifier(text) => Ok(()),
            Self::Identifier => {
                let rule = "letters, digits, `_` and `-`, and no digit first";
                bad(codes::BAD_NAME, format!("`{text}` is not an identifier: {rule}"), None)
            }
            Self::OneOf(words) if words.contains(&text) => Ok(()),
            Self::OneOf(words) => {
                let help = one_of_help(text, words);
                bad(codes::BAD_VALUE, format!("`{text}` is none of the words that may stand here"), Some(help))
            }
            Self::Duration if parse_duration(text).is_some() => Ok(()),
            Self::Duration => value("a duration", "write it like 90s, 15m or 2h"),
            Self::Date if is_date(text) => Ok(()),
            Self::Date => value("a day", "write it like 2027-02-01"),
            Self::Version if semver::Version::parse(text).is_ok() => Ok(()),
            Self::Version => value("a semantic version", "write it like 1.4.0"),
            Self::Range if semver::VersionReq::parse(text).is_ok() => Ok(()),
            Self::Range => value("a range of versions", "write it like \"^2\" or \">=1.2, <2\""),
            Self::Reference => {
                let reference = text.strip_prefix("tag:").unwrap_or(text);
                match reference.parse::<Reference>() {
                    Ok(parsed) if text.starts_with("tag:") && parsed.system.is_some() => {
                        bad(codes::BAD_REFERENCE, "a fan-in collects from the own system".to_owned(), None)
                    }
                    Ok(_) => Ok(()),
                    Err(error) => bad(codes::BAD_REFERENCE, error.to_string(), None),
                }
            }
        }
    }

    /// A regular expression of JSON Schema, where one says it.
    pub(crate) fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("^[a-z0-9][a-z0-9_-]*$"),
            Self::Identifier => Some("^[A-Za-z_][A-Za-z0-9_-]*$"),
            Self::Duration => Some("^([0-9]+h)?([0-9]+m)?([0-9]+s)?$"),
            Self::Date => Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            Self::Version => Some("^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$"),
            Self::Reference => Some("^(tag:|[a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*\\.[A-Za-z0-9_-]+([.\\[].*)?$"),
            Self::Free | Self::OneOf(_) | Self::Range => None,
        }
    }

    /// What the form takes, with its article.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Free | Self::OneOf(_) => "a string",
            Self::Name | Self::Identifier => "a name",
            Self::Duration => "a duration such as 90s, 15m or 2h",
            Self::Date => "a day such as 2027-02-01",
            Self::Version => "a semantic version",
            Self::Range => "a range of versions",
            Self::Reference => "a reference",
        }
    }
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A day of the Gregorian calendar, as ISO 8601 writes it.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn suggested_name(text: &str) -> Option<String> {
    let near = text.to_lowercase().replace([' ', '.', '/'], "-");
    let has_letter = near.contains(|c: char| c.is_ascii_alphabetic());
    Name::new(&near).ok().filter(|_| has_letter).map(|name| format!("write `{name}`"))
}

fn one_of_help(text: &str, words: &[&'static str]) -> String {
    match seam_model::nearest(text, words.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("write {}", words.join(" or ")),
    }
}

/// Reads `90s`, `15m`, `2h`, `1h30m`. Zero is none.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut seconds = 0_u64;
    let mut rest = text;
    for (unit, length) in [('h', 3600), ('m', 60), ('s', 1)] {
        if let Some((number, tail)) = rest.split_once(unit) {
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            seconds = number.parse::<u64>().ok()?.checked_mul(length)?.checked_add(seconds)?;
            rest = tail;
        }
    }
    (rest.is_empty() && seconds > 0).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn durations_have_units() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        for (text, expected) in [("90s", 90), ("15m", 900), ("2h", 7200), ("1h30m", 5400)] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for bad in ["", "90", "s", "0s", "1.5h", "-1s", "30m1h", "1d", "99999999999999999999s"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
