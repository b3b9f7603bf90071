//! Lookups: which changes of what a contract promises to them concern one search.

use crate::ContractDocument;
use seam_contract::subject::Asked;
use seam_model::{Attributes, Lookup, LookupRule, may_be};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Does it concern a search that what the rule of this name says of one thing is narrower in the new
/// version? Only where the old rule may have met the search, the search asks for that thing, and no new
/// rule, whatever its name, keeps what the old one promised to it. One that asks for no name took each that
/// was promised.
pub fn concerns(
    lookup: &Lookup,
    (rule, asked): (&str, &Asked),
    (old, new): (&ContractDocument, &ContractDocument),
) -> bool {
    let (was, is) = (old.lookups().remove(rule), new.lookups().remove(rule));
    was.is_some_and(|was| was.may_meet(lookup) && !new.lookups().values().any(|is| keeps(is, &was, lookup)))
        && match asked {
            Asked::All => true,
            Asked::Name => lookup.name.is_none() || !is.is_some_and(|is| promises_name(&is, lookup)),
            Asked::Tag(key) => lookup.tags.contains_key(key),
            Asked::TagValue(key, value) => lookup.tags.get(key).is_some_and(|wanted| {
                let is_there = |is: &LookupRule| is.tags.get(key).is_some_and(|values| values.contains(wanted));
                may_be(value, wanted) && !is.as_ref().is_some_and(is_there)
            }),
        }
}

/// Does a rule surely promise to a search what another one did? A template is what it was where it is
/// written as it was.
fn keeps(is: &LookupRule, was: &LookupRule, lookup: &Lookup) -> bool {
    let has = |key: &String| match (was.tags.get(key), is.tags.get(key), lookup.tags.get(key)) {
        (_, Some(now), Some(wanted)) if now.contains(wanted) => true,
        (Some(before), Some(now), wanted) => {
            let asked = |value: &&String| wanted.is_none_or(|wanted| may_be(value, wanted));
            before.iter().filter(asked).all(|value| now.contains(value))
        }
        (Some(_), None, wanted) => wanted.is_none(),
        (None, now, _) => now.is_none(),
    };
    let is_named = is.name.is_none() || is.name == was.name || lookup.name.is_some() && promises_name(is, lookup);
    is.kind == lookup.kind && is_named && was.tags.keys().chain(lookup.tags.keys()).all(has)
}

/// Does it surely promise the name that is asked for? What a template stands for is not known here.
fn promises_name(rule: &LookupRule, lookup: &Lookup) -> bool {
    let rule = LookupRule { tags: BTreeMap::new(), ..rule.clone() };
    rule.promises(&Lookup { tags: BTreeMap::new(), ..lookup.clone() }, &Attributes::default())
}

/// Does a contract that promises resources of the kind not promise these? What it says nothing of may be
/// there all the same.
pub fn is_refused(contract: &ContractDocument, lookup: &Lookup) -> bool {
    let rules = contract.lookups();
    let mut of_kind = rules.values().filter(|rule| rule.kind == lookup.kind).peekable();
    of_kind.peek().is_some() && !of_kind.any(|rule| rule.may_promise(lookup))
}

impl ContractDocument {
    /// What it promises to lookups, by name.
    pub fn lookups(&self) -> BTreeMap<String, LookupRule> {
        let rules = self.part("/lookups").and_then(Json::as_object).into_iter().flatten();
        rules.map(|(name, rule)| (name.clone(), read(rule))).collect()
    }
}

fn read(rule: &Json) -> LookupRule {
    let text = |key: &str| rule.get(key).and_then(Json::as_str).map(str::to_owned);
    let values = |value: &Json| match value {
        Json::Array(many) => many.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        one => one.as_str().map(str::to_owned).into_iter().collect(),
    };
    let tags = rule.get("tags").and_then(Json::as_object).into_iter().flatten();
    let tags = tags.map(|(key, value)| (key.clone(), values(value))).collect();
    LookupRule { kind: text("kind").unwrap_or_default(), name: text("name"), tags }
}
