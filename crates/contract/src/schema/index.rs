//! Where schemas are: the [`Index`] of all documents that may refer to each other, by URI, by anchor
//! and by the address of each schema object.

use super::dialect::Dialect;
use super::uri;
use super::{DEPTH_MAX, Documents};
use ahash::{AHashMap as HashMap, AHashSet as HashSet};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A schema object's identity: where it lies in memory. The documents are borrowed for as long as
/// the index is, so that no two have the same.
pub(super) type Address = usize;

/// The address of a value.
pub(super) fn address(value: &Value) -> Address {
    std::ptr::from_ref(value).addr()
}

/// A document, or a part of one that has an `$id`.
pub(super) struct Resource {
    /// The base of its references.
    pub uri: String,
    /// Its dialect, or why it cannot be read.
    pub dialect: Result<Dialect, String>,
}

/// All resources, anchors and schema objects.
pub(super) struct Index<'a> {
    pub resources: Vec<Resource>,
    by_uri: HashMap<String, (usize, &'a Value)>,
    anchors: HashMap<(usize, String), &'a Value>,
    /// `$dynamicAnchor`s by resource; `$recursiveAnchor: true` is the one without a name.
    dynamic: HashMap<usize, BTreeMap<&'a str, &'a Value>>,
    /// The names that more than one resource has as dynamic anchor.
    ambiguous: HashSet<&'a str>,
    /// The resource of each schema object that was met.
    homes: HashMap<Address, usize>,
    /// What the references lead to that were followed.
    targets: HashMap<Address, Target<'a>>,
}

/// What a reference leads to.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub schema: &'a Value,
    /// The name, where it was reached by a dynamic anchor.
    pub dynamic: Option<&'a str>,
}

impl<'a> Index<'a> {
    /// Indexes the documents: each is a schema, or holds schemas in `components`.
    pub fn new(documents: &'a Documents) -> Self {
        let mut index = Self {
            resources: Vec::new(),
            by_uri: HashMap::new(),
            anchors: HashMap::new(),
            dynamic: HashMap::new(),
            ambiguous: HashSet::new(),
            homes: HashMap::new(),
            targets: HashMap::new(),
        };
        for (uri, document) in documents {
            let named = document.get("jsonSchemaDialect").and_then(Value::as_str);
            let dialect = named.map_or(Ok(Dialect::Draft2020), Dialect::named);
            let home = index.resource(uri.clone(), dialect, document);
            index.scan(document, home);
            if let Some(Value::Object(schemas)) = document.pointer("/components/schemas") {
                schemas.values().for_each(|schema| index.scan(schema, home));
            }
        }
        index
    }

    /// The resource of a schema object.
    pub fn home(&self, schema: &Value) -> Option<usize> {
        self.homes.get(&address(schema)).copied()
    }

    /// Finds the schemas of a part that no document's schemas lead to by their keywords.
    pub fn scan(&mut self, schema: &'a Value, home: usize) {
        let mut open = vec![(schema, home, 0)];
        while let Some((schema, home, depth)) = open.pop() {
            // What is deeper stays without a home, and is refused when it is compiled.
            if depth > DEPTH_MAX || self.homes.contains_key(&address(schema)) {
                continue;
            }
            let members = schema.as_object();
            let home = members.map_or(home, |members| self.identify(schema, members, home));
            self.homes.insert(address(schema), home);
            if let (Some(members), Ok(dialect)) = (members, self.resources[home].dialect.clone()) {
                let inner = dialect.schemas_in(members).into_iter();
                open.extend(inner.map(|(_, schema)| (schema, home, depth + 1)));
            }
        }
    }

    fn resource(&mut self, uri: String, dialect: Result<Dialect, String>, root: &'a Value) -> usize {
        let home = self.resources.len();
        self.by_uri.entry(uri.clone()).or_insert((home, root));
        self.resources.push(Resource { uri, dialect });
        home
    }

    /// Reads the keywords that name a schema object; its resource.
    fn identify(&mut self, schema: &'a Value, members: &'a Map<String, Value>, home: usize) -> usize {
        let text = |keyword: &str| members.get(keyword).and_then(Value::as_str);
        let mut home = home;
        let root = self.by_uri.get(&self.resources[home].uri).is_some_and(|(_, root)| std::ptr::eq(*root, schema));
        let dialect = match text("$schema") {
            Some(named) if root || members.contains_key("$id") => Dialect::named(named),
            _ => self.resources[home].dialect.clone(),
        };
        if root {
            self.resources[home].dialect.clone_from(&dialect);
        }
        if dialect.as_ref().is_ok_and(|dialect| dialect.reference_hides(members)) {
            return home;
        }
        if let Some(id) = text("$id") {
            let (uri, anchor) = uri::resolve(&self.resources[home].uri, id);
            if !id.starts_with('#') && uri != self.resources[home].uri {
                home = self.resource(uri, dialect, schema);
            }
            if !anchor.is_empty() {
                self.anchors.insert((home, anchor), schema);
            }
        }
        for anchor in [text("$anchor"), text("$dynamicAnchor")].into_iter().flatten() {
            self.anchors.insert((home, anchor.to_owned()), schema);
        }
        let recursive = members.get("$recursiveAnchor") == Some(&Value::Bool(true));
        for name in text("$dynamicAnchor").into_iter().chain(recursive.then_some("")) {
            if self.dynamic.iter().any(|(other, names)| *other != home && names.contains_key(name)) {
                self.ambiguous.insert(name);
            }
            self.dynamic.entry(home).or_default().insert(name, schema);
        }
        home
    }

    /// The dynamic anchors of a schema object's resource whose names others have too: only those need
    /// a scope.
    pub fn ambiguous_anchors(&self, schema: &Value) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let home = if self.ambiguous.is_empty() { None } else { self.home(schema) };
        let anchors = home.and_then(|home| self.dynamic.get(&home)).into_iter().flatten();
        anchors.filter(|(name, _)| self.ambiguous.contains(*name)).map(|(name, schema)| (*name, *schema))
    }

    /// Whether more than one resource has a dynamic anchor of this name.
    pub fn is_ambiguous(&self, name: &str) -> bool {
        self.ambiguous.contains(name)
    }

    /// Follows the reference that a text in a resource is.
    ///
    /// # Errors
    /// A sentence, where it leads nowhere.
    pub fn follow(&mut self, home: usize, reference: &'a Value) -> Result<Target<'a>, String> {
        if let Some(known) = self.targets.get(&address(reference)) {
            return Ok(*known);
        }
        let text = reference.as_str().ok_or_else(|| format!("a reference is a text, not {reference}"))?;
        let target = self.find(home, text)?;
        self.targets.insert(address(reference), target);
        Ok(target)
    }

    fn find(&mut self, home: usize, reference: &str) -> Result<Target<'a>, String> {
        let (uri, fragment) = uri::resolve(&self.resources[home].uri, reference);
        let Some((home, root)) = self.by_uri.get(&uri).copied() else {
            return Err(match uri.contains(':') {
                true => format!(
                    "`{reference}` leads to `{uri}`, which is none of the documents at hand; nothing is fetched"
                ),
                false => format!("`{reference}` leads to the file {uri}, which is not there, or may not be read"),
            });
        };
        // A document with an `$id` is a resource of that name, whatever it was found as.
        let mut home = self.home(root).unwrap_or(home);
        let nowhere = || format!("`{reference}` leads nowhere");
        if fragment.is_empty() || fragment.starts_with('/') {
            let mut schema = root;
            for token in fragment.split('/').skip(1) {
                schema = step(schema, token).ok_or_else(nowhere)?;
                home = self.home(schema).unwrap_or(home);
            }
            self.scan(schema, home);
            let recursive = self.dynamic.get(&home).and_then(|names| names.get("")).filter(|_| fragment.is_empty());
            return Ok(Target { schema, dynamic: recursive.map(|_| "") });
        }
        let schema = *self.anchors.get(&(home, fragment.clone())).ok_or_else(nowhere)?;
        let dynamic = self.dynamic.get(&home).and_then(|names| names.get_key_value(fragment.as_str()));
        Ok(Target { schema, dynamic: dynamic.map(|(name, _)| *name) })
    }

    /// The schema at a JSON pointer of a document.
    pub fn at(&mut self, document: &str, pointer: &str) -> Option<&'a Value> {
        let (mut home, mut schema) = self.by_uri.get(document).copied()?;
        for token in pointer.split('/').skip(1) {
            schema = step(schema, token)?;
            home = self.home(schema).unwrap_or(home);
        }
        self.scan(schema, home);
        Some(schema)
    }
}

/// The part of a value that a JSON pointer names.
pub fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return None;
    }
    pointer.split('/').skip(1).try_fold(value, step)
}

/// The member or item that a token of a JSON pointer names.
fn step<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(&*unescaped(token)),
        Value::Array(items) if token == "0" || !token.starts_with(['0', '+']) => {
            items.get(token.parse::<usize>().ok()?)
        }
        _ => None,
    }
}

/// The name that a token of a JSON pointer stands for.
pub fn unescaped(token: &str) -> Cow<'_, str> {
    if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { token.into() }
}

/// The document and the JSON pointer of a value in it, found by its address.
pub(super) fn place_of(documents: &Documents, sought: &Value) -> Option<(String, String)> {
    for (uri, document) in documents {
        let mut open = vec![(document, String::new())];
        while let Some((value, pointer)) = open.pop() {
            if std::ptr::eq(value, sought) {
                return Some((uri.clone(), pointer));
            }
            match value {
                Value::Array(items) => {
                    open.extend(items.iter().enumerate().map(|(at, item)| (item, format!("{pointer}/{at}"))));
                }
                Value::Object(members) => open.extend(members.iter().map(|(name, member)| {
                    (member, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")))
                })),
                _ => {}
            }
        }
    }
    None
}
