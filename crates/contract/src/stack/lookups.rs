//! Lookups: names and tags are an API. Whatever search the old rule promised to answer, the new one
//! must promise too.

use super::{Mapping, Pair, each, text};
use crate::openapi::{At, Comparer};
use crate::subject::{Asked, Part};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn compare(comparer: &mut Comparer<'_>, parts: &(Mapping, Mapping)) {
    let part = |name| Part::Lookup(name, Asked::All);
    each(comparer, ("lookup", part), parts, |comparer, at, _, pair| match pair {
        Pair::Old(was) => {
            comparer.say("lookup-removed", at, "it is promised no more", Some(&words(was)));
        }
        Pair::New => comparer.say("lookup-added", at, "it is new", None),
        Pair::Both(was, is) => both(comparer, at, was, is),
    });
}

fn both(comparer: &mut Comparer<'_>, at: &At, was: &Value, is: &Value) {
    let (kind, now) = (text(was, "kind"), text(is, "kind"));
    if kind != now {
        let sentence = format!("it promised {kind}, now it promises {now}");
        comparer.say("lookup-kind-changed", &at.clone().changed(kind, now), &sentence, Some(&words(was)));
        return;
    }
    let narrowed = name(comparer, at, was, is) | tags_narrowed(comparer, at, &tags(was), &tags(is));
    if !narrowed && words(was) != words(is) {
        let sentence = format!("it promised {}, now {}", words(was), words(is));
        comparer.say("lookup-widened", &at.clone().changed(&words(was), &words(is)), &sentence, None);
    }
}

/// Whether names that were promised are not any more. A rule without a name says nothing of it, and
/// whoever asked for one asked for what nobody promised.
fn name(comparer: &mut Comparer<'_>, at: &At, was: &Value, is: &Value) -> bool {
    let (old, new) = (text(was, "name"), text(is, "name"));
    let narrowed = !new.is_empty() && (old.is_empty() || !covers(new, old));
    if narrowed {
        let before = if old.is_empty() { "any name" } else { old };
        let sentence = format!("names were {before}, now they are {new}");
        let at = at.clone().asked(Asked::Name).changed(old, new);
        comparer.say("lookup-name-narrowed", &at, &sentence, Some(&words(was)));
    }
    narrowed
}

fn tags_narrowed(comparer: &mut Comparer<'_>, at: &At, old: &Tags, new: &Tags) -> bool {
    let mut narrowed = false;
    for (key, values) in old {
        let Some(now) = new.get(key) else {
            let lost = format!("searches by the tag {key}");
            comparer.say(
                "lookup-tag-removed",
                &at.clone().asked(Asked::Tag(key.clone())).changed(key, ""),
                &format!("the tag {key} is promised no more"),
                Some(&lost),
            );
            narrowed = true;
            continue;
        };
        for value in values.difference(now) {
            let lost = format!("{key}={value}");
            let sentence = format!("the tag {key} is never {value} any more");
            let at = at.clone().asked(Asked::TagValue(key.clone(), value.clone())).changed(&lost, "");
            comparer.say("lookup-tag-value-removed", &at, &sentence, Some(&lost));
            narrowed = true;
        }
    }
    narrowed
}

type Tags = BTreeMap<String, BTreeSet<String>>;

fn tags(rule: &Value) -> Tags {
    let values = |value: &Value| match value {
        Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        one => one.as_str().map(str::to_owned).into_iter().collect(),
    };
    let tags = rule.get("tags").and_then(Value::as_object);
    tags.into_iter().flatten().map(|(key, value)| (key.clone(), values(value))).collect()
}

/// In a few words: `aws_subnet private-* tier=private|public`.
fn words(rule: &Value) -> String {
    let tags = tags(rule).into_iter();
    let tags = tags.map(|(key, values)| format!("{key}={}", values.into_iter().collect::<Vec<_>>().join("|")));
    let parts = [text(rule, "kind"), text(rule, "name")].map(str::to_owned).into_iter().chain(tags);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether the names of one pattern, in which each `*` stands for any text, are all names of the
/// other: a star of the inner one is a letter that only a star takes in.
fn covers(outer: &str, inner: &str) -> bool {
    let Some((start, rest)) = outer.split_once('*') else { return outer == inner };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(inner) = inner.strip_prefix(start).and_then(|text| text.strip_suffix(end)) else { return false };
    middle.split('*').try_fold(inner, |left, part| left.find(part).map(|at| &left[at + part.len()..])).is_some()
}
