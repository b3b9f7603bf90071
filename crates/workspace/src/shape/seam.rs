//! The shapes of `seam.yaml`.

use super::{FREE, Mapping, NAME, Shape, key, not_yet, required};
use crate::form::Form;

pub(super) const TOOLS: &[&str] = &["terraform", "opentofu", "exec", "external"];

/// The whole file.
pub(crate) static SEAM: Mapping = Mapping::of(&[
    required("system", Shape::Text(Form::Name), "The system's name: stacks released together by one team."),
    key(
        "registry",
        Shape::Either(&[Shape::Text(Form::Free), Shape::Mapping(&REGISTRY)]),
        "Where the registry is: a file, relative to this one. Default: .seam/registry.db",
    ),
    key("environments", Shape::Mapping(&ENVIRONMENTS), "The isolated places that stacks are deployed to, by name."),
    key("defaults", Shape::Mapping(&DEFAULTS), "What holds for every stack that does not say otherwise."),
    key(
        "pass_env",
        Shape::List(&FREE, false),
        "Variables that tools get beyond the built-in list; * matches any text.",
    ),
    key("mirror_exclude", Shape::List(&FREE, false), "Names of folders that are not copied to mirrors."),
    key("teams", Shape::Mapping(&TEAMS), "Teams and the stacks they own, for selections such as team:net."),
    not_yet("pools", "trusted runs"),
    not_yet("keys", "keys for people"),
]);

static REGISTRY: Mapping = Mapping::of(&[not_yet("static", "the shared registry")]);

static ENVIRONMENTS: Mapping = Mapping::each(Form::Name, &Shape::MappingOrNothing(&ENVIRONMENT));

static ENVIRONMENT: Mapping = Mapping::of(&[
    key(
        "config",
        Shape::Text(Form::Free),
        "The file of this environment's configuration layer. Default: config/ENV.yaml, .json or .toml",
    ),
    key("account", Shape::Text(Form::Free), "The account; strings may name it as {account}."),
    key("region", Shape::Text(Form::Free), "The region; strings may name it as {region}."),
    key("zone", Shape::Text(Form::Free), "The zone; strings may name it as {zone}."),
    key("labels", Shape::Mapping(&LABELS), "Further attributes that strings may name, {LABEL}."),
    key("env", Shape::Mapping(&VARIABLES), "Variables for the tools of this environment."),
    key("approve", Shape::Bool, "Apply and destroy need an approval; --yes never suffices. Default: false"),
    key("local_state", Shape::Bool, "Accept states on this machine although `approve` is set. Default: false"),
    key("maps", Shape::Mapping(&MAPS), "Which environment of another system this one means."),
    not_yet("promotes_from", "promotion"),
    not_yet("isolation", "promotion"),
]);

static LABELS: Mapping = Mapping::each(Form::Identifier, &FREE);
static VARIABLES: Mapping = Mapping::each(Form::Free, &FREE);
static MAPS: Mapping = Mapping::each(Form::Name, &NAME);
static TEAMS: Mapping = Mapping::each(Form::Name, &Shape::List(&NAME, false));

static DEFAULTS: Mapping = Mapping::of(&[
    key("tool", Shape::Text(Form::OneOf(TOOLS)), "What deploys a stack that names no tool."),
    key("timeout", Shape::Text(Form::Duration), "The time limit of one step. Default: 1h"),
    key("terraform", Shape::Mapping(&TERRAFORM), "For stacks of terraform and opentofu."),
]);

static TERRAFORM: Mapping = Mapping::of(&[key(
    "backend",
    Shape::Mapping(&BACKEND),
    "Where states are; strings may name {system}, {stack}, {environment}.",
)]);

static BACKEND: Mapping = Mapping {
    keys: &[required("type", Shape::Text(Form::Free), "The backend's type: s3, gcs, azurerm, http, local …")],
    others: Some((Form::Free, &Shape::Any)),
    exactly_one: &[],
};
