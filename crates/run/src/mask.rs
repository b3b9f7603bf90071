//! Masks secrets in every line that is shown or kept: line by line, and in the forms in which
//! tools escape them (JSON, URL, base64).

use crate::forms::Forms;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use seam_model::Value;
use std::io::{self, Read, Write};

/// A secret shorter than this would mask half of every line, so it is named as not maskable.
const MASKABLE_CHARS_MIN: usize = 8;

const MASK: &str = "(sensitive)";

/// What is read of a stream at once: enough that a call of the system costs nothing beside it.
const BLOCK_BYTES: u64 = 64 << 10;

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
    forms: Forms,
}

impl Masker {
    /// Learns every string and number in `value`, and says what of it cannot be masked.
    pub fn learn(&mut self, value: &Value) -> Option<Unmaskable> {
        let (mut unmaskable, mut forms) = (None, Vec::new());
        collect(value, &mut forms, &mut unmaskable);
        self.forms.learn(forms);
        unmaskable
    }

    /// `line` with each secret replaced.
    pub fn mask(&self, line: &str) -> String {
        let mut out = String::with_capacity(line.len());
        let mut done = 0;
        // Forms are text, so that what is around them is text too.
        while let Some(secret) = self.forms.find(line.as_bytes(), done) {
            out.push_str(&line[done..secret.start]);
            out.push_str(MASK);
            done = secret.end;
        }
        out.push_str(&line[done..]);
        out
    }

    /// Copies `from` to `to` with each secret replaced, as [`Masker::mask`] does it with all of it at
    /// once; what is no UTF-8 stays. The memory that it needs is bounded by the longest secret. True: there
    /// was a secret.
    pub fn mask_stream(&self, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<bool> {
        if self.is_empty() {
            return io::copy(from, to).map(|_| false);
        }
        let longest = self.forms.longest();
        let block = (longest as u64).max(BLOCK_BYTES);
        let (mut waiting, mut found) = (Vec::new(), false);
        loop {
            let more = from.take(block).read_to_end(&mut waiting)? > 0;
            // What begins before here is known as a whole; what begins later may go on in the next block.
            let known = if more { (waiting.len() + 1).saturating_sub(longest) } else { waiting.len() };
            let mut done = 0;
            while let Some(secret) = self.forms.find(&waiting, done).filter(|secret| secret.start < known) {
                to.write_all(&waiting[done..secret.start])?;
                to.write_all(MASK.as_bytes())?;
                (done, found) = (secret.end, true);
            }
            if done < known {
                to.write_all(&waiting[done..known])?;
            }
            if !more {
                return Ok(found);
            }
            waiting.drain(..known.max(done));
        }
    }

    /// Is a secret anywhere in `value`?
    pub fn reveals(&self, value: &Value) -> bool {
        self.forms.find(value.to_partial_json().0.to_string().as_bytes(), 0).is_some()
    }

    /// Does it know any secret?
    pub fn is_empty(&self) -> bool {
        self.forms.longest() == 0
    }
}

fn collect(value: &Value, forms: &mut Vec<String>, unmaskable: &mut Option<Unmaskable>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, forms, unmaskable)),
        Value::Object(members) => members.values().for_each(|member| collect(member, forms, unmaskable)),
        Value::String(_) | Value::Number(_) => {
            let text = value.scalar_text().unwrap_or_default();
            *unmaskable = (*unmaskable).max(unmaskable_of(&text));
            add_forms(&text, forms);
            text.lines().filter(|line| line.len() < text.len()).for_each(|line| add_forms(line, forms));
        }
        Value::Unknown | Value::Null | Value::Bool(_) => {}
    }
}

fn add_forms(text: &str, forms: &mut Vec<String>) {
    if is_short(text) {
        return;
    }
    let inner = json_escaped(text);
    // As Terraform writes it into the address of a resource, which stands in JSON itself.
    let key = inner.replace("${", "$${").replace("%{", "%%{");
    if key != text {
        forms.extend(of_go(&json_escaped(&key)));
        forms.push(json_escaped(&key));
    }
    forms.extend(of_go(&inner));
    forms.extend([inner, key, url_escaped(text)].into_iter().filter(|form| form != text));
    // What is left of one that is padded tells nothing.
    let (base64, of_urls) = (STANDARD_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(text));
    forms.extend((of_urls != base64).then_some(of_urls));
    forms.extend([base64, text.to_owned()]);
}

fn json_escaped(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_else(|_| format!("\"{text}\""));
    json[1..json.len() - 1].to_owned()
}

/// Terraform escapes these three in JSON, as Go's encoder does. `None`: none of them is there.
fn of_go(json: &str) -> Option<String> {
    let escaped = || json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    json.contains(['<', '>', '&']).then(escaped)
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
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, Masker, Unmaskable};
    use seam_model::Value;
    use serde_json::json;
    use std::io::{self, Read as _, Write};

    fn masked(masker: &Masker, text: &[u8]) -> (bool, Vec<u8>) {
        let mut out = Vec::new();
        let found = masker.mask_stream(&mut &*text, &mut out).unwrap();
        (found, out)
    }

    #[test]
    fn every_form_is_masked() {
        let mut masker = Masker::default();
        let secret = json!({"a": ["line one <1>\nsecond \"line\"", 1_234_567_890]});
        assert_eq!(masker.learn(&Value::from(secret)), None);
        for shown in [
            "x line one <1> y",
            "x second \"line\" y",
            r#"{"v":"line one \u003c1\u003e\nsecond \"line\""}"#,
            r#"{"addr":"a.b[\"line one \u003c1\u003e\\nsecond \\\"line\\\"\"]"}"#,
            "q=line%20one%20%3C1%3E",
            "bGluZSBvbmUgPDE+",
            "n = 1234567890",
        ] {
            let masked = masker.mask(shown);
            assert!(masked.contains("(sensitive)"), "{shown}: {masked}");
            assert!(!masked.contains("line") && !masked.contains("34567"), "{masked}");
        }
    }

    #[test]
    fn a_secret_in_the_address_of_a_resource_is_masked() {
        let mut masker = Masker::default();
        masker.learn(&Value::from("a ${secret} <1> %{x}"));
        assert_eq!(masker.mask(r#"a.b["a $${secret} <1> %%{x}"]"#), r#"a.b["(sensitive)"]"#);
        let json = r#"{"addr":"a.b[\"a $${secret} \u003c1\u003e %%{x}\"]"}"#;
        assert_eq!(masker.mask(json), r#"{"addr":"a.b[\"(sensitive)\"]"}"#);
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

    #[test]
    fn a_stream_is_masked_as_its_text_wherever_a_block_ends() {
        let mut masker = Masker::default();
        // The second begins as the first ends, the third is the longer one from the same place on.
        masker.learn(&Value::from(json!(["a-long-secret\nof-lines", "of-lines-more", "of-lines-more-still"])));
        let secrets = "a-long-secret\nof-lines-more a-long-secret of-lines-more-stil of-lines-more-still caf\u{e9}";
        let block = usize::try_from(BLOCK_BYTES).unwrap();
        for before in block - secrets.len() - 2..=block {
            let text = format!("{}{secrets}{}", "x".repeat(before), "y".repeat(100));
            let (found, out) = masked(&masker, text.as_bytes());
            assert!(found);
            assert!(out == masker.mask(&text).as_bytes(), "differs with {before} bytes before it");
        }
        let none = [b"\xff of-line-more\xe9 \n".repeat(block / 8), b"of-line".to_vec()].concat();
        assert!(masked(&masker, &none) == (false, none));
        assert_eq!(masked(&masker, b"of-lines-more"), (true, b"(sensitive)".to_vec()));
        assert_eq!(masked(&Masker::default(), b"of-lines-more"), (false, b"of-lines-more".to_vec()));
    }

    #[test]
    fn a_long_line_fills_no_memory() {
        /// Knows how much was written and keeps none of it: what is not written at once would be kept.
        struct Counted(usize, usize);
        impl Write for Counted {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                (self.0, self.1) = (self.0 + bytes.len(), self.1.max(bytes.len()));
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut masker = Masker::default();
        masker.learn(&Value::from("a-long-secret"));
        let mut written = Counted(0, 0);
        let length = 200 * BLOCK_BYTES;
        masker.mask_stream(&mut io::repeat(b'x').take(length), &mut written).unwrap();
        assert_eq!(written.0 as u64, length);
        assert!(written.1 as u64 <= 2 * BLOCK_BYTES, "{} bytes at once", written.1);
    }
}
