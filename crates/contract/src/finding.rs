//! A [`Finding`]: what a comparison tells people and machines of one change, with the places where
//! it shows and a fingerprint that survives commits.

use crate::document::Position;
use crate::subject::Subject;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It breaks somebody who holds to the old contract.
    Error,
    /// Nobody knows whether it does.
    Unknown,
    /// It breaks nobody by the letter and is worth a look.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// A stable word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A part of one of the two documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The document, where it is not the compared one itself.
    pub document: Option<String>,
    /// JSON pointer.
    pub pointer: String,
    /// Where it is in the text, once somebody asked for it.
    pub position: Option<Position>,
}

impl From<&str> for Site {
    fn from(pointer: &str) -> Self {
        Self { document: None, pointer: pointer.to_owned(), position: None }
    }
}

/// Where a change shows: what it is called there, and the parts of the documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// What it speaks of.
    pub subject: Subject,
    /// In the old document, where the change has a place there.
    pub old: Option<Site>,
    /// In the new one.
    pub new: Option<Site>,
}

/// What shows that something breaks, or why nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Proof {
    /// A whole value that one side allows and the other refuses.
    Witness(Arc<Value>),
    /// What held before and does not now.
    Lost(String),
    /// Why it was not decided, with the stable word of the reason, and a value that may be a witness.
    Undecided(&'static str, Option<Value>),
    /// Nothing: a note or a warning needs none.
    Nothing,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its rule's stable id.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Where it shows; at least one.
    pub places: Vec<Place>,
    /// What changed, in the words of the document, as a sentence without its subject.
    pub sentence: String,
    /// What shows it.
    pub proof: Proof,
    /// Of rule, stable place, and what stood there before and after; 16 hexadecimal digits.
    pub fingerprint: String,
}

/// What a finding's fingerprint is made of beside its rule: no line numbers, no witness, no index of
/// a list that has names.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// A name of the place that survives edits elsewhere.
    pub place: &'a str,
    /// What stood there before.
    pub old: &'a str,
    /// What stands there now.
    pub new: &'a str,
}

impl Identity<'_> {
    /// The fingerprint of a finding of this rule.
    pub fn fingerprint(&self, rule: &str) -> String {
        let mut hash = Sha256::new();
        for part in [rule, self.place, self.old, self.new] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Finding {
    /// Subject and sentence.
    pub fn message(&self) -> String {
        let more = match self.places.len() {
            0 | 1 => String::new(),
            places => format!(" (and at {} more)", places - 1),
        };
        let said = self.places.first().map_or_else(|| self.sentence.clone(), |place| place.subject.say(&self.sentence));
        said + &more
    }

    /// The finding as JSON: `rule, severity, places, message, witness?, lost?, reason?, candidate?,
    /// fingerprint`.
    pub fn to_json(&self) -> Value {
        let mut told = json!({
            "rule": self.rule,
            "severity": self.severity.name(),
            "places": self.places.iter().map(Place::to_json).collect::<Vec<_>>(),
            "message": self.message(),
            "fingerprint": self.fingerprint,
        });
        match &self.proof {
            Proof::Witness(value) => told["witness"] = Value::clone(value),
            Proof::Lost(lost) => told["lost"] = lost.as_str().into(),
            Proof::Undecided(reason, candidate) => {
                told["reason"] = (*reason).into();
                if let Some(candidate) = candidate {
                    told["candidate"] = candidate.clone();
                }
            }
            Proof::Nothing => {}
        }
        told
    }
}

impl Place {
    fn to_json(&self) -> Value {
        let mut told = json!({ "subject": self.subject.words });
        if !self.subject.field.is_empty() {
            told["path"] = self.subject.field.as_str().into();
        }
        for (side, site) in [("old", &self.old), ("new", &self.new)] {
            let Some(site) = site else { continue };
            told[side] = json!({ "pointer": site.pointer });
            if let Some(document) = &site.document {
                told[side]["document"] = document.as_str().into();
            }
            if let Some(position) = site.position {
                told[side]["line"] = position.line.into();
                told[side]["column"] = position.column.into();
            }
        }
        told
    }
}

/// Findings by fingerprint: the same change that shows at several places is one finding.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    by_fingerprint: BTreeMap<String, Finding>,
    /// Where each of them shows.
    places: HashSet<(String, Place)>,
}

impl Findings {
    /// Adds a finding; one with a known fingerprint adds its places to the known one.
    pub fn add(&mut self, finding: Finding) {
        if let Some(new) = self.add_places(finding) {
            let of = |place: &Place| (new.fingerprint.clone(), place.clone());
            self.places.extend(new.places.iter().map(of));
            self.by_fingerprint.insert(new.fingerprint.clone(), new);
        }
    }

    /// Adds the places of a finding with a known fingerprint; gives back one that is new.
    pub fn add_places(&mut self, finding: Finding) -> Option<Finding> {
        let Some(known) = self.by_fingerprint.get_mut(&finding.fingerprint) else { return Some(finding) };
        let fingerprint = &finding.fingerprint;
        let places = &mut self.places;
        known
            .places
            .extend(finding.places.into_iter().filter(|place| places.insert((fingerprint.clone(), place.clone()))));
        None
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_fingerprint.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_fingerprint.is_empty()
    }

    /// The most severe first, then by rule and place.
    pub fn sorted(self) -> Vec<Finding> {
        let mut all: Vec<Finding> = self.by_fingerprint.into_values().collect();
        all.sort_by_cached_key(|finding| {
            let place = finding.places.first().cloned();
            (finding.severity, finding.rule.clone(), place, finding.fingerprint.clone())
        });
        all
    }
}

/// `error rule: message`
impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}: {}", self.severity.name(), self.rule, self.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Part;

    fn finding(rule: &str, severity: Severity, place: &str, subject: &str) -> Finding {
        let site = Some(Site::from(place));
        Finding {
            rule: rule.to_owned(),
            severity,
            places: vec![Place { subject: Subject::new(subject, Part::Whole), old: site, new: None }],
            sentence: "it is gone".to_owned(),
            proof: Proof::Lost("GET /a".to_owned()),
            fingerprint: Identity { place, old: "a", new: "" }.fingerprint(rule),
        }
    }

    #[test]
    fn a_fingerprint_tells_rule_place_and_content_apart() {
        let print = |rule: &str, place, old, new| Identity { place, old, new }.fingerprint(rule);
        let all = [
            print("r", "p", "a", "b"),
            print("r", "p", "ab", ""),
            print("r", "pa", "", "b"),
            print("rp", "", "a", "b"),
            print("r", "p", "b", "a"),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|print| print.len() == 16));
        assert_eq!(all[0], print("r", "p", "a", "b"));
    }

    #[test]
    fn one_change_at_two_places_is_one_finding_and_errors_come_first() {
        let mut findings = Findings::default();
        findings.add(finding("note", Severity::Note, "/b", "GET /b"));
        findings.add(finding("gone", Severity::Error, "/a", "GET /a"));
        findings.add(finding("gone", Severity::Error, "/a", "GET /c"));
        findings.add(finding("gone", Severity::Error, "/a", "GET /c"));
        let told: Vec<String> = findings.sorted().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["error gone: GET /a: it is gone (and at 1 more)", "note note: GET /b: it is gone"]);
    }

    #[test]
    fn a_finding_as_json_has_what_there_is_and_nothing_else() {
        let told = finding("gone", Severity::Error, "/a", "GET /a").to_json();
        let fingerprint = told["fingerprint"].clone();
        assert_eq!(
            told,
            json!({"rule": "gone", "severity": "error", "message": "GET /a: it is gone", "lost": "GET /a",
                "places": [{"subject": "GET /a", "old": {"pointer": "/a"}}], "fingerprint": fingerprint})
        );
    }
}
