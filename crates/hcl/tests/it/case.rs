//! A fixture: a root module, what was applied before, what nobody knows, and what comes true.

use crate::program;
use seam_hcl::{Dialect, Partial, Rewritten, SourceFile, is_loaded, is_ours, modules_json, with_unknowns};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The string in `case.json` that stands for an unknown leaf.
const UNKNOWN: &str = "<unknown>";

/// `case.json` of a fixture.
pub struct Case {
    /// Inputs of an apply before the plan, if there was one.
    applied: Option<Json>,
    /// Files that were different then.
    before: Json,
    /// The inputs, with unknown leaves.
    pub inputs: Json,
    /// The inputs as they come true.
    real: Json,
    /// Whether a backend's state lies elsewhere.
    state: String,
    /// Rewrites the fixture's code first: `bom` or `crlf`.
    encoding: Option<String>,
    folder: tempfile::TempDir,
}

/// Each address, and what happens to it.
pub type Actions = BTreeMap<String, String>;

impl Case {
    /// Copies the fixture to a temporary folder.
    pub fn open(name: &str) -> Self {
        let source = fixtures().join(name);
        let text = fs::read(source.join("case.json")).expect("a fixture has a case.json");
        let mut json: Json = serde_json::from_slice(&text).expect("case.json is JSON");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let case = Self {
            applied: json.get_mut("applied").map(Json::take),
            before: json["before"].take(),
            inputs: json["inputs"].take(),
            real: json["real"].take(),
            state: json["state"].as_str().unwrap_or("terraform.tfstate").to_owned(),
            encoding: json["encoding"].as_str().map(str::to_owned),
            folder,
        };
        copy(&source, &case.real_folder());
        case.encode();
        case
    }

    fn real_folder(&self) -> PathBuf {
        self.folder.path().join("real")
    }

    fn encode(&self) {
        for mut file in root_files(&self.real_folder()) {
            match self.encoding.as_deref() {
                Some("bom") => drop(file.bytes.splice(0..0, *b"\xef\xbb\xbf")),
                Some("crlf") => file.bytes = String::from_utf8(file.bytes).unwrap().replace('\n', "\r\n").into(),
                _ => return,
            }
            write(&self.real_folder(), &file);
        }
    }

    /// Initialises, and applies what was there before.
    pub fn prepare(&self) {
        let folder = self.real_folder();
        program::must(&folder, &["init", "-input=false"]);
        if let Some(applied) = &self.applied {
            variables(&folder, applied);
            let now = root_files(&folder);
            for (name, text) in self.before.as_object().into_iter().flatten() {
                fs::write(folder.join(name), text.as_str().unwrap()).unwrap();
            }
            program::must(&folder, &["apply", "-auto-approve", "-input=false", "-var-file=seam.tfvars.json"]);
            for file in now {
                write(&folder, &file);
            }
        }
    }

    /// What the real plan does, once everything is known.
    pub fn real_actions(&self) -> Actions {
        self.planned(&self.real)
    }

    /// What the real plan does if no unknown leaf changes after all.
    pub fn unchanged_actions(&self) -> Actions {
        let applied = self.applied.as_ref().expect("it was applied before");
        self.planned(&filled(&self.inputs, applied, &self.real))
    }

    fn planned(&self, values: &Json) -> Actions {
        let folder = self.real_folder();
        variables(&folder, values);
        program::must(&folder, &["plan", "-input=false", "-out=plan", "-var-file=seam.tfvars.json"]);
        actions(&program::show(&folder, "plan"))
    }

    /// The rewritten root module, with its inputs left unknown.
    pub fn rewrite(&self) -> Rewritten {
        let (partial, _) = self.split();
        with_unknowns(&root_files(&self.real_folder()), &partial).expect("the fixture can be rewritten")
    }

    /// Plans the rewritten module: what it does, and how the call ended.
    pub fn unknown_plan(&self) -> (Actions, program::Outcome) {
        let rewritten = self.rewrite();
        let folder = self.folder.path().join("unknown");
        copy(&self.real_folder(), &folder);
        let state = folder.join(&self.state);
        if self.state != "terraform.tfstate" && state.exists() {
            fs::rename(state, folder.join("terraform.tfstate")).unwrap();
        }
        let _ = fs::remove_file(folder.join(".terraform/terraform.tfstate"));
        let listed = folder.join(".terraform/modules/modules.json");
        let existing = fs::read(&listed).ok();
        fs::create_dir_all(listed.parent().unwrap()).unwrap();
        fs::write(&listed, modules_json(existing.as_deref())).unwrap();
        for file in &rewritten.files {
            write(&folder, file);
        }
        let (_, mut known) = self.split();
        known.insert("seam_known".to_owned(), rewritten.seam_known.clone());
        variables(&folder, &Json::Object(known));
        let plan = ["plan", "-json", "-input=false", "-out=plan", "-var-file=seam.tfvars.json"];
        let outcome = program::run(&folder, &plan);
        let shown = folder.join("plan").exists().then(|| actions(&program::show(&folder, "plan")));
        (shown.unwrap_or_default(), outcome)
    }

    /// The inputs with unknown leaves, and the others.
    fn split(&self) -> (BTreeMap<String, Partial>, Map<String, Json>) {
        let (mut partial, mut known) = (BTreeMap::new(), Map::new());
        for (name, value) in self.inputs.as_object().expect("inputs are an object") {
            match partial_of(value) {
                Partial::Known(value) => drop(known.insert(name.clone(), value)),
                unknown => drop(partial.insert(name.clone(), unknown)),
            }
        }
        (partial, known)
    }
}

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The files that Terraform loads from a folder.
pub fn root_files(folder: &Path) -> Vec<SourceFile> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file()).map(|path| SourceFile {
        name: path.file_name().unwrap().to_str().unwrap().to_owned(),
        bytes: fs::read(&path).unwrap(),
    });
    files.filter(|file| is_loaded(&file.name, &[], Dialect::Terraform)).collect()
}

fn partial_of(value: &Json) -> Partial {
    match value {
        Json::String(text) if text == UNKNOWN => Partial::Unknown,
        Json::Array(items) if value.to_string().contains(UNKNOWN) => {
            Partial::Array(items.iter().map(partial_of).collect())
        }
        Json::Object(members) if value.to_string().contains(UNKNOWN) => {
            Partial::Object(members.iter().map(|(key, value)| (key.clone(), partial_of(value))).collect())
        }
        known => Partial::Known(known.clone()),
    }
}

/// The inputs with each unknown leaf as it was applied; a new one as it comes true.
fn filled(inputs: &Json, applied: &Json, real: &Json) -> Json {
    match inputs {
        Json::String(text) if text == UNKNOWN => if applied.is_null() { real } else { applied }.clone(),
        Json::Array(items) => {
            items.iter().enumerate().map(|(at, item)| filled(item, &applied[at], &real[at])).collect()
        }
        Json::Object(members) => {
            let member = |(key, value): (&String, &Json)| (key.clone(), filled(value, &applied[key], &real[key]));
            Json::Object(members.iter().map(member).collect())
        }
        known => known.clone(),
    }
}

/// What a plan does to each resource and output that is the stack's own.
fn actions(plan: &Json) -> Actions {
    let mut actions = Actions::new();
    for change in plan["resource_changes"].as_array().into_iter().flatten() {
        let address = change["address"].as_str().unwrap();
        if !is_ours(address) {
            let moved = change["previous_address"].as_str().map(|from| format!(" from {from}"));
            let imported = change["change"]["importing"]["id"].as_str().map(|id| format!(" importing {id}"));
            let words = change["change"]["actions"].to_string();
            actions.insert(address.to_owned(), words + &moved.unwrap_or_default() + &imported.unwrap_or_default());
        }
    }
    for (name, change) in plan["output_changes"].as_object().into_iter().flatten() {
        actions.insert(format!("output.{name}"), change["actions"].to_string());
    }
    actions
}

fn variables(folder: &Path, values: &Json) {
    fs::write(folder.join("seam.tfvars.json"), values.to_string()).unwrap();
}

fn write(folder: &Path, file: &SourceFile) {
    let path = folder.join(&file.name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, &file.bytes).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
