//! From tokens to a value; a key that stands twice in one object is a fault. The prose of an OpenAPI
//! document is passed over: it takes most of the room of a large one.

use super::token::{Fault, Token, Tokens};
use crate::openapi::Around;
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// An object or array that has begun and not ended, and where it stands.
struct Open {
    holder: Holder,
    around: Around,
}

enum Holder {
    /// With the key, and its offset, of the value that is read.
    Object(Map<String, Value>, String, usize),
    Array(Vec<Value>),
}

/// The value of a text; the prose of OpenAPI, from the key `openapi` on, where it is wanted.
pub(super) fn value(tokens: &mut Tokens<'_>, prose: bool) -> Result<Value, Fault> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = Value::Null;
    // Where the next value stands.
    let mut next = Around::NOWHERE;
    while let Some((token, offset)) = tokens.next()? {
        let done = match token {
            Token::Object => {
                open.push(Open { holder: Holder::Object(Map::new(), String::new(), offset), around: next });
                continue;
            }
            Token::Array => {
                open.push(Open { holder: Holder::Array(Vec::new()), around: next });
                next = next.item();
                continue;
            }
            Token::Key(name) => {
                let depth = open.len();
                let Some(Open { holder: Holder::Object(_, key, at), around }) = open.last_mut() else { continue };
                if depth == 1 && name == "openapi" && !prose {
                    *around = Around::DOCUMENT;
                }
                match around.member(&name) {
                    Some(place) => (next, *key, *at) = (place, name.into_owned(), offset),
                    None => tokens.pass()?,
                }
                continue;
            }
            Token::End => match open.pop().map(|open| open.holder) {
                Some(Holder::Object(members, ..)) => Value::Object(members),
                Some(Holder::Array(items)) => Value::Array(items),
                None => continue,
            },
            Token::Scalar(scalar) => scalar,
        };
        match open.last_mut() {
            None => root = done,
            Some(Open { holder: Holder::Array(items), around }) => {
                items.push(done);
                next = around.item();
            }
            Some(Open { holder: Holder::Object(members, key, at), .. }) => add(members, key, *at, done)?,
        }
    }
    Ok(root)
}

fn add(members: &mut Map<String, Value>, key: &mut String, at: usize, value: Value) -> Result<(), Fault> {
    match members.entry(std::mem::take(key)) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            Ok(())
        }
        Entry::Occupied(entry) => {
            let message = format!("the key `{}` stands twice in one object", entry.key());
            Err(Fault::new(at, message))
        }
    }
}
