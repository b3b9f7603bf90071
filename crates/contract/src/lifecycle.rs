//! A [`Lifecycle`]: whether something of a contract is on its way out, as it says itself by `deprecated`,
//! and a [`Turn`]: what becomes of that between two versions. Parts of contracts, operations, parameters and
//! schemas say it in the same words.

use serde_json::{Map, Value};

/// Whether something is on its way out, and until when it can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifecycle {
    /// It is.
    pub is_deprecated: bool,
    /// The version of the contract that said so first, as written.
    pub since: Option<String>,
    /// What to use instead.
    pub instead: Option<String>,
    /// The day from which it may be gone, as written.
    pub sunset: Option<String>,
}

/// What becomes of a lifecycle: the end of the rule's id, the sentence, and what was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The end of the id.
    pub rule: &'static str,
    /// Without its subject.
    pub sentence: String,
    /// `None` where nobody loses anything by it.
    pub lost: Option<String>,
}

/// The end of the rule of what is gone as it was announced.
pub const REMOVED_IN_TIME: &str = "removed-with-deprecation";

impl Lifecycle {
    /// What an object says of itself: `deprecated: true`, with `x-sunset` beside it, or `deprecated: {since,
    /// use, sunset}`.
    pub fn of(members: &Map<String, Value>) -> Self {
        let said = members.get("deprecated");
        let inner = |key: &str| said.and_then(|said| said.get(key)).map(written);
        Self {
            is_deprecated: matches!(said, Some(Value::Bool(true) | Value::Object(_))),
            since: inner("since"),
            instead: inner("use"),
            sunset: inner("sunset").or_else(|| members.get("x-sunset").map(written)),
        }
    }

    /// Is its day over?
    pub fn is_over(&self, today: &str) -> bool {
        self.is_deprecated && self.sunset.as_deref().is_some_and(|sunset| is_date(sunset) && sunset <= today)
    }

    /// Something that was so is gone: in time, where its sunset was announced and is over.
    pub fn removed(&self, today: &str) -> Turn {
        let sunset = self.sunset.as_deref().filter(|_| self.is_deprecated);
        let (rule, sentence) = match sunset {
            Some(sunset) if self.is_over(today) => (REMOVED_IN_TIME, format!("it is gone, as announced for {sunset}")),
            Some(sunset) => ("removed-before-sunset", format!("it is gone before its sunset, {sunset}")),
            None => ("removed-without-deprecation", "it is gone, and no sunset was announced".to_owned()),
        };
        Turn { rule, sentence, lost: None }
    }

    /// What becomes of it in the next version; `None` where nothing does.
    pub fn turn(&self, new: &Self, today: &str) -> Option<Turn> {
        let turn = |rule, sentence: &str, lost: Option<&str>| {
            Some(Turn { rule, sentence: sentence.to_owned(), lost: lost.map(str::to_owned) })
        };
        if !new.is_deprecated {
            return turn("reactivated", "it is not deprecated any more", None).filter(|_| self.is_deprecated);
        }
        let until = Some("a date until which it can be used");
        match (self.sunset.as_deref(), new.sunset.as_deref()) {
            (_, Some(sunset)) if !is_date(sunset) => {
                let sentence = format!("its sunset, `{sunset}`, is no date such as 2026-01-31");
                turn("deprecated-sunset-invalid", &sentence, until)
            }
            (_, Some(sunset)) if !self.is_deprecated && sunset <= today => {
                let sentence = format!("its sunset, {sunset}, is over already: nobody had the time to move");
                turn("deprecated-sunset-invalid", &sentence, until)
            }
            (_, None) if !self.is_deprecated => turn(
                "deprecated-sunset-missing",
                "it is deprecated, and no sunset says until when it can be used",
                until,
            ),
            (Some(sunset), None) => turn("sunset-deleted", "its sunset is not announced any more", Some(sunset)),
            (Some(was), Some(is)) if self.is_deprecated && is < was => {
                turn("sunset-earlier", &format!("its sunset was {was}, now it is {is}"), Some(was))
            }
            (_, Some(sunset)) if !self.is_deprecated => {
                turn("deprecated", &format!("it is deprecated and can be used until {sunset}"), None)
            }
            _ => None,
        }
    }
}

/// A text, or what stands in its place.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Is it a day as `YYYY-MM-DD`? Such days are in order as texts.
pub fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str, length: usize| {
        (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    let [year, month, day] = parts.as_slice() else { return false };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}
