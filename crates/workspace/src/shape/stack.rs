//! The shapes of `stack.yaml`.

use super::seam::TOOLS;
use super::{FREE, Mapping, NAME, Shape, key, not_yet, required};
use crate::form::Form;

const CONTRACTS: &str = "the checks of contracts";

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
    not_yet("uses", CONTRACTS),
    not_yet("max_age", "trusted runs"),
    not_yet("on", "events"),
]);

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
    not_yet("api", CONTRACTS),
    not_yet("events", CONTRACTS),
    not_yet("tables", CONTRACTS),
]);

static RULES: Mapping = Mapping::each(Form::Name, &Shape::Mapping(&RULE));

static RULE: Mapping = Mapping::of(&[
    required("kind", Shape::Text(Form::Free), "The kind of the resources, such as aws_subnet."),
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

static OUTPUT: Mapping = Mapping::of(&[
    key(
        "type",
        Shape::Either(&[Shape::Text(Form::OneOf(TYPES)), Shape::List(&TYPE, true)]),
        "Its JSON Schema type, or a list of them. Left out: any.",
    ),
    key("sensitive", Shape::Bool, "Is it a secret? Default: false"),
    key("description", Shape::Text(Form::Free), "What it is."),
    not_yet("format", CONTRACTS),
    not_yet("pattern", CONTRACTS),
    not_yet("enum", CONTRACTS),
    not_yet("const", CONTRACTS),
    not_yet("default", CONTRACTS),
    not_yet("examples", CONTRACTS),
    not_yet("title", CONTRACTS),
    not_yet("deprecated", CONTRACTS),
    not_yet("properties", CONTRACTS),
    not_yet("required", CONTRACTS),
    not_yet("additionalProperties", CONTRACTS),
    not_yet("patternProperties", CONTRACTS),
    not_yet("propertyNames", CONTRACTS),
    not_yet("minProperties", CONTRACTS),
    not_yet("maxProperties", CONTRACTS),
    not_yet("items", CONTRACTS),
    not_yet("prefixItems", CONTRACTS),
    not_yet("contains", CONTRACTS),
    not_yet("minItems", CONTRACTS),
    not_yet("maxItems", CONTRACTS),
    not_yet("uniqueItems", CONTRACTS),
    not_yet("minLength", CONTRACTS),
    not_yet("maxLength", CONTRACTS),
    not_yet("minimum", CONTRACTS),
    not_yet("maximum", CONTRACTS),
    not_yet("exclusiveMinimum", CONTRACTS),
    not_yet("exclusiveMaximum", CONTRACTS),
    not_yet("multipleOf", CONTRACTS),
    not_yet("allOf", CONTRACTS),
    not_yet("anyOf", CONTRACTS),
    not_yet("oneOf", CONTRACTS),
    not_yet("not", CONTRACTS),
    not_yet("$ref", CONTRACTS),
]);
