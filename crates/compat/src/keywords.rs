//! The keys that JSON Schema and OpenAPI know: by them a misspelt one is found, which both would ignore.

/// Every keyword of JSON Schema 2020-12, 2019-09 and draft-07, and those that OpenAPI adds to them.
pub const SCHEMA: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveAnchor",
    "$recursiveRef",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "discriminator",
    "else",
    "enum",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
    "xml",
];

/// What stands at a place of an OpenAPI document.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Nothing that is looked at.
    Any,
    /// A JSON Schema.
    Schema,
    /// The document itself, from 3.0 on.
    Document,
    /// What is defined to be referred to.
    Components,
    /// The operations of a path.
    PathItem,
    /// An operation.
    Operation,
    /// A parameter; a header is one without `name` and `in`.
    Parameter,
    /// The body of a request.
    Body,
    /// An answer.
    Response,
    /// A body in one media type.
    MediaType,
    /// What is said of something that is on its way out.
    Deprecated,
    /// Such parts by names of the author's own.
    Map(&'static Part),
    /// A list of such parts.
    List(&'static Part),
}

impl Part {
    /// The keys of an object of OpenAPI, and what stands there.
    pub fn keys(self) -> &'static [(&'static str, Part)] {
        match self {
            Self::Document => DOCUMENT,
            Self::Components => COMPONENTS,
            Self::PathItem => PATH_ITEM,
            Self::Operation => OPERATION,
            Self::Parameter => PARAMETER,
            Self::Body => BODY,
            Self::Response => RESPONSE,
            Self::MediaType => MEDIA_TYPE,
            Self::Deprecated => DEPRECATED,
            Self::Any | Self::Schema | Self::Map(_) | Self::List(_) => &[],
        }
    }
}

use Part::{Any, Body, Components, Deprecated, List, Map, MediaType, Operation, Parameter, PathItem, Response, Schema};

const DOCUMENT: &[(&str, Part)] = &[
    ("openapi", Any),
    ("info", Any),
    ("jsonSchemaDialect", Any),
    ("servers", Any),
    ("paths", Map(&PathItem)),
    ("webhooks", Map(&PathItem)),
    ("components", Components),
    ("security", Any),
    ("tags", Any),
    ("externalDocs", Any),
];

const COMPONENTS: &[(&str, Part)] = &[
    ("schemas", Map(&Schema)),
    ("responses", Map(&Response)),
    ("parameters", Map(&Parameter)),
    ("examples", Any),
    ("requestBodies", Map(&Body)),
    ("headers", Map(&Parameter)),
    ("securitySchemes", Any),
    ("links", Any),
    ("callbacks", Map(&Map(&PathItem))),
    ("pathItems", Map(&PathItem)),
];

const PATH_ITEM: &[(&str, Part)] = &[
    ("$ref", Any),
    ("summary", Any),
    ("description", Any),
    ("servers", Any),
    ("parameters", List(&Parameter)),
    ("get", Operation),
    ("put", Operation),
    ("post", Operation),
    ("delete", Operation),
    ("options", Operation),
    ("head", Operation),
    ("patch", Operation),
    ("trace", Operation),
];

const OPERATION: &[(&str, Part)] = &[
    ("tags", Any),
    ("summary", Any),
    ("description", Any),
    ("externalDocs", Any),
    ("operationId", Any),
    ("parameters", List(&Parameter)),
    ("requestBody", Body),
    ("responses", Map(&Response)),
    ("callbacks", Map(&Map(&PathItem))),
    ("deprecated", Deprecated),
    ("security", Any),
    ("servers", Any),
];

const PARAMETER: &[(&str, Part)] = &[
    ("$ref", Any),
    ("name", Any),
    ("in", Any),
    ("description", Any),
    ("required", Any),
    ("deprecated", Deprecated),
    ("allowEmptyValue", Any),
    ("style", Any),
    ("explode", Any),
    ("allowReserved", Any),
    ("schema", Schema),
    ("example", Any),
    ("examples", Any),
    ("content", Map(&MediaType)),
];

const BODY: &[(&str, Part)] = &[("$ref", Any), ("description", Any), ("content", Map(&MediaType)), ("required", Any)];

const RESPONSE: &[(&str, Part)] = &[
    ("$ref", Any),
    ("summary", Any),
    ("description", Any),
    ("headers", Map(&Parameter)),
    ("content", Map(&MediaType)),
    ("links", Any),
];

const MEDIA_TYPE: &[(&str, Part)] = &[("schema", Schema), ("example", Any), ("examples", Any), ("encoding", Any)];

const DEPRECATED: &[(&str, Part)] = &[("since", Any), ("use", Any), ("sunset", Any)];
