//! What of a resource changes, part by part, out of the trees that Terraform tells of it: its values
//! before and after, which of them are sensitive, and which force a replacement.

use seam_model::{Attribute, Path, Segment, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// A resource before and after.
pub(super) struct Told<'a> {
    /// Null where it is made.
    pub before: Value,
    /// Leaves may be unknown.
    pub after: Value,
    /// The trees of marks of what is sensitive, before and after.
    pub sensitive: [&'a Json; 2],
    /// The paths that force a replacement, each a list of keys and indexes.
    pub replace_paths: &'a [Vec<Json>],
}

/// The parts that differ; those that were not there before and that nobody knows yet come last. A value
/// of which a part is sensitive is told part by part, where that can be; secrets are in clear.
pub(super) fn attributes(told: &Told) -> Vec<Attribute> {
    let mut found = Vec::new();
    collect(&Path::default(), [&told.before, &told.after], told.sensitive, &mut found);
    for attribute in &mut found {
        attribute.replaces = told.replace_paths.iter().any(|path| is_on(path, &attribute.path));
    }
    found.sort_by_key(|one| one.before == Value::Null && one.after == Value::Unknown);
    found
}

fn collect(path: &Path, values: [&Value; 2], marks: [&Json; 2], found: &mut Vec<Attribute>) {
    let [before, after] = values;
    if before == after {
        return;
    }
    let sensitive = marks.iter().any(|tree| is_marked(tree));
    let expand = path.is_empty() || sensitive || (*before != Value::Null && *after != Value::Null);
    let parts = parts(before, after).filter(|_| expand && !marks.contains(&&Json::Bool(true)));
    let Some(parts) = parts else {
        let [before, after] = values.map(Clone::clone);
        found.push(Attribute { path: path.clone(), before, after, sensitive, replaces: false });
        return;
    };
    for segment in parts {
        let values = values.map(|value| part(value, &segment));
        let marks = marks.map(|tree| mark(tree, &segment));
        collect(&path.then(segment), values, marks, found);
    }
}

/// Is anything marked in Terraform's tree of marks?
pub(super) fn is_marked(tree: &Json) -> bool {
    match tree {
        Json::Bool(marked) => *marked,
        Json::Array(items) => items.iter().any(is_marked),
        Json::Object(members) => members.values().any(is_marked),
        _ => false,
    }
}

/// The parts by which the two can be compared: members, and items where there are as many.
fn parts(before: &Value, after: &Value) -> Option<Vec<Segment>> {
    let indexes = |count: usize| Some((0..count).map(Segment::Index).collect());
    match (before, after) {
        (Value::Object(members), Value::Null) | (Value::Null, Value::Object(members)) => {
            Some(members.keys().cloned().map(Segment::Key).collect())
        }
        (Value::Object(before), Value::Object(after)) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            Some(keys.into_iter().cloned().map(Segment::Key).collect())
        }
        (Value::Array(items), Value::Null) | (Value::Null, Value::Array(items)) => indexes(items.len()),
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => indexes(before.len()),
        _ => None,
    }
}

fn part<'a>(value: &'a Value, segment: &Segment) -> &'a Value {
    let found = match (value, segment) {
        (Value::Object(members), Segment::Key(key)) => members.get(key),
        (Value::Array(items), Segment::Index(index)) => items.get(*index),
        _ => None,
    };
    found.unwrap_or(&Value::Null)
}

fn mark<'a>(tree: &'a Json, segment: &Segment) -> &'a Json {
    let found = match segment {
        Segment::Key(key) => tree.get(key),
        Segment::Index(index) => tree.get(*index),
    };
    found.unwrap_or(&Json::Null)
}

/// Is one of the two paths the beginning of the other?
fn is_on(forcing: &[Json], path: &Path) -> bool {
    forcing.iter().zip(&path.0).all(|(step, segment)| match segment {
        Segment::Key(key) => step.as_str() == Some(key),
        Segment::Index(index) => step.as_u64() == u64::try_from(*index).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Told, attributes};
    use seam_model::Value;
    use serde_json::{Value as Json, json};

    /// `path before → after`, with what is sensitive and what forces a replacement.
    fn told(values: [Value; 2], sensitive: &[Json; 2], replace_paths: &[Vec<Json>]) -> Vec<String> {
        let [before, after] = values;
        let sensitive = [&sensitive[0], &sensitive[1]];
        let text = |value: &Value| match value {
            Value::Unknown => "?".to_owned(),
            value => value.to_partial_json().0.to_string(),
        };
        attributes(&Told { before, after, sensitive, replace_paths })
            .iter()
            .map(|one| {
                let hidden = if one.sensitive { " hidden" } else { "" };
                let replaces = if one.replaces { " replaces" } else { "" };
                format!("{} {} → {}{hidden}{replaces}", one.path, text(&one.before), text(&one.after))
            })
            .collect()
    }

    fn known(json: Json) -> Value {
        Value::from(json)
    }

    #[test]
    fn only_what_differs_is_told_as_deep_as_it_goes() {
        let before = known(
            json!({"cidr": "10.0", "tags": {"a": 1, "b": 2}, "rules": [{"port": 1}], "list": [1], "same": {"x": 1}}),
        );
        let after = known(
            json!({"cidr": "10.1", "tags": {"a": 1, "c": 3}, "rules": [{"port": 2}], "list": [1, 2], "same": {"x": 1}}),
        );
        assert_eq!(
            told([before, after], &[json!({}), json!({})], &[vec![json!("cidr")], vec![json!("rules"), json!(0)]]),
            [
                r#".cidr "10.0" → "10.1" replaces"#,
                ".list [1] → [1,2]",
                ".rules[0].port 1 → 2 replaces",
                ".tags.b 2 → null",
                ".tags.c null → 3",
            ]
        );
    }

    #[test]
    fn what_is_made_is_told_whole_and_the_unknown_last() {
        let Value::Object(mut after) = known(json!({"input": {"a": [1]}, "none": null, "z": "z"})) else { return };
        after.insert("id".to_owned(), Value::Unknown);
        assert_eq!(
            told([Value::Null, Value::Object(after)], &[json!(false), json!({})], &[]),
            [r#".input null → {"a":[1]}"#, r#".z null → "z""#, ".id null → ?"]
        );
    }

    #[test]
    fn a_sensitive_part_is_told_apart() {
        let after = known(json!({"input": {"user": "u", "password": "p2"}, "list": ["s", "t"], "all": "s"}));
        let marks = json!({"input": {"password": true}, "list": [true, false], "all": true});
        assert_eq!(
            told([Value::Null, after.clone()], &[json!(false), marks], &[]),
            [
                r#".all null → "s" hidden"#,
                r#".input.password null → "p2" hidden"#,
                r#".input.user null → "u""#,
                r#".list[0] null → "s" hidden"#,
                r#".list[1] null → "t""#,
            ]
        );
        // One that stops being sensitive is so still, and so is all of what cannot be told apart.
        let before = known(json!({"input": {"user": "u", "password": "p1"}, "list": ["s"], "all": "s"}));
        assert_eq!(
            told([before, after], &[json!({"input": {"password": true}}), json!({"list": [true]})], &[]),
            [r#".input.password "p1" → "p2" hidden"#, r#".list ["s"] → ["s","t"] hidden"#]
        );
    }
}
