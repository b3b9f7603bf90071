//! Masks secrets in every line that is shown or kept: line by line, and in the forms in which
//! tools escape them (JSON, URL, base64).

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use seam_model::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A secret shorter than this would mask half of every line, so it is named as not maskable.
const MASKABLE_CHARS_MIN: usize = 8;

const MASK: &str = "(sensitive)";

/// What of a secret stays visible, because it is too short to be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmaskable {
    /// A line of it, where it is shown without the others.
    Line,
    /// A whole string or number.
    Whole,
}

/// Knows the secrets of a step.
#[derive(Debug, Default)]
pub struct Masker {
    forms: BTreeSet<String>,
    matcher: Option<AhoCorasick>,
}

impl Masker {
    /// Learns every string and number in `value`, and says what of it cannot be masked.
    pub fn learn(&mut self, value: &Value) -> Option<Unmaskable> {
        let mut unmaskable = None;
        self.collect(value, &mut unmaskable);
        let matcher = AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostLongest).build(&self.forms);
        self.matcher = matcher.ok().filter(|_| !self.forms.is_empty());
        unmaskable
    }

    fn collect(&mut self, value: &Value, unmaskable: &mut Option<Unmaskable>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, unmaskable)),
            Value::Object(members) => members.values().for_each(|member| self.collect(member, unmaskable)),
            Value::String(_) | Value::Number(_) => {
                let text = value.scalar_text().unwrap_or_default();
                *unmaskable = (*unmaskable).max(unmaskable_of(&text));
                self.add_forms(&text);
                text.lines().for_each(|line| self.add_forms(line));
            }
            Value::Unknown | Value::Null | Value::Bool(_) => {}
        }
    }

    fn add_forms(&mut self, text: &str) {
        if is_short(text) {
            return;
        }
        let json = serde_json::Value::from(text).to_string();
        let inner = &json[1..json.len() - 1];
        let forms = [
            text.to_owned(),
            inner.to_owned(),
            // Terraform escapes these three in JSON, as Go's encoder does.
            inner.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
            url_escaped(text),
            STANDARD.encode(text),
            URL_SAFE_NO_PAD.encode(text),
        ];
        self.forms.extend(forms);
    }

    /// `line` with each secret replaced.
    pub fn mask(&self, line: &str) -> String {
        match &self.matcher {
            None => line.to_owned(),
            Some(matcher) => {
                let mut out = String::with_capacity(line.len());
                matcher.replace_all_with(line, &mut out, |_, _, out| {
                    out.push_str(MASK);
                    true
                });
                out
            }
        }
    }

    /// Is a secret anywhere in `value`?
    pub fn reveals(&self, value: &Value) -> bool {
        let text = value.to_partial_json().0.to_string();
        self.mask(&text) != text
    }

    /// Does it know any secret?
    pub fn is_empty(&self) -> bool {
        self.matcher.is_none()
    }
}

fn is_short(text: &str) -> bool {
    text.chars().count() < MASKABLE_CHARS_MIN
}

/// What of `text` cannot be masked. A line of punctuation alone, such as the braces of a JSON document,
/// tells nothing.
fn unmaskable_of(text: &str) -> Option<Unmaskable> {
    let tells = |line: &str| line.contains(char::is_alphanumeric);
    if is_short(text) {
        Some(Unmaskable::Whole)
    } else if text.lines().any(|line| is_short(line) && tells(line)) {
        Some(Unmaskable::Line)
    } else {
        None
    }
}

/// RFC 3986: everything but unreserved characters as `%XX`.
fn url_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Masker, Unmaskable};
    use seam_model::Value;
    use serde_json::json;

    #[test]
    fn every_form_is_masked() {
        let mut masker = Masker::default();
        let secret = json!({"a": ["line one <1>\nsecond \"line\"", 1_234_567_890]});
        assert_eq!(masker.learn(&Value::from(secret)), None);
        for shown in [
            "x line one <1> y",
            "x second \"line\" y",
            r#"{"v":"line one \u003c1\u003e\nsecond \"line\""}"#,
            "q=line%20one%20%3C1%3E",
            "bGluZSBvbmUgPDE+",
            "n = 1234567890",
        ] {
            let masked = masker.mask(shown);
            assert!(masked.contains("(sensitive)"), "{shown}: {masked}");
            assert!(!masked.contains("line one") && !masked.contains("34567"), "{masked}");
        }
    }

    #[test]
    fn a_short_secret_is_named_as_not_maskable() {
        let mut masker = Masker::default();
        assert_eq!(masker.learn(&Value::from("1234567")), Some(Unmaskable::Whole));
        assert_eq!(masker.mask("a 1234567"), "a 1234567");
    }

    #[test]
    fn a_short_line_of_a_long_secret_is_named_too() {
        let learn = |secret: serde_json::Value| Masker::default().learn(&Value::from(secret));
        assert_eq!(learn(json!("a long first line\nshort\n")), Some(Unmaskable::Line));
        assert_eq!(learn(json!(["a long first line\nshort\n", "1234567"])), Some(Unmaskable::Whole));
        assert_eq!(learn(json!("{\n  \"key\": \"long enough\"\n}\n\n")), None);
        let mut masker = Masker::default();
        masker.learn(&Value::from("a long first line\nshort"));
        assert_eq!(masker.mask("x a long first line\nshort y"), "x (sensitive) y");
    }
}
