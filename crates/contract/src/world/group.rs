//! A [`Group`]: all schema objects that speak of one place of a value, and the schemas that they
//! have for its members and items.

use super::address;
use crate::schema::{Closing, Compiler, DEPTH_MAX, Subject};
use crate::strings::Strings;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The alternative that must hold for a schema to count: the list of branches, and which.
type Choice = (usize, usize);

/// On what it depends that a schema object counts.
#[derive(Clone, Default)]
struct Standing {
    choices: Vec<Choice>,
    /// Under `if` it only asks.
    asks: bool,
    /// Whether it need not hold.
    depends: bool,
}

/// A schema object that speaks of the place.
struct Member<'a> {
    schema: &'a Value,
    standing: Standing,
}

/// All schema objects that speak of one place.
pub(super) struct Group<'a> {
    roots: Vec<&'a Value>,
    members: Vec<Member<'a>>,
}

/// A schema for a member or for items of the place.
#[derive(Clone)]
pub(super) struct Child<'a> {
    pub schema: &'a Value,
    /// Whether it may be closed: not what only asks (`if`), or asks of some item (`contains`).
    pub closes: bool,
    /// Whose it is.
    member: usize,
}

/// Keywords that speak of properties.
const OF_PROPERTIES: [&str; 4] = ["properties", "patternProperties", "additionalProperties", "unevaluatedProperties"];
/// Keywords that speak of properties that are not declared.
const OF_OTHERS: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];

impl<'a> Group<'a> {
    /// The group of the schemas and of all that they apply to the same value.
    pub fn of(compiler: &mut Compiler<'a>, roots: &[&'a Value]) -> Self {
        let mut group = Self { roots: roots.to_vec(), members: Vec::new() };
        for root in roots {
            group.add(compiler, root, &Standing::default(), &mut Vec::new());
        }
        group
    }

    fn add(&mut self, compiler: &mut Compiler<'a>, schema: &'a Value, standing: &Standing, path: &mut Vec<usize>) {
        let (Value::Object(members), Some(dialect)) = (schema, compiler.dialect(schema)) else { return };
        if path.contains(&address(schema)) || path.len() > DEPTH_MAX {
            return;
        }
        path.push(address(schema));
        let target = compiler.target(schema);
        if !dialect.reference_hides(members) {
            self.members.push(Member { schema, standing: standing.clone() });
            for (applicator, inner) in dialect.schemas_in(members) {
                // `then` and `else` say nothing without `if`.
                let inert = matches!(applicator.name, "then" | "else") && !members.contains_key("if");
                if applicator.speaks_of == Subject::Same && applicator.name != "not" && !inert {
                    self.add(compiler, inner, &standing.under(applicator.name, members, inner), path);
                }
            }
        }
        if let Some(target) = target {
            self.add(compiler, target, standing, path);
        }
        path.pop();
    }

    /// Whether it says anything of properties.
    pub fn speaks(&self) -> bool {
        self.members.iter().any(Member::speaks)
    }

    /// Whether it declares properties.
    pub fn declares(&self) -> bool {
        let some = |member: &Member<'_>, keyword| {
            member.schema.get(keyword).and_then(Value::as_object).is_some_and(|named| !named.is_empty())
        };
        self.members.iter().any(|member| some(member, "properties") || some(member, "patternProperties"))
    }

    /// Whether its first schema says itself what others are.
    pub fn says_of_others(&self) -> bool {
        self.roots.iter().any(|root| OF_OTHERS.iter().any(|keyword| root.get(keyword).is_some()))
    }

    /// How many alternatives there are that say something of properties. Those that a tag tells
    /// apart are one: to look at one of them is to know that the others do not hold.
    pub fn alternatives(&self, compiler: &mut Compiler<'a>) -> usize {
        let mut count = 0;
        for member in &self.members {
            let listed = ["anyOf", "oneOf"].map(|keyword| member.schema.get(keyword).and_then(Value::as_array));
            for branches in listed.into_iter().flatten() {
                let branches: Vec<Self> = branches.iter().map(|branch| Self::of(compiler, &[branch])).collect();
                let speaking = branches.iter().filter(|branch| branch.speaks()).count();
                count += if told_apart(&branches) { speaking.min(1) } else { speaking };
            }
            let dependent = member.schema.get("dependentSchemas").and_then(Value::as_object).map_or(0, Map::len);
            count += dependent + usize::from(member.schema.get("if").is_some());
        }
        count
    }

    /// Closes it to the names that are declared; nothing where some may be undeclared.
    pub fn names(&self) -> Option<Closing<'a>> {
        let open = |member: &Member<'a>| {
            OF_OTHERS
                .iter()
                .filter_map(|keyword| member.schema.get(keyword))
                .any(|others| *others != Value::Bool(false))
        };
        if self.members.iter().any(open) || self.roots.iter().any(|root| root.get("propertyNames").is_some()) {
            return None;
        }
        let named = |keyword: &str| -> BTreeSet<&'a str> {
            let members = self.members.iter().filter_map(|member| member.schema.get(keyword)?.as_object());
            members.flat_map(|named| named.keys().map(String::as_str)).collect()
        };
        Some(Closing::Names(named("properties"), named("patternProperties")))
    }

    /// The constants of each property that must be there.
    fn tags(&self) -> BTreeMap<&'a str, Vec<&'a Value>> {
        let always = || self.members.iter().filter(|member| !member.standing.depends);
        let required = always().filter_map(|member| member.schema.get("required")?.as_array()).flatten();
        let required: BTreeSet<&str> = required.filter_map(Value::as_str).collect();
        let mut tags = BTreeMap::new();
        for (name, schema) in always().filter_map(|member| member.schema.get("properties")?.as_object()).flatten() {
            let constants = schema.get("enum").and_then(Value::as_array).map(|values| values.iter().collect());
            let constants: Option<Vec<&'a Value>> = schema.get("const").map(|value| vec![value]).or(constants);
            if let Some(constants) = constants.filter(|_| required.contains(name.as_str())) {
                tags.insert(name.as_str(), constants);
            }
        }
        tags
    }

    /// Whether one schema object is all there is.
    pub fn is_single(&self) -> bool {
        self.members.len() == 1 && self.roots.iter().all(|root| std::ptr::eq(*root, self.members[0].schema))
    }

    /// The objects beside which another one declares properties of the same place: what they
    /// declare is not all.
    pub fn parts_of_a_whole(&self) -> Vec<usize> {
        let speakers: Vec<&Member<'a>> = self.members.iter().filter(|member| member.speaks()).collect();
        let inner = speakers.iter().filter(|member| !self.roots.iter().any(|root| std::ptr::eq(*root, member.schema)));
        let beside = |member: &Member<'a>| {
            speakers.iter().any(|other| !std::ptr::eq(other.schema, member.schema) && !excluded(member, other))
        };
        inner.filter(|member| beside(member)).map(|member| address(member.schema)).collect()
    }

    /// Whether no value is spoken of by both.
    pub fn exclude(&self, left: &Child<'a>, right: &Child<'a>) -> bool {
        excluded(&self.members[left.member], &self.members[right.member])
    }

    /// The schemas that may speak of the same member or item, for each of those.
    pub fn meetings(&self) -> Vec<Vec<Child<'a>>> {
        let mut meetings = self.of_members();
        meetings.extend(self.of_items());
        meetings
    }

    fn of_members(&self) -> Vec<Vec<Child<'a>>> {
        let mut by_name: BTreeMap<&str, Vec<Child<'a>>> = BTreeMap::new();
        let (mut by_pattern, mut others) = (Vec::new(), Vec::new());
        for (at, member) in self.members.iter().enumerate() {
            for (name, child) in self.named(at, "properties") {
                by_name.entry(name).or_default().push(child);
            }
            by_pattern.extend(self.named(at, "patternProperties"));
            others.extend(OF_OTHERS.iter().filter_map(|keyword| Some(self.child(at, member.schema.get(keyword)?))));
        }
        let mut strings = Strings::new();
        let mut rest: Vec<Child<'a>> = by_pattern.iter().map(|(_, child)| child.clone()).collect();
        rest.extend(others.iter().cloned());
        let mut meetings: Vec<Vec<Child<'a>>> = Vec::new();
        for (name, mut children) in by_name {
            let matching = by_pattern.iter().filter(|(pattern, _)| strings.matches(pattern, name) != Some(false));
            children.extend(matching.map(|(_, child)| child.clone()));
            let says = |child: &&Child<'a>| !self.declares_name(child.member, name);
            children.extend(others.iter().filter(says).cloned());
            meetings.push(children);
        }
        meetings.push(rest);
        meetings
    }

    fn of_items(&self) -> Vec<Vec<Child<'a>>> {
        let (mut by_place, mut rest): (Vec<Vec<Child<'a>>>, Vec<(usize, Child<'a>)>) = Default::default();
        for (at, member) in self.members.iter().enumerate() {
            let prefix = ["prefixItems", "items"].map(|keyword| member.schema.get(keyword).and_then(Value::as_array));
            let prefix = prefix.into_iter().flatten().next().map_or([].as_slice(), Vec::as_slice);
            by_place.resize(by_place.len().max(prefix.len()), Vec::new());
            by_place.iter_mut().zip(prefix).for_each(|(place, schema)| place.push(self.child(at, schema)));
            for keyword in ["items", "additionalItems", "unevaluatedItems", "contains"] {
                if let Some(schema) = member.schema.get(keyword).filter(|schema| !schema.is_array()) {
                    let child = self.child(at, schema);
                    let asks = keyword == "contains";
                    let from = if asks { 0 } else { prefix.len() };
                    rest.push((from, Child { closes: child.closes && !asks, ..child }));
                }
            }
        }
        for (place, children) in by_place.iter_mut().enumerate() {
            children.extend(rest.iter().filter(|(from, _)| *from <= place).map(|(_, child)| child.clone()));
        }
        by_place.push(rest.into_iter().map(|(_, child)| child).collect());
        by_place
    }

    fn named(&self, member: usize, keyword: &str) -> Vec<(&'a str, Child<'a>)> {
        let named = self.members[member].schema.get(keyword).and_then(Value::as_object);
        let telling = named.into_iter().flatten().filter(|(_, schema)| !is_plain(schema));
        telling.map(|(name, schema)| (name.as_str(), self.child(member, schema))).collect()
    }

    fn child(&self, member: usize, schema: &'a Value) -> Child<'a> {
        Child { schema, closes: !self.members[member].standing.asks, member }
    }

    fn declares_name(&self, member: usize, name: &str) -> bool {
        self.members[member].schema.get("properties").is_some_and(|named| named.get(name).is_some())
    }
}

impl Member<'_> {
    fn speaks(&self) -> bool {
        OF_PROPERTIES.iter().any(|keyword| self.schema.get(keyword).is_some())
    }
}

impl Standing {
    /// That of a schema which stands under a keyword of an object: of `oneOf` one branch holds, and
    /// of `then` and `else` one is asked for.
    fn under(&self, keyword: &str, members: &Map<String, Value>, inner: &Value) -> Self {
        let choice = match keyword {
            "oneOf" => members.get(keyword).map(|branches| (address(branches), address(inner))),
            "then" | "else" => members.get("if").map(|condition| (address(condition), address(inner))),
            _ => None,
        };
        Self {
            choices: self.choices.iter().copied().chain(choice).collect(),
            asks: self.asks || keyword == "if",
            depends: self.depends || keyword != "allOf",
        }
    }
}

/// Whether a schema neither says anything of properties nor leads to one that could: as nearly all
/// do, of members that are no objects.
fn is_plain(schema: &Value) -> bool {
    let leads = |(keyword, value): (&String, &Value)| {
        let listed = value.as_array().is_some_and(|items| items.iter().any(Value::is_object));
        keyword == "$ref" || OF_PROPERTIES.contains(&keyword.as_str()) || value.is_object() || listed
    };
    !schema.as_object().is_some_and(|members| members.iter().any(leads))
}

/// Whether the two are branches of which one holds at most.
fn excluded(left: &Member<'_>, right: &Member<'_>) -> bool {
    let (left, right) = (&left.standing.choices, &right.standing.choices);
    left.iter().any(|(of, which)| right.iter().any(|(other, branch)| of == other && which != branch))
}

/// Whether a property has other constants in each of the groups.
fn told_apart(groups: &[Group<'_>]) -> bool {
    let tags: Vec<_> = groups.iter().map(Group::tags).collect();
    let Some(first) = tags.first() else { return false };
    first.keys().any(|name| {
        let mut seen = HashSet::new();
        let constants: Option<Vec<_>> = tags.iter().map(|tags| tags.get(name)).collect();
        constants.is_some_and(|constants| constants.into_iter().flatten().all(|value| seen.insert(value.to_string())))
    })
}
