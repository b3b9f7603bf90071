//! `seam publish ADDRESS --outputs FILE`: records outputs of a stack that others deploy.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::{self, Project};
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{print, render, session};
use seam_compat::{ContractDocument, Contracts};
use seam_model::{Address, Finding, RunEvent, Schema, Tool, Value, codes};
use seam_registry::{Command, Output, Provenance, Reply};
use seam_run::Session;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

type Outputs = BTreeMap<String, Output>;

const EXAMPLES: &str = "\
Examples:
  seam publish platform/dns/prod --outputs dns.json             {\"zone_id\": \"Z1\"}
  terraform output -json | seam publish platform/dns/prod --outputs - --typed";

/// Records outputs of a stack that others deploy, so that stacks can be linked to it. Where a stack of
/// this workspace declares their contract, they are checked against it. A publication stays on record: a
/// wrong one is put right by the next.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Publish {
    /// system/stack/environment
    address: Address,
    /// A JSON file {NAME: VALUE}, or - for standard input
    #[arg(long, value_name = "FILE")]
    outputs: String,
    /// The file has the form {NAME: {value: …, sensitive: …}}, which `terraform output -json` prints
    #[arg(long)]
    typed: bool,
    /// The commit it was deployed from
    #[arg(long)]
    commit: Option<String>,
    /// The version of its contract, where no stack of this workspace declares it
    #[arg(long, value_name = "VERSION")]
    contract_version: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &Publish, settings: &Settings) -> Result<Exit, Failure> {
    let outputs = read(args, settings)?;
    let project = project::load(settings, project::Need::Whole)?;
    let (outputs, contract) = checked(args, &project, outputs)?;
    let session = session::open(settings, project, Access::Write, GRACE)?;
    let document = own_contract(args, &session)?;
    let caller = &session.caller;
    let provenance = Provenance {
        actor: caller.actor.clone(),
        host: caller.host.clone(),
        commit: args.commit.clone(),
        dirty: false,
        contract,
        contract_digest: document.as_ref().map(|document| document.digest()),
    };
    let registration =
        document.map(|document| document.registration(&args.address.system, &args.address.stack, &caller.actor));
    let command = Command::Publish {
        address: args.address.clone(),
        outputs,
        provenance,
        success: None,
        uses: Vec::new(),
        tags: Vec::new(),
    };
    if registration.is_some() {
        refuse_breaks(&session, args)?;
    }
    for reply in session.registry.submit(vec![command.with_contract(registration)])? {
        if let Reply::Revision(revision) = reply? {
            if args.json {
                print::line(render::json::published(&args.address, revision))?;
            } else {
                print::line(format_args!("{} revision {revision}", args.address))?;
            }
        }
    }
    session.say_created_key();
    Ok(Exit::Done)
}

/// The contract that a stack of this workspace declares for the instance.
fn own_contract(args: &Publish, session: &Session) -> Result<Option<Arc<ContractDocument>>, Failure> {
    let workspace = &session.workspace;
    let stack = workspace.stacks.get(&args.address.stack).filter(|_| args.address.system == workspace.system);
    let Some(stack) = stack else { return Ok(None) };
    Ok(session.contracts.of(stack)?)
}

/// Refuses a contract that breaks somebody in the environment for whom nobody answers.
fn refuse_breaks(session: &Session, args: &Publish) -> Result<(), Failure> {
    let instances = BTreeSet::from([args.address.clone()]);
    seam_run::refuse_breaks(session, &instances, &mut |event| {
        if let RunEvent::Diagnostic { text, .. } = event {
            print::err(format_args!("{text}\n"));
        }
    })?;
    Ok(())
}

/// The outputs and the contract's version as the workspace's own stack of that name declares them. Of
/// what no stack here declares nothing is known to check against.
fn checked(args: &Publish, project: &Project, outputs: Outputs) -> Result<(Outputs, Option<String>), Failure> {
    let (address, said) = (&args.address, &args.contract_version);
    let stack = project.workspace.stacks.get(&address.stack).filter(|_| address.system == project.workspace.system);
    let Some(stack) = stack else { return Ok((outputs, said.clone())) };
    project.address(address.stack.as_str(), &address.environment)?;
    if stack.tool != Tool::External {
        let message = format!("{address} is a stack of this workspace; its applies publish it");
        return Err(Finding::error(codes::RUN_BY_WORKSPACE, message)
            .help("`tool: external` in its stack.yaml says that others run it")
            .into());
    }
    let declared = stack.contract.as_ref().and_then(|contract| contract.version.clone());
    if let (Some(declared), Some(said)) = (&declared, said)
        && declared != said
    {
        let message = format!("the contract of {address} has version {declared}, and not {said}");
        let finding = Finding::error(codes::OUTPUT_REFUSED, message).at(&stack.place);
        return Err(finding.help("leave --contract-version out, or write that version in the contract").into());
    }
    let outputs =
        seam_run::check_given(&Contracts::new(&project.workspace.root), stack, outputs).map_err(Failure::refused)?;
    Ok((outputs, declared.or_else(|| said.clone())))
}

fn read(args: &Publish, settings: &Settings) -> Result<Outputs, Failure> {
    let mut text = String::new();
    let read = match args.outputs.as_str() {
        "-" => std::io::stdin().read_to_string(&mut text).map(|_| ()),
        file => std::fs::read_to_string(settings.folder.join(file)).map(|read| text = read),
    };
    read.map_err(|error| Finding::error(codes::UNREADABLE, format!("cannot read {}: {error}", args.outputs)))?;
    let refused = |message: String| Finding::error(codes::BAD_VALUE, format!("{}: {message}", args.outputs));
    let members = match serde_json::from_str(&text) {
        Ok(Json::Object(members)) => members,
        Ok(_) => return Err(refused("it is not an object of outputs".to_owned()).into()),
        Err(error) => return Err(refused(error.to_string()).into()),
    };
    members
        .into_iter()
        .map(|(name, json)| Ok((name.clone(), output(&name, json, args.typed).map_err(refused)?)))
        .collect()
}

fn output(name: &str, json: Json, typed: bool) -> Result<Output, String> {
    // A reference could not say another name.
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if !is_name {
        return Err(format!("`{name}` is not a name of an output: letters, digits, `_` and `-`"));
    }
    let both =
        json.as_object().is_some_and(|members| members.contains_key("value") && members.contains_key("sensitive"));
    if !typed && both {
        return Err(format!("output `{name}` has `sensitive` beside `value`; pass --typed if it is meant that way"));
    }
    let (json, sensitive) = if typed { typed_output(name, json)? } else { (json, false) };
    let value = Value::from(json);
    Ok(Output { schema: Schema::infer(&value), value, sensitive })
}

fn typed_output(name: &str, json: Json) -> Result<(Json, bool), String> {
    let Json::Object(mut members) = json else {
        return Err(format!("output `{name}` is not {{value: …, sensitive: …}}"));
    };
    let sensitive = match members.remove("sensitive") {
        None => false,
        Some(Json::Bool(sensitive)) => sensitive,
        Some(_) => return Err(format!("`sensitive` of output `{name}` is not true or false")),
    };
    // `terraform output -json` has it; here types come from the values.
    members.remove("type");
    let value = members.remove("value").ok_or_else(|| format!("output `{name}` has no `value`"))?;
    match members.keys().next() {
        None => Ok((value, sensitive)),
        Some(key) => Err(format!("output `{name}` has an unknown member `{key}`")),
    }
}
