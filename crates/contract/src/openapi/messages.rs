//! The messages of an operation: parameters and headers, bodies, statuses, media types. Where values
//! are accepted, what was sent must still do; where they are emitted, what was promised must come.

use super::api::{Body, Response};
use super::compare::{At, Comparer};
use super::fields::{Content, Field, Fields};
use crate::rules::{Direction, Surface};
use crate::subject::Message;
use std::collections::BTreeMap;

type Responses = BTreeMap<String, Response>;

impl Comparer<'_> {
    /// Parameters of a request, headers of what a webhook is answered with.
    pub(super) fn accepted_fields(&mut self, surface: Surface, at: &At, old: &Fields, new: &Fields) {
        let prefix = surface.prefix(false);
        for (key, was) in old {
            let at = at.part(&was.title(), &format!("{} {}", key.0, key.1)).only_old(&was.pointer);
            if let Some(is) = new.get(key) {
                self.field(surface, &at.only_new(&is.pointer), was, is);
            } else if let Some(is) = moved(was, old, new) {
                let sentence = format!("it is expected in the {} now", is.location);
                let at = at.only_new(&is.pointer);
                self.say(&format!("{prefix}-location-changed"), &at, &sentence, Some(&was.title()));
                self.schemas(surface, &at, was.schema.as_ref(), is.schema.as_ref());
            } else if was.lifecycle.sunset.as_deref().is_some_and(|sunset| sunset > self.today) {
                let sentence = "it is gone before its sunset";
                self.say(&format!("{prefix}-removed-before-sunset"), &at, sentence, Some(&was.title()));
            } else {
                self.say(
                    &format!("{prefix}-removed"),
                    &at,
                    "it is gone: who sends it is not heard",
                    Some(&was.title()),
                );
            }
        }
        for (key, is) in new {
            if old.contains_key(key) || moved_here(is, old, new) {
                continue;
            }
            let at = at.part(&is.title(), &format!("{} {}", key.0, key.1)).only_new(&is.pointer);
            if is.required {
                let sentence = "it is new and required: who does not send it is refused";
                self.say(
                    &format!("{prefix}-new-required"),
                    &at,
                    sentence,
                    Some(&format!("requests without {}", is.title())),
                );
            } else {
                self.say(&format!("{prefix}-new-optional"), &at, "it is new", None);
            }
        }
    }

    /// Headers of a response, parameters that a webhook is called with.
    pub(super) fn emitted_fields(&mut self, surface: Surface, at: &At, old: &Fields, new: &Fields) {
        let prefix = surface.prefix(false);
        for (key, was) in old {
            let at = at.part(&was.title(), &format!("{} {}", key.0, key.1)).only_old(&was.pointer);
            match new.get(key) {
                Some(is) => self.field(surface, &at.only_new(&is.pointer), was, is),
                None if was.required => {
                    self.say(
                        &format!("{prefix}-required-removed"),
                        &at,
                        "it was always there and is gone",
                        Some(&was.title()),
                    );
                }
                None => self.say(&format!("{prefix}-optional-removed"), &at, "it is gone", Some(&was.title())),
            }
        }
        for (key, is) in new {
            if !old.contains_key(key) {
                let at = at.part(&is.title(), &format!("{} {}", key.0, key.1)).only_new(&is.pointer);
                self.say(&format!("{prefix}-added"), &at, "it is new", None);
            }
        }
    }

    fn field(&mut self, surface: Surface, at: &At, was: &Field, is: &Field) {
        let prefix = surface.prefix(false);
        match (was.required, is.required) {
            (false, true) => {
                let sentence = "it was optional, now it is required";
                self.say(
                    &format!("{prefix}-became-required"),
                    at,
                    sentence,
                    Some(&format!("messages without {}", is.title())),
                );
            }
            (true, false) => {
                let sentence = "it was required, now it is optional";
                self.say(&format!("{prefix}-became-optional"), at, sentence, Some(&was.title()));
            }
            _ => {}
        }
        if was.serialization != is.serialization {
            let sentence = format!("it was written {}, now {}", was.serialization, is.serialization);
            let at = at.clone().changed(&was.serialization, &is.serialization);
            self.say(&format!("{prefix}-serialization-changed"), &at, &sentence, Some(&was.serialization));
        }
        if surface == Surface::RequestParameter {
            self.lifecycle(prefix, at, &was.lifecycle, &is.lifecycle);
        }
        self.schemas(surface, at, was.schema.as_ref(), is.schema.as_ref());
    }

    /// The body of a request.
    pub(super) fn body(&mut self, surface: Surface, operation: &At, old: Option<&Body>, new: Option<&Body>) {
        let prefix = surface.prefix(false);
        let accepted = surface.direction() == Direction::Accepts;
        let title = if accepted { "request body" } else { "body" };
        let at = operation.part(title, "body");
        let (was, is) = match (old, new) {
            (None, None) => return,
            (Some(was), None) => {
                let at = at.only_old(&was.pointer);
                return self.say(&format!("{prefix}-removed"), &at, "it is gone", Some(title));
            }
            (None, Some(is)) => {
                let at = at.only_new(&is.pointer);
                let rule = if accepted && is.required { "new-required" } else { "new-optional" };
                return self.say(&format!("{prefix}-{rule}"), &at, "it is new", None);
            }
            (Some(was), Some(is)) => (was, is),
        };
        let at = at.both(&was.pointer, &is.pointer);
        match (was.required, is.required) {
            (false, true) => {
                let sentence = "it was optional, now it is required";
                self.say(&format!("{prefix}-became-required"), &at, sentence, Some("requests without a body"));
            }
            (true, false) => {
                let sentence = "it was required, now it is optional";
                self.say(&format!("{prefix}-became-optional"), &at, sentence, Some(title));
            }
            _ => {}
        }
        self.content(surface, &at, &was.content, &is.content);
    }

    fn content(&mut self, surface: Surface, at: &At, old: &Content, new: &Content) {
        let prefix = surface.prefix(false);
        let accepted = surface.direction() == Direction::Accepts;
        // Who accepts must know at least what came before, who emits nothing that is new; a range
        // of types (`text/*`) stands for each of them.
        let at = &at.clone().body();
        let (narrow, wide) = if accepted { (old, new) } else { (new, old) };
        for (name, media) in narrow {
            let Some(other) = covering(wide, name) else { continue };
            let (was, is) = if accepted { (media, other) } else { (other, media) };
            let at = at.part(name, name).both(&was.pointer, &is.pointer);
            for (part, written) in &was.encoding {
                let Some(now) = is.encoding.get(part).filter(|now| *now != written) else { continue };
                let sentence = format!("`{part}` was written with {written}, now with {now}");
                let at = at.clone().changed(written, now);
                self.say(&format!("{prefix}-encoding-changed"), &at, &sentence, Some(written));
            }
            self.schemas(surface, &at, was.schema.as_ref(), is.schema.as_ref());
        }
        for (name, media) in old {
            let kept = if accepted { covering(new, name).is_some() } else { new.keys().any(|new| covers(name, new)) };
            if !kept {
                let at = at.part(name, name).only_old(&media.pointer);
                let sentence = if accepted { "it is not accepted any more" } else { "it is not sent any more" };
                self.say(&format!("{prefix}-media-type-removed"), &at, sentence, Some(name));
            }
        }
        for (name, media) in new {
            if covering(old, name).is_none() {
                let at = at.part(name, name).only_new(&media.pointer);
                self.say(&format!("{prefix}-media-type-added"), &at, "it is new", None);
            }
        }
    }

    /// What a client is answered with.
    pub(super) fn responses(&mut self, operation: &At, old: &Responses, new: &Responses) {
        for (status, was) in old {
            let at = answer(operation, status).only_old(&was.pointer);
            if new.keys().any(|new| status_covers(status, new)) {
                continue;
            }
            if let Some(is) = new.get(&range(status)) {
                // It may still come, as one of more.
                let at = at.only_new(&is.pointer);
                self.emitted_fields(Surface::ResponseHeader, &at, &was.headers, &is.headers);
                self.content(Surface::ResponseBody, &at, &was.content, &is.content);
            } else {
                let rule = if is_success(status) { "success" } else { "other" };
                let lost = format!("the answer {status}");
                self.say(&format!("response-{rule}-status-removed"), &at, "it does not come any more", Some(&lost));
            }
        }
        for (status, is) in new {
            let at = answer(operation, status).only_new(&is.pointer);
            let Some(was) = covering_status(old, status) else {
                let rule = if is_success(status) { "success" } else { "other" };
                self.say(&format!("response-{rule}-status-added"), &at, "it is new: clients do not expect it", None);
                continue;
            };
            let at = at.only_old(&was.pointer);
            self.emitted_fields(Surface::ResponseHeader, &at, &was.headers, &is.headers);
            self.content(Surface::ResponseBody, &at, &was.content, &is.content);
        }
    }

    /// What a subscriber may answer a webhook with.
    pub(super) fn accepted_responses(&mut self, operation: &At, old: &Responses, new: &Responses) {
        for (status, was) in old {
            let at = operation.part(&format!("answer {status}"), &format!("response {status}")).only_old(&was.pointer);
            let Some(is) = covering_status(new, status) else {
                let lost = format!("the answer {status}");
                self.say("webhook-response-status-removed", &at, "it is not expected any more", Some(&lost));
                continue;
            };
            let at = at.only_new(&is.pointer);
            self.accepted_fields(Surface::WebhookResponseHeader, &at, &was.headers, &is.headers);
            self.content(Surface::WebhookResponseBody, &at, &was.content, &is.content);
        }
        for (status, is) in new {
            if covering_status(old, status).is_none() {
                let at =
                    operation.part(&format!("answer {status}"), &format!("response {status}")).only_new(&is.pointer);
                self.say("webhook-response-status-added", &at, "it is new", None);
            }
        }
    }
}

/// The field of the same name in another location, where it was not before.
fn moved<'f>(was: &Field, old: &Fields, new: &'f Fields) -> Option<&'f Field> {
    new.iter().find(|(key, is)| !old.contains_key(*key) && same(was, is)).map(|(_, is)| is)
}

/// Whether it is one name in two locations.
fn same(was: &Field, is: &Field) -> bool {
    was.name == is.name && was.location != is.location
}

/// Whether a field of this name has left another location.
fn moved_here(is: &Field, old: &Fields, new: &Fields) -> bool {
    old.iter().any(|(key, was)| !new.contains_key(key) && same(was, is))
}

/// What an operation answers with a status.
fn answer(operation: &At, status: &str) -> At {
    let title = format!("response {status}");
    operation.part(&title, &title).message(Message::Answer(status.to_owned()))
}

fn is_success(status: &str) -> bool {
    status.starts_with(['2', '3'])
}

/// The response that speaks of a status: its own, that of its range, the default.
fn covering_status<'r>(responses: &'r Responses, status: &str) -> Option<&'r Response> {
    responses.get(status).or_else(|| responses.get(&range(status))).or_else(|| responses.get("DEFAULT"))
}

/// The range that a status is in: `2XX`.
fn range(status: &str) -> String {
    format!("{}XX", status.get(..1).unwrap_or_default())
}

/// Whether an answer of the status may be one of the other.
fn status_covers(wide: &str, narrow: &str) -> bool {
    wide == narrow || wide == "DEFAULT" || (wide.get(1..) == Some("XX") && wide.get(..1) == narrow.get(..1))
}

/// What is said of a media type: by its own name, else by a range that it is in.
fn covering<'c>(content: &'c Content, name: &str) -> Option<&'c super::fields::Media> {
    content.get(name).or_else(|| content.iter().find(|(range, _)| covers(range, name)).map(|(_, media)| media))
}

fn covers(range: &str, name: &str) -> bool {
    range == name
        || range == "*/*"
        || range.strip_suffix('*').is_some_and(|kind| kind.ends_with('/') && name.starts_with(kind))
}
