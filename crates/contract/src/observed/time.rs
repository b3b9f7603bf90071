//! The times of logs, as microseconds since 1970 in UTC.

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;

/// Before this many seconds since 1970 (March 1973) a number is a duration and no time.
const SECONDS_MIN: i128 = 100_000_000;

/// A time with its offset (`2024-05-06T07:08:09.5Z`, `10/Oct/2000:13:55:36 -0700`), or a number of
/// seconds, milliseconds, microseconds or nanoseconds since 1970: of these the unit that makes a year
/// before 5138. Nothing for another text, and for a time without offset, which nobody can order.
pub(super) fn micros(text: &str) -> Option<i64> {
    let text = text.trim();
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number { of_number(text) } else { of_calendar(text) }
}

fn of_calendar(text: &str) -> Option<i64> {
    let time = if text.contains('/') {
        BrokenDownTime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?.to_timestamp().ok()?
    } else {
        text.parse::<Timestamp>().ok()?
    };
    Some(time.as_microsecond())
}

/// The fraction is read digit by digit: a float has too few of them for microseconds.
fn of_number(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let millionths = whole.parse::<i128>().ok()?.checked_mul(1_000_000)? + fraction.parse::<i128>().ok()?;
    let seconds_max = SECONDS_MIN * 1000;
    let units = [1, 1000, 1_000_000, 1_000_000_000];
    let unit = units.into_iter().find(|unit| millionths < seconds_max * 1_000_000 * unit)?;
    let micros = millionths / unit;
    (micros >= SECONDS_MIN * 1_000_000).then(|| i64::try_from(micros).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_kind_are_the_same_moment() {
        for (text, micros_expected) in [
            ("2024-05-06T07:08:09.250Z", Some(1_714_979_289_250_000)),
            ("2024-05-06 09:08:09.25+02:00", Some(1_714_979_289_250_000)),
            ("06/May/2024:09:08:09 +0200", Some(1_714_979_289_000_000)),
            ("1714979289", Some(1_714_979_289_000_000)),
            ("1714979289.250001", Some(1_714_979_289_250_001)),
            ("1714979289.2500019", Some(1_714_979_289_250_001)),
            ("1714979289250", Some(1_714_979_289_250_000)),
            ("1714979289250001", Some(1_714_979_289_250_001)),
            ("1714979289250001999", Some(1_714_979_289_250_001)),
            ("0.004", None),
            ("99999999", None),
            ("2024-05-06T07:08:09", None),
            ("06/Mai/2024:09:08:09 +0200", None),
            ("1e9", None),
            ("", None),
            ("1.7.1", None),
            ("99999999999999999999999999999999999999999", None),
        ] {
            assert_eq!(micros(text), micros_expected, "{text}");
        }
    }
}
