//! Events: whoever receives one knows it by its type, relies on the order of its key, and reads its
//! payload.

use super::{Mapping, Pair, each, lifecycle, text};
use crate::openapi::{At, Comparer};
use crate::rules::Surface;
use crate::subject::Part;
use serde_json::Value;

pub(super) fn compare(comparer: &mut Comparer<'_>, parts: &(Mapping, Mapping)) {
    each(comparer, ("event", Part::Event), parts, |comparer, at, name, pair| match pair {
        Pair::Old(was) => {
            let lost = format!("event `{name}` of type {}", text(was, "type"));
            comparer.removed("event", at, &lifecycle(was), &lost);
        }
        Pair::New => comparer.say("event-added", at, "it is new", None),
        Pair::Both(was, is) => both(comparer, at, was, is),
    });
}

fn both(comparer: &mut Comparer<'_>, at: &At, was: &Value, is: &Value) {
    comparer.lifecycle("event", at, &lifecycle(was), &lifecycle(is));
    let (kind, now) = (text(was, "type"), text(is, "type"));
    if kind != now {
        let sentence = format!("its type was {kind}, now it is {now}: who subscribed to {kind} hears nothing");
        comparer.say("event-type-changed", &at.clone().changed(kind, now), &sentence, Some(kind));
    }
    let (key, now) = (text(was, "key"), text(is, "key"));
    if key != now {
        let called = |key: &str| if key.is_empty() { "no key".to_owned() } else { format!("the key `{key}`") };
        let sentence = format!("it was in order by {}, now by {}", called(key), called(now));
        // Who relied on no order can do with one.
        let rule = if key.is_empty() { "event-key-added" } else { "event-key-changed" };
        let lost = format!("order by {}", called(key));
        comparer.say(rule, &at.clone().changed(key, now), &sentence, (!key.is_empty()).then_some(lost.as_str()));
    }
    comparer.nested_schemas(Surface::Event, at, "schema", (was, is));
}
