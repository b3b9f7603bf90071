//! The [`Dialect`]s of JSON Schema that are read, and the table of keywords under which other
//! schemas stand.

use serde_json::{Map, Value};

/// A version of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Draft-07: `$ref` hides its siblings, `items` may be a list.
    Draft7,
    /// 2019-09: `$recursiveRef`, `items` may be a list.
    Draft2019,
    /// 2020-12, also where no dialect is named, and that of OpenAPI 3.1.
    Draft2020,
}

/// What stands under a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A schema.
    Schema,
    /// A list of schemas.
    List,
    /// Schemas by name.
    Map,
    /// A schema or a list of them: `items` before 2020-12.
    Either,
    /// By name a schema, or a list of texts, which is none: `dependencies`.
    MapOrNames,
}

/// A keyword under which schemas stand.
#[derive(Debug, PartialEq, Eq)]
pub struct Applicator {
    /// The keyword.
    pub name: &'static str,
    /// What stands under it.
    pub shape: Shape,
    /// What its schemas speak of.
    pub speaks_of: Subject,
    /// The dialects that know it: draft-07, 2019-09, 2020-12.
    known: [bool; 3],
}

/// What a schema inside another speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The same value.
    Same,
    /// A member or an item of it.
    Child,
    /// A name of a property, or a text's content: no value that is sent.
    Other,
    /// Nothing: it is defined for references.
    Definition,
}

const ALL: [bool; 3] = [true, true, true];
const SINCE_2019: [bool; 3] = [false, true, true];
const UNTIL_2019: [bool; 3] = [true, true, false];

const fn row(name: &'static str, shape: Shape, speaks_of: Subject, known: [bool; 3]) -> Applicator {
    Applicator { name, shape, speaks_of, known }
}

/// Every keyword under which schemas stand. `items` is here twice: its shape changed.
static APPLICATORS: [Applicator; 24] = [
    row("$defs", Shape::Map, Subject::Definition, SINCE_2019),
    row("definitions", Shape::Map, Subject::Definition, ALL),
    row("allOf", Shape::List, Subject::Same, ALL),
    row("anyOf", Shape::List, Subject::Same, ALL),
    row("oneOf", Shape::List, Subject::Same, ALL),
    row("not", Shape::Schema, Subject::Same, ALL),
    row("if", Shape::Schema, Subject::Same, ALL),
    row("then", Shape::Schema, Subject::Same, ALL),
    row("else", Shape::Schema, Subject::Same, ALL),
    row("dependentSchemas", Shape::Map, Subject::Same, SINCE_2019),
    row("dependencies", Shape::MapOrNames, Subject::Same, [true, false, false]),
    row("properties", Shape::Map, Subject::Child, ALL),
    row("patternProperties", Shape::Map, Subject::Child, ALL),
    row("additionalProperties", Shape::Schema, Subject::Child, ALL),
    row("unevaluatedProperties", Shape::Schema, Subject::Child, SINCE_2019),
    row("prefixItems", Shape::List, Subject::Child, [false, false, true]),
    row("items", Shape::Schema, Subject::Child, [false, false, true]),
    row("items", Shape::Either, Subject::Child, UNTIL_2019),
    row("additionalItems", Shape::Schema, Subject::Child, UNTIL_2019),
    row("unevaluatedItems", Shape::Schema, Subject::Child, SINCE_2019),
    row("contains", Shape::Schema, Subject::Child, ALL),
    row("propertyNames", Shape::Schema, Subject::Other, ALL),
    row("contentSchema", Shape::Schema, Subject::Other, SINCE_2019),
    // Kept by the later dialects for old documents only; what stands there is defined, not applied.
    row("dependencies", Shape::MapOrNames, Subject::Definition, SINCE_2019),
];

impl Dialect {
    /// The dialect of a `$schema`.
    ///
    /// # Errors
    /// A sentence, for one that is not read.
    pub fn named(uri: &str) -> Result<Self, String> {
        match uri.trim_end_matches('#') {
            "https://json-schema.org/draft/2020-12/schema" | "https://spec.openapis.org/oas/3.1/dialect/base" => {
                Ok(Self::Draft2020)
            }
            "https://json-schema.org/draft/2019-09/schema" => Ok(Self::Draft2019),
            "http://json-schema.org/draft-07/schema" | "https://json-schema.org/draft-07/schema" => Ok(Self::Draft7),
            other => Err(format!("the dialect `{other}` is not read; 2020-12, 2019-09 and draft-07 are")),
        }
    }

    /// The `$schema` of its documents.
    pub(super) fn meta_schema(self) -> &'static str {
        match self {
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// The name of a document of its own definitions.
    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::Draft7 => "seam:draft-07",
            Self::Draft2019 => "seam:2019-09",
            Self::Draft2020 => "seam:2020-12",
        }
    }

    /// How the keyword holds schemas, where it does in this dialect.
    pub fn applicator(self, keyword: &str) -> Option<&'static Applicator> {
        APPLICATORS.iter().find(|row| row.name == keyword && row.known[self as usize])
    }

    /// Whether the schema object is nothing but its reference.
    pub fn reference_hides(self, members: &Map<String, Value>) -> bool {
        self == Self::Draft7 && members.contains_key("$ref")
    }

    /// The schemas that stand directly in a schema object, hidden ones too.
    pub fn schemas_in(self, members: &Map<String, Value>) -> Vec<(&'static Applicator, &Value)> {
        let mut found = Vec::new();
        for (keyword, value) in members {
            let Some(applicator) = self.applicator(keyword) else { continue };
            match (applicator.shape, value) {
                (Shape::List | Shape::Either, Value::Array(items)) => {
                    found.extend(items.iter().map(|item| (applicator, item)));
                }
                (Shape::Map | Shape::MapOrNames, Value::Object(named)) => {
                    found.extend(named.values().filter(|value| !value.is_array()).map(|value| (applicator, value)));
                }
                (Shape::Schema | Shape::Either, schema) => found.push((applicator, schema)),
                _ => {}
            }
        }
        found
    }
}
