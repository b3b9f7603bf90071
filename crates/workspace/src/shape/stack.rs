//! The shapes of `stack.yaml`.

use super::seam::TOOLS;
use super::{FREE, Key, Mapping, NAME, Shape, key, not_yet, required};
use crate::form::Form;

/// The whole file.
pub(crate) static STACK: Mapping = Mapping::of(&[
    key("name", Shape::Text(Form::Name), "The stack's name, unique in the system. Default: the folder's name"),
    key(
        "formerly",
        Shape::Either(&[Shape::Text(Form::Name), Shape::List(&NAME, true)]),
        "The name that it had before, or all of them, the latest first: what is deployed under it goes on as this stack.",
    ),
    key("tool", Shape::Text(Form::OneOf(TOOLS)), "What deploys it. Default: defaults.tool of seam.yaml"),
    key("source", Shape::Text(Form::Free), "The folder of the code, relative to this file. Default: ."),
    key(
        "environments",
        Shape::List(&FREE, false),
        "The environments it is deployed to; patterns such as prod-* and prod-{eu,us}. Default: all",
    ),
    key("inputs", Shape::Mapping(&INPUTS), "The values it needs, by the name of the variable in its code."),
    key("after", Shape::List(&NAME, false), "Stacks that go first, without handing anything over."),
    key("tags", Shape::List(&NAME, false), "Tags, for selections and fan-in."),
    key(
        "sources",
        Shape::List(&FREE, false),
        "Files and folders it reads that cannot be seen in its code, relative to this file.",
    ),
    key("timeout", Shape::Text(Form::Duration), "The time limit of one step. Default: defaults.timeout, or 1h"),
    key(
        "backend",
        Shape::Mapping(&BACKEND),
        "Where its state is. Settings of the type of defaults.terraform.backend are laid over those; another type replaces them.",
    ),
    key(
        "exec",
        Shape::Mapping(&EXEC),
        "The programs of a stack with `tool: exec`, each an argument list. {system}, {stack}, {environment} and attributes of the environment are replaced; `{{` is a brace.",
    ),
    key("contract", Shape::Mapping(&CONTRACT), "What it promises to its consumers."),
    key("uses", Shape::List(&USE, false), "What it calls, receives or reads of other stacks, beside its inputs."),
    key(
        "in",
        Shape::Mapping(&IN),
        "What differs in environments, by their name or a pattern such as prod-* and prod-{eu,us}.",
    ),
    key(
        "workspace",
        Shape::Text(Form::Free),
        "The TF workspace that its state is in; may name {environment} and its like. Default: default",
    ),
    not_yet("max_age", "trusted runs"),
    not_yet("on", "events"),
]);

static USE: Shape = Shape::Mapping(&USED);

static USED: Mapping = Mapping {
    keys: &[
        key("api", Shape::Text(Form::Free), "The stack whose API it calls: [SYSTEM/]STACK."),
        key("event", Shape::Text(Form::Free), "The event that it receives: [SYSTEM/]STACK.EVENT."),
        key("table", Shape::Text(Form::Free), "The table that it reads, of a stack of the own system: STACK.TABLE."),
        key("operations", Shape::List(&FREE, true), "The operations that it calls: getOrder, or GET /orders/{id}."),
        key("fields", Shape::List(&FREE, true), "The fields that it reads, such as items[].sku. Default: all"),
        key("columns", Shape::List(&FREE, true), "The columns that it reads. Default: all"),
        key("version", Shape::Text(Form::Range), "The accepted versions of the contract."),
    ],
    others: None,
    exactly_one: &["api", "event", "table"],
};

static IN: Mapping = Mapping::each(Form::Free, &Shape::Mapping(&IN_ENVIRONMENT));

static IN_ENVIRONMENT: Mapping =
    Mapping::of(&[required("inputs", Shape::Mapping(&INPUTS), "Inputs over those of the stack, by name.")]);

static INPUTS: Mapping =
    Mapping::each(Form::Identifier, &Shape::Either(&[Shape::Text(Form::Reference), Shape::Mapping(&INPUT)]));

/// One input in its long form.
static INPUT: Mapping = Mapping {
    keys: &[
        key(
            "registry",
            Shape::Text(Form::Reference),
            "The provider's latest publication: [SYSTEM/]STACK.OUTPUT[PATH], or tag:NAME.OUTPUT with `many`.",
        ),
        key(
            "state",
            Shape::Either(&[Shape::Text(Form::Reference), Shape::Mapping(&STATE)]),
            "An output in the state of a stack of this workspace, STACK.OUTPUT[PATH], or the place of another state, with `output` beside it.",
        ),
        key("lookup", Shape::Mapping(&LOOKUP), "Resources that a stack made, by kind, name and tags."),
        key("run", Shape::Text(Form::Reference), "The provider stack's output of this run: STACK.OUTPUT[PATH]."),
        key("secret", Shape::Mapping(&SECRET), "A secret, resolved anew in each run and recorded nowhere."),
        key("config", Shape::Text(Form::Free), "A key of the layered configuration, such as app.replicas."),
        key("value", Shape::Any, "A literal; its strings may name {system}, {stack}, {environment} and attributes."),
        key("environment", Shape::Text(Form::Name), "The provider's environment, where it is not the same."),
        key("version", Shape::Text(Form::Range), "The accepted versions of the provider's contract."),
        key("optional", Shape::Bool, "Where the value is absent, the variable is not set at all. Default: false"),
        key("many", Shape::Bool, "Collect the output of every stack with the tag. Default: false"),
        key("as", Shape::Text(Form::OneOf(&["map"])), "A fan-in as an object keyed by stack instead of an array."),
        key("join", Shape::Text(Form::Free), "Join an array with this text."),
        key("format", Shape::Text(Form::Free), "A text in which {value} is replaced by the value."),
        key("select", Shape::Text(Form::Free), "Take this part, such as id, of an object or of each item of an array."),
        key("output", Shape::Text(Form::Free), "The output of a state that is named by its place: NAME[PATH]."),
    ],
    others: None,
    exactly_one: &["registry", "state", "lookup", "run", "secret", "config", "value"],
};

static STATE: Mapping = Mapping::of(&[
    required("backend", Shape::Text(Form::Free), "The backend's type: s3, gcs, azurerm, http, local …"),
    key("config", Shape::Mapping(&SETTINGS), "Its settings; strings may name {environment} and its like."),
]);

static SETTINGS: Mapping = Mapping::each(Form::Free, &Shape::Any);

static LOOKUP: Mapping = Mapping::of(&[
    required("kind", Shape::Text(Form::Free), "The kind of the resources, such as aws_subnet."),
    key("name", Shape::Text(Form::Free), "Their name; * stands for any text."),
    key("tags", Shape::Mapping(&TAGS), "Tags that they have; they may have others."),
    key("many", Shape::Bool, "Any number of them, as an array; otherwise exactly one. Default: false"),
    key(
        "from",
        Shape::Text(Form::Free),
        "The stack that made them: [SYSTEM/]STACK. Default: those whose contract promises them",
    ),
]);

static TAGS: Mapping = Mapping::each(Form::Free, &FREE);

static SECRET: Mapping = Mapping {
    keys: &[
        key("env", Shape::Text(Form::Free), "A variable of Seam's own environment."),
        key("file", Shape::Text(Form::Free), "A file, relative to this one; one line end at its end is cut."),
        key(
            "command",
            Shape::List(&FREE, true),
            "A program and its arguments. It prints the secret. {environment} and its like are replaced.",
        ),
    ],
    others: None,
    exactly_one: &["env", "file", "command"],
};

static BACKEND: Mapping = Mapping {
    keys: &[key("type", Shape::Text(Form::Free), "The backend's type. Default: that of defaults.terraform.backend")],
    others: Some((Form::Free, &Shape::Any)),
    exactly_one: &[],
};

static EXEC: Mapping = Mapping::of(&[
    key("plan", Shape::List(&FREE, true), "Exits 0 for nothing to do, 2 for changes, 1 for a failure."),
    required("apply", Shape::List(&FREE, true), "Makes it so."),
    key("destroy", Shape::List(&FREE, true), "Takes it away."),
    key("plan_unknown", Shape::Bool, "The plan command copes with unknown inputs. Default: false"),
    key(
        "idempotent",
        Shape::Bool,
        "To apply twice does no more than to apply once: after a crash it is applied again. Default: false",
    ),
    key(
        "verify",
        Shape::List(&FREE, true),
        "After a crash: exits 0 and writes the outputs where the apply was done, 2 where it was not, 1 where it cannot tell.",
    ),
]);

static CONTRACT: Mapping = Mapping::of(&[
    key("version", Shape::Text(Form::Version), "A semantic version."),
    key("outputs", Shape::Mapping(&OUTPUTS), "The outputs it promises, by name."),
    key(
        "lookups",
        Shape::Mapping(&RULES),
        "The resources that lookups of others may rely on, by a name for each rule.",
    ),
    key("api", Shape::Text(Form::Free), "The file of its OpenAPI document (3.0 or 3.1), relative to this one."),
    key("events", Shape::Mapping(&EVENTS), "The events that it sends, by a name for each."),
    key("tables", Shape::Mapping(&TABLES), "The tables that it shares inside the system, by name."),
]);

static EVENTS: Mapping = Mapping::each(Form::Free, &Shape::Mapping(&EVENT));

static EVENT: Mapping = Mapping::of(&[
    required("type", Shape::Text(Form::Free), "The `type` of CloudEvents, such as com.acme.order.created."),
    key("key", Shape::Text(Form::Free), "The part of the payload that events are ordered by, such as order_id."),
    key("schema", Shape::Mapping(&SCHEMA), "What its payload is, as JSON Schema 2020-12; $ref names a file."),
    key("deprecated", Shape::Mapping(&DEPRECATED), "It is on its way out."),
]);

static TABLES: Mapping = Mapping::each(Form::Free, &Shape::Mapping(&TABLE));

static TABLE: Mapping = Mapping::of(&[
    required("columns", Shape::Mapping(&COLUMNS), "What the values of each column are, as JSON Schema."),
    key("key", Shape::List(&FREE, true), "The columns that tell its rows apart, in order."),
    key("deprecated", Shape::Mapping(&DEPRECATED), "It is on its way out."),
]);

static COLUMNS: Mapping = Mapping::each(Form::Free, &Shape::Mapping(&SCHEMA));

/// A JSON Schema whose keywords are looked at where it is read as one.
static SCHEMA: Mapping = Mapping::each(Form::Free, &Shape::Any);

static RULES: Mapping = Mapping::each(Form::Name, &Shape::Mapping(&RULE));

static RULE: Mapping = Mapping::of(&[
    required("kind", Shape::Text(Form::Free), "The kind of the resources, such as aws_subnet."),
    key("name", Shape::Text(Form::Free), "Their name; * stands for any text."),
    key(
        "tags",
        Shape::Mapping(&RULE_TAGS),
        "Their tags, each with its value or a list of the values that it may have.",
    ),
]);

static RULE_TAGS: Mapping =
    Mapping::each(Form::Free, &Shape::Either(&[Shape::Text(Form::Free), Shape::List(&FREE, true)]));

static OUTPUTS: Mapping = Mapping::each(Form::Name, &Shape::Mapping(&OUTPUT));

const TYPES: &[&str] = &["string", "number", "integer", "boolean", "array", "object", "null"];
static TYPE: Shape = Shape::Text(Form::OneOf(TYPES));

/// A JSON Schema 2020-12, with what Seam says beside it. Keys below the first level are not in this
/// table: they are looked at where the schema is read as one.
static OUTPUT: Mapping = Mapping::of(&[
    key(
        "type",
        Shape::Either(&[Shape::Text(Form::OneOf(TYPES)), Shape::List(&TYPE, true)]),
        "Its JSON Schema type, or a list of them. Left out: any.",
    ),
    key("sensitive", Shape::Bool, "Is it a secret? Default: false"),
    key("deprecated", Shape::Mapping(&DEPRECATED), "It is on its way out: its users are told, and have until the day."),
    key("description", Shape::Text(Form::Free), "What it is."),
    key("title", Shape::Text(Form::Free), "What it is called."),
    key("examples", Shape::List(&Shape::Any, false), "Values that it may have."),
    key("default", Shape::Any, "The value that stands for an absent one, for readers."),
    key(
        "$ref",
        Shape::Text(Form::Free),
        "The schema in a file, relative to this one: ../../schemas/money.json#/$defs/amount.",
    ),
    key("format", Shape::Text(Form::Free), "Its format, such as uri or date-time; it is asserted."),
    key("pattern", Shape::Text(Form::Free), "A regular expression (ECMA-262) that is found in it."),
    key("enum", Shape::List(&Shape::Any, true), "The values it may have."),
    key("const", Shape::Any, "The one value it has."),
    schema("minLength"),
    schema("maxLength"),
    schema("minimum"),
    schema("maximum"),
    schema("exclusiveMinimum"),
    schema("exclusiveMaximum"),
    schema("multipleOf"),
    schema("properties"),
    schema("required"),
    schema("additionalProperties"),
    schema("patternProperties"),
    schema("propertyNames"),
    schema("minProperties"),
    schema("maxProperties"),
    schema("dependentRequired"),
    schema("dependentSchemas"),
    schema("unevaluatedProperties"),
    schema("items"),
    schema("prefixItems"),
    schema("contains"),
    schema("minContains"),
    schema("maxContains"),
    schema("minItems"),
    schema("maxItems"),
    schema("uniqueItems"),
    schema("unevaluatedItems"),
    schema("allOf"),
    schema("anyOf"),
    schema("oneOf"),
    schema("not"),
    schema("if"),
    schema("then"),
    schema("else"),
    schema("$defs"),
]);

static DEPRECATED: Mapping = Mapping::of(&[
    key("since", Shape::Text(Form::Version), "The version of the contract that said so first."),
    key("use", Shape::Text(Form::Free), "What to use instead."),
    key("sunset", Shape::Text(Form::Date), "The day from which it may be gone, such as 2027-02-01."),
]);

/// A keyword of JSON Schema 2020-12, in its own words.
const fn schema(name: &'static str) -> Key {
    key(name, Shape::Any, "As in JSON Schema 2020-12.")
}
