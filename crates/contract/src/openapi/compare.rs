//! Two APIs side by side: operations are matched by method and path, and what stands at each is
//! compared as far as that needs no schema. A pair of schemas becomes a [`Comparison`].

use super::ApiError;
use super::api::{Api, Key, Operation};
use crate::finding::{Finding, Findings, Identity, Place, Proof, Severity, Site};
use crate::rules::{self, Surface};
use crate::subject::{Asked, Message, Part, Subject};
use serde_json::Value;

/// Two schemas that are left to compare. One that is not there admits every value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What they are the contract of; it has the direction.
    pub surface: Surface,
    /// What that is: `GET /orders, response 200 application/json`.
    pub subject: Subject,
    /// The same by names that survive edits elsewhere.
    pub place: String,
    /// The old schema.
    pub old: Written,
    /// The new one.
    pub new: Written,
}

/// Where a schema is, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// JSON pointer to the schema, or to what could have one.
    pub pointer: String,
    /// Whether there is one.
    pub there: bool,
}

/// Which of two documents is no proper OpenAPI document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompareError {
    /// The old one.
    Old(ApiError),
    /// The new one.
    New(ApiError),
}

/// Compares two lifted documents. `today` (a date, `2026-01-31`) tells which sunsets are over.
pub fn compare(old: &Value, new: &Value, today: &str) -> Result<(Findings, Vec<Comparison>), CompareError> {
    let old = Api::read(old).map_err(CompareError::Old)?;
    let new = Api::read(new).map_err(CompareError::New)?;
    let mut comparer = Comparer { findings: Findings::default(), comparisons: Vec::new(), today };
    comparer.schemes(old.document, new.document);
    for (key, operation) in &old.operations {
        match new.operations.get(key) {
            Some(other) => comparer.operation(key, operation, other),
            None => comparer.operation_removed(key, operation),
        }
    }
    for (key, operation) in &new.operations {
        if !old.operations.contains_key(key) {
            let rule = if operation.is_webhook { "webhook-added" } else { "api-added" };
            let at = At::of(key.subject(&operation.title), &key.place()).only_new(&operation.pointer);
            comparer.say(rule, &at, "it is new", None);
        }
    }
    Ok((comparer.findings, comparer.comparisons))
}

/// What a comparison has found so far.
pub(crate) struct Comparer<'t> {
    pub(crate) findings: Findings,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) today: &'t str,
}

/// A place in the documents: in words, by stable names, by pointers; with what stood there before
/// and stands there now, as far as rule and place do not say it.
#[derive(Clone, Default)]
pub(crate) struct At {
    pub(super) subject: Subject,
    pub(super) place: String,
    old: Option<Site>,
    new: Option<Site>,
    was: String,
    is: String,
}

impl At {
    pub(crate) fn of(subject: Subject, place: &str) -> Self {
        Self { subject, place: place.to_owned(), ..Self::default() }
    }

    pub(crate) fn only_old(mut self, pointer: &str) -> Self {
        self.old = Some(pointer.into());
        self
    }

    pub(crate) fn only_new(mut self, pointer: &str) -> Self {
        self.new = Some(pointer.into());
        self
    }

    pub(super) fn both(self, old: &str, new: &str) -> Self {
        self.only_old(old).only_new(new)
    }

    /// A part of the place.
    pub(super) fn part(&self, title: &str, name: &str) -> Self {
        Self::of(self.subject.inside(title), &format!("{} {name}", self.place))
    }

    /// The same place as one of a message of its operation.
    pub(super) fn message(mut self, message: Message) -> Self {
        self.subject.part = self.subject.part.message(message);
        self
    }

    /// The same place as one of the body, where it is one of an answer.
    pub(super) fn body(mut self) -> Self {
        self.subject.part = self.subject.part.body();
        self
    }

    /// The same place as what a lookup says of one thing.
    pub(crate) fn asked(mut self, asked: Asked) -> Self {
        self.subject.part = self.subject.part.asked(asked);
        self
    }

    pub(crate) fn changed(mut self, was: &str, is: &str) -> Self {
        (self.was, self.is) = (was.to_owned(), is.to_owned());
        self
    }
}

impl Key {
    /// By stable names.
    pub(super) fn place(&self) -> String {
        format!("{} {} {}", self.kind, self.method, self.path)
    }

    fn subject(&self, title: &str) -> Subject {
        Subject::new(title, Part::Operation(self.place(), Message::All))
    }
}

impl Comparer<'_> {
    /// Adds a finding. An error must say what was lost; without it the sentence does.
    pub(crate) fn say(&mut self, rule: &str, at: &At, sentence: &str, lost: Option<&str>) {
        let severity = rules::severity(rule);
        let proof = match (lost, severity) {
            (Some(lost), _) => Proof::Lost(lost.to_owned()),
            (None, Severity::Error) => Proof::Lost(sentence.to_owned()),
            _ => Proof::Nothing,
        };
        let identity = Identity { place: &at.place, old: &at.was, new: &at.is };
        self.findings.add(Finding {
            rule: rule.to_owned(),
            severity,
            places: vec![Place { subject: at.subject.clone(), old: at.old.clone(), new: at.new.clone() }],
            sentence: sentence.to_owned(),
            proof,
            fingerprint: identity.fingerprint(rule),
        });
    }

    /// Leaves the two schemas that stand at the place to compare.
    pub(crate) fn both_schemas(&mut self, surface: Surface, at: &At) {
        let pointer = |site: &Option<Site>| site.as_ref().map(|site| site.pointer.clone());
        self.schemas(surface, at, pointer(&at.old).as_ref(), pointer(&at.new).as_ref());
    }

    /// Leaves the two schemas at `key` below the place to compare, in what stands there.
    pub(crate) fn nested_schemas(&mut self, surface: Surface, at: &At, key: &str, (old, new): (&Value, &Value)) {
        let pointer = |site: &Option<Site>, holder: &Value| {
            holder.get(key).and(site.as_ref()).map(|site| format!("{}/{key}", site.pointer))
        };
        let (old, new) = (pointer(&at.old, old), pointer(&at.new, new));
        self.schemas(surface, at, old.as_ref(), new.as_ref());
    }

    /// Leaves two schemas to compare, unless neither is there.
    pub(super) fn schemas(&mut self, surface: Surface, at: &At, old: Option<&String>, new: Option<&String>) {
        if old.is_some() || new.is_some() {
            let written = |schema: Option<&String>, holder: &Option<Site>| {
                let holder = holder.as_ref().map_or("", |site| &site.pointer);
                Written { there: schema.is_some(), pointer: schema.map_or(holder, String::as_str).to_owned() }
            };
            let (old, new) = (written(old, &at.old), written(new, &at.new));
            self.comparisons.push(Comparison {
                surface,
                subject: at.subject.clone(),
                place: at.place.clone(),
                old,
                new,
            });
        }
    }

    fn operation_removed(&mut self, key: &Key, operation: &Operation<'_>) {
        let at = At::of(key.subject(&operation.title), &key.place()).only_old(&operation.pointer);
        let what = if operation.is_webhook { "webhook" } else { "api" };
        self.removed(what, &at, &operation.lifecycle, &operation.title);
    }

    fn operation(&mut self, key: &Key, old: &Operation<'_>, new: &Operation<'_>) {
        let place = key.place();
        let at = At::of(key.subject(&new.title), &place);
        let both = at.clone().both(&old.pointer, &new.pointer);
        if let (Some(was), Some(is)) = (old.id, new.id)
            && was != is
        {
            let sentence =
                format!("its operationId was `{was}`, now it is `{is}`: generated clients rename their method");
            self.say("api-operation-id-changed", &both.clone().changed(was, is), &sentence, Some(was));
        }
        self.lifecycle("api", &both, &old.lifecycle, &new.lifecycle);
        self.security(&at, old, new);
        self.servers(&at, old, new);
        if new.is_webhook {
            self.emitted_fields(Surface::WebhookParameter, &at, &old.parameters, &new.parameters);
        } else {
            self.accepted_fields(
                Surface::RequestParameter,
                &at.clone().message(Message::Request),
                &old.parameters,
                &new.parameters,
            );
        }
        if new.is_webhook {
            self.body(Surface::WebhookBody, &both, old.body.as_ref(), new.body.as_ref());
            self.accepted_responses(&both, &old.responses, &new.responses);
        } else {
            let request = both.clone().message(Message::Request);
            self.body(Surface::RequestBody, &request, old.body.as_ref(), new.body.as_ref());
            self.responses(&both, &old.responses, &new.responses);
        }
    }
}
