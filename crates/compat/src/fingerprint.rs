//! The fingerprint by which a change is approved: of the change, and of the parts at which a consumer meets
//! it. Many parts may have one schema, and whoever answers for one of them does not answer for another.

use seam_contract::finding::{Identity, Place};
use seam_contract::reading::Reading;
use seam_contract::subject::{Asked, Message, Part, Subject};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Of a change that has this fingerprint, as it is met at these of its places, in whatever order.
pub(crate) fn at_places(fingerprint: &str, places: &[&Place]) -> String {
    let parts: BTreeSet<String> = places.iter().map(|place| words(&place.subject)).collect();
    let parts: Vec<String> = parts.into_iter().collect();
    Identity { place: &parts.join("\n"), old: fingerprint, new: "" }.fingerprint("at")
}

/// The part and the path, whatever people call it.
fn words(Subject { part, path, .. }: &Subject) -> String {
    let path = Reading { path: path.clone(), ..Reading::whole(Json::Bool(true)) };
    let part = match part {
        Part::Whole => String::new(),
        Part::Output(name) => format!("output {name}"),
        Part::Lookup(name, asked) => format!("lookup {name} {}", of_asked(asked)),
        Part::Event(name) => format!("event {name}"),
        Part::Table(name, column) => format!("table {name} {}", column.as_deref().unwrap_or_default()),
        Part::Operation(key, message) => format!("{key} {}", of_message(message)),
    };
    format!("{part} {path}")
}

fn of_asked(asked: &Asked) -> String {
    match asked {
        Asked::All => String::new(),
        Asked::Name => "name".to_owned(),
        Asked::Tag(key) => format!("tag {key}"),
        Asked::TagValue(key, value) => format!("tag {key}={value}"),
    }
}

fn of_message(message: &Message) -> String {
    match message {
        Message::All => String::new(),
        Message::Request => "request".to_owned(),
        Message::Answer(status) => format!("answer {status}"),
        Message::AnswerBody(status) => format!("body {status}"),
    }
}
