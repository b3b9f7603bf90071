//! Resources: what is indexed of real infrastructure, so that stacks find each other's by kind, name
//! and tags. A `Lookup` is such a question.

use crate::{Attributes, Value, expand};
use std::collections::BTreeMap;

/// One lookup gives at most so many resources.
pub const LOOKUP_RESULTS_MAX: usize = 10_000;

/// What is known of one resource. Nothing in it is a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// What it is, in the tool's words: `aws_subnet`.
    pub kind: String,
    /// Its id where it really is: `subnet-0123`.
    pub id: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its name in all of AWS, where it has one.
    pub arn: Option<String>,
    /// By key.
    pub tags: BTreeMap<String, String>,
}

/// What a stack looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The kind, exactly.
    pub kind: String,
    /// The name, in which each `*` stands for any text; `None`: whatever it is.
    pub name: Option<String>,
    /// Tags that it has, with these values; it may have others.
    pub tags: BTreeMap<String, String>,
}

/// A promise in a contract: resources of this kind are there with these tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupRule {
    /// The kind, exactly.
    pub kind: String,
    /// Their name, in which each `*` stands for any text; a template. `None`: nothing is said of it.
    pub name: Option<String>,
    /// By key the values that it may have; each of them is a template.
    pub tags: BTreeMap<String, Vec<String>>,
}

impl LookupRule {
    /// Does it promise what `lookup` looks for? Every tag that is asked for is one that it names, and a
    /// name that is asked for is one that it says they have.
    /// `attributes` are those of the environment that it is promised in.
    pub fn promises(&self, lookup: &Lookup, attributes: &Attributes) -> bool {
        let has = |values: &Vec<String>, wanted: &String| {
            values.iter().any(|value| expand(value, attributes).is_ok_and(|value| value == *wanted))
        };
        // A star of the lookup is a letter that only a star of the promise takes in.
        let named = |wanted: &String, promised: &String| {
            expand(promised, attributes).is_ok_and(|promised| matches_stars(&promised, wanted))
        };
        self.kind == lookup.kind
            && lookup.name.as_ref().is_none_or(|wanted| self.name.as_ref().is_none_or(|name| named(wanted, name)))
            && lookup.tags.iter().all(|(key, wanted)| self.tags.get(key).is_some_and(|values| has(values, wanted)))
    }

    /// In a few words: `aws_subnet tier=private|public`.
    pub fn words(&self) -> String {
        let tags = self.tags.iter().map(|(key, values)| format!("{key}={}", values.join("|")));
        std::iter::once(self.kind.clone()).chain(self.name.clone()).chain(tags).collect::<Vec<_>>().join(" ")
    }
}

/// A lookup that finds more than anybody means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} resources match, and a lookup gives at most {LOOKUP_RESULTS_MAX}")]
pub struct TooMany {
    /// How many there are.
    pub found: usize,
}

impl Resource {
    /// As a value: an object in which what it does not have is null.
    pub fn to_value(&self) -> Value {
        let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, |text| Value::String(text.clone()));
        let tags = self.tags.iter().map(|(key, value)| (key.clone(), Value::String(value.clone()))).collect();
        let members = [
            ("kind", Value::String(self.kind.clone())),
            ("id", Value::String(self.id.clone())),
            ("name", text(&self.name)),
            ("arn", text(&self.arn)),
            ("tags", Value::Object(tags)),
        ];
        Value::Object(members.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

impl Lookup {
    /// Those of `inventory` that match, ordered by kind, then id.
    pub fn find<'a>(&self, inventory: impl IntoIterator<Item = &'a Resource>) -> Result<Vec<&'a Resource>, TooMany> {
        let mut found: Vec<_> = inventory.into_iter().filter(|resource| self.matches(resource)).collect();
        if found.len() > LOOKUP_RESULTS_MAX {
            return Err(TooMany { found: found.len() });
        }
        found.sort();
        Ok(found)
    }

    /// In a few words: `aws_subnet private-* tier=private`.
    pub fn words(&self) -> String {
        let tags = self.tags.iter().map(|(key, value)| format!("{key}={value}"));
        let parts = std::iter::once(self.kind.clone()).chain(self.name.clone()).chain(tags);
        parts.collect::<Vec<_>>().join(" ")
    }

    fn matches(&self, resource: &Resource) -> bool {
        let named = |pattern: &String| resource.name.as_ref().is_some_and(|name| matches_stars(pattern, name));
        self.kind == resource.kind
            && self.name.as_ref().is_none_or(named)
            && self.tags.iter().all(|(key, value)| resource.tags.get(key) == Some(value))
    }
}

/// Does `text` match `pattern`, in which each `*` stands for any text? Taking the first place for each
/// part between two stars is enough, because the next star takes in whatever is left out.
fn matches_stars(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(inner) = text.strip_prefix(start).and_then(|text| text.strip_suffix(end)) else { return false };
    let parts = middle.split('*').try_fold(inner, |left, part| left.find(part).map(|at| &left[at + part.len()..]));
    parts.is_some()
}

#[cfg(test)]
mod tests {
    use super::{LOOKUP_RESULTS_MAX, Lookup, LookupRule, Resource, TooMany};
    use crate::Attributes;
    use serde_json::json;

    fn resource(kind: &str, id: &str, name: Option<&str>, tags: &[(&str, &str)]) -> Resource {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Resource { kind: kind.into(), id: id.into(), name: name.map(str::to_owned), arn: None, tags }
    }

    #[test]
    fn kind_name_and_tags_decide_and_ids_order() {
        let inventory = [
            resource("subnet", "s-3", Some("private-b"), &[("tier", "private"), ("zone", "b")]),
            resource("subnet", "s-1", Some("private-a"), &[("tier", "private"), ("zone", "a")]),
            resource("subnet", "s-2", None, &[("tier", "public")]),
            resource("vpc", "v-1", Some("private-a"), &[("tier", "private")]),
        ];
        for (name, tags, wanted) in [
            (None, vec![], vec!["s-1", "s-2", "s-3"]),
            (None, vec![("tier", "private")], vec!["s-1", "s-3"]),
            (None, vec![("tier", "private"), ("zone", "b")], vec!["s-3"]),
            (None, vec![("tier", "pri*")], vec![]),
            (None, vec![("owner", "")], vec![]),
            (Some("private-a"), vec![], vec!["s-1"]),
            (Some("private"), vec![], vec![]),
            (Some("*"), vec![], vec!["s-1", "s-3"]),
            (Some("private-*"), vec![("zone", "b")], vec!["s-3"]),
            (Some("*va*-b*"), vec![], vec!["s-3"]),
            (Some("p*a-a"), vec![], vec![]),
            (Some("private-a*a"), vec![], vec![]),
        ] {
            let lookup = Lookup { name: name.map(str::to_owned), ..lookup("subnet", &tags) };
            let found: Vec<_> = lookup.find(&inventory).unwrap().iter().map(|it| it.id.as_str()).collect();
            assert_eq!(found, wanted, "{lookup:?}");
        }
        assert_eq!(
            inventory[2].to_value().to_json(),
            Some(json!({"kind": "subnet", "id": "s-2", "name": null, "arn": null, "tags": {"tier": "public"}}))
        );
    }

    #[test]
    fn a_promise_covers_the_tags_that_it_names() {
        let values = ["private", "{environment}-public"].map(str::to_owned).into();
        let rule = LookupRule { kind: "subnet".into(), name: None, tags: [("tier".to_owned(), values)].into() };
        let dev = Attributes::from([("environment".to_owned(), "dev".to_owned())]);
        for (kind, tags, promised) in [
            ("subnet", vec![("tier", "private")], true),
            ("subnet", vec![("tier", "dev-public")], true),
            ("subnet", vec![], true),
            ("subnet", vec![("tier", "internal")], false),
            ("subnet", vec![("tier", "private"), ("zone", "a")], false),
            ("vpc", vec![("tier", "private")], false),
        ] {
            assert_eq!(rule.promises(&lookup(kind, &tags), &dev), promised, "{kind} {tags:?}");
        }
    }

    #[test]
    fn a_promise_of_names_covers_what_stays_inside_of_them() {
        let rule = LookupRule { kind: "subnet".into(), name: Some("{environment}-*-net".into()), tags: [].into() };
        let dev = Attributes::from([("environment".to_owned(), "dev".to_owned())]);
        for (name, promised) in [
            (None, true),
            (Some("dev-a-net"), true),
            (Some("dev-*-net"), true),
            (Some("dev-a*-net"), true),
            (Some("dev-*"), false),
            (Some("prod-a-net"), false),
        ] {
            let lookup = Lookup { name: name.map(str::to_owned), ..lookup("subnet", &[]) };
            assert_eq!(rule.promises(&lookup, &dev), promised, "{name:?}");
        }
    }

    #[test]
    fn a_lookup_is_bounded() {
        let mut inventory = vec![resource("subnet", "s", None, &[]); LOOKUP_RESULTS_MAX];
        assert_eq!(lookup("subnet", &[]).find(&inventory).unwrap().len(), LOOKUP_RESULTS_MAX);
        inventory.push(resource("subnet", "s", None, &[]));
        assert_eq!(lookup("subnet", &[]).find(&inventory), Err(TooMany { found: LOOKUP_RESULTS_MAX + 1 }));
    }

    fn lookup(kind: &str, tags: &[(&str, &str)]) -> Lookup {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Lookup { kind: kind.into(), name: None, tags }
    }
}
