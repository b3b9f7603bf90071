//! A step's key: the digest of everything that the step reads. A step whose key is that of the
//! last success is skipped. It is kept in parts, so that a reason can say what changed.

use crate::Session;
use crate::inputs::Inputs;
use seam_model::{Environment, ExecCommands, Pattern, PlannedStep, Stack, expand};
use seam_registry::{LastInput, RegistryError};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The digests of what a step reads, by what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    code: String,
    inputs: String,
    settings: String,
    tool: String,
}

/// What of the key is the same for every plan of an instance.
pub struct Parts<'a> {
    /// The digest of the files that the tool reads.
    pub code: String,
    /// The stack.
    pub stack: &'a Stack,
    /// The environment.
    pub environment: &'a Environment,
    /// The programs of an `exec` stack, with what they are given in this environment.
    pub commands: Option<&'a ExecCommands>,
    /// Where the state is, as a text without secrets.
    pub state: String,
    /// The tool with its minor version: `terraform 1.11`.
    pub tool: String,
}

impl Key {
    /// The key of a step whose inputs are all known.
    pub fn new(session: &Session, parts: &Parts, inputs: &Inputs) -> Result<Self, RegistryError> {
        let mut settings = Sha256::new();
        part(&mut settings, &parts.state);
        let attributes = parts.environment.attributes(&session.workspace.system, &parts.stack.name);
        for (name, text) in &parts.environment.env {
            part(&mut settings, &format!("{name}={}", expand(text, &attributes).unwrap_or_default()));
        }
        let argv = parts.commands.map(|commands| (&commands.plan, &commands.apply, &commands.destroy));
        part(&mut settings, &format!("{argv:?}"));
        part(&mut settings, &promises(session, parts.stack));
        Ok(Self {
            code: short(&parts.code),
            inputs: inputs_digest(session, inputs)?,
            settings: hex(settings),
            tool: parts.tool.clone(),
        })
    }

    /// What changed since a success with the key `old`, in words; empty where nothing did.
    pub fn changes_since(&self, old: &str, before: &BTreeMap<String, LastInput>, inputs: &Inputs) -> Vec<String> {
        let old: BTreeMap<&str, &str> = old.split(';').filter_map(|part| part.split_once('=')).collect();
        let mut changes = Vec::new();
        for (name, words, now) in [
            ("code", "its files changed", &self.code),
            ("settings", "its settings changed", &self.settings),
            ("tool", "another version of the tool", &self.tool),
        ] {
            if old.get(name) != Some(&now.as_str()) {
                changes.push(words.to_owned());
            }
        }
        if old.get("inputs") != Some(&self.inputs.as_str()) {
            changes.push(changed_inputs(before, inputs));
        }
        changes
    }
}

impl Key {
    /// What of it is the stack's own: everything but the inputs.
    pub fn own(&self) -> String {
        format!("code={};settings={};tool={}", self.code, self.settings, self.tool)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "code={};inputs={};settings={};tool={}", self.code, self.inputs, self.settings, self.tool)
    }
}

/// What the stack's publications carry beside outputs, wherever its code lies: tags, the contract with all
/// that it refers to, and what it says that it uses.
fn promises(session: &Session, stack: &Stack) -> String {
    let mut text = format!("{:?}", stack.tags);
    for uses in &stack.uses {
        let _ = write!(text, " {:?} {} {:?} {:?}", uses.system, uses.stack, uses.what, uses.range);
    }
    // One that cannot be read is refused before anything runs, or where it is published.
    if let Ok(Some(document)) = session.contracts.of(stack) {
        let _ = write!(text, " {}", document.digest());
    } else if let Some(contract) = &stack.contract {
        let _ = write!(text, " {:?}", contract.version);
        for (name, output) in &contract.outputs {
            let _ = write!(text, " {name} {} {}", output.schema.0, output.sensitive);
        }
    }
    text
}

fn changed_inputs(before: &BTreeMap<String, LastInput>, inputs: &Inputs) -> String {
    let differs = |name: &String| {
        let (was, now) = (before.get(name), inputs.get(name));
        was.and_then(|input| input.value.as_ref()) != now.map(|input| &input.planned.value)
            || was.map(|input| (input.pattern, &input.from)) != now.map(|input| (input.planned.pattern, &input.from))
    };
    let recorded = |name: &String| inputs.get(name).is_none_or(|input| input.planned.pattern != Pattern::Secret);
    let mut names: Vec<&String> =
        inputs.keys().chain(before.keys()).filter(|name| recorded(name) && differs(name)).collect();
    names.sort();
    names.dedup();
    match names.as_slice() {
        [] => "a secret or an accepted version changed".to_owned(),
        [one] => format!("{one} changed"),
        [first, second] => format!("{first} and {second} changed"),
        [first, rest @ ..] => format!("{first} and {} more inputs changed", rest.len()),
    }
}

/// Sensitive values enter by HMAC: a plain digest of a short password is the password.
fn inputs_digest(session: &Session, inputs: &Inputs) -> Result<String, RegistryError> {
    let macs = macs(session, inputs)?;
    let mut digest = Sha256::new();
    for (name, input) in inputs {
        part(&mut digest, name);
        part(&mut digest, &binding(input));
        match macs.get(name) {
            Some(mac) => part(&mut digest, mac),
            None => part(&mut digest, &canonical(input)),
        }
    }
    Ok(hex(digest))
}

/// What an input is bound to: another binding makes other uses, even where the value is the same.
fn binding(input: &crate::inputs::ResolvedInput) -> String {
    let from: Vec<String> =
        input.from.iter().map(|from| format!("{}.{}{}", from.address, from.output, from.path)).collect();
    format!("{} {} {}", input.planned.pattern.as_str(), from.join(" "), input.range.as_deref().unwrap_or_default())
}

fn canonical(input: &crate::inputs::ResolvedInput) -> String {
    let (json, unknown) = input.planned.value.to_partial_json();
    let pointers: Vec<String> = unknown.iter().map(seam_model::Path::pointer).collect();
    format!("{json} {pointers:?}")
}

fn macs(session: &Session, inputs: &Inputs) -> Result<BTreeMap<String, String>, RegistryError> {
    let sensitive: Vec<(&String, Vec<u8>)> = inputs
        .iter()
        .filter(|(_, input)| input.planned.sensitive)
        .map(|(name, input)| (name, canonical(input).into_bytes()))
        .collect();
    if sensitive.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (names, texts): (Vec<_>, Vec<_>) = sensitive.into_iter().unzip();
    Ok(names.into_iter().cloned().zip(session.registry.macs(texts)?).collect())
}

/// What an approval names: selection, environment and, per step, its inputs, state and changes.
/// `details` is what of each step must not differ and is not in the step itself (key, state, values
/// of changes), by position.
pub fn plan_digest(
    session: &Session,
    verb: &str,
    environment: &str,
    steps: &[(PlannedStep, Inputs, String)],
) -> Result<String, RegistryError> {
    let mut text = format!("{verb} {environment}\n");
    for (step, inputs, details) in steps {
        let _ = writeln!(text, "{} {} {details}", step.address, step.action.as_str());
        for (name, input) in inputs {
            let _ = writeln!(text, "  {name} {}", canonical(input));
        }
        for change in &step.changes {
            let _ = writeln!(text, "  {} {:?}", change.address, change.action);
        }
        for deferred in &step.deferred {
            let _ = writeln!(text, "  deferred {}:{}:{}", deferred.file, deferred.line, deferred.column);
        }
    }
    let mac = session.registry.macs(vec![text.into_bytes()])?;
    Ok(mac.first().map(|mac| mac[..16].to_owned()).unwrap_or_default())
}

fn part(digest: &mut Sha256, text: &str) {
    digest.update((text.len() as u64).to_be_bytes());
    digest.update(text.as_bytes());
}

fn hex(digest: Sha256) -> String {
    let bytes = digest.finalize();
    bytes.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn short(hex: &str) -> String {
    hex.chars().take(32).collect()
}
