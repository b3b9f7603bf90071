//! A [`Group`]: all schema objects that speak of one place of a value, and the schemas that they
//! have for its members and items.

use super::{address, resolved};
use crate::schema::{Closing, Compiler, DEPTH_MAX, Subject};
use crate::strings::Strings;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The alternative that must hold for a schema to count: whose it is, the list of branches, and which.
type Choice = (usize, usize, usize);

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
#[derive(Clone)]
pub(super) struct Member<'a> {
    /// The object.
    pub object: &'a Value,
    /// What counts of it: nothing but its reference, where that hides the rest.
    says: &'a Value,
    standing: Standing,
    /// The member in which it stands, or that refers to it; itself for the first.
    pub parent: usize,
    /// Whether that refers to it.
    pub referred: bool,
}

/// All schema objects that speak of one place: one, and those that it leads to; each before those.
pub(super) struct Group<'a> {
    pub members: Vec<Member<'a>>,
}

/// A group, and others that may speak of the same place.
pub(super) struct Joined<'g, 'a> {
    group: &'g Group<'a>,
    others: Vec<Group<'a>>,
}

/// A schema for a member or for items of the place.
#[derive(Clone, Copy)]
pub(super) struct Child<'a> {
    pub schema: &'a Value,
    /// Whose it is.
    pub member: usize,
    /// Of which group that is: 0 for the one that is looked at.
    group: usize,
    /// Whether it may be closed: not what only asks (`if`), or asks of some item (`contains`).
    closes: bool,
}

/// Keywords that speak of properties.
const OF_PROPERTIES: [&str; 4] = ["properties", "patternProperties", "additionalProperties", "unevaluatedProperties"];
/// Keywords that speak of properties that are not declared.
const OF_OTHERS: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];

/// What counts of an object that its reference hides.
static NOTHING: Value = Value::Null;

impl<'a> Group<'a> {
    /// The group of a schema and of all that it applies to the same value.
    pub fn of(compiler: &mut Compiler<'a>, schema: &'a Value) -> Self {
        let mut group = Self { members: Vec::new() };
        group.add(compiler, schema, (0, false), &Standing::default(), &mut Vec::new());
        group
    }

    fn add(
        &mut self,
        compiler: &mut Compiler<'a>,
        schema: &'a Value,
        (parent, referred): (usize, bool),
        standing: &Standing,
        path: &mut Vec<usize>,
    ) {
        let (Value::Object(members), Some(dialect)) = (schema, compiler.dialect(schema)) else { return };
        if path.contains(&address(schema)) || path.len() > DEPTH_MAX {
            return;
        }
        path.push(address(schema));
        let targets = compiler.targets_of(schema);
        let (at, hidden) = (self.members.len(), dialect.reference_hides(members));
        let says = if hidden { &NOTHING } else { schema };
        self.members.push(Member { object: schema, says, standing: standing.clone(), parent, referred });
        for (applicator, inner) in dialect.schemas_in(members) {
            // `then` and `else` say nothing without `if`.
            let inert = matches!(applicator.name, "then" | "else") && !members.contains_key("if");
            if applicator.speaks_of == Subject::Same && applicator.name != "not" && !inert && !hidden {
                self.add(compiler, inner, (at, false), &standing.under(applicator.name, (at, members), inner), path);
            }
        }
        for target in targets {
            self.add(compiler, target, (at, true), standing, path);
        }
        path.pop();
    }

    /// Together with others.
    pub fn joined(&self, others: Vec<Self>) -> Joined<'_, 'a> {
        Joined { group: self, others }
    }

    /// Whether it says anything of properties.
    pub fn speaks(&self) -> bool {
        self.members.iter().any(Member::speaks)
    }

    /// Whether it declares properties.
    pub fn declares(&self) -> bool {
        let some = |member: &Member<'_>, keyword| {
            member.says.get(keyword).and_then(Value::as_object).is_some_and(|named| !named.is_empty())
        };
        self.members.iter().any(|member| some(member, "properties") || some(member, "patternProperties"))
    }

    /// Whether its first schema says itself what others are.
    pub fn says_of_others(&self) -> bool {
        self.members.first().is_some_and(|first| OF_OTHERS.iter().any(|keyword| first.says.get(keyword).is_some()))
    }

    /// Whether it has alternatives of which one alone may hold, or requires what it does not declare.
    pub fn may_contradict_itself(&self) -> bool {
        let declared = |name: &str| self.members.iter().any(|member| member.declares_name(name));
        let requires = |member: &Member<'a>| {
            let names = member.says.get("required").and_then(Value::as_array).into_iter().flatten();
            names.filter_map(Value::as_str).any(|name| !declared(name))
        };
        self.members.iter().any(|member| member.says.get("oneOf").is_some() || requires(member))
    }

    /// How many alternatives there are that say something of properties. Those that a tag tells
    /// apart are one: to look at one of them is to know that the others do not hold.
    pub fn alternatives(&self, compiler: &mut Compiler<'a>) -> usize {
        let mut count = 0;
        for member in &self.members {
            let listed = ["anyOf", "oneOf"].map(|keyword| member.says.get(keyword).and_then(Value::as_array));
            for branches in listed.into_iter().flatten() {
                let branches: Vec<Self> = branches.iter().map(|branch| Self::of(compiler, branch)).collect();
                let speaking = branches.iter().filter(|branch| branch.speaks()).count();
                count += if told_apart(compiler, &branches) { speaking.min(1) } else { speaking };
            }
            let dependent = member.says.get("dependentSchemas").and_then(Value::as_object).map_or(0, Map::len);
            count += dependent + usize::from(member.says.get("if").is_some());
        }
        count
    }

    /// Closes it to the names that are declared; nothing where some may be undeclared.
    pub fn names(&self) -> Option<Closing<'a>> {
        let open = |member: &Member<'a>| {
            OF_OTHERS.iter().filter_map(|keyword| member.says.get(keyword)).any(|others| *others != Value::Bool(false))
        };
        if self.members.iter().any(open) {
            return None;
        }
        let named = |keyword: &str| -> BTreeSet<&'a str> {
            let members = self.members.iter().filter_map(|member| member.says.get(keyword)?.as_object());
            members.flat_map(|named| named.keys().map(String::as_str)).collect()
        };
        Some(Closing::Names(named("properties"), named("patternProperties")))
    }

    /// The constants of each property that must be there.
    fn tags(&self, compiler: &mut Compiler<'a>) -> BTreeMap<&'a str, Vec<&'a Value>> {
        let always = || self.members.iter().filter(|member| !member.standing.depends);
        let required = always().filter_map(|member| member.says.get("required")?.as_array()).flatten();
        let required: BTreeSet<&str> = required.filter_map(Value::as_str).collect();
        let mut tags = BTreeMap::new();
        for (name, schema) in always().filter_map(|member| member.says.get("properties")?.as_object()).flatten() {
            if !required.contains(name.as_str()) {
                continue;
            }
            let schema = resolved(compiler, schema);
            let constants = schema.get("enum").and_then(Value::as_array).map(|values| values.iter().collect());
            let constants: Option<Vec<&'a Value>> = schema.get("const").map(|value| vec![value]).or(constants);
            tags.extend(constants.map(|constants| (name.as_str(), constants)));
        }
        tags
    }

    /// Whether one schema object is all there is.
    pub fn is_single(&self) -> bool {
        self.members.len() == 1
    }
}

impl<'a> Joined<'_, 'a> {
    /// The schemas of the group for members and items that may be closed, each with the others that
    /// may speak of the same member or item at the same time and say something else.
    pub fn meetings(&self, mut same: impl FnMut(&'a Value, &'a Value) -> bool) -> Vec<(Child<'a>, Vec<&'a Value>)> {
        let mut found: BTreeMap<(usize, usize), (Child<'a>, Vec<&'a Value>)> = BTreeMap::new();
        for meeting in self.of_members().iter().chain(&self.of_items()) {
            for child in meeting.iter().filter(|child| child.closes && child.group == 0) {
                let key = (child.member, address(child.schema));
                let (_, company) = found.entry(key).or_insert_with(|| (*child, Vec::new()));
                for other in meeting.iter().filter(|other| !self.exclude(child, other)) {
                    if !same(child.schema, other.schema) {
                        company.push(other.schema);
                    }
                }
            }
        }
        found.into_values().collect()
    }

    fn all(&self) -> impl Iterator<Item = ((usize, usize), &Member<'a>)> {
        let groups = std::iter::once(self.group).chain(&self.others).enumerate();
        groups.flat_map(|(group, of)| of.members.iter().enumerate().map(move |(at, member)| ((group, at), member)))
    }

    fn member(&self, child: &Child<'a>) -> &Member<'a> {
        let group = if child.group == 0 { self.group } else { &self.others[child.group - 1] };
        &group.members[child.member]
    }

    /// Whether no value is spoken of by both.
    fn exclude(&self, left: &Child<'a>, right: &Child<'a>) -> bool {
        left.group == right.group && excluded(self.member(left), self.member(right))
    }

    fn of_members(&self) -> Vec<Vec<Child<'a>>> {
        let mut by_name: BTreeMap<&str, Vec<Child<'a>>> = BTreeMap::new();
        let (mut by_pattern, mut others) = (Vec::new(), Vec::new());
        for (at, member) in self.all() {
            for (name, child) in member.named(at, "properties") {
                by_name.entry(name).or_default().push(child);
            }
            by_pattern.extend(member.named(at, "patternProperties"));
            others.extend(OF_OTHERS.iter().filter_map(|keyword| member.child(at, member.says.get(keyword)?)));
        }
        let mut strings = Strings::new();
        let mut rest: Vec<Child<'a>> = by_pattern.iter().map(|(_, child)| *child).collect();
        rest.extend(others.iter().copied());
        let mut meetings: Vec<Vec<Child<'a>>> = Vec::new();
        for (name, mut children) in by_name {
            let matching = by_pattern.iter().filter(|(pattern, _)| strings.matches(pattern, name) != Some(false));
            children.extend(matching.map(|(_, child)| *child));
            let says = |child: &&Child<'a>| !self.member(child).declares_name(name);
            children.extend(others.iter().filter(says).copied());
            meetings.push(children);
        }
        meetings.push(rest);
        meetings
    }

    fn of_items(&self) -> Vec<Vec<Child<'a>>> {
        let (mut by_place, mut rest): (Vec<Vec<Child<'a>>>, Vec<(usize, Child<'a>)>) = Default::default();
        for (at, member) in self.all() {
            let prefix = ["prefixItems", "items"].map(|keyword| member.says.get(keyword).and_then(Value::as_array));
            let prefix = prefix.into_iter().flatten().next().map_or([].as_slice(), Vec::as_slice);
            by_place.resize(by_place.len().max(prefix.len()), Vec::new());
            by_place.iter_mut().zip(prefix).for_each(|(place, schema)| place.extend(member.child(at, schema)));
            for keyword in ["items", "additionalItems", "unevaluatedItems", "contains"] {
                let schema = member.says.get(keyword).filter(|schema| !schema.is_array());
                if let Some(child) = schema.and_then(|schema| member.child(at, schema)) {
                    let asks = keyword == "contains";
                    let from = if asks { 0 } else { prefix.len() };
                    rest.push((from, Child { closes: child.closes && !asks, ..child }));
                }
            }
        }
        for (place, children) in by_place.iter_mut().enumerate() {
            children.extend(rest.iter().filter(|(from, _)| *from <= place).map(|(_, child)| *child));
        }
        by_place.push(rest.into_iter().map(|(_, child)| child).collect());
        by_place
    }
}

impl<'a> Member<'a> {
    fn speaks(&self) -> bool {
        OF_PROPERTIES.iter().any(|keyword| self.says.get(keyword).is_some())
    }

    fn named(&self, at: (usize, usize), keyword: &str) -> Vec<(&'a str, Child<'a>)> {
        let named = self.says.get(keyword).and_then(Value::as_object).into_iter().flatten();
        named.filter_map(|(name, schema)| Some((name.as_str(), self.child(at, schema)?))).collect()
    }

    /// Nothing for a schema that leads to no properties: it changes nothing.
    fn child(&self, (group, member): (usize, usize), schema: &'a Value) -> Option<Child<'a>> {
        (!is_plain(schema)).then_some(Child { schema, member, group, closes: !self.standing.asks })
    }

    fn declares_name(&self, name: &str) -> bool {
        self.says.get("properties").is_some_and(|named| named.get(name).is_some())
    }
}

impl Standing {
    /// That of a schema which stands under a keyword of an object: of `oneOf` one branch holds, and
    /// of `then` and `else` one is asked for.
    fn under(&self, keyword: &str, (at, members): (usize, &Map<String, Value>), inner: &Value) -> Self {
        let choice = match keyword {
            "oneOf" => members.get(keyword).map(|branches| (at, address(branches), address(inner))),
            "then" | "else" => members.get("if").map(|condition| (at, address(condition), address(inner))),
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
    left.iter()
        .any(|(of, list, which)| right.iter().any(|choice| (choice.0, choice.1) == (*of, *list) && choice.2 != *which))
}

/// Whether a property has other constants in each of the groups.
fn told_apart<'a>(compiler: &mut Compiler<'a>, groups: &[Group<'a>]) -> bool {
    let tags: Vec<_> = groups.iter().map(|group| group.tags(compiler)).collect();
    let Some(first) = tags.first() else { return false };
    first.keys().any(|name| {
        let mut seen = HashSet::new();
        let constants: Option<Vec<_>> = tags.iter().map(|tags| tags.get(name)).collect();
        constants.is_some_and(|constants| constants.into_iter().flatten().all(|value| seen.insert(value.to_string())))
    })
}
