//! Schemas as they are read, [`Written`] down for the validator: a definition for each object that a
//! reference leads to in each of its meanings, so that nothing depends on where it stood. There is a
//! document for each dialect, since a document has one.

use super::index::{Address, address};
use super::read::Flaw;
use super::reference::Scope;
use super::{Compiler, Dialect, Documents, SchemaError, Shape, Subject};
use ahash::AHashMap as HashMap;
use serde_json::{Map, Value, json};

/// Schemas that refer to nothing but each other.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The documents of the definitions, by their URIs.
    pub documents: Documents,
    /// Where the schemas are that were asked for: document and JSON pointer of each.
    pub places: Vec<(String, String)>,
}

/// What is written so far.
#[derive(Default)]
struct Writer<'a> {
    /// Where each definition stands: its dialect, and its number there.
    known: HashMap<(Address, Scope), (Dialect, usize)>,
    counts: HashMap<&'static str, usize>,
    pending: Vec<(&'a Value, Scope, Dialect, usize)>,
    documents: Documents,
}

/// Names, while every reference is to a definition.
const NAMES: [&str; 7] = ["$id", "$schema", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$defs"];
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

impl<'a> Compiler<'a> {
    /// The schemas at these places (document, JSON pointer) as they are read where values begin.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn written<'p>(
        &mut self,
        places: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Written, SchemaError> {
        let schemas = places.into_iter().map(|(document, pointer)| {
            let schema = self.at(document, pointer).ok_or_else(|| SchemaError::nowhere(document, pointer))?;
            Ok((schema, Scope::OUTSIDE))
        });
        let schemas: Vec<_> = schemas.collect::<Result<_, SchemaError>>()?;
        self.write(&schemas).map_err(|flaw| self.error(&flaw))
    }

    pub(super) fn write(&mut self, schemas: &[(&'a Value, Scope)]) -> Result<Written, Flaw<'a>> {
        let (mut writer, mut places) = (Writer::default(), Vec::new());
        for (schema, scope) in schemas {
            let scope = self.enter(schema, *scope)?;
            let (dialect, number) = self.definition(&mut writer, schema, scope);
            places.push((dialect.uri().to_owned(), format!("/$defs/{number}")));
        }
        while let Some((schema, scope, dialect, number)) = writer.pending.pop() {
            let copied = self.copied(&mut writer, schema, scope, dialect)?;
            let document = writer.documents.entry(dialect.uri().to_owned());
            let document = document.or_insert_with(|| json!({ "$schema": dialect.meta_schema(), "$defs": {} }));
            document["$defs"][number.to_string()] = copied;
        }
        Ok(Written { documents: writer.documents, places })
    }

    /// Where the definition of a schema is; one that is new is copied later.
    fn definition(&self, writer: &mut Writer<'a>, schema: &'a Value, scope: Scope) -> (Dialect, usize) {
        let Writer { known, counts, pending, .. } = writer;
        *known.entry((address(schema), scope)).or_insert_with(|| {
            let dialect = self.dialect(schema).unwrap_or(Dialect::Draft2020);
            let count = counts.entry(dialect.uri()).or_default();
            pending.push((schema, scope, dialect, *count));
            *count += 1;
            (dialect, *count - 1)
        })
    }

    /// A reference from a document of one dialect.
    fn reference(&self, writer: &mut Writer<'a>, schema: &'a Value, scope: Scope, from: Dialect) -> String {
        let (dialect, number) = self.definition(writer, schema, scope);
        let document = if dialect == from { "" } else { dialect.uri() };
        format!("{document}#/$defs/{number}")
    }

    fn copied(
        &mut self,
        writer: &mut Writer<'a>,
        schema: &'a Value,
        outer: Scope,
        dialect: Dialect,
    ) -> Result<Value, Flaw<'a>> {
        let Value::Object(members) = schema else { return Ok(schema.clone()) };
        let scope = self.enter(schema, outer)?;
        let object = self.object(schema, scope)?;
        if object.dialect != dialect {
            return Ok(json!({ "$ref": self.reference(writer, schema, scope, dialect) }));
        }
        let targets = self.references(schema, members, scope)?;
        let mut references: Vec<Value> =
            targets.into_iter().map(|(target, scope)| self.reference(writer, target, scope, dialect).into()).collect();
        let mut copied = Map::new();
        if !references.is_empty() {
            copied.insert("$ref".to_owned(), references.remove(0));
        }
        if dialect.reference_hides(members) {
            return Ok(copied.into());
        }
        for (keyword, value) in members {
            if !NAMES.contains(&keyword.as_str()) && !REFERENCES.contains(&keyword.as_str()) {
                let value = self.under(writer, (keyword, value), scope, dialect)?;
                copied.extend(value.map(|value| (keyword.clone(), value)));
            }
        }
        let mut beside: Vec<Value> = references.into_iter().map(|reference| json!({ "$ref": reference })).collect();
        if let Some((keyword, value)) = self.situations.closing(scope.situation).map(super::Closing::written) {
            if copied.contains_key(keyword) {
                beside.push(json!({ keyword: value }));
            } else {
                copied.insert(keyword.to_owned(), value);
            }
        }
        if !beside.is_empty()
            && let Value::Array(all) = copied.entry("allOf").or_insert_with(|| json!([]))
        {
            all.extend(beside);
        }
        Ok(copied.into())
    }

    /// What stands under a keyword; nothing under one that defines.
    fn under(
        &mut self,
        writer: &mut Writer<'a>,
        (keyword, value): (&str, &'a Value),
        scope: Scope,
        dialect: Dialect,
    ) -> Result<Option<Value>, Flaw<'a>> {
        let Some(row) = dialect.applicator(keyword) else { return Ok(Some(value.clone())) };
        let mut copied = |schema| self.copied(writer, schema, scope, dialect);
        Ok(Some(match (row.speaks_of, row.shape, value) {
            (Subject::Definition, ..) => return Ok(None),
            (_, Shape::Map | Shape::MapOrNames, Value::Object(named)) => {
                let named = named.iter().map(|(name, schema)| Ok((name.clone(), copied(schema)?)));
                Value::Object(named.collect::<Result<_, Flaw<'a>>>()?)
            }
            (_, Shape::List | Shape::Either, Value::Array(items)) => {
                Value::Array(items.iter().map(copied).collect::<Result<_, _>>()?)
            }
            (_, _, schema) => copied(schema)?,
        }))
    }
}
