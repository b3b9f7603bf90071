//! From tokens to a value; a key that stands twice in one object is a fault.

use super::token::{Fault, Token, Tokens};
use serde_json::{Map, Value};

/// An object or array that has begun and not ended.
enum Open {
    /// With the key, and its offset, of the value that is read.
    Object(Map<String, Value>, String, usize),
    Array(Vec<Value>),
}

/// The value of a text.
pub(super) fn value(mut tokens: Tokens<'_>) -> Result<Value, Fault> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = Value::Null;
    while let Some((token, offset)) = tokens.next()? {
        let done = match token {
            Token::Object => {
                open.push(Open::Object(Map::new(), String::new(), offset));
                continue;
            }
            Token::Array => {
                open.push(Open::Array(Vec::new()));
                continue;
            }
            Token::Key(name) => {
                if let Some(Open::Object(_, key, at)) = open.last_mut() {
                    (*key, *at) = (name.into_owned(), offset);
                }
                continue;
            }
            Token::End => match open.pop() {
                Some(Open::Object(members, ..)) => Value::Object(members),
                Some(Open::Array(items)) => Value::Array(items),
                None => continue,
            },
            Token::Scalar(scalar) => scalar,
        };
        match open.last_mut() {
            None => root = done,
            Some(Open::Array(items)) => items.push(done),
            Some(Open::Object(members, key, at)) => add(members, key, *at, done)?,
        }
    }
    Ok(root)
}

fn add(members: &mut Map<String, Value>, key: &mut String, at: usize, value: Value) -> Result<(), Fault> {
    let key = std::mem::take(key);
    if members.contains_key(&key) {
        return Err(Fault::new(at, format!("the key `{key}` stands twice in one object")));
    }
    members.insert(key, value);
    Ok(())
}
