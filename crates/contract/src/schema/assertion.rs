//! Keywords that hold no schemas: types, constants, bounds, lengths, counts, patterns, formats.

use super::read::{Flaw, count, flag, json, list, number, text, texts};
use crate::decimal::Decimal;
use crate::ir::{Arena, Atom, Bound, Id, Types};
use crate::json::Type;
use serde_json::Value;
use std::sync::Arc;

/// What a keyword asserts by itself; nothing for one that does not, or that is not known.
pub(super) fn assertion<'a>(arena: &mut Arena, keyword: &str, value: &'a Value) -> Result<Option<Id>, Flaw<'a>> {
    let bound = |exclusive| number(keyword, value).map(|at| Bound { at, exclusive });
    let atom = match keyword {
        "type" => return types(arena, value).map(Some),
        "required" => return texts(keyword, value).map(|names| Some(required(arena, names))),
        "format" => return text(keyword, value).map(|name| Some(format(arena, name))),
        "uniqueItems" if !flag(keyword, value)? => return Ok(None),
        "uniqueItems" => Atom::Unique,
        "enum" => Atom::Enum(list(keyword, value)?.iter().map(json).collect::<Result<_, _>>()?),
        "const" => Atom::Enum(vec![json(value)?]),
        "minimum" => Atom::Minimum(bound(false)?),
        "exclusiveMinimum" => Atom::Minimum(bound(true)?),
        "maximum" => Atom::Maximum(bound(false)?),
        "exclusiveMaximum" => Atom::Maximum(bound(true)?),
        "multipleOf" => Atom::MultipleOf(divisor(value)?),
        "minLength" => Atom::MinLength(count(keyword, value)?),
        "maxLength" => Atom::MaxLength(count(keyword, value)?),
        "pattern" => Atom::Pattern(text(keyword, value)?.into()),
        "minItems" => Atom::MinItems(count(keyword, value)?),
        "maxItems" => Atom::MaxItems(count(keyword, value)?),
        "minProperties" => Atom::MinProperties(count(keyword, value)?),
        "maxProperties" => Atom::MaxProperties(count(keyword, value)?),
        _ => return Ok(None),
    };
    Ok(Some(arena.atom(atom)))
}

/// Every one of the names is there.
pub(super) fn required(arena: &mut Arena, names: Vec<Arc<str>>) -> Id {
    let parts: Vec<Id> = names.into_iter().map(|name| arena.atom(Atom::Required(name))).collect();
    arena.and(parts)
}

/// `type`: a name or a list of them. `integer` is a number that is whole.
fn types<'a>(arena: &mut Arena, value: &'a Value) -> Result<Id, Flaw<'a>> {
    let names = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let (mut kinds, mut whole) = (Types::NONE, false);
    for name in names {
        let known = Type::ALL.into_iter().find(|kind| name.as_str() == Some(kind.name()));
        match known {
            Some(kind) => kinds = kinds.or(Types::one(kind)),
            None if name == "integer" => whole = true,
            None => return Err(Flaw::new(name, format!("{name} is no type"))),
        }
    }
    if !whole || kinds.has(Type::Number) {
        return Ok(arena.atom(Atom::Types(kinds)));
    }
    let parts = [arena.atom(Atom::Types(kinds.or(Types::one(Type::Number)))), arena.atom(Atom::Integer)];
    Ok(arena.and(parts))
}

fn divisor(value: &Value) -> Result<Decimal, Flaw<'_>> {
    let number = number("multipleOf", value)?;
    if number <= Decimal::from(0) {
        return Err(Flaw::new(value, "`multipleOf` must be above 0"));
    }
    Ok(number)
}

/// Formats that say how a text or number is stored or shown, not which values there are.
const ANNOTATIONS: [&str; 9] =
    ["byte", "binary", "password", "float", "double", "decimal", "html", "commonmark", "base64url"];

/// Formats of numbers are bounds, those of texts are predicates.
fn format(arena: &mut Arena, name: &str) -> Id {
    let Some((min, max)) = bounds(name) else {
        let annotation = ANNOTATIONS.contains(&name);
        return if annotation { Arena::TRUE } else { arena.atom(Atom::Format(name.into())) };
    };
    let min = Bound { at: min, exclusive: false };
    let max = Bound { at: max, exclusive: false };
    let parts = [arena.atom(Atom::Minimum(min)), arena.atom(Atom::Maximum(max))];
    arena.and(parts)
}

/// The least and the largest value of a format of numbers, such as `int32` (OpenAPI's format
/// registry); nothing for another format.
pub fn bounds(name: &str) -> Option<(Decimal, Decimal)> {
    Some(match name {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN, i64::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" => (0, i128::from(u64::MAX)),
        _ => return None,
    })
    .map(|(min, max): (i64, i128)| (Decimal::new(min, 0), Decimal::new(max, 0)))
}
