//! Tables that a system shares inside: whoever reads one must go on finding its columns, and its rows
//! by their key.

use super::{Mapping, Pair, each, lifecycle, type_words};
use crate::openapi::{At, Comparer, joined};
use crate::rules::Surface;
use crate::subject::Part;
use serde_json::{Map, Value};

pub(super) fn compare(comparer: &mut Comparer<'_>, parts: &(Mapping, Mapping)) {
    let pointers = [&parts.0.pointer, &parts.1.pointer];
    let whole = |table| Part::Table(table, None);
    each(comparer, ("table", whole), parts, |comparer, at, name, pair| match pair {
        Pair::Old(was) => comparer.removed("table", at, &lifecycle(was), &format!("table `{name}`")),
        Pair::New => comparer.say("table-added", at, "it is new", None),
        Pair::Both(was, is) => {
            comparer.lifecycle("table", at, &lifecycle(was), &lifecycle(is));
            key(comparer, at, was, is);
            let columns = pointers.map(|pointer| joined(&joined(pointer, name), "columns"));
            let part =
                |table: &Value, pointer: &String| Mapping { pointer: pointer.clone(), members: columns_of(table) };
            let parts = (part(was, &columns[0]), part(is, &columns[1]));
            let title = format!("table `{name}`, column");
            let one = |column| Part::Table(name.to_owned(), Some(column));
            each(comparer, (&title, one), &parts, column);
        }
    });
}

fn key(comparer: &mut Comparer<'_>, at: &At, was: &Value, is: &Value) {
    let (old, new) = (key_of(was), key_of(is));
    if old != new && !old.is_empty() {
        let sentence =
            format!("its rows were told apart by {old}, now by {}", if new.is_empty() { "nothing" } else { &new });
        comparer.say("table-key-changed", &at.clone().changed(&old, &new), &sentence, Some(&format!("the key {old}")));
    }
}

fn column(comparer: &mut Comparer<'_>, at: &At, name: &str, pair: Pair<'_>) {
    match pair {
        Pair::Old(was) => {
            let lost = format!("column `{name}`, {}", type_words(was));
            comparer.say("column-removed", at, "it is gone", Some(&lost));
        }
        Pair::New => comparer.say("column-added", at, "it is new", None),
        Pair::Both(..) => comparer.both_schemas(Surface::Column, at),
    }
}

fn columns_of(table: &Value) -> Map<String, Value> {
    table.get("columns").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn key_of(table: &Value) -> String {
    let columns = table.get("key").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    columns.map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
}
