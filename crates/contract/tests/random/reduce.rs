//! Makes a faulty pair small, for people: takes away what it is faulty without.

use crate::check::Fault;
use crate::edits::schemas_in;
use crate::engine::{Engine, Told, is_break};
use seam_contract::strings::Strings;
use serde_json::Value;

/// The same fault of a smaller pair.
pub fn reduced(fault: &Fault) -> Fault {
    let mut fault = fault.clone();
    if !is_faulty(&fault) {
        return fault;
    }
    while let Some(smaller) = smaller(&fault).into_iter().find(is_faulty) {
        fault = smaller;
    }
    fault
}

fn is_faulty(fault: &Fault) -> bool {
    let mut strings = Strings::new();
    let mut engine = Engine::new(&mut strings);
    let (Some(left), Some(right)) = (engine.side(&fault.left), engine.side(&fault.right)) else { return false };
    match engine.one(&left, &right) {
        Told::Refused(_) => fault.what == "the witness is refused",
        Told::Compatible => is_break(&left, &right, &fault.value),
        _ => false,
    }
}

fn smaller(fault: &Fault) -> Vec<Fault> {
    let lefts = cut(&fault.left).into_iter().map(|left| Fault { left, ..fault.clone() });
    let rights = cut(&fault.right).into_iter().map(|right| Fault { right, ..fault.clone() });
    lefts.chain(rights).collect()
}

/// The document less one keyword, or less one part of a keyword.
fn cut(document: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for place in schemas_in(document) {
        for (key, said) in document.pointer(&place).and_then(Value::as_object).into_iter().flatten() {
            let mut without = document.clone();
            without.pointer_mut(&place).and_then(Value::as_object_mut).map(|members| members.remove(key));
            all.push(without);
            let mut part = |change: &dyn Fn(&mut Value)| {
                let mut less = document.clone();
                if let Some(schema) = less.pointer_mut(&place) {
                    change(&mut schema[key]);
                }
                all.push(less);
            };
            match said {
                Value::Array(items) if items.len() > 1 => {
                    for at in 0..items.len() {
                        part(&|said| drop(said.as_array_mut().map(|items| items.remove(at))));
                    }
                }
                Value::Object(members) => {
                    for name in members.keys() {
                        part(&|said| drop(said.as_object_mut().map(|members| members.remove(name))));
                    }
                    if !members.is_empty() && !key.contains("ropert") && key != "$defs" {
                        part(&|said| *said = Value::Bool(true));
                    }
                }
                _ => {}
            }
        }
    }
    all
}
