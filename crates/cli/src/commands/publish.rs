//! `seam publish ADDRESS --outputs FILE`: records outputs of a stack that others deploy.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::{self, Project};
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{print, render, session};
use seam_compat::{ContractDocument, Contracts, broken_at, contracts_of, live_at, registered, uses_to_record};
use seam_model::{Address, Finding, RunEvent, Schema, Severity, Stack, Tool, Value, codes};
use seam_registry::{Command, Output, Provenance, Reply, Use};
use seam_run::{RunFailure, Session};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

type Outputs = BTreeMap<String, Output>;

const EXAMPLES: &str = "\
Examples:
  seam publish platform/dns/prod --outputs dns.json             {\"zone_id\": \"Z1\"}
  terraform output -json | seam publish platform/dns/prod --outputs - --typed";

/// Records outputs of a stack that others deploy, so that stacks can be linked to it. They are checked
/// against the contract that a stack of this workspace declares, else against the one on record. A
/// publication stays on record: a wrong one is put right by the next.
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
    /// The version of its contract, where no stack of this workspace declares it; without it that is live
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
    let (outputs, document) = match own(args, &session) {
        Some(stack) if stack.contract.is_some() => (outputs, session.contracts.of(stack)?),
        _ => promised(args, &session, outputs)?,
    };
    if own(args, &session).is_some() {
        refuse_breaks(&session, args)?;
    }
    let caller = &session.caller;
    let provenance = Provenance {
        actor: caller.actor.clone(),
        host: caller.host.clone(),
        commit: args.commit.clone(),
        dirty: false,
        contract: document.as_ref().map_or(contract, |document| document.version.clone()),
        contract_digest: document.as_ref().map(|document| document.digest()),
    };
    let registration =
        document.map(|document| document.registration(&args.address.system, &args.address.stack, &caller.actor));
    let command = Command::Publish {
        address: args.address.clone(),
        outputs,
        provenance,
        success: None,
        uses: uses(args, &session)?,
        tags: Vec::new(),
    };
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

/// The stack of this workspace that the instance is of.
fn own<'s>(args: &Publish, session: &'s Session) -> Option<&'s Stack> {
    let workspace = &session.workspace;
    workspace.stacks.get(&args.address.stack).filter(|_| args.address.system == workspace.system)
}

/// What the instance uses: what this workspace declares, and what versions use that others deployed; of
/// other stacks what is on record.
fn uses(args: &Publish, session: &Session) -> Result<Vec<Use>, Failure> {
    let known = session.registry.instances(vec![args.address.clone()])?.into_iter();
    if own(args, session).is_none() {
        return Ok(known.flat_map(|state| state.uses).collect());
    }
    let declared = uses_to_record(&session.scene(), &args.address).map_err(RunFailure::from)?;
    let declared = declared.into_iter().map(|declared| declared.uses);
    Ok(declared.chain(known.flat_map(|state| state.deployed).flat_map(|live| live.uses)).collect())
}

/// The outputs under the contract on record of a stack for which this workspace has none.
fn promised(
    args: &Publish,
    session: &Session,
    outputs: Outputs,
) -> Result<(Outputs, Option<Arc<ContractDocument>>), Failure> {
    let Some(document) = on_record(args, session)? else { return Ok((outputs, None)) };
    let outputs = seam_run::check_recorded(&document, outputs).map_err(Failure::refused)?;
    let broken = broken_at(&session.scene(), &args.address, &document).map_err(RunFailure::from)?;
    let errors: Vec<Finding> = broken.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    if errors.is_empty() { Ok((outputs, Some(document))) } else { Err(Failure::refused(errors)) }
}

/// The contract on record of the version that was said, else of the one that is live.
fn on_record(args: &Publish, session: &Session) -> Result<Option<Arc<ContractDocument>>, Failure> {
    let (scene, address) = (session.scene(), &args.address);
    let known = contracts_of((&session.registry, &session.workspace), (&address.system, &address.stack))?;
    if known.is_empty() || args.contract_version.is_none() && own(args, session).is_some() {
        return Ok(None);
    }
    if let Some(said) = &args.contract_version {
        if let Some(candidate) = registered(&scene, address, said).map_err(RunFailure::from)? {
            return Ok(candidate.document);
        }
        let name = format!("{}/{}", address.system, address.stack);
        let message = format!("no version {said} of the contract of {name} is on record");
        let versions: Vec<String> = known.into_iter().filter_map(|(_, one)| one.version).collect();
        let help = format!("on record are {}", versions.join(", "));
        return Err(Finding::error(codes::CONTRACT_NOT_REGISTERED, message).help(help).into());
    }
    let mut live = live_at(&scene, address).map_err(RunFailure::from)?;
    live.retain(|live| live.digest.is_some());
    if live.len() > 1 {
        let versions: Vec<String> = live.into_iter().filter_map(|live| live.version).collect();
        let message = format!("several versions of {address} are live: {}", versions.join(", "));
        let help = "say with --contract-version which of them this is";
        return Err(Finding::error(codes::USAGE, message).help(help).into());
    }
    Ok(live.pop().map(|live| live.document))
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
