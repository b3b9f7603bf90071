//! What a YAML scalar without quotes is: the core schema of YAML 1.2.2, chapter 10.3.

use serde_json::{Number, Value};

/// The value; nothing for a number that JSON does not have (`.inf`, `.nan`).
pub(super) fn value(text: &str) -> Option<Value> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return None,
        _ if matches!(text.trim_start_matches(['-', '+']), ".inf" | ".Inf" | ".INF") => return None,
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    })
}

fn number(text: &str) -> Option<Number> {
    if let Some((digits, radix)) = text.strip_prefix("0o").map(|digits| (digits, 8)).or_else(|| {
        let digits = text.strip_prefix("0x")?;
        Some((digits, 16))
    }) {
        let plain = !digits.starts_with(['-', '+']);
        return plain.then(|| u64::from_str_radix(digits, radix).ok().map(Number::from)).flatten();
    }
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let power = unsigned.find(['e', 'E']).unwrap_or(unsigned.len());
    let (whole, part) = unsigned[..power].split_once('.').unwrap_or((&unsigned[..power], ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    // JSON has neither leading zeros nor a point without digits on both sides.
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}{}", &unsigned[power..]).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_scalar_without_quotes_is_what_the_core_schema_says() {
        for (text, json) in [
            ("~", "null"),
            ("", "null"),
            ("True", "true"),
            ("yes", "\"yes\""),
            ("12", "12"),
            ("+12", "12"),
            ("012", "12"),
            ("0o14", "12"),
            ("0xC", "12"),
            ("0b11", "\"0b11\""),
            ("1_000", "\"1_000\""),
            ("-.5", "-0.5"),
            ("1.", "1"),
            ("1e3", "1e3"),
            ("1.2.3", "\"1.2.3\""),
            ("e3", "\"e3\""),
            (".", "\".\""),
            ("-", "\"-\""),
            ("1e", "\"1e\""),
            ("2020-01-01", "\"2020-01-01\""),
            ("9007199254740993", "9007199254740993"),
            ("0x+C", "\"0x+C\""),
        ] {
            let told = value(text).map(|value| value.to_string());
            assert_eq!(told.as_deref().map(|told| told.replace("e+", "e")), Some(json.to_owned()), "{text}");
        }
        assert!([".inf", "-.INF", ".nan"].iter().all(|text| value(text).is_none()));
    }
}
