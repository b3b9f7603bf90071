//! Outputs: whoever reads one must go on finding it, as the kind of value it was.

use super::{Mapping, Pair, each, lifecycle, type_words};
use crate::openapi::Comparer;
use crate::rules::Surface;
use crate::subject::Part;
use serde_json::Value;

pub(super) fn compare(comparer: &mut Comparer<'_>, parts: &(Mapping, Mapping)) {
    each(comparer, ("output", Part::Output), parts, |comparer, at, name, pair| match pair {
        Pair::Old(was) => {
            let lost = format!("output `{name}`, {}", type_words(was));
            comparer.removed("output", at, &lifecycle(was), &lost);
        }
        Pair::New => comparer.say("output-added", at, "it is new", None),
        Pair::Both(was, is) => {
            comparer.lifecycle("output", at, &lifecycle(was), &lifecycle(is));
            let sensitive = |output: &Value| output.get("sensitive") == Some(&Value::Bool(true));
            match (sensitive(was), sensitive(is)) {
                (false, true) => {
                    let sentence = "it is a secret now: who reads it must treat it as one";
                    comparer.say("output-became-sensitive", at, sentence, None);
                }
                (true, false) => comparer.say("output-became-public", at, "it is no secret any more", None),
                _ => {}
            }
            comparer.both_schemas(Surface::Output, at);
        }
    });
}
