//! What a scalar without quotes is: a number, boolean or null only where every YAML reader takes
//! it for one.

use crate::node::Content;
use serde_json::Number;

/// What `text`, written without quotes, is.
pub(crate) fn bare_scalar(text: &str) -> Content {
    match text {
        "null" | "~" => Content::Null,
        "true" => Content::Bool(true),
        "false" => Content::Bool(false),
        "Null" | "NULL" | "True" | "TRUE" | "False" | "FALSE" => Content::Ambiguous(text.to_owned()),
        _ if is_json_number(text) => match text.parse() {
            Ok(number) => Content::Number(number),
            Err(_) => Content::Ambiguous(text.to_owned()),
        },
        _ if is_number_to_some(text) => Content::Ambiguous(text.to_owned()),
        _ => Content::Text(text.to_owned()),
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    !leading_zero && digits.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<Number>().is_ok()
}

/// Is this a number by the core schema of YAML 1.2 or by YAML 1.1: `0777`, `0o17`, `0x1F`,
/// `0b11`, `1_000`, `+1`, `.5`, `1.`, `.inf`, `.nan`?
fn is_number_to_some(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return digits.contains(|c: char| c.is_digit(radix))
                && digits.chars().all(|c| c.is_digit(radix) || c == '_');
        }
    }
    let plain = unsigned.replace('_', "");
    let starts = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts && plain.contains(|c: char| c.is_ascii_digit()) && plain.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Content, bare_scalar};

    #[test]
    fn bare_scalars_are_what_every_reader_takes_them_for() {
        let kind = |text: &str| match bare_scalar(text) {
            Content::Null => "null",
            Content::Bool(_) => "bool",
            Content::Number(_) => "number",
            Content::Ambiguous(_) => "ambiguous",
            _ => "text",
        };
        for (word, texts) in [
            ("null", &["null", "~"][..]),
            ("bool", &["true", "false"]),
            ("number", &["0", "-1", "1.10", "1e3", "123456789012345678901234567890"]),
            (
                "ambiguous",
                &["True", "NULL", "0777", "0o17", "0x1F", "0b11", "1_000", "+1", ".5", "1.", ".inf", "-.INF", ".nan"],
            ),
            ("text", &["yes", "off", "1.4.0", "10.0.0.0/16", "1s", "_1", "0x", "-", ".", "..", "inf", "nan", "e3"]),
        ] {
            for text in texts {
                assert_eq!(kind(text), word, "{text}");
            }
        }
    }
}
