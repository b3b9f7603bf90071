//! A [`ContractDocument`]: the contract of a stack with all that it refers to, read from the files of a
//! workspace or from a record.

use crate::schemas::{Schemas, escaped};
use seam_contract::diff::Version;
use seam_contract::document::{BYTES_MAX, Document, DocumentError, Kind, Position};
use seam_contract::schema::{Documents, needs};
use seam_contract::witness::{Breach, Judge};
use seam_model::{ContractOutput, Finding, Place, Schema, Stack, codes};
use seam_registry::{ContractVersion, PublishedOutput, contract_digest};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fs, io};

/// The contract of a stack. As JSON, which is what is registered: `{contract, base, api?: {name,
/// document}, files?: {NAME: document}}`, names relative to the workspace.
#[derive(Clone, Debug)]
pub struct ContractDocument {
    /// Its version, where it says one.
    pub version: Option<String>,
    /// Outputs, lookups, events and tables, below `contract`.
    pub stack: Version,
    /// Its API.
    pub api: Option<Version>,
    /// What is registered.
    pub json: Json,
    /// Looked at once somebody asks for them.
    schemas: OnceLock<Arc<Schemas>>,
}

impl ContractDocument {
    /// The contract that a stack of the workspace at `root` declares; `None` where it declares none.
    pub fn of_stack(root: &Path, stack: &Stack) -> Result<Option<Self>, Box<Finding>> {
        let Some(contract) = &stack.contract else { return Ok(None) };
        let base = stack.folder.join("stack.yaml").to_string_lossy().into_owned();
        let version = read_version(root, &base)?;
        let api = match &contract.api {
            Some(file) if is_outside(root, &file.path) => {
                let message = format!("{} lies outside of the repository", file.path.display());
                return Err(Box::new(Finding::error(codes::UNREADABLE_CONTRACT, message).at(&file.place)));
            }
            Some(file) => Some(read_version(root, &file.path.to_string_lossy()).map_err(|finding| {
                Box::new(if finding.place.is_some() { *finding } else { finding.at(&file.place) })
            })?),
            None => None,
        };
        let mut json = json!({"base": base, "contract": contract.to_json()});
        let mut files = Map::new();
        if let Some(api) = &api {
            json["api"] = json!({"name": api.document.name, "document": api.document.value});
            files.extend(api.others.clone());
        }
        files.extend(version.others.clone());
        if !files.is_empty() {
            json["files"] = Json::Object(files);
        } else if api.is_none() {
            // Without references nothing depends on where the file is.
            json["base"] = json!("stack.yaml");
        }
        Ok(Some(Self { version: contract.version.clone(), stack: version, api, json, schemas: OnceLock::new() }))
    }

    /// A registered contract.
    pub fn of_json(json: Json) -> Result<Self, Box<Finding>> {
        let text = |pointer: &str| json.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
        let files: Documents =
            json.get("files").and_then(Json::as_object).cloned().unwrap_or_default().into_iter().collect();
        let version = |name: &str, value: Json| -> Result<Version, Box<Finding>> {
            let document = Document::of_value(name, value).map_err(|error| unreadable(&error))?;
            Ok(Version { document, others: files.clone() })
        };
        let base = text("/base").unwrap_or_else(|| "stack.yaml".to_owned());
        let stack = version(&base, json!({"contract": json.get("contract").cloned().unwrap_or(json!({}))}))?;
        let api = match (text("/api/name"), json.pointer("/api/document")) {
            (Some(name), Some(document)) => Some(version(&name, document.clone())?),
            _ => None,
        };
        Ok(Self { version: text("/contract/version"), stack, api, json, schemas: OnceLock::new() })
    }

    /// What published outputs promise where no contract says it: that they are there. Their types are those
    /// of the values that were published, and the next value may be another.
    pub fn inferred(outputs: &BTreeMap<String, PublishedOutput>) -> Result<Self, Box<Finding>> {
        let outputs = outputs.iter().map(|(name, output)| (name.clone(), promise(output.sensitive))).collect();
        let contract = seam_model::Contract { outputs, ..seam_model::Contract::default() };
        Self::of_json(json!({"base": "stack.yaml", "contract": contract.to_json()}))
    }

    /// A file alone, a `stack.yaml` or an OpenAPI document, as the contract that it is.
    pub fn of_version(version: Version) -> Self {
        let (stack, api) = match version.document.kind {
            Kind::Stack => (version, None),
            _ => match Document::of_value("stack.yaml", json!({"contract": {}})) {
                Ok(nothing) => (nothing.into(), Some(version)),
                Err(error) => unreachable!("{error}"),
            },
        };
        Self { version: None, stack, api, json: Json::Null, schemas: OnceLock::new() }
    }

    /// The contract without its API.
    #[must_use]
    pub fn without_api(&self) -> Self {
        Self { api: None, schemas: OnceLock::new(), ..self.clone() }
    }

    /// Its schemas, looked up by name.
    pub fn schemas(&self) -> &Schemas {
        self.schemas.get_or_init(|| Arc::new(Schemas::of(self)))
    }

    /// By what it is known.
    pub fn digest(&self) -> String {
        contract_digest(&self.json)
    }

    /// As the registry takes it.
    pub fn registration(&self, system: &seam_model::Name, stack: &seam_model::Name, actor: &str) -> ContractVersion {
        ContractVersion {
            system: system.clone(),
            stack: stack.clone(),
            version: self.version.clone(),
            document: self.json.clone(),
            actor: actor.to_owned(),
        }
    }

    /// Where a value is not what the contract says of an output.
    ///
    /// # Errors
    /// In words, where the schemas cannot be read.
    pub fn breaches(&self, output: &str, value: &Json) -> Result<Vec<Breach>, String> {
        let name = &self.stack.document.name;
        let pointer = format!("/contract/outputs/{}", escaped(output));
        let mut documents = self.stack.others.clone();
        documents.insert(name.clone(), self.stack.document.value.clone());
        let judge = Judge::new(&documents, [(name.as_str(), pointer.as_str())]).map_err(|error| error.to_string())?;
        Ok(judge.breaches(0, value))
    }

    /// The outputs that it promises. Their schemas are open here: [`breaches`](Self::breaches) has them.
    pub fn outputs(&self) -> BTreeMap<String, ContractOutput> {
        let members = self.part("/outputs").and_then(Json::as_object).into_iter().flatten();
        let promise = |output: &Json| promise(output["sensitive"] == true);
        members.map(|(name, output)| (name.clone(), promise(output))).collect()
    }

    /// The part of the contract at a pointer below `contract`, such as `/outputs/url`.
    pub fn part(&self, pointer: &str) -> Option<&Json> {
        self.stack.document.value.get("contract")?.pointer(pointer)
    }
}

fn promise(sensitive: bool) -> ContractOutput {
    ContractOutput { schema: Schema::any(), sensitive, deprecated: None, place: Place::default() }
}

/// The document at `name`, relative to `root`, with all that it refers to.
pub fn read_version(root: &Path, name: &str) -> Result<Version, Box<Finding>> {
    let limit = limit(root, name);
    let read = |name: &str| {
        let path = fs::canonicalize(root.join(name))?;
        if !path.starts_with(&limit) {
            return Err(io::Error::other("it lies outside of the repository"));
        }
        match fs::metadata(&path) {
            // What is a little too long is refused with its place; no more than that is read for it.
            Ok(file) if file.len() > BYTES_MAX as u64 * 2 => Err(io::Error::other("it is larger than 80 MB")),
            _ => fs::read_to_string(path),
        }
    };
    read_with(&read, name).map_err(|error| match error {
        ReadError::Text(error) => {
            let message = format!("cannot read {name}: {error}");
            let help = "name a file: a JSON Schema, an OpenAPI document or a stack.yaml";
            Box::new(Finding::error(codes::UNREADABLE, message).help(help))
        }
        ReadError::Document(error) => placed(root, &error),
    })
}

/// Is a file of a workspace no file of its repository?
fn is_outside(root: &Path, path: &Path) -> bool {
    fs::canonicalize(root.join(path)).is_ok_and(|path| !path.starts_with(limit(root, "seam.yaml")))
}

/// What a document may refer to: the repository that it is in, else the workspace; in neither, all files. Whoever compares what others wrote shall not be shown files of theirs.
fn limit(root: &Path, name: &str) -> PathBuf {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (root, document) = (real(root), real(&root.join(name)));
    let folder = if document.starts_with(&root) { root } else { real(document.parent().unwrap_or(&document)) };
    let above = |mark: &str| folder.ancestors().find(|folder| folder.join(mark).exists()).map(Path::to_owned);
    above(".git").or_else(|| above("seam.yaml")).unwrap_or_else(|| "/".into())
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its text cannot be had.
    #[error(transparent)]
    Text(#[from] io::Error),
    /// It, or one that it refers to, is none.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// The document whose text `read` has under this name, with all that it refers to, directly or not. What
/// cannot be read is left out: the reference to it is refused with its place where the document is
/// compared.
pub fn read_with(read: &dyn Fn(&str) -> io::Result<String>, name: &str) -> Result<Version, ReadError> {
    let document = Document::read(name, read(name)?)?;
    let mut others = Documents::new();
    let mut wanted: Vec<String> = needs(name, &document.value).into_iter().collect();
    while let Some(other) = wanted.pop() {
        if other == name || others.contains_key(&other) || other.contains("://") {
            continue;
        }
        let Ok(text) = read(&other) else { continue };
        let found = Document::read(&other, text)?;
        wanted.extend(needs(&other, &found.value));
        others.insert(other, found.value);
    }
    Ok(Version { document, others })
}

/// The positions of parts of the document of this name, among those of a version of the workspace at `root`.
pub fn positions(
    root: &Path,
    version: &Version,
    name: &str,
    pointers: &BTreeSet<String>,
) -> BTreeMap<String, Position> {
    match name == version.document.name {
        true => version.document.positions(pointers),
        false => read_version(root, name).map(|other| other.document.positions(pointers)).unwrap_or_default(),
    }
}

/// A place in a file, with its line.
pub fn place(root: &Path, name: &str, position: Position) -> Place {
    let text = fs::read_to_string(root.join(name)).unwrap_or_default();
    let source = text.lines().nth(position.line.saturating_sub(1)).unwrap_or_default().to_owned();
    Place { file: name.to_owned(), line: position.line, column: position.column, length: 1, source }
}

fn placed(root: &Path, error: &DocumentError) -> Box<Finding> {
    let place = place(root, &error.name, error.position);
    Box::new(Finding::error(codes::UNREADABLE_CONTRACT, &error.message).at(&place))
}

fn unreadable(error: &DocumentError) -> Box<Finding> {
    Box::new(Finding::error(codes::UNREADABLE_CONTRACT, format!("{}: {}", error.name, error.message)))
}
