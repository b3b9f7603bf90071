//! References: `$ref`, `$dynamicRef`, `$recursiveRef` and the [`Scope`]s in which the same schema
//! object may mean different schemas.

use super::index::{Target, address};
use super::read::Flaw;
use super::{Compiler, OUTSIDE};
use crate::ir::{Id, Knot};
use ahash::AHashMap as HashMap;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What it depends on which schema an object means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Scope {
    /// Which schema each ambiguous dynamic anchor means. Nearly every set of documents has the empty
    /// one only: an anchor that one resource has is a plain anchor.
    bound: usize,
    /// What else speaks of the same place of a value.
    pub situation: usize,
}

impl Scope {
    /// Where values begin: nothing is bound.
    pub const OUTSIDE: Self = Self::at(OUTSIDE);

    /// A situation in which nothing is bound.
    pub const fn at(situation: usize) -> Self {
        Self { bound: 0, situation }
    }
}

/// Schemas by the name of their anchor, the name that was bound first being the one that counts.
type Bound<'a> = BTreeMap<&'a str, &'a Value>;

/// What was bound in all scopes that were met.
pub(super) struct Scopes<'a> {
    bound: Vec<Bound<'a>>,
    numbers: HashMap<Vec<(&'a str, usize)>, usize>,
}

/// More scopes than this are refused: their number grows with the product of the anchors.
const SCOPES_MAX: usize = 64;

impl Default for Scopes<'_> {
    fn default() -> Self {
        Self { bound: vec![Bound::new()], numbers: HashMap::from([(Vec::new(), 0)]) }
    }
}

impl<'a> Compiler<'a> {
    /// The scope inside a schema object: its resource binds the anchors that no outer one did.
    pub(super) fn enter(&mut self, schema: &'a Value, outer: Scope) -> Result<Scope, Flaw<'a>> {
        let scope = Scope { situation: self.situations.inside(outer.situation, address(schema)), ..outer };
        let scopes = &mut self.draft.scopes;
        let known = &scopes.bound[scope.bound];
        let added: Bound<'a> =
            self.index.ambiguous_anchors(schema).filter(|(name, _)| !known.contains_key(name)).collect();
        if added.is_empty() {
            return Ok(scope);
        }
        let bound: Bound<'a> = known.iter().map(|(name, schema)| (*name, *schema)).chain(added).collect();
        let key = bound.iter().map(|(name, schema)| (*name, address(schema))).collect();
        if let Some(bound) = scopes.numbers.get(&key) {
            return Ok(Scope { bound: *bound, ..scope });
        }
        if scopes.bound.len() == SCOPES_MAX {
            return Err(Flaw::new(schema, "its dynamic anchors have too many meanings"));
        }
        let number = scopes.bound.len();
        scopes.bound.push(bound);
        scopes.numbers.insert(key, number);
        Ok(Scope { bound: number, ..scope })
    }

    /// What a reference leads to in all scopes.
    pub(super) fn plain_target(&mut self, schema: &'a Value, keyword: &str) -> Option<&'a Value> {
        let home = self.index.home(schema)?;
        let value = schema.get(keyword).filter(|_| self.knows_reference(schema, keyword))?;
        let target = self.index.follow(home, value).ok()?;
        let depends = keyword != "$ref" && target.dynamic.is_some_and(|name| self.index.is_ambiguous(name));
        (!depends).then_some(target.schema)
    }

    /// The targets of all references of a schema object, with their scopes.
    pub(super) fn references(
        &mut self,
        schema: &'a Value,
        members: &'a Map<String, Value>,
        scope: Scope,
    ) -> Result<Vec<(&'a Value, Scope)>, Flaw<'a>> {
        let mut targets = Vec::new();
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let Some(value) = members.get(keyword).filter(|_| self.knows_reference(schema, keyword)) else { continue };
            let Some(home) = self.index.home(schema) else { continue };
            let target = self.index.follow(home, value).map_err(|message| Flaw::new(value, message))?;
            let target = self.meant(keyword, target, scope);
            let situation = self.situations.target(scope.situation, address(target));
            targets.push((target, self.enter(target, Scope { situation, ..scope })?));
        }
        Ok(targets)
    }

    fn knows_reference(&self, schema: &Value, keyword: &str) -> bool {
        match keyword {
            "$ref" => true,
            "$dynamicRef" => self.dialect(schema) == Some(super::Dialect::Draft2020),
            _ => self.dialect(schema) == Some(super::Dialect::Draft2019),
        }
    }

    /// What a reference means in a scope: a dynamic one that leads to a dynamic anchor means the
    /// outermost of that name.
    fn meant(&self, keyword: &str, target: Target<'a>, scope: Scope) -> &'a Value {
        let dynamic = match (keyword, target.dynamic) {
            ("$dynamicRef", Some(name)) if !name.is_empty() => Some(name),
            ("$recursiveRef", Some("")) => Some(""),
            _ => None,
        };
        let bound = &self.draft.scopes.bound[scope.bound];
        dynamic.and_then(|name| bound.get(name)).copied().unwrap_or(target.schema)
    }

    /// The knot of a target, and what stands for it; one that is new is read later.
    pub(super) fn knot(&mut self, target: &'a Value, scope: Scope) -> (Knot, Id) {
        let draft = &mut self.draft;
        *draft.targets.entry((address(target), scope)).or_insert_with(|| {
            let (knot, id) = draft.arena.knot();
            draft.pending.push((target, scope, knot));
            (knot, id)
        })
    }
}
