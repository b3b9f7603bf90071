//! Which resources a state holds, by their addresses as the tools write them.

use super::{BadState, Scanner, Wanted, document};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read;

/// A module's path, a type, a name, a key. What is larger is no such thing.
const PART_BYTES_MAX: usize = 64 << 10;

/// The addresses of what is managed and there; an object that was replaced and waits to be deleted is not
/// what stands at its address.
pub(crate) fn addresses(input: impl Read) -> Result<BTreeSet<String>, BadState> {
    let mut found = BTreeSet::new();
    document(&mut Scanner::new(input), Wanted::NONE, &mut |scanner| {
        let (mut module, mut mode, mut kind, mut name) = (String::new(), String::new(), String::new(), String::new());
        let mut keys = Vec::new();
        scanner.object(|scanner, member| {
            match member {
                "module" => module = scanner.value::<String>(PART_BYTES_MAX)? + ".",
                "mode" => mode = scanner.value(PART_BYTES_MAX)?,
                "type" => kind = scanner.value(PART_BYTES_MAX)?,
                "name" => name = scanner.value(PART_BYTES_MAX)?,
                "instances" => scanner.array(|scanner| {
                    keys.extend(key(scanner)?);
                    Ok(())
                })?,
                _ => scanner.skip()?,
            }
            Ok(())
        })?;
        if mode == "managed" {
            found.extend(keys.iter().map(|key| format!("{module}{kind}.{name}{key}")));
        }
        Ok(())
    })?;
    Ok(found)
}

/// The key of an instance in brackets, empty where it has none; `None` for one that waits to be deleted.
fn key<R: Read>(scanner: &mut Scanner<R>) -> Result<Option<String>, BadState> {
    let (mut key, mut deposed) = (Json::Null, false);
    scanner.object(|scanner, member| {
        match member {
            "index_key" => key = scanner.value(PART_BYTES_MAX)?,
            "deposed" => {
                deposed = true;
                scanner.skip()?;
            }
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    Ok((!deposed).then(|| match key {
        Json::Null => String::new(),
        Json::String(text) => format!("[{}]", quoted(&text)),
        number => format!("[{number}]"),
    }))
}

/// A text as HCL quotes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '"' | '\\' => quoted.extend(['\\', letter]),
            '$' | '%' if rest.peek() == Some(&'{') => quoted.extend([letter, letter]),
            control if control.is_control() => drop(write!(quoted, "\\u{:04x}", u32::from(control))),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn what_a_state_holds_is_named_as_the_tool_names_it() {
        let state = br#"{"version": 4, "serial": 1, "lineage": "l", "outputs": {}, "resources": [
            {"mode": "managed", "type": "t", "name": "one", "instances": [{"attributes": {}}]},
            {"module": "module.m[\"a\"]", "mode": "managed", "type": "t", "name": "many",
             "instances": [{"index_key": 0}, {"index_key": 1, "deposed": "8a"}, {"index_key": "a\"b${c}\t"}]},
            {"mode": "managed", "type": "t", "name": "half", "instances": [{"deposed": "8a"}]},
            {"mode": "data", "type": "t", "name": "read", "instances": [{}]}]}"#;
        let found: Vec<String> = addresses(&state[..]).unwrap().into_iter().collect();
        assert_eq!(found, [r#"module.m["a"].t.many["a\"b$${c}\t"]"#, r#"module.m["a"].t.many[0]"#, "t.one"]);
    }
}
