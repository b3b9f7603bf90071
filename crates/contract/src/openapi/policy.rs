//! What is promised around the messages of an operation: how long it is there, who may call it, and
//! where.

use super::api::{Inherited, Operation};
use super::compare::{At, Comparer};
use crate::lifecycle::{Lifecycle, REMOVED_IN_TIME, Turn};
use crate::subject::{Part, Subject};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Schemes with their scopes that are needed together.
type Requirement = BTreeMap<String, BTreeSet<String>>;

impl Comparer<'_> {
    /// Something is gone: in time, where its sunset was announced and is over.
    pub(crate) fn removed(&mut self, what: &str, at: &At, lifecycle: &Lifecycle, lost: &str) {
        let Turn { rule, sentence, .. } = lifecycle.removed(self.today);
        self.say(&format!("{what}-{rule}"), at, &sentence, (rule != REMOVED_IN_TIME).then_some(lost));
    }

    /// Compares how long something is there.
    pub(crate) fn lifecycle(&mut self, what: &str, at: &At, old: &Lifecycle, new: &Lifecycle) {
        if let Some(Turn { rule, sentence, lost }) = old.turn(new, self.today) {
            let text = |side: &Lifecycle| side.sunset.clone().unwrap_or_default();
            let at = at.clone().changed(&text(old), &text(new));
            self.say(&format!("{what}-{rule}"), &at, &sentence, lost.as_deref());
        }
    }

    /// Whoever could call an operation must still be able to.
    pub(super) fn security(&mut self, at: &At, old: &Operation<'_>, new: &Operation<'_>) {
        let (was, is) = (requirements(&old.security), requirements(&new.security));
        for requirement in &was {
            if is.iter().any(|alternative| is_enough(requirement, alternative)) {
                continue;
            }
            let written = written(requirement);
            let at = anchored(at, &old.security, &new.security).changed(&written, "");
            let same = is.iter().find(|alternative| alternative.keys().eq(requirement.keys()));
            if requirement.is_empty() {
                self.say(
                    "api-security-added",
                    &at,
                    "it could be called without credentials, now it cannot",
                    Some("calls without credentials"),
                );
            } else if let Some(scopes) = same {
                let sentence = format!("{written} was enough, now {} is needed", self::written(scopes));
                self.say("api-security-scope-added", &at, &sentence, Some(&written));
            } else {
                let sentence = format!("calls with {written} are not accepted any more");
                self.say("api-security-removed", &at, &sentence, Some(&written));
            }
        }
    }

    /// The ways to prove who calls that both documents name.
    pub(super) fn schemes(&mut self, old: &Value, new: &Value) {
        let schemes =
            |document: &Value| document.pointer("/components/securitySchemes").and_then(Value::as_object).cloned();
        let (Some(old), Some(new)) = (schemes(old), schemes(new)) else { return };
        for (name, was) in &old {
            let Some(is) = new.get(name) else { continue };
            let (was, is) = (scheme(was), scheme(is));
            if was != is {
                let pointer = super::joined("/components/securitySchemes", name);
                let at = At::of(Subject::new(format!("security scheme `{name}`"), Part::Whole), &pointer)
                    .both(&pointer, &pointer)
                    .changed(&was, &is);
                self.say("api-security-scheme-changed", &at, &format!("it was {was}, now it is {is}"), Some(&was));
            }
        }
    }

    /// Where it could be called it must still be there.
    pub(super) fn servers(&mut self, at: &At, old: &Operation<'_>, new: &Operation<'_>) {
        let (was, is) = (urls(&old.servers), urls(&new.servers));
        let at = anchored(at, &old.servers, &new.servers);
        for url in was.difference(&is) {
            let sentence = format!("it cannot be reached at {url} any more");
            self.say("server-removed", &at.clone().changed(url, ""), &sentence, Some(url));
        }
        for url in is.difference(&was) {
            self.say("server-added", &at.clone().changed("", url), &format!("it can be reached at {url} too"), None);
        }
    }
}

/// A change of what all operations inherit is one change.
fn anchored(at: &At, old: &Inherited<'_>, new: &Inherited<'_>) -> At {
    let mut at = at.clone().both(&old.pointer, &new.pointer);
    if old.pointer == new.pointer && old.pointer.matches('/').count() == 1 {
        at.place.clone_from(&old.pointer);
    }
    at
}

fn requirements(security: &Inherited<'_>) -> Vec<Requirement> {
    let all = security.list.into_iter().flatten().filter_map(Value::as_object);
    let requirements: Vec<Requirement> = all
        .map(|requirement| {
            let scopes = |scopes: &Value| {
                scopes.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            };
            requirement.iter().map(|(name, list)| (name.clone(), scopes(list))).collect()
        })
        .collect();
    // No list, and an empty one, ask for nothing.
    if requirements.is_empty() { vec![Requirement::new()] } else { requirements }
}

/// Whether who fulfils the one fulfils the other.
fn is_enough(held: &Requirement, needed: &Requirement) -> bool {
    needed.iter().all(|(name, scopes)| held.get(name).is_some_and(|held| scopes.is_subset(held)))
}

fn written(requirement: &Requirement) -> String {
    let one = |(name, scopes): (&String, &BTreeSet<String>)| {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        if scopes.is_empty() { format!("`{name}`") } else { format!("`{name}` ({})", scopes.join(", ")) }
    };
    requirement.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// What a client must know of a scheme.
fn scheme(scheme: &Value) -> String {
    let mut known: Vec<String> = ["type", "scheme", "in", "name", "openIdConnectUrl"]
        .into_iter()
        .filter_map(|name| Some(format!("{name} {}", scheme.get(name)?.as_str()?.to_ascii_lowercase())))
        .collect();
    for (flow, said) in scheme.get("flows").and_then(Value::as_object).into_iter().flatten() {
        for url in ["authorizationUrl", "tokenUrl"] {
            known.extend(said.get(url).and_then(Value::as_str).map(|address| format!("{flow} at {address}")));
        }
    }
    known.join(", ")
}

fn urls(servers: &Inherited<'_>) -> BTreeSet<String> {
    let urls = servers.list.into_iter().flatten().filter_map(|server| server.get("url")?.as_str());
    let urls: BTreeSet<String> = urls.map(|url| url.trim_end_matches('/').to_owned()).collect();
    if urls.is_empty() { BTreeSet::from([String::new()]) } else { urls }
}
