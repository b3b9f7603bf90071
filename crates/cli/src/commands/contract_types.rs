//! `seam contract types`: types for those who consume a contract. The bundled schema is made here; types
//! are made of it by the generator that each language has.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{documents, print};
use seam_contract::bundle::{BundleError, Tuples, bundle, write_tuples};
use seam_contract::document::Kind;
use seam_model::{Finding, codes};
use seam_process::{Captured, Command};
use serde_json::Value as Json;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  seam contract types --lang typescript            of ./stack.yaml: its outputs, events and tables
  seam contract types openapi.yaml --lang rust --output src/orders.rs
  seam contract types order.json --lang python
  seam contract types --schema                     one JSON Schema with all of it, for other generators

The types are made by cargo-typify (rust), json2ts (typescript) or datamodel-codegen (python).";

/// A generator that takes longer than this hangs: the largest known contracts take it minutes.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// Types of the largest known APIs are some 10 MB.
const TYPES_BYTES_MAX: usize = 64 << 20;

/// Prints types for those who consume a contract.
///
/// The contract is that of a stack.yaml, an OpenAPI document or a JSON Schema, with the files that it
/// refers to.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Types {
    /// The contract
    #[arg(value_name = "FILE", default_value = "stack.yaml")]
    file: String,
    /// In which language
    #[arg(long, value_enum, value_name = "LANG", required_unless_present = "schema")]
    lang: Option<Language>,
    /// Print the JSON Schema that a generator gets, and make no types
    #[arg(long, conflicts_with = "lang")]
    schema: bool,
    /// Write to this file instead
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Rust,
    Typescript,
    Python,
}

/// A program that makes types of a JSON Schema.
struct Generator {
    program: &'static str,
    install: &'static str,
    /// The arguments before the file of the schema.
    args: &'static [&'static str],
    tuples: Tuples,
}

impl Language {
    fn generator(self) -> Generator {
        match self {
            Self::Rust => Generator {
                program: "cargo-typify",
                install: "cargo install cargo-typify",
                args: &["typify", "--output", "-"],
                tuples: Tuples::Fixed,
            },
            Self::Typescript => Generator {
                program: "json2ts",
                install: "npm install --save-dev json-schema-to-typescript",
                args: &["--unreachableDefinitions", "--input"],
                tuples: Tuples::Listed,
            },
            Self::Python => Generator {
                program: "datamodel-codegen",
                install: "pip install datamodel-code-generator",
                args: &[
                    "--input-file-type=jsonschema",
                    "--output-model-type=pydantic_v2.BaseModel",
                    "--disable-timestamp",
                    "--input",
                ],
                tuples: Tuples::Prefixed,
            },
        }
    }
}

/// Runs it.
pub fn run(args: &Types, settings: &Settings) -> Result<Exit, Failure> {
    let version = documents::read(&settings.folder, &args.file)?;
    if version.document.kind == Kind::Schema && Path::new(&args.file).ends_with("stack.yaml") {
        let finding = Finding::error(codes::UNREADABLE_CONTRACT, format!("{} has no `contract`", args.file));
        return Err(finding.help("declare what the stack promises, or name another file").into());
    }
    let schema = bundle(version).map_err(|error| refused(settings, &error))?;
    let text = match args.lang {
        Some(language) => types(settings, &args.file, schema, &language.generator())?,
        None => format!("{schema:#}\n"),
    };
    let Some(output) = &args.output else { return print::out(text).map(|()| Exit::Done) };
    fs::write(settings.folder.join(output), text)
        .map_err(|error| Finding::error(codes::UNREADABLE, format!("cannot write {}: {error}", output.display())))?;
    Ok(Exit::Done)
}

/// What the generator makes of the schema.
fn types(settings: &Settings, file: &str, mut schema: Json, generator: &Generator) -> Result<String, Failure> {
    let Some(program) = installed(generator.program, settings) else {
        let message = format!("{} is not installed, which makes these types", generator.program);
        let help =
            format!("`{}` installs it; `--schema` prints the JSON Schema for another generator", generator.install);
        return Err(Finding::error(codes::TOOL_MISSING, message).help(help).into());
    };
    write_tuples(&mut schema, generator.tuples);
    let captured = generate(settings, file, &schema, program, generator)
        .map_err(|words| failed(generator, "could not be run", words))?;
    if !captured.ended.is_success() {
        return Err(failed(generator, &captured.ended.to_string(), String::from_utf8_lossy(&captured.stderr).into()));
    }
    String::from_utf8(captured.stdout).map_err(|error| failed(generator, "printed no text", error.to_string()))
}

/// Runs it in the caller's folder, where its settings may lie. Some generators name a type by the file.
fn generate(
    settings: &Settings,
    file: &str,
    schema: &Json,
    program: PathBuf,
    generator: &Generator,
) -> Result<Captured, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    let input = folder.path().join(format!("{stem}.json"));
    fs::write(&input, schema.to_string()).map_err(|error| error.to_string())?;
    let command = Command {
        program,
        args: generator.args.iter().map(OsString::from).chain([input.into()]).collect(),
        folder: settings.folder.clone(),
        env: settings.env.clone(),
        time_limit: Some(TIME_LIMIT),
        grace: Duration::from_secs(1),
        lock: None,
    };
    seam_process::capture(&command, TYPES_BYTES_MAX).map_err(|error| error.to_string())
}

/// The program where a package of Node.js has it, from the caller's folder upwards, else along PATH.
fn installed(program: &str, settings: &Settings) -> Option<PathBuf> {
    let packages = settings.folder.ancestors().map(|folder| folder.join("node_modules/.bin"));
    let path = settings.var("PATH").map(|path| std::env::split_paths(path).collect::<Vec<_>>()).unwrap_or_default();
    let mut files = packages.chain(path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(program));
    files.find(|file| fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0))
}

fn failed(generator: &Generator, how: &str, words: String) -> Failure {
    let finding = Finding::error(codes::TOOL_FAILED, format!("{} {how}", generator.program));
    let mut failure = Failure::from(finding.help("`--schema` prints what it was given"));
    failure.words.push(words);
    failure
}

fn refused(settings: &Settings, error: &BundleError) -> Failure {
    documents::refused_at(&settings.folder, &error.name, &error.pointer, error.position, &error.message)
}
