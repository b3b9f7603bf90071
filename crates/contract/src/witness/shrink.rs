//! Makes a witness small: takes away what it is a witness without.

use serde_json::Value;

/// How often the validator is asked.
const TRIES_MAX: usize = 200;

/// How many parts of values it is shown for that: what is large, and has to be, is left as it is.
const PARTS_MAX: usize = 20_000;

/// What can be taken away from a value.
#[derive(Clone, Debug)]
enum Cut {
    /// A member of an object.
    Member(String),
    /// The items from here to there.
    Items(usize, usize),
    /// All but so many code points.
    Letters(usize),
}

/// One step down into a value.
#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Item(usize),
}

/// A value that is still a witness and mostly smaller.
pub fn shrunk(mut value: Value, is_witness: impl Fn(&Value) -> bool) -> Value {
    let (mut tries, mut shown, mut at, mut any) = (0, 0, 0, false);
    let mut cuts = cuts(&value);
    while tries < TRIES_MAX && shown < PARTS_MAX {
        let Some(cut) = cuts.get(at) else {
            // With less around it, more may go.
            if !std::mem::take(&mut any) {
                break;
            }
            at = 0;
            continue;
        };
        tries += 1;
        shown += cuts.len();
        let mut smaller = value.clone();
        apply(&mut smaller, cut);
        if is_witness(&smaller) {
            // What comes after, now stands at this index.
            (value, any) = (smaller, true);
            cuts = self::cuts(&value);
        } else {
            at += 1;
        }
    }
    value
}

/// All cuts, those of a whole before those of its parts.
fn cuts(value: &Value) -> Vec<(Vec<Step>, Cut)> {
    let mut all = Vec::new();
    let mut open = vec![(Vec::new(), value)];
    while let Some((path, value)) = open.pop() {
        let inside = |step| path.iter().cloned().chain([step]).collect::<Vec<Step>>();
        match value {
            Value::Object(members) => {
                all.extend(members.keys().map(|name| (path.clone(), Cut::Member(name.clone()))));
                open.extend(members.iter().map(|(name, value)| (inside(Step::Member(name.clone())), value)));
            }
            Value::Array(items) => {
                if items.len() > 2 {
                    all.push((path.clone(), Cut::Items(items.len() / 2, items.len())));
                }
                all.extend((0..items.len()).rev().map(|at| (path.clone(), Cut::Items(at, at + 1))));
                open.extend(items.iter().enumerate().map(|(at, value)| (inside(Step::Item(at)), value)));
            }
            Value::String(text) => {
                let length = text.chars().count();
                if length > 2 {
                    all.push((path.clone(), Cut::Letters(length / 2)));
                }
                all.extend(length.checked_sub(1).map(|length| (path.clone(), Cut::Letters(length))));
            }
            _ => {}
        }
    }
    all
}

fn apply(value: &mut Value, (path, cut): &(Vec<Step>, Cut)) {
    let place = path.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get_mut(name),
        Step::Item(at) => value.get_mut(at),
    });
    match (place, cut) {
        (Some(Value::Object(members)), Cut::Member(name)) => drop(members.remove(name)),
        (Some(Value::Array(items)), Cut::Items(from, to)) => drop(items.drain(from..to)),
        (Some(Value::String(text)), Cut::Letters(length)) => *text = text.chars().take(*length).collect(),
        _ => {}
    }
}
