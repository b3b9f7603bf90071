//! `seam uses import FILE --of STACK -e ENV`: who calls an API, as access logs and spans say.

use crate::args::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::Settings;
use crate::{print, project, render, session, versioned};
use seam_compat::{ContractDocument, live_at, route_in};
use seam_contract::observed::{ConsumerFrom, Observed, Options, Reader, Routes, UNKNOWN};
use seam_contract::openapi::lift_document;
use seam_model::{Address, Finding, codes};
use seam_registry::{Call, Command, Observation};
use seam_run::{RunFailure, Session};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::sync::Arc;

/// One line may be so long; a whole document of spans may be one.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

const EXAMPLES: &str = "\
Examples:
  seam uses import access.log --of orders -e prod
  zcat access.log.*.gz | seam uses import - --of orders -e prod
  seam uses import spans.jsonl --of orders -e prod --service orders-api
  seam uses import access.log --of orders -e prod --consumer-from remote-user

Reads access logs (common, combined, JSON lines) and spans of OpenTelemetry (OTLP JSON), and tells them
apart. Kept are the counts by operation and caller, and the times of the first and the last call; no query,
no header, no id.";

/// Counts the calls of an API's operations in logs or spans, so that what nobody calls is known.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// A file, or - for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// The stack whose API is called: [SYSTEM/]STACK
    #[arg(long, value_name = "STACK")]
    of: String,
    #[command(flatten)]
    environment: EnvironmentArgs,
    /// What names the caller: user-agent, remote-user, or a field of JSON
    #[arg(long, value_name = "FIELD")]
    consumer_from: Option<String>,
    /// Of spans: the `service.name` of the API. Default: the stack's name
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
}

/// Runs it.
pub fn run(args: &Import, settings: &Settings) -> Result<Exit, Failure> {
    let project = project::load(settings, project::Need::Whole)?;
    let named = versioned::parse(&args.of, &project.workspace.system)?;
    let address = named.at(&project, &args.environment)?;
    let session = session::open(settings, project, Access::Write, GRACE)?;
    let (routes, api) = routes(&session, &address)?;
    let (observed, source) = read(args, settings, &routes, &address)?;
    let actor = session.caller.actor.clone();
    let observation = observation(&observed, source, actor, &api);
    session.registry.submit(vec![Command::ObserveUses { address: address.clone(), observation }])?.remove(0)?;
    print::out(told(&observed, &address))?;
    Ok(Exit::Done)
}

/// The operations of the API that is live there, else of the one that the workspace declares.
fn routes(session: &Session, address: &Address) -> Result<(Routes, Arc<ContractDocument>), Failure> {
    let scene = session.scene();
    let live = live_at(&scene, address).map_err(RunFailure::from)?.into_iter().map(|live| live.document);
    let declared = session.workspace.stacks.get(&address.stack).filter(|_| address.system == session.workspace.system);
    let own = declared.map(|stack| session.contracts.of(stack)).transpose()?.flatten();
    let Some((document, mut api)) =
        live.chain(own).find_map(|document| Some((document.clone(), document.api.clone()?)))
    else {
        let message = format!("no API of {address} is on record");
        let help = "its contract names it, `api: openapi.yaml`, and an apply, `publish` or `deployed` registers it";
        return Err(Finding::error(codes::CONTRACT_NOT_REGISTERED, message).help(help).into());
    };
    let refused = |message: String| Finding::error(codes::UNREADABLE_CONTRACT, message);
    lift_document(&mut api.document).map_err(|error| refused(error.to_string()))?;
    let routes = Routes::of(&api.document.value).map_err(|error| refused(error.to_string()))?;
    Ok((routes, document))
}

/// What was seen, and the digest of what it was read from.
fn read(args: &Import, settings: &Settings, routes: &Routes, address: &Address) -> Result<(Observed, String), Failure> {
    let unreadable = |error: std::io::Error| {
        Finding::error(codes::UNREADABLE, format!("cannot read {}: {error}", args.file)).help("- reads standard input")
    };
    let input: Box<dyn std::io::Read> = match args.file.as_str() {
        "-" => Box::new(std::io::stdin().lock()),
        file => Box::new(File::open(settings.folder.join(file)).map_err(unreadable)?),
    };
    let consumer = args.consumer_from.as_deref().map_or_else(ConsumerFrom::default, ConsumerFrom::from);
    let provider = Some(args.service.clone().unwrap_or_else(|| address.stack.to_string()));
    let mut reader = Reader::new(routes, &Options { consumer, provider });
    let refused = |error: seam_contract::observed::ObservedError| {
        Finding::error(codes::NOT_AN_ACCESS_LOG, format!("{}: {error}", args.file))
            .help("it reads access logs (common, combined, JSON lines) and OTLP JSON")
    };
    let (mut input, mut digest, mut line) = (BufReader::new(input), Sha256::new(), Vec::new());
    loop {
        line.clear();
        let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        digest.update(&line);
        reader.line(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])).map_err(refused)?;
    }
    let observed = reader.finish().map_err(refused)?;
    let source = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((observed, source))
}

fn observation(observed: &Observed, source: String, actor: String, api: &ContractDocument) -> Observation {
    let calls = observed.operations.iter().flat_map(|(operation, consumers)| {
        consumers.iter().map(|(consumer, calls)| Call {
            operation: operation.clone(),
            route: route_in(api, operation),
            consumer: (consumer != UNKNOWN).then(|| consumer.clone()),
            count: calls.count,
            last_us: calls.last_us,
        })
    });
    Observation {
        source,
        from_us: observed.from_us,
        until_us: observed.until_us,
        calls: calls.collect(),
        unmatched: observed.unmatched.count,
        actor,
    }
}

/// What was counted, and what was not understood.
fn told(observed: &Observed, address: &Address) -> String {
    let called = observed.operations.values().filter(|consumers| !consumers.is_empty()).count();
    let calls: u64 =
        observed.operations.values().flat_map(|consumers| consumers.values()).map(|calls| calls.count).sum();
    let mut text = format!(
        "{address}: {} of {called} of {}, in {}\n",
        render::counted(calls, "call"),
        render::counted(observed.operations.len(), "operation"),
        render::counted(observed.lines.read, "line")
    );
    let uncalled: Vec<&str> =
        observed.operations.iter().filter(|(_, by)| by.is_empty()).map(|(name, _)| name.as_str()).collect();
    if !uncalled.is_empty() {
        let _ = writeln!(text, "Nobody called {}.", uncalled.join(", "));
    }
    if observed.unmatched.count > 0 {
        let top: Vec<String> =
            observed.unmatched.top.iter().take(5).map(|(what, count)| format!("{what} ({count})")).collect();
        let verb = if observed.unmatched.count == 1 { "is" } else { "are" };
        let calls = render::counted(observed.unmatched.count, "call");
        let _ = writeln!(text, "{calls} {verb} of no operation: {}", top.join(", "));
    }
    if let Some(first) = &observed.lines.first_refused {
        let (lines, line, why) = (render::counted(observed.lines.refused, "line"), first.line, first.why);
        let _ = match observed.lines.refused {
            1 => writeln!(text, "{lines} was not understood, line {line}: {why}"),
            _ => writeln!(text, "{lines} were not understood, the first is line {line}: {why}"),
        };
    }
    text
}
