//! Excerpts: of large documents the parts that some of their schemas are made of, each where it
//! stands, so that whoever reads them does not have to read all.

use super::index::{Address, address};
use super::{Compiler, Documents};
use serde_json::{Map, Value};
use std::collections::HashSet;

impl<'a> Compiler<'a> {
    /// The parts of the documents that the schemas at these places (document, JSON pointer) lead to.
    /// `closed`: with what closes their objects written into them.
    pub(crate) fn excerpt(&mut self, places: &[(&str, &str)], closed: bool) -> Documents {
        let roots: Vec<&'a Value> = places.iter().filter_map(|(document, pointer)| self.at(document, pointer)).collect();
        let wanted = if self.index.has_dynamic_anchors() {
            self.documents.values().map(address).collect()
        } else {
            self.reached(roots)
        };
        let part = |(uri, document): (&String, &Value)| Some((uri.clone(), self.part(document, &wanted, closed)?));
        self.documents.iter().filter_map(part).collect()
    }

    /// The schemas themselves and the targets of all references in them and in those.
    fn reached(&mut self, roots: Vec<&'a Value>) -> HashSet<Address> {
        let mut wanted: HashSet<Address> = roots.iter().map(|root| address(root)).collect();
        let (mut seen, mut open) = (HashSet::new(), roots);
        while let Some(schema) = open.pop() {
            let (Value::Object(members), Some(home)) = (schema, self.index.home(schema)) else { continue };
            if !seen.insert(address(schema)) {
                continue;
            }
            for reference in ["$ref", "$dynamicRef", "$recursiveRef"].iter().filter_map(|name| members.get(*name)) {
                if let Ok(target) = self.index.follow(home, reference) {
                    wanted.insert(address(target.schema));
                    open.push(target.schema);
                }
            }
            let inner = self.dialect(schema).map(|dialect| dialect.schemas_in(members));
            open.extend(inner.into_iter().flatten().map(|(_, inner)| inner));
        }
        wanted
    }

    /// A value with what is wanted of it; nothing where nothing is. Around that stay plain members,
    /// which may name a part or its dialect, and as many items as there are.
    fn part(&self, value: &Value, wanted: &HashSet<Address>, closed: bool) -> Option<Value> {
        if wanted.contains(&address(value)) {
            return Some(if closed { self.copied(value) } else { value.clone() });
        }
        match value {
            Value::Array(items) => {
                let parts: Vec<Option<Value>> = items.iter().map(|item| self.part(item, wanted, closed)).collect();
                let any = parts.iter().any(Option::is_some);
                any.then(|| parts.into_iter().map(Option::unwrap_or_default).collect())
            }
            Value::Object(members) => {
                let part = |(name, member): (&String, &Value)| Some((name.clone(), self.part(member, wanted, closed)?));
                let mut parts: Map<String, Value> = members.iter().filter_map(part).collect();
                if parts.is_empty() {
                    return None;
                }
                let plain = members.iter().filter(|(_, member)| !member.is_object() && !member.is_array());
                for (name, member) in plain {
                    parts.entry(name.as_str()).or_insert_with(|| member.clone());
                }
                Some(Value::Object(parts))
            }
            _ => None,
        }
    }
}
