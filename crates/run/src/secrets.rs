//! Secrets of inputs, each fetched once a run: from a variable, a file or a program's output.

use crate::Session;
use seam_model::{Address, Finding, Input, Secret, Source, Value, codes, expand};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

/// What a secret command may print.
const SECRET_BYTES_MAX: usize = 1 << 20;
/// A command that asks a person or hangs must not stop a run for ever.
const COMMAND_TIME_LIMIT: Duration = Duration::from_secs(60);

/// The secrets of a run, or why one is not to be had.
#[derive(Debug, Default)]
pub struct Secrets {
    values: BTreeMap<String, Result<String, String>>,
}

impl Secrets {
    /// Fetches every secret that an input of these instances names.
    pub fn fetch<'a>(session: &Session, addresses: impl IntoIterator<Item = &'a Address>) -> Self {
        let mut secrets = Self::default();
        for address in addresses {
            for input in session.instance(address).0.inputs_of(&address.environment).into_values() {
                if let Source::Secret(secret) = &input.source {
                    let secret = of_instance(session, address, secret);
                    secrets
                        .values
                        .entry(key(&secret))
                        .or_insert_with(|| fetch(session, &secret).and_then(|text| not_empty(&secret, text)));
                }
            }
        }
        secrets
    }

    /// The secret of an instance's input; `None` for an optional one that is not to be had.
    pub fn get(
        &self,
        session: &Session,
        address: &Address,
        secret: &Secret,
        input: &Input,
    ) -> Result<Option<Value>, Box<Finding>> {
        match self.values.get(&key(&of_instance(session, address, secret))) {
            Some(Ok(text)) => Ok(Some(Value::String(text.clone()))),
            _ if input.optional => Ok(None),
            Some(Err(why)) => {
                let without = if session.instance(address).0.needs(&input.name) {
                    "; its variable has no default, so the stack cannot do without it"
                } else {
                    ", or say `optional: true` where the stack can do without it"
                };
                Err(Box::new(
                    Finding::error(codes::SECRET_UNAVAILABLE, format!("input `{}`: {why}", input.name))
                        .at(&input.place)
                        .help(format!("make it available here{without}")),
                ))
            }
            None => Err(Box::new(
                Finding::error(codes::SECRET_UNAVAILABLE, format!("input `{}` was not fetched", input.name))
                    .at(&input.place),
            )),
        }
    }
}

/// The secret with its templates replaced for an instance. Their identifiers were checked when the
/// workspace was read.
fn of_instance(session: &Session, address: &Address, secret: &Secret) -> Secret {
    let (stack, environment) = session.instance(address);
    let attributes = environment.attributes(&session.workspace.system, &stack.name);
    let replaced = |text: &String| expand(text, &attributes).unwrap_or_else(|_| text.clone());
    match secret {
        Secret::Env(name) => Secret::Env(replaced(name)),
        Secret::File(path) => Secret::File(replaced(path)),
        Secret::Command(argv) => Secret::Command(argv.iter().map(replaced).collect()),
    }
}

fn key(secret: &Secret) -> String {
    match secret {
        Secret::Env(name) => format!("env {name}"),
        Secret::File(path) => format!("file {path}"),
        Secret::Command(argv) => format!("command {argv:?}"),
    }
}

fn fetch(session: &Session, secret: &Secret) -> Result<String, String> {
    match secret {
        Secret::Env(name) => {
            let found = session.caller.env.iter().find(|(key, _)| key.as_os_str() == name.as_str());
            let (_, value) = found.ok_or_else(|| format!("the environment variable {name} is not set"))?;
            value.to_str().map(str::to_owned).ok_or_else(|| format!("the environment variable {name} is not UTF-8"))
        }
        Secret::File(path) => {
            let path = session.workspace.root.join(path);
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            Ok(without_line_end(&text).to_owned())
        }
        Secret::Command(argv) => run(session, argv),
    }
}

/// A variable that is set to nothing is one that somebody forgot to fill: no stack is deployed with it.
fn not_empty(secret: &Secret, text: String) -> Result<String, String> {
    match secret {
        _ if !text.is_empty() => Ok(text),
        Secret::Env(name) => Err(format!("the environment variable {name} is empty")),
        Secret::File(path) => Err(format!("the file {path} is empty")),
        Secret::Command(argv) => Err(format!("`{}` printed nothing", argv.first().map_or("", String::as_str))),
    }
}

fn run(session: &Session, argv: &[String]) -> Result<String, String> {
    let (program, args) = argv.split_first().ok_or("the command is empty")?;
    let command = seam_process::Command {
        program: program.into(),
        args: args.iter().map(OsString::from).collect(),
        folder: session.workspace.root.clone(),
        env: session.caller.env.clone(),
        time_limit: Some(COMMAND_TIME_LIMIT),
        grace: session.caller.grace,
        lock: None,
    };
    let captured =
        seam_process::capture(&command, SECRET_BYTES_MAX).map_err(|error| format!("`{program}`: {error}"))?;
    if captured.ended != seam_process::Ended::Exited(0) {
        let words = String::from_utf8_lossy(&captured.stderr);
        return Err(format!("`{program}` failed: {}", words.trim()));
    }
    let text =
        String::from_utf8(captured.stdout).map_err(|_| format!("`{program}` printed bytes that are not UTF-8"))?;
    Ok(without_line_end(&text).to_owned())
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
