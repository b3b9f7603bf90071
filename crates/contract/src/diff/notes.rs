//! Notes on what asserts nothing: a default, how a text is encoded, which branches a tag names, members
//! that may be absent anyway. A change of one breaks nobody by the letter, and somebody may want to know;
//! so may who wrote what says nothing where it stands.

use super::side::Side;
use crate::finding::{Finding, Findings, Identity, Place, Proof, Severity, Site};
use crate::openapi::{Comparison, joined};
use crate::schema::{Dialect, Shape, Subject};
use crate::world::World;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Keyword, end of the rule's id, and what the keyword says in words.
type Rule = (&'static str, &'static str, &'static str);

const RULES: [Rule; 5] = [
    ("default", "default-changed", "the default"),
    ("contentEncoding", "content-encoding-changed", "the encoding of the content"),
    ("contentMediaType", "content-media-type-changed", "the media type of the content"),
    ("contentSchema", "content-schema-changed", "the schema of the content"),
    ("discriminator", "discriminator-changed", "the discriminator"),
];

/// How many references are followed from one place, and how deep schemas are walked.
const HOPS_MAX: usize = 32;

/// Keywords by which several schemas speak of one value: a member that goes from one of them may be in another.
const TOGETHER: [&str; 8] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];
const DEPTH_MAX: usize = 200;

/// Adds a note for each such keyword that says another thing in schemas which both versions have at
/// one place of a value. What several places share is told once.
pub(super) fn add(findings: &mut Findings, (old, new): (&Side, &Side), comparisons: &[Comparison], world: World) {
    let (Some(old_root), Some(new_root)) = (old.document(), new.document()) else { return };
    let mut walk = Walk { old_root, new_root, seen: HashSet::new(), told: HashSet::new(), world, findings };
    for comparison in comparisons.iter().filter(|comparison| comparison.old.there && comparison.new.there) {
        let (old, new) = (&comparison.old.pointer, &comparison.new.pointer);
        let schemas = old_root.pointer(old).zip(new_root.pointer(new));
        if let Some((was, is)) = schemas {
            walk.pair(comparison, (Spot::new(was, old), Spot::new(is, new)), &Way::default());
        }
    }
}

/// A schema and its pointer.
struct Spot<'d> {
    schema: &'d Value,
    pointer: String,
}

impl<'d> Spot<'d> {
    fn new(schema: &'d Value, pointer: &str) -> Self {
        Self { schema, pointer: pointer.to_owned() }
    }

    /// The schema objects that its references lead to, itself first.
    fn chain(self, root: &'d Value) -> Chain<'d> {
        let mut chain = Vec::new();
        let mut next = Some((self.schema, self.pointer));
        while let Some((Value::Object(members), pointer)) = next.take().filter(|_| chain.len() < HOPS_MAX) {
            chain.push((members, pointer));
            let target = members.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            next = target.and_then(|target| Some((root.pointer(target)?, target.to_owned())));
        }
        chain
    }
}

/// Schema objects that hold together, with their pointers.
type Chain<'d> = Vec<(&'d Map<String, Value>, String)>;

/// The way from the schema that is compared, as people write it: `items[].price`.
#[derive(Clone, Default)]
struct Way {
    path: String,
    depth: usize,
    /// The schema is one of several that speak of the value.
    is_partial: bool,
}

impl Way {
    fn further(&self, keyword: &str, name: Option<&str>) -> Self {
        let path = match (keyword, name) {
            ("properties", Some(name)) if self.path.is_empty() => name.to_owned(),
            ("properties", Some(name)) => format!("{}.{name}", self.path),
            ("items" | "prefixItems" | "additionalItems" | "unevaluatedItems" | "contains", _) => {
                format!("{}[]", self.path)
            }
            _ => self.path.clone(),
        };
        Self { path, depth: self.depth + 1, is_partial: TOGETHER.contains(&keyword) }
    }
}

struct Walk<'w> {
    old_root: &'w Value,
    new_root: &'w Value,
    seen: HashSet<(usize, usize)>,
    /// Where something changed.
    told: HashSet<(String, String)>,
    world: World,
    findings: &'w mut Findings,
}

impl<'w> Walk<'w> {
    fn pair(&mut self, comparison: &Comparison, (old, new): (Spot<'w>, Spot<'w>), way: &Way) {
        let address = |spot: &Spot<'_>| std::ptr::from_ref(spot.schema).addr();
        if way.depth > DEPTH_MAX || !self.seen.insert((address(&old), address(&new))) {
            return;
        }
        let (old, new) = (old.chain(self.old_root), new.chain(self.new_root));
        for rule in &RULES {
            if let (Some(was), Some(is)) = (Said::of(&old, rule.0), Said::of(&new, rule.0))
                && was.value != is.value
                && self.told.insert((was.pointer.clone(), is.pointer.clone()))
            {
                self.findings.add(note(comparison, rule, (&was, &is), way));
            }
        }
        self.inert_nullable(comparison, (&old, &new), way);
        self.unmatched_tags(comparison, (&old, &new), way);
        self.members(comparison, (&old, &new), way);
        for (members, pointer) in &old {
            for (keyword, was) in *members {
                let Some(shape) = shape(keyword) else { continue };
                let there = new.iter().find_map(|(members, pointer)| Some((members.get(keyword)?, pointer)));
                let Some((is, new_pointer)) = there else { continue };
                let (was, is) = (
                    Spot { schema: was, pointer: joined(pointer, keyword) },
                    Spot { schema: is, pointer: joined(new_pointer, keyword) },
                );
                self.under(comparison, (keyword, shape), (was, is), way);
            }
        }
    }

    /// Members that are declared on one side alone, where no condition asks for them.
    fn members(&mut self, comparison: &Comparison, (old, new): (&Chain<'w>, &Chain<'w>), way: &Way) {
        let is_one_of_many = |chain: &Chain<'w>| {
            chain.iter().any(|(members, _)| TOGETHER.iter().any(|keyword| members.contains_key(*keyword)))
        };
        // As written anything may be under a name that is not declared: that is for the comparison to tell.
        if self.world == World::AsWritten || way.is_partial || is_one_of_many(old) || is_one_of_many(new) {
            return;
        }
        let flag = if comparison.surface.is_request() { "readOnly" } else { "writeOnly" };
        let sides = [
            (old, new, "optional-removed", Severity::Warning, "it was optional and is gone"),
            (new, old, "optional-added", Severity::Note, "it is new and optional"),
        ];
        for (from, to, end, severity, sentence) in sides {
            for (name, pointer) in only_in(from, to, flag) {
                let is_old = end == "optional-removed";
                let there = Said { value: None, pointer };
                let Some(absent) = Said::of(to, "properties") else { continue };
                let sides = if is_old { (&there, &absent) } else { (&absent, &there) };
                let about = About { end, severity, sentence };
                self.findings.add(finding(comparison, &about, sides, &way.further("properties", Some(name))));
            }
        }
    }

    /// Lifting leaves `nullable: true` of OpenAPI 3.0 where it says nothing: without a type beside it.
    fn inert_nullable(&mut self, comparison: &Comparison, (old, new): (&Chain<'w>, &Chain<'w>), way: &Way) {
        let (Some(was), Some(is)) = (Said::of(old, "nullable"), Said::of(new, "nullable")) else { return };
        if was.value != is.value && self.told.insert((was.pointer.clone(), is.pointer.clone())) {
            let sentence = "`nullable: true` says nothing here; OpenAPI 3.0 wants a `type` beside it";
            let about = About { end: "nullable-says-nothing", severity: Severity::Note, sentence };
            self.findings.add(finding(comparison, &about, (&was, &is), way));
        }
    }

    /// A tag that names what is no branch chooses nothing.
    fn unmatched_tags(&mut self, comparison: &Comparison, (old, new): (&Chain<'w>, &Chain<'w>), way: &Way) {
        let known = old.iter().flat_map(|(members, _)| unmatched(members)).collect::<Vec<_>>();
        let added: Vec<_> = new.iter().flat_map(|(members, _)| unmatched(members)).collect();
        for (tag, target) in added.iter().filter(|one| !known.contains(one)) {
            let (Some(was), Some(is)) = (Said::of(old, "discriminator"), Said::of(new, "discriminator")) else {
                return;
            };
            if self.told.insert((format!("{tag} {}", was.pointer), is.pointer.clone())) {
                let sentence =
                    format!("the discriminator leads from `{tag}` to `{target}`, which is none of the alternatives");
                let about = About { end: "discriminator-unmatched", severity: Severity::Warning, sentence: &sentence };
                self.findings.add(finding(comparison, &about, (&was, &is), way));
            }
        }
    }

    /// Goes on with what both have under a keyword.
    fn under(
        &mut self,
        comparison: &Comparison,
        (keyword, shape): (&str, Shape),
        (was, is): (Spot<'w>, Spot<'w>),
        way: &Way,
    ) {
        let inner =
            |spot: &Spot<'w>, schema: &'w Value, key: &str| Spot { schema, pointer: joined(&spot.pointer, key) };
        match (was.schema, is.schema, shape) {
            (Value::Object(old), Value::Object(new), Shape::Map | Shape::MapOrNames) => {
                for (name, schema) in old {
                    let Some(other) = new.get(name) else { continue };
                    let spots = (inner(&was, schema, name), inner(&is, other, name));
                    self.pair(comparison, spots, &way.further(keyword, Some(name)));
                }
            }
            // In a list of another length nobody knows which is which.
            (Value::Array(old), Value::Array(new), _) if old.len() == new.len() => {
                for (index, (schema, other)) in old.iter().zip(new).enumerate() {
                    let spots = (inner(&was, schema, &index.to_string()), inner(&is, other, &index.to_string()));
                    self.pair(comparison, spots, &way.further(keyword, None));
                }
            }
            (Value::Object(_), Value::Object(_), _) => self.pair(comparison, (was, is), &way.further(keyword, None)),
            _ => {}
        }
    }
}

/// The members that one side declares, does not require, and the other does not declare, with their pointers;
/// without those that messages of this kind do not have.
fn only_in<'d>(from: &Chain<'d>, to: &Chain<'d>, hidden: &str) -> Vec<(&'d String, String)> {
    let properties = |members: &'d Map<String, Value>| members.get("properties").and_then(Value::as_object);
    let is_required = |name: &str| {
        let lists = from.iter().filter_map(|(members, _)| members.get("required")?.as_array());
        lists.flatten().any(|required| required == name)
    };
    let is_declared =
        |name: &str| to.iter().filter_map(|(members, _)| properties(members)).any(|all| all.contains_key(name));
    let mut found = Vec::new();
    for (members, pointer) in from {
        for (name, member) in properties(members).into_iter().flatten() {
            let is_hidden = member.get(hidden) == Some(&Value::Bool(true));
            if !is_declared(name) && !is_hidden && !is_required(name) {
                found.push((name, joined(&joined(pointer, "properties"), name)));
            }
        }
    }
    found
}

/// How a keyword holds schemas of the value or of a part of it.
fn shape(keyword: &str) -> Option<Shape> {
    let applicator = [Dialect::Draft2020, Dialect::Draft7].iter().find_map(|dialect| dialect.applicator(keyword));
    applicator.filter(|row| matches!(row.speaks_of, Subject::Same | Subject::Child)).map(|row| row.shape)
}

/// What a keyword says at a place, and where: there, or where it would be.
struct Said<'d> {
    value: Option<&'d Value>,
    pointer: String,
}

impl<'d> Said<'d> {
    /// Nothing where there is no schema object.
    fn of(chain: &Chain<'d>, keyword: &str) -> Option<Self> {
        let found = chain.iter().find_map(|(members, pointer)| Some((members.get(keyword)?, pointer)));
        Some(match found {
            Some((value, pointer)) => Self { value: Some(value), pointer: joined(pointer, keyword) },
            None => Self { value: None, pointer: chain.first()?.1.clone() },
        })
    }

    fn text(&self) -> String {
        self.value.map_or_else(String::new, Value::to_string)
    }

    fn site(&self) -> Site {
        Site::from(self.pointer.as_str())
    }
}

fn note(comparison: &Comparison, (_, end, words): &Rule, (was, is): (&Said<'_>, &Said<'_>), way: &Way) -> Finding {
    let (old, new) = (was.text(), is.text());
    let shown = |text: &str| text.chars().count() <= SHOWN_MAX;
    let change = match (was.value, is.value) {
        (None, _) if shown(&new) => format!("{words} is now `{new}`, before there was none"),
        (_, None) if shown(&old) => format!("{words} was `{old}` and is gone"),
        (Some(_), Some(_)) if shown(&old) && shown(&new) => format!("{words} was `{old}`, now it is `{new}`"),
        _ => format!("{words} changed"),
    };
    finding(comparison, &About { end, severity: Severity::Note, sentence: &change }, (was, is), way)
}

/// What a finding says: the end of its rule's id, its weight, and the sentence.
struct About<'s> {
    end: &'static str,
    severity: Severity,
    sentence: &'s str,
}

fn finding(comparison: &Comparison, about: &About<'_>, (was, is): (&Said<'_>, &Said<'_>), way: &Way) -> Finding {
    let rule = format!("{}-{}", comparison.surface.prefix(!way.path.is_empty()), about.end);
    let place = format!("{} {}", comparison.place, way.path);
    Finding {
        severity: about.severity,
        places: vec![Place {
            subject: comparison.subject.at(Vec::new(), &*way.path),
            old: Some(was.site()),
            new: Some(is.site()),
        }],
        sentence: about.sentence.to_owned(),
        proof: Proof::Nothing,
        fingerprint: Identity { place: &place, old: &was.text(), new: &is.text() }.fingerprint(&rule),
        rule,
    }
}

/// The tags that a discriminator leads to what is no branch beside it, each with that.
fn unmatched(members: &Map<String, Value>) -> Vec<(&str, &str)> {
    let branches: Vec<&Value> =
        ["oneOf", "anyOf"].iter().filter_map(|keyword| members.get(*keyword)?.as_array()).flatten().collect();
    let mapping = members.get("discriminator").and_then(|said| said.get("mapping")?.as_object());
    let is_branch = |target: &str| {
        let named = format!("#/components/schemas/{target}");
        let leads = |branch: &&Value| branch.get("$ref").is_some_and(|leads| *leads == *target || *leads == *named);
        branches.iter().any(leads)
    };
    let tags = mapping.into_iter().flatten().filter_map(|(tag, target)| Some((tag.as_str(), target.as_str()?)));
    tags.filter(|(_, target)| !branches.is_empty() && !is_branch(target)).collect()
}

/// How long what a note shows may be.
const SHOWN_MAX: usize = 120;
