//! From a change to a finding: the rule, the sentence, the place, the fingerprint.

use super::change::{Change, Step, Written, path};
use super::spot::Side;
use super::{Question, Root, Sides};
use crate::finding::{Finding, Identity, Place, Proof, Severity, Site};
use crate::rules::{Condition, Direction, Words, words};

/// The finding of a change.
pub(super) fn finding(change: &Change, question: &Question<'_>, sides: &Sides<'_>, proof: Proof) -> Finding {
    let direction = question.surface.direction();
    let mut steps = change.steps.clone();
    if change.condition == Condition::Required {
        steps.push(Step::Member(change.texts.more.as_str().into()));
    }
    let words = words(change.condition, change.step, direction);
    let rule = match (&proof, change.condition) {
        (Proof::Undecided(code, _), _) => format!("unknown-{code}"),
        (_, Condition::Other) => format!("schema-{}", words.id),
        _ => format!("{}-{}", question.surface.prefix(!steps.is_empty()), words.id),
    };
    let place = match &change.anchor {
        Some((pointer, depth)) => format!("{pointer} {}", path(&steps[*depth..])),
        None => format!("{} {}", question.place, path(&steps)),
    };
    let content = |side: &Side<'_>, written: &Written, text: &str| match (text, change.condition) {
        ("", condition) if condition != Condition::Required => side.text(&written.document, &written.pointer),
        (text, _) => format!("{text} {}", change.texts.more),
    };
    let left = content(&sides.left, &change.left, &change.texts.left);
    let right = content(&sides.right, &change.right, &change.texts.right);
    let subject = question.subject.at(steps.iter().map(Step::read).collect(), path(&steps));
    let site = |written: &Written, root: &Root<'_>| {
        let document = (written.document != root.document).then(|| written.document.clone());
        Some(Site { document, ..Site::from(written.pointer.as_str()) })
    };
    let sites = (site(&change.left, &question.left), site(&change.right, &question.right));
    let (old, new) = ordered(direction, sites);
    let (was, is) = ordered(direction, (left, right));
    Finding {
        severity: if matches!(proof, Proof::Undecided(..)) { Severity::Unknown } else { question.severity },
        places: vec![Place { subject, old, new }],
        sentence: sentence(change, &words, direction, &proof),
        fingerprint: Identity { place: &place, old: &was, new: &is }.fingerprint(&rule),
        rule,
        proof,
    }
}

/// Left and right as old and new.
fn ordered<T>(direction: Direction, (left, right): (T, T)) -> (T, T) {
    match direction {
        Direction::Accepts => (left, right),
        Direction::Emits => (right, left),
    }
}

/// How much of a witness a sentence shows.
const SHOWN_MAX: usize = 120;

fn sentence(change: &Change, words: &Words, direction: Direction, proof: &Proof) -> String {
    let texts = &change.texts;
    let (old, new) = ordered(direction, (texts.left.as_str(), texts.right.as_str()));
    match (&change.undecided, proof, change.condition) {
        (Some(reason), ..) => format!("it could not be compared: {reason}"),
        (None, Proof::Witness(witness), Condition::Other) => {
            let witness = witness.to_string();
            let cut = witness.char_indices().nth(SHOWN_MAX).map_or(witness.len(), |(at, _)| at);
            let dots = if cut < witness.len() { "…" } else { "" };
            words.sentence.replace("{more}", &format!("`{}{dots}`", &witness[..cut]))
        }
        _ => words.sentence.replace("{old}", old).replace("{new}", new).replace("{more}", &texts.more),
    }
}
