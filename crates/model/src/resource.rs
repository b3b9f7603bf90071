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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Does it [promise](Self::promises) what `lookup` looks for in some environment, whatever its templates
    /// stand for there?
    pub fn may_promise(&self, lookup: &Lookup) -> bool {
        let named = |wanted: &String| self.name.as_ref().is_none_or(|name| matches_stars(&starred(name), wanted));
        self.kind == lookup.kind
            && lookup.name.as_ref().is_none_or(named)
            && lookup.tags.keys().all(|key| self.tags.contains_key(key))
            && self.may_have_tags(lookup)
    }

    /// May some of what it promises be what `lookup` looks for? Tags that it does not name may be any.
    pub fn may_meet(&self, lookup: &Lookup) -> bool {
        let named = |wanted: &String| self.name.as_ref().is_none_or(|name| may_share(&starred(name), wanted));
        self.kind == lookup.kind && lookup.name.as_ref().is_none_or(named) && self.may_have_tags(lookup)
    }

    /// May it have each tag that is asked for, as far as it names them?
    fn may_have_tags(&self, lookup: &Lookup) -> bool {
        let may_be = |(key, wanted): (&String, &String)| {
            self.tags.get(key).is_none_or(|values| values.iter().any(|value| may_be(value, wanted)))
        };
        lookup.tags.iter().all(may_be)
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

/// May a template be this text in some environment?
pub fn may_be(template: &str, text: &str) -> bool {
    template == text || matches_stars(&starred(template), text)
}

/// A template as a pattern: what stands for its parts in braces may be any text.
fn starred(template: &str) -> String {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((before, (_, after))) =
        rest.split_once('{').and_then(|(before, from)| Some((before, from.split_once('}')?)))
    {
        pattern += before;
        pattern.push('*');
        rest = after;
    }
    pattern + rest
}

/// May some text match both patterns? Between the first star and the last one any text may be.
fn may_share(one: &str, other: &str) -> bool {
    let ends = |pattern: &str| -> Option<(String, String)> {
        let (start, rest) = pattern.split_once('*')?;
        Some((start.to_owned(), rest.rsplit_once('*').map_or(rest, |(_, end)| end).to_owned()))
    };
    match (ends(one), ends(other)) {
        (None, _) => matches_stars(other, one),
        (_, None) => matches_stars(one, other),
        (Some((start, end)), Some((begin, finish))) => {
            (start.starts_with(&begin) || begin.starts_with(&start))
                && (end.ends_with(&finish) || finish.ends_with(&end))
        }
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
    fn what_a_promise_may_come_to_in_some_environment() {
        let tags = [("tier".to_owned(), vec!["web".to_owned(), "{environment}-db".to_owned()])].into();
        let rule = LookupRule { kind: "subnet".into(), name: Some("{system}-a-*".into()), tags };
        for (name, tags, promised, met) in [
            (None, vec![], true, true),
            (Some("shop-a-1"), vec![("tier", "web")], true, true),
            (Some("shop-a-*"), vec![("tier", "dev-db")], true, true),
            (None, vec![("tier", "db")], false, false),
            (None, vec![("tier", "web"), ("zone", "a")], false, true),
            (Some("*"), vec![], false, true),
            (Some("shop-b-1"), vec![], false, false),
            (Some("*-net"), vec![], false, true),
        ] {
            let lookup = Lookup { name: name.map(str::to_owned), ..lookup("subnet", &tags) };
            assert_eq!((rule.may_promise(&lookup), rule.may_meet(&lookup)), (promised, met), "{lookup:?}");
        }
        let none = LookupRule { name: Some("a-*-net".into()), ..rule };
        let lookup = Lookup { name: Some("a-*-subnet".into()), ..lookup("subnet", &[]) };
        assert!(!none.may_meet(&Lookup { name: Some("b-*".into()), ..lookup.clone() }));
        assert!(!none.may_meet(&Lookup { name: Some("a-*-nets".into()), ..lookup.clone() }));
        assert!(!none.may_meet(&Lookup { kind: "vpc".into(), ..lookup }));
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
