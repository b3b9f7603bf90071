//! A [`Decimal`]: a JSON number, exact. Every number that a document can hold has finitely many
//! decimals, and so has all that the engine makes of them (bounds, multiples, the middle of two).

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// `mantissa × 10^exponent`; the mantissa has no trailing zero, and zero has the exponent 0, so that
/// equal numbers are equal values (`1`, `1.0`, `10e-1`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: BigInt,
    exponent: i32,
}

/// The largest exponent, up and down, that is read: a number like `1e999999999` would cost the
/// memory of the machine.
pub const EXPONENT_MAX: i32 = 400;

/// A text that is no JSON number, or whose exponent is past [`EXPONENT_MAX`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NumberError {
    /// Not a number in JSON's grammar.
    #[error("`{0}` is not a JSON number")]
    Syntax(String),
    /// Larger or finer than the limit.
    #[error("`{0}` is beyond 1e{EXPONENT_MAX} or finer than 1e-{EXPONENT_MAX}")]
    Exponent(String),
}

impl Decimal {
    /// `mantissa × 10^exponent`.
    pub fn new(mantissa: impl Into<BigInt>, exponent: i32) -> Self {
        let (mut mantissa, mut exponent) = (mantissa.into(), exponent);
        if mantissa.is_zero() {
            return Self { mantissa, exponent: 0 };
        }
        let ten = BigInt::from(10);
        loop {
            let (quotient, rest) = mantissa.div_rem(&ten);
            if !rest.is_zero() {
                return Self { mantissa, exponent };
            }
            (mantissa, exponent) = (quotient, exponent + 1);
        }
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.mantissa.is_zero()
    }

    /// Its absolute value.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self { mantissa: self.mantissa.abs(), exponent: self.exponent }
    }

    /// Whether it is a whole multiple of `of` (which is not zero).
    pub fn is_multiple_of(&self, of: &Self) -> bool {
        let (left, right, _) = aligned(self, of);
        left.is_multiple_of(&right)
    }

    /// The least number above zero that is a multiple of both (neither is zero).
    #[must_use]
    pub fn lcm(&self, other: &Self) -> Self {
        let (left, right, exponent) = aligned(self, other);
        Self::new(left.lcm(&right), exponent)
    }

    /// The greatest multiple of `of` that is at most `self`.
    #[must_use]
    pub fn floor_to(&self, of: &Self) -> Self {
        let (left, right, exponent) = aligned(self, &of.abs());
        Self::new(left.div_floor(&right) * right, exponent)
    }

    /// How often `of` goes into it, where that is whole and fits.
    pub fn quotient(&self, of: &Self) -> Option<i64> {
        let (left, right, _) = aligned(self, of);
        let (quotient, rest) = left.div_rem(&right);
        if rest.is_zero() { i64::try_from(quotient).ok() } else { None }
    }

    /// The number in the middle.
    #[must_use]
    pub fn middle(&self, other: &Self) -> Self {
        let (left, right, exponent) = aligned(self, other);
        Self::new((left + right) * 5, exponent - 1)
    }
}

/// Both mantissas over one exponent, the smaller.
fn aligned(left: &Decimal, right: &Decimal) -> (BigInt, BigInt, i32) {
    let exponent = left.exponent.min(right.exponent);
    (scaled(left, exponent), scaled(right, exponent), exponent)
}

fn scaled(number: &Decimal, exponent: i32) -> BigInt {
    match number.exponent - exponent {
        0 => number.mantissa.clone(),
        places => &number.mantissa * BigInt::from(10).pow(places.unsigned_abs()),
    }
}

impl std::ops::Add for &Decimal {
    type Output = Decimal;
    fn add(self, other: Self) -> Decimal {
        let (left, right, exponent) = aligned(self, other);
        Decimal::new(left + right, exponent)
    }
}

impl std::ops::Sub for &Decimal {
    type Output = Decimal;
    fn sub(self, other: Self) -> Decimal {
        let (left, right, exponent) = aligned(self, other);
        Decimal::new(left - right, exponent)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        let (left, right, _) = aligned(self, other);
        left.cmp(&right)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::new(number, 0)
    }
}

impl FromStr for Decimal {
    type Err = NumberError;

    /// Reads the text of a JSON number.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let syntax = || NumberError::Syntax(text.to_owned());
        let beyond = || NumberError::Exponent(text.to_owned());
        let (number, power) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().map_err(|_| beyond())?),
            None => (text, 0),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{part}");
        let mantissa = digits.parse::<BigInt>().map_err(|_| syntax())?;
        if mantissa.is_zero() {
            return Ok(Self::from(0));
        }
        let limit = i64::from(EXPONENT_MAX);
        let length = i64::try_from(digits.len()).map_err(|_| beyond())?;
        let exponent = power - i64::try_from(part.len()).map_err(|_| beyond())?;
        if exponent < -limit || power > limit || exponent + length > limit + 1 {
            return Err(beyond());
        }
        Ok(Self::new(mantissa, i32::try_from(exponent).map_err(|_| beyond())?))
    }
}

/// A whole number of up to 21 digits in full, else with its exponent: a JSON number.
impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.magnitude().to_string();
        let sign = if self.mantissa.is_negative() { "-" } else { "" };
        let places = self.exponent.unsigned_abs() as usize;
        match self.exponent {
            0 => write!(out, "{sign}{digits}"),
            1..=20 => write!(out, "{sign}{digits}{}", "0".repeat(places)),
            -20..=-1 if digits.len() > places => {
                let (whole, part) = digits.split_at(digits.len() - places);
                write!(out, "{sign}{whole}.{part}")
            }
            -20..=-1 => write!(out, "{sign}0.{}{digits}", "0".repeat(places - digits.len())),
            exponent => write!(out, "{sign}{digits}e{exponent}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn equal_numbers_are_equal_values() {
        for text in ["1", "1.0", "10e-1", "0.1e1", "1E0"] {
            assert_eq!(decimal(text), Decimal::from(1), "{text}");
        }
        assert_eq!(decimal("-0.0"), Decimal::from(0));
        assert_ne!(decimal("9007199254740993"), decimal("9007199254740992"));
    }

    #[test]
    fn a_number_is_written_as_json() {
        for text in ["0", "-12.5", "0.001", "100", "1e30", "-3e-40", "9007199254740993"] {
            assert_eq!(decimal(text).to_string(), text);
        }
    }

    #[test]
    fn order_multiples_and_middle_are_exact() {
        assert!(decimal("0.1") < decimal("0.10000000000000000001"));
        assert!(decimal("0.3").is_multiple_of(&decimal("0.1")));
        assert!(!decimal("0.35").is_multiple_of(&decimal("0.1")));
        assert_eq!(decimal("0.4").lcm(&decimal("6")), decimal("6"));
        assert_eq!(decimal("-7").floor_to(&decimal("2")), decimal("-8"));
        assert_eq!(decimal("1").middle(&decimal("2")), decimal("1.5"));
        assert_eq!(decimal("6").quotient(&decimal("0.4")), Some(15));
    }

    #[test]
    fn what_is_too_large_or_no_number_is_refused() {
        for text in ["1e401", "1e-401", "1e99999999999999999999", "123e399"] {
            assert!(matches!(text.parse::<Decimal>(), Err(NumberError::Exponent(_))), "{text}");
        }
        for text in ["", "x", "1.2.3", "--1"] {
            assert!(matches!(text.parse::<Decimal>(), Err(NumberError::Syntax(_))), "{text}");
        }
    }
}
