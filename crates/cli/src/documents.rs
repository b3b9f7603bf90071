//! Contracts as people name them: a file, a file of a git revision (`main:openapi.yaml`), a stack of the
//! workspace (`orders`), a version on record (`orders@1.4.0`).

use crate::failure::Failure;
use crate::settings::Settings;
use crate::{project, session, versioned};
use seam_compat::{ContractDocument, ReadError, SCHEMA_KEYWORDS, contracts_of, place, read_version, read_with};
use seam_contract::diff::Version;
use seam_contract::document::{BYTES_MAX, Kind, Position};
use seam_model::{Finding, codes};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Git answers from the disk.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// One side of a comparison.
pub enum Side {
    /// A document.
    Document(Version),
    /// All of a stack's contract.
    Contract(Box<ContractDocument>),
}

/// What somebody names. A file that is there is meant before anything else.
pub fn side(settings: &Settings, text: &str) -> Result<Side, Failure> {
    if settings.folder.join(text).exists() {
        return document(read(&settings.folder, text)?, text);
    }
    if let Some((revision, name)) = text.split_once(':') {
        return document(of_revision(settings, revision, name)?, text);
    }
    let is_name = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/@.+".contains(&byte));
    let looks_like_a_file = [".json", ".yaml", ".yml"].into_iter().any(|ending| text.ends_with(ending));
    if looks_like_a_file || !is_name(text) || project::root(settings).is_err() {
        return document(read(&settings.folder, text)?, text);
    }
    of_stack(settings, text).map(|contract| Side::Contract(Box::new(contract)))
}

/// A mapping without a single keyword is nothing that can be compared, although JSON Schema allows it.
fn document(version: Version, text: &str) -> Result<Side, Failure> {
    let is_known = |key: &String| SCHEMA_KEYWORDS.contains(&key.as_str()) || key.starts_with("x-");
    let members = version.document.value.as_object().filter(|_| version.document.kind == Kind::Schema);
    if members.is_some_and(|members| !members.is_empty() && !members.keys().any(is_known)) {
        let message =
            format!("{text} is neither a JSON Schema nor an OpenAPI document, and no stack.yaml with a contract");
        let help = "a JSON Schema has a keyword such as `type` or `properties`, an OpenAPI document begins with `openapi: 3.1.0`, \
                    a stack.yaml has `contract:`";
        return Err(Finding::error(codes::UNREADABLE_CONTRACT, message).help(help).into());
    }
    Ok(Side::Document(version))
}

/// The document at `name`, relative to `folder`, with all that it refers to.
pub fn read(folder: &Path, name: &str) -> Result<Version, Failure> {
    Ok(read_version(folder, name)?)
}

/// A stack's contract: a version on record, or as the workspace has it.
fn of_stack(settings: &Settings, text: &str) -> Result<ContractDocument, Failure> {
    let project = project::load(settings, project::Need::Records)?;
    let named = versioned::parse(text, &project.workspace.system)?;
    let (system, stack) = (named.system.clone(), named.stack.clone());
    let Some(version) = &named.version else {
        let own = project.workspace.stacks.get(&stack).filter(|_| system == project.workspace.system);
        let contract =
            own.map(|stack| ContractDocument::of_stack(&project.workspace.root, stack)).transpose()?.flatten();
        return contract.ok_or_else(|| {
            let message = format!("`{text}` is no file, and no stack of this workspace with a contract");
            Finding::error(codes::USAGE, message).help("name a file, REVISION:FILE, STACK or STACK@VERSION").into()
        });
    };
    let registry = session::read_registry(settings, &project.workspace)?;
    let known = contracts_of((&registry, &project.workspace), (&system, &stack))?;
    let found = known.iter().find(|(_, known)| known.version.as_ref() == Some(version));
    let document = match found {
        Some((name, known)) => registry.contract(system, name.clone(), known.digest.clone())?,
        None => None,
    };
    let Some(document) = document else {
        let versions: Vec<&str> = known.iter().filter_map(|(_, known)| known.version.as_deref()).collect();
        let message = format!("no version {version} of the contract of {}/{} is on record", named.system, named.stack);
        let help = match versions.as_slice() {
            [] => "an apply, `seam publish` or `seam deployed` registers it".to_owned(),
            versions => format!("on record are {}", versions.join(", ")),
        };
        return Err(Finding::error(codes::CONTRACT_NOT_REGISTERED, message).help(help).into());
    };
    Ok(ContractDocument::of_json(document)?)
}

/// The document of a git revision; what it refers to is of that revision too.
fn of_revision(settings: &Settings, revision: &str, name: &str) -> Result<Version, Failure> {
    let show = |name: &str| {
        let command = seam_process::Command {
            program: "git".into(),
            args: ["show".into(), OsString::from(format!("{revision}:./{name}"))].into(),
            folder: settings.folder.clone(),
            env: settings.env.clone(),
            time_limit: Some(TIME_LIMIT),
            grace: Duration::from_secs(1),
            lock: None,
        };
        let shown = seam_process::capture(&command, BYTES_MAX * 2).map_err(io::Error::other)?;
        if !shown.ended.is_success() {
            return Err(io::Error::other(String::from_utf8_lossy(&shown.stderr).trim().to_owned()));
        }
        String::from_utf8(shown.stdout).map_err(io::Error::other)
    };
    if revision.starts_with('-') {
        return Err(Finding::error(codes::USAGE, format!("`{revision}` is no revision")).into());
    }
    read_with(&show, name).map_err(|error| {
        let finding = match error {
            ReadError::Text(error) => {
                Finding::error(codes::UNREADABLE, format!("cannot read {revision}:{name}: {error}"))
            }
            ReadError::Document(error) => Finding::error(codes::UNREADABLE_CONTRACT, format!("{revision}:{error}")),
        };
        finding.help("REVISION:FILE names a file as git has it, relative to this folder").into()
    })
}

/// A document that is refused at a JSON pointer, with its line where that is known.
pub fn refused_at(folder: &Path, name: &str, pointer: &str, position: Option<Position>, message: &str) -> Failure {
    let finding = Finding::error(codes::UNREADABLE_CONTRACT, message);
    match position {
        Some(position) => finding.at(&place(folder, name, position)).into(),
        None => finding.help(format!("see {name}#{pointer}")).into(),
    }
}
