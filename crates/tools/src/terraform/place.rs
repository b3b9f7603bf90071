//! Where the state of an instance is, and whether it is the state that the registry knows.

use crate::state::without_secrets;
use seam_model::{
    Address, Attributes, Backend, BackendBlock, BadTemplate, Environment, Finding, Name, Place, Stack, Value,
    Workspace, codes, expand_value,
};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

/// Where the state of an instance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatePlace {
    /// A file on this machine.
    Local {
        /// Absolute.
        path: PathBuf,
        /// The same without what differs between machines: relative to the folder of local states or
        /// to the workspace.
        name: String,
    },
    /// A backend of the tool.
    Backend {
        /// `s3`, `gcs`, `http` …; `cloud` for a `cloud` block.
        kind: String,
        /// What the workspace's files set, resolved for the instance.
        settings: BTreeMap<String, Value>,
        /// The code's own block; `None` where the code has none.
        block: Option<BackendBlock>,
        /// The TF workspace, where it is not `default`.
        workspace: Option<String>,
    },
}

impl StatePlace {
    /// The place of the state of `stack` in `environment`. `states` is the folder of local states
    /// (`.seam/state`), absolute. A `backend "local"` block of the code is a local state like no
    /// block at all: what it names would lie in the mirror. Errors: settings for another type than
    /// the code's block has (S0204), a local state in a protected environment (S0206), an unknown
    /// identifier (S0011), a setting of `local` other than `path` (S0020).
    pub fn resolve(
        workspace: &Workspace,
        stack: &Stack,
        environment: &Environment,
        states: &Path,
    ) -> Result<Self, Box<Finding>> {
        Self::under(&stack.name, workspace, stack, environment, states)
    }

    /// Likewise, were the stack called `name`.
    pub fn under(
        name: &Name,
        workspace: &Workspace,
        stack: &Stack,
        environment: &Environment,
        states: &Path,
    ) -> Result<Self, Box<Finding>> {
        let block = stack.code.as_ref().and_then(|code| code.backend.as_ref());
        let attributes = environment.attributes(&workspace.system, name);
        let named = stack.workspace_in(&attributes).map_err(|error| Box::new(error.finding(&stack.place)))?;
        let settings = match &stack.backend {
            Some(backend) => expand_settings(backend, &attributes)?,
            None => BTreeMap::new(),
        };
        let kind = match (block, &stack.backend) {
            (Some(block), Some(backend)) if block.kind != backend.kind => {
                return Err(other_type(block, backend));
            }
            (_, Some(backend)) => backend.kind.as_str(),
            (Some(block), None) => block.kind.as_str(),
            (None, None) => "local",
        };
        if kind != "local" {
            return Ok(Self::Backend { kind: kind.to_owned(), settings, block: block.cloned(), workspace: named });
        }
        if environment.approve && !environment.local_state {
            return Err(local_refused(stack, environment));
        }
        let written = match &stack.backend {
            Some(backend) => local_of_settings(workspace, backend, settings)?,
            None => None,
        };
        let place = written.unwrap_or_else(|| {
            let name = format!("{}/{name}.tfstate", environment.name);
            Self::Local { path: states.join(&name), name }
        });
        Ok(match named {
            Some(named) => place.in_workspace(&named),
            None => place,
        })
    }

    /// Where a local state of a TF workspace is: in a folder beside that of `default`.
    fn in_workspace(self, named: &str) -> Self {
        match self {
            Self::Local { path, name } => {
                let inside = |path: &Path| path.with_extension("tfstate.d").join(named).join("terraform.tfstate");
                Self::Local { path: inside(&path), name: inside(Path::new(&name)).display().to_string() }
            }
            backend @ Self::Backend { .. } => backend,
        }
    }

    /// The place that an input names by itself: a backend's type and settings, whose strings are
    /// templates. Errors: an unknown identifier (S0011), a local state without a path (S0006), a
    /// setting of `local` other than `path` (S0020).
    pub fn external(workspace: &Workspace, backend: &Backend, attributes: &Attributes) -> Result<Self, Box<Finding>> {
        let settings = expand_settings(backend, attributes)?;
        if backend.kind != "local" {
            return Ok(Self::Backend { kind: backend.kind.clone(), settings, block: None, workspace: None });
        }
        local_of_settings(workspace, backend, settings)?.ok_or_else(|| {
            let message = "the backend `local` does not say where the state is";
            let finding = Finding::error(codes::MISSING_KEY, message).at(&backend.place);
            Box::new(finding.help("add `path`, relative to this file"))
        })
    }

    /// In a few words, without what opens it: a path, or a type with settings that are no secrets.
    pub fn words(&self) -> String {
        match self {
            Self::Local { path, .. } => path.display().to_string(),
            Self::Backend { kind, workspace, .. } => {
                let all = self.all_settings().unwrap_or_default();
                if let Some(address) = all.get("address").filter(|_| kind == "http").and_then(Json::as_str)
                    && let Some(address) = without_secrets(address)
                {
                    return address;
                }
                let all = all.into_iter();
                let told: Vec<_> = all
                    .filter_map(|(name, value)| {
                        let shown = HARMLESS.contains(&name.as_str()) && !has_user(&Value::from(value.clone()));
                        value.as_str().filter(|_| shown).map(|text| format!("{name} {text}"))
                    })
                    .chain(workspace.iter().map(|name| format!("TF workspace {name}")))
                    .collect();
                if told.is_empty() { format!("the backend `{kind}`") } else { format!("{kind} ({})", told.join(", ")) }
            }
        }
    }

    /// The attributes of a backend's block in the code with the settings over them; `None` where one is
    /// computed.
    pub(crate) fn all_settings(&self) -> Option<BTreeMap<String, Json>> {
        let Self::Backend { settings, block, .. } = self else { return Some(BTreeMap::new()) };
        let mut all = BTreeMap::new();
        for (name, text) in block.iter().flat_map(|block| &block.attributes) {
            if !settings.contains_key(name) {
                let text = text.as_ref()?;
                let nested = Some(text).filter(|text| text.starts_with(['{', '[']));
                let value = nested.and_then(|text| serde_json::from_str(text).ok());
                all.insert(name.clone(), value.unwrap_or_else(|| Json::from(text.as_str())));
            }
        }
        all.extend(settings.iter().filter_map(|(name, value)| Some((name.clone(), value.to_json()?))));
        Some(all)
    }

    /// A text that is the same for two instances when they have one state, as far as the workspace's
    /// files tell: the attributes of the code's block, with the settings over them, as a digest. Where
    /// one is not literal, two files may mean two states.
    pub fn identity(&self) -> String {
        match self {
            Self::Local { name, .. } => format!("local {name}"),
            Self::Backend { kind, settings, block, workspace } => {
                let mut texts: BTreeMap<&str, Option<String>> = BTreeMap::new();
                let attributes = block.iter().flat_map(|block| &block.attributes);
                texts.extend(attributes.map(|(name, text)| (name.as_str(), text.clone())));
                texts.extend(settings.iter().map(|(name, value)| (name.as_str(), Some(text(value)))));
                let computed = block.as_ref().filter(|_| texts.values().any(Option::is_none));
                let file = computed.map_or("-", |block| &block.place.file);
                let place = format!("{kind} {file} {}", digest(&serde_json::json!(texts).to_string()));
                workspace.iter().fold(place, |place, name| format!("{place} {name}"))
            }
        }
    }

    /// May settings be secrets? All but those that are known to be none, and addresses with a user.
    pub(super) fn has_secrets(&self) -> bool {
        match self {
            Self::Local { .. } => false,
            Self::Backend { settings, .. } => {
                settings.iter().any(|(name, value)| !HARMLESS.contains(&name.as_str()) || has_user(value))
            }
        }
    }

    /// All settings of the backend, and whether one of them may be a secret; `None` where the code
    /// computes one.
    pub fn settings(&self) -> Option<(BTreeMap<String, Value>, bool)> {
        let is_plain = |name: &str, value: &Value| match value {
            Value::String(text) if name.ends_with("address") => text.starts_with("http") && !text.contains(['?', '@']),
            value => HARMLESS.contains(&name) && !has_user(value),
        };
        let settings: BTreeMap<String, Value> =
            self.all_settings()?.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        let sensitive = settings.iter().any(|(name, value)| !is_plain(name, value));
        Some((settings, sensitive))
    }

    /// The settings as `init` reads them from a file; `None` where there are none to pass.
    pub(super) fn settings_json(&self) -> Option<String> {
        match self {
            Self::Backend { settings, .. } if !settings.is_empty() => Some(settings_json(settings)),
            _ => None,
        }
    }
}

/// Settings of backends that say where a state is, and nothing that opens it.
const HARMLESS: [&str; 29] = [
    "acl",
    "allowed_account_ids",
    "bucket",
    "container_name",
    "dynamodb_table",
    "encrypt",
    "endpoint",
    "endpoints",
    "forbidden_account_ids",
    "hostname",
    "key",
    "kms_key_id",
    "organization",
    "path",
    "prefix",
    "profile",
    "region",
    "resource_group_name",
    "schema_name",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "skip_s3_checksum",
    "storage_account_name",
    "use_lockfile",
    "use_path_style",
    "workspace_key_prefix",
    "workspaces",
];

/// Finds instances that share a state (S0205). Each comes with the place of its stack.
pub fn two_on_one_state(instances: &[(Address, StatePlace, Place)]) -> Vec<Finding> {
    let mut first: BTreeMap<String, &(Address, StatePlace, Place)> = BTreeMap::new();
    let mut findings = Vec::new();
    for instance in instances {
        let Some((address, _, place)) = first.get(&instance.1.identity()) else {
            first.insert(instance.1.identity(), instance);
            continue;
        };
        let message = format!("{address} and {} have one state", instance.0);
        findings.push(
            Finding::error(codes::TWO_ON_ONE_STATE, message)
                .at(&instance.2)
                .related(place, format!("{address} has the same state"))
                .help("put {stack} and {environment} into the backend's settings"),
        );
    }
    findings
}

/// `path` without `.` and with `..` taken away where something stands before it.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn settings_json(settings: &BTreeMap<String, Value>) -> String {
    let members = settings.iter().filter_map(|(name, value)| Some((name.clone(), value.to_json()?))).collect();
    serde_json::Value::Object(members).to_string()
}

/// As the attributes of a block are written down: a text as it is, any other value as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_json().unwrap_or_default().to_string(),
    }
}

/// Is there an address with user information in it (`https://name:password@host`)?
fn has_user(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
            authority.is_some_and(|authority| authority.contains('@'))
        }
        Value::Array(items) => items.iter().any(has_user),
        Value::Object(members) => members.values().any(has_user),
        _ => false,
    }
}

fn expand_settings(backend: &Backend, attributes: &Attributes) -> Result<BTreeMap<String, Value>, Box<Finding>> {
    let expanded = backend.settings.iter().map(|(name, value)| Ok((name.clone(), expand_value(value, attributes)?)));
    expanded.collect::<Result<_, BadTemplate>>().map_err(|error| Box::new(error.finding(&backend.place)))
}

/// The local state that settings name; `None` where they name no path. A relative path starts at
/// the file that says it.
fn local_of_settings(
    workspace: &Workspace,
    backend: &Backend,
    mut settings: BTreeMap<String, Value>,
) -> Result<Option<StatePlace>, Box<Finding>> {
    let path = settings.remove("path");
    if let Some(name) = settings.keys().next() {
        let message = format!("`{name}` is not a setting that Seam passes to the backend `local`");
        return Err(Box::new(Finding::error(codes::BAD_VALUE, message).at(&backend.place).help("only `path` is")));
    }
    let Some(path) = path else { return Ok(None) };
    let Value::String(path) = path else {
        let message = format!("`path` of the backend `local` is {}, not a string", path.type_name());
        return Err(Box::new(Finding::error(codes::BAD_VALUE, message).at(&backend.place)));
    };
    let base = Path::new(&backend.place.file).parent().unwrap_or(Path::new(""));
    let relative = normal(&base.join(path));
    let name = relative.display().to_string();
    Ok(Some(StatePlace::Local { path: normal(&workspace.root.join(relative)), name }))
}

fn other_type(block: &BackendBlock, backend: &Backend) -> Box<Finding> {
    let kind = &block.kind;
    let message = format!("the code has a `{kind}` backend and the settings are for `{}`", backend.kind);
    Box::new(
        Finding::error(codes::BACKEND_TYPE, message)
            .at(&backend.place)
            .label(format!("settings for `{}`", backend.kind))
            .related(&block.place, format!("the code's block is `{kind}`"))
            .help(format!("write settings for `{kind}` here, or take the block out of the code")),
    )
}

fn local_refused(stack: &Stack, environment: &Environment) -> Box<Finding> {
    let message = format!(
        "the state of `{}` in `{}` would be a file on this machine, and the environment has `approve: true`",
        stack.name, environment.name
    );
    Box::new(
        Finding::error(codes::LOCAL_STATE_REFUSED, message)
            .at(&stack.place)
            .related(&environment.place, "this environment is protected")
            .help("give the stack a `backend`, or the environment `local_state: true`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_with_its_tf_workspace_and_without_secrets() {
        let settings = [("bucket", "b"), ("key", "k"), ("secret_key", "hush")];
        let settings = settings.map(|(name, value)| (name.to_owned(), Value::from(value))).into();
        let place = StatePlace::Backend { kind: "s3".into(), settings, block: None, workspace: Some("dev".into()) };
        assert_eq!(place.words(), "s3 (bucket b, key k, TF workspace dev)");
    }

    #[test]
    fn a_setting_that_nobody_knows_counts_as_a_secret() {
        let endpoint = |url: &str| Value::Object([("s3".to_owned(), Value::from(url))].into());
        for (name, value, secret) in [
            ("bucket", Value::from("b"), false),
            ("use_lockfile", Value::Bool(true), false),
            ("skip_region_validation", Value::Bool(true), false),
            ("endpoints", endpoint("https://s3.example/@"), false),
            ("endpoints", endpoint("https://me:hush@s3.example"), true),
            ("path", Value::from("https://me@example/x"), true),
            ("sas", Value::from("sig"), true),
            ("encryption_key", Value::from("k"), true),
            ("address", Value::from("https://example?private=1"), true),
        ] {
            let settings = BTreeMap::from([(name.to_owned(), value)]);
            let place = StatePlace::Backend { kind: "s3".into(), settings, block: None, workspace: None };
            assert_eq!(place.has_secrets(), secret, "{name}");
        }
    }
}
