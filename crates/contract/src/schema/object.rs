//! A schema object as the conjunction of its keywords. Keywords that mean something only together
//! (`properties` with its neighbours, `items`, `contains`, `if`) become one part each.

use super::assertion::{assertion, required};
use super::dialect::Dialect;
use super::index::address;
use super::read::{Flaw, count, list, members, texts};
use super::reference::Scope;
use super::{Closing, Compiler, DEPTH_MAX};
use crate::ir::{Arena, Atom, Contains, Id, Items, Properties, Types};
use crate::json::Type;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A schema object that is being read.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    pub schema: &'a Value,
    pub members: &'a Map<String, Value>,
    pub dialect: Dialect,
    pub scope: Scope,
}

impl<'a> Object<'a> {
    fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.members.get(keyword)
    }
}

impl<'a> Compiler<'a> {
    /// Reads a schema, each object once a scope.
    pub(super) fn read(&mut self, schema: &'a Value, outer: Scope) -> Result<Id, Flaw<'a>> {
        if let Value::Bool(everything) = schema {
            return Ok(if *everything { Arena::TRUE } else { Arena::FALSE });
        }
        let scope = self.enter(schema, outer)?;
        let place = (address(schema), scope);
        if let Some(id) = self.draft.read.get(&place) {
            return Ok(*id);
        }
        let object = self.object(schema, scope)?;
        let parts =
            if object.dialect.reference_hides(object.members) { self.targets(object)? } else { self.parts(object)? };
        let id = self.draft.arena.and(parts);
        self.draft.read.insert(place, id);
        Ok(id)
    }

    /// The schema object that a value is.
    pub(super) fn object(&self, schema: &'a Value, scope: Scope) -> Result<Object<'a>, Flaw<'a>> {
        let Value::Object(members) = schema else {
            return Err(Flaw::new(schema, "a schema is an object, true or false"));
        };
        let Some(home) = self.index.home(schema) else {
            return Err(Flaw::new(schema, format!("schemas stand in each other more than {DEPTH_MAX} deep")));
        };
        match &self.index.resources[home].dialect {
            Ok(dialect) => Ok(Object { schema, members, dialect: *dialect, scope }),
            Err(message) => Err(Flaw::new(schema, message)),
        }
    }

    fn parts(&mut self, object: Object<'a>) -> Result<Vec<Id>, Flaw<'a>> {
        let mut parts = self.targets(object)?;
        for (keyword, value) in object.members {
            parts.extend(assertion(&mut self.draft.arena, keyword, value)?);
            parts.extend(self.applied(object, keyword, value)?);
        }
        parts.extend(self.closed_names(object.scope.situation));
        parts.extend(self.properties(object)?);
        parts.extend(self.items(object)?);
        parts.extend(self.contains(object)?);
        parts.extend(self.condition(object)?);
        parts.extend(self.unevaluated(object)?);
        Ok(parts)
    }

    /// What stands for the targets of the object's references.
    fn targets(&mut self, object: Object<'a>) -> Result<Vec<Id>, Flaw<'a>> {
        let targets = self.references(object.schema, object.members, object.scope)?;
        Ok(targets.into_iter().map(|(target, scope)| self.knot(target, scope).1).collect())
    }

    /// A keyword that applies schemas by itself.
    fn applied(&mut self, object: Object<'a>, keyword: &str, value: &'a Value) -> Result<Option<Id>, Flaw<'a>> {
        let scope = object.scope;
        let known = match keyword {
            "dependentRequired" => object.dialect != Dialect::Draft7,
            "dependencies" => object.dialect == Dialect::Draft7,
            _ => object.dialect.applicator(keyword).is_some(),
        };
        if !known {
            return Ok(None);
        }
        let id = match keyword {
            "allOf" => {
                let all = self.branches(keyword, value, scope)?;
                self.draft.arena.and(all)
            }
            "anyOf" => {
                let any = self.branches(keyword, value, scope)?;
                self.draft.arena.or(any)
            }
            "oneOf" => {
                let one = self.branches(keyword, value, scope)?;
                self.draft.arena.one(one)
            }
            "not" => {
                let refused = self.read(value, scope)?;
                self.draft.arena.not(refused)
            }
            "propertyNames" => {
                let names = self.read(value, scope)?;
                self.draft.arena.atom(Atom::Names(names))
            }
            "dependentSchemas" | "dependentRequired" | "dependencies" => self.dependencies(keyword, value, scope)?,
            _ => return Ok(None),
        };
        Ok(Some(id))
    }

    fn branches(&mut self, keyword: &str, value: &'a Value, scope: Scope) -> Result<Vec<Id>, Flaw<'a>> {
        let schemas = list(keyword, value)?;
        if schemas.is_empty() {
            return Err(Flaw::new(value, format!("`{keyword}` must name at least one schema")));
        }
        schemas.iter().map(|schema| self.read(schema, scope)).collect()
    }

    /// What must hold where a property is there: `dependentRequired`, `dependentSchemas`, and both
    /// in the `dependencies` of draft-07. It is no object, or the property is not there, or else.
    fn dependencies(&mut self, keyword: &str, value: &'a Value, scope: Scope) -> Result<Id, Flaw<'a>> {
        let mut parts = Vec::new();
        for (name, needed) in members(keyword, value)? {
            let names = keyword == "dependentRequired" || (keyword == "dependencies" && needed.is_array());
            let then = if names {
                required(&mut self.draft.arena, texts(keyword, needed)?)
            } else {
                self.read(needed, scope)?
            };
            let arena = &mut self.draft.arena;
            let there = arena.atom(Atom::Required(name.as_str().into()));
            let no_object = arena.atom(Atom::Types(Types::one(Type::Object).not()));
            let alternatives = [no_object, arena.not(there), then];
            parts.push(arena.or(alternatives));
        }
        Ok(self.draft.arena.and(parts))
    }

    fn properties(&mut self, object: Object<'a>) -> Result<Option<Id>, Flaw<'a>> {
        let (named, patterns) = (object.get("properties"), object.get("patternProperties"));
        let additional = object.get("additionalProperties");
        if named.or(patterns).or(additional).is_none() {
            return Ok(None);
        }
        let named = self.by_name("properties", named, object.scope)?;
        let patterns = self.by_name("patternProperties", patterns, object.scope)?.into_iter().collect();
        let additional = match (additional, self.situations.closing(object.scope.situation)) {
            (Some(schema), _) => self.read(schema, object.scope)?,
            (None, Some(Closing::Additional)) => Arena::FALSE,
            (None, _) => Arena::TRUE,
        };
        Ok(Some(self.draft.arena.atom(Atom::Properties(Properties { named, patterns, additional }))))
    }

    fn by_name(
        &mut self,
        keyword: &str,
        value: Option<&'a Value>,
        scope: Scope,
    ) -> Result<BTreeMap<Arc<str>, Id>, Flaw<'a>> {
        let Some(value) = value else { return Ok(BTreeMap::new()) };
        let schemas = members(keyword, value)?.iter();
        schemas.map(|(name, schema)| Ok((name.as_str().into(), self.read(schema, scope)?))).collect()
    }

    fn items(&mut self, object: Object<'a>) -> Result<Option<Id>, Flaw<'a>> {
        let listed = object.get("items").filter(|items| items.is_array());
        let (prefix, rest) = match (object.dialect, listed) {
            (Dialect::Draft2020, Some(list)) => {
                return Err(Flaw::new(list, "`items` must be one schema; a schema for each place is `prefixItems`"));
            }
            (Dialect::Draft2020, None) => (object.get("prefixItems"), object.get("items")),
            (_, Some(list)) => (Some(list), object.get("additionalItems")),
            // `additionalItems` says nothing beside one schema for all.
            (_, None) => (None, object.get("items")),
        };
        if prefix.or(rest).is_none() {
            return Ok(None);
        }
        let prefix = prefix.map_or(Ok([].as_slice()), |prefix| list("prefixItems", prefix))?;
        let prefix = prefix.iter().map(|schema| self.read(schema, object.scope)).collect::<Result<_, _>>()?;
        let rest = rest.map_or(Ok(Arena::TRUE), |schema| self.read(schema, object.scope))?;
        Ok(Some(self.draft.arena.atom(Atom::Items(Items { prefix, rest }))))
    }

    fn contains(&mut self, object: Object<'a>) -> Result<Option<Id>, Flaw<'a>> {
        let Some(schema) = object.get("contains") else { return Ok(None) };
        let schema = self.read(schema, object.scope)?;
        let counted = |keyword| object.get(keyword).filter(|_| object.dialect != Dialect::Draft7);
        let min = counted("minContains").map_or(Ok(1), |value| count("minContains", value))?;
        let max = counted("maxContains").map(|value| count("maxContains", value)).transpose()?;
        Ok(Some(self.draft.arena.atom(Atom::Contains(Contains { schema, min, max }))))
    }

    /// `if`, `then` and `else`: (¬if ∨ then) ∧ (if ∨ else).
    fn condition(&mut self, object: Object<'a>) -> Result<Option<Id>, Flaw<'a>> {
        let Some(condition) = object.get("if") else { return Ok(None) };
        let condition = self.read(condition, object.scope)?;
        let mut branch =
            |keyword| object.get(keyword).map_or(Ok(Arena::TRUE), |schema| self.read(schema, object.scope));
        let (then, otherwise) = (branch("then")?, branch("else")?);
        let arena = &mut self.draft.arena;
        let refused = arena.not(condition);
        let parts = [arena.or([refused, then]), arena.or([condition, otherwise])];
        Ok(Some(arena.and(parts)))
    }
}
