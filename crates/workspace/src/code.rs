//! What the Terraform code of stacks declares. Folders are read once, however many stacks share
//! them; local modules are followed.

use crate::decode::stack::Roots;
use crate::path::{display, file, is_inside, resolve};
use seam_hcl::{Base, Dialect, Module, SourceFile, is_loaded};
use seam_model::{BackendBlock, Finding, Place, Schema, StackCode, Tool, Variable, codes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Reads and keeps modules.
pub(crate) struct CodeReader<'a> {
    roots: Roots<'a>,
    folders: BTreeMap<(PathBuf, bool), Rc<Folder>>,
}

/// One folder with code.
pub(crate) struct Folder {
    module: Module,
    /// The folders of the local modules it calls.
    calls: Vec<PathBuf>,
    /// The variables that `terraform.tfvars` and `*.auto.tfvars` set.
    set: BTreeSet<String>,
    /// Were there code, and could all of it be read?
    state: FolderState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FolderState {
    Whole,
    Broken,
    Empty,
}

/// The code of one stack.
pub(crate) struct Code {
    /// For the model.
    pub(crate) code: StackCode,
    /// The variables that files beside the code set.
    pub(crate) set: BTreeSet<String>,
}

impl<'a> CodeReader<'a> {
    pub(crate) fn new(roots: Roots<'a>) -> Self {
        Self { roots, folders: BTreeMap::new() }
    }

    /// The code in `source` with all local modules. `None` where it cannot be read, or there is none.
    pub(crate) fn stack_code(&mut self, source: &Path, tool: Tool, findings: &mut Vec<Finding>) -> Option<Code> {
        let root = self.folder(source, tool, findings);
        if root.state != FolderState::Whole {
            return None;
        }
        let mut code = root_code(&root.module, source);
        let mut modules = BTreeSet::from([source.to_owned()]);
        let mut waiting = vec![(source.to_owned(), Rc::clone(&root))];
        while let Some((folder, module)) = waiting.pop() {
            add_reads(&mut code, &module.module, &folder, source);
            for called in &module.calls {
                if modules.insert(called.clone()) {
                    waiting.push((called.clone(), self.folder(called, tool, findings)));
                }
            }
        }
        modules.remove(source);
        code.modules = modules.into_iter().collect();
        code.paths.sort();
        code.paths.dedup();
        Some(Code { code, set: root.set.clone() })
    }

    fn folder(&mut self, folder: &Path, tool: Tool, findings: &mut Vec<Finding>) -> Rc<Folder> {
        let key = (folder.to_owned(), tool == Tool::OpenTofu);
        if let Some(known) = self.folders.get(&key) {
            return Rc::clone(known);
        }
        let read = Rc::new(self.read_folder(folder, tool, findings));
        self.folders.insert(key, Rc::clone(&read));
        read
    }

    fn read_folder(&self, folder: &Path, tool: Tool, findings: &mut Vec<Finding>) -> Folder {
        let names = file_names(&self.roots.workspace.join(folder));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let dialect = if tool == Tool::OpenTofu { Dialect::OpenTofu } else { Dialect::Terraform };
        let before = findings.len();
        let loaded = names.iter().copied().filter(|name| is_loaded(name, &names, dialect));
        let files = self.read_files(folder, loaded, findings);
        let (module, errors) = seam_hcl::read(&files);
        let variables = self.read_files(folder, names.iter().copied().filter(|name| is_variables_file(name)), findings);
        let mut set = BTreeSet::new();
        let mut broken = errors;
        for variables in &variables {
            match seam_hcl::variables_set(variables) {
                Ok(names) => set.extend(names.into_keys()),
                Err(error) => broken.push(error),
            }
        }
        findings.extend(
            broken
                .into_iter()
                .map(|error| Finding::error(codes::HCL_SYNTAX, error.message).at(&place(folder, error.place))),
        );
        let state = if findings.len() > before {
            FolderState::Broken
        } else if files.is_empty() {
            FolderState::Empty
        } else {
            FolderState::Whole
        };
        let calls = self.local_calls(folder, &module, findings);
        Folder { module, calls, set, state }
    }

    fn read_files<'n>(
        &self,
        folder: &Path,
        names: impl Iterator<Item = &'n str>,
        findings: &mut Vec<Finding>,
    ) -> Vec<SourceFile> {
        let mut files = Vec::new();
        for name in names {
            match std::fs::read(self.roots.workspace.join(folder).join(name)) {
                Ok(bytes) => files.push(SourceFile { name: name.to_owned(), bytes }),
                Err(error) => findings.push(
                    Finding::error(codes::UNREADABLE, format!("cannot read the file: {error}"))
                        .at(&Place::file(file(folder, name))),
                ),
            }
        }
        files
    }

    /// Terraform takes a source for a local one by its `./` or `../`.
    fn local_calls(&self, folder: &Path, module: &Module, findings: &mut Vec<Finding>) -> Vec<PathBuf> {
        let mut calls = Vec::new();
        for call in &module.module_calls {
            let Some(source) = call.source.as_deref().filter(|it| it.starts_with("./") || it.starts_with("../")) else {
                continue;
            };
            let called = resolve(folder, Path::new(source));
            let at = place(folder, call.place.clone());
            if !is_inside(self.roots.workspace, &called, self.roots.repository) {
                let message = format!("the module `{}` lies outside of the repository", call.name);
                findings.push(Finding::error(codes::BAD_VALUE, message).at(&at));
            } else if self.roots.workspace.join(&called).is_dir() {
                calls.push(called);
            } else {
                let message = format!("there is no folder `{}`", display(&called));
                findings.push(Finding::error(codes::MISSING_FILE, message).at(&at));
            }
        }
        calls
    }

    /// Has `source` no code at all for `tool`?
    pub(crate) fn is_empty(&mut self, source: &Path, tool: Tool, findings: &mut Vec<Finding>) -> bool {
        self.folder(source, tool, findings).state == FolderState::Empty
    }
}

fn root_code(module: &Module, source: &Path) -> StackCode {
    let variable = |(name, variable): (&String, &seam_hcl::Variable)| {
        let variable = Variable {
            has_default: variable.has_default,
            sensitive: variable.sensitive,
            ephemeral: variable.ephemeral,
            type_text: variable.type_text.clone(),
            accepts: seam_hcl::accepts(variable.type_text.as_deref()).map(Schema),
            place: place(source, variable.place.clone()),
        };
        (name.clone(), variable)
    };
    StackCode {
        variables: module.variables.iter().map(variable).collect(),
        outputs: module.outputs.iter().map(|(name, output)| (name.clone(), output.sensitive)).collect(),
        backend: module.backend.clone().map(|block| BackendBlock {
            kind: block.kind,
            place: place(source, block.place),
            attributes: block.attributes,
        }),
        ..StackCode::default()
    }
}

/// Adds what the module in `folder` reads. The tool is started in the folder of the root module.
fn add_reads(code: &mut StackCode, module: &Module, folder: &Path, root: &Path) {
    code.data_sources += module.data_sources;
    code.paths.extend(module.paths.iter().map(|path| match path.base {
        Base::Module => resolve(folder, Path::new(&path.text)),
        Base::Root | Base::Cwd => resolve(root, Path::new(&path.text)),
    }));
    code.computed_paths.extend(module.computed_paths.iter().map(|at| place(folder, at.clone())));
}

/// The place in the workspace of a place in a module.
fn place(folder: &Path, at: seam_hcl::Place) -> Place {
    Place { file: file(folder, &at.file), line: at.line, column: at.column, length: at.length, source: at.source }
}

/// Files that Terraform takes variables from without being told.
fn is_variables_file(name: &str) -> bool {
    matches!(name, "terraform.tfvars" | "terraform.tfvars.json")
        || name.ends_with(".auto.tfvars")
        || name.ends_with(".auto.tfvars.json")
}

/// The names of the files in a folder, sorted; none where it cannot be read.
pub(crate) fn file_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()));
    let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}
