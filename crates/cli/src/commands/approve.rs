//! `seam approve FINGERPRINT --until DATE --why TEXT`: somebody answers for a change that breaks others.

use crate::args::EnvironmentArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Access, GRACE};
use crate::settings::{Settings, today};
use crate::{complete, print, project, session};
use clap_complete::ArgValueCandidates;
use jiff::civil::Date;
use seam_compat::{broken_by, renewed};
use seam_model::{Finding, codes};
use seam_registry::{Approval, Command};
use seam_run::RunFailure;
use std::collections::BTreeSet;

const EXAMPLES: &str = "\
Examples:
  seam check                                     names the fingerprints
  seam approve 8d2e1e251824a5a6 --until 2027-03-01 --why 'web moves in its next release'
  seam approve 8d2e1e251824a5a6 -e dev --until 2027-03-01 --why 'dev may break'     in one environment alone

An approval is a record: who, until when, and why. Until that day the change is a warning; then it is
refused again. Another approval of the same fingerprint, for the same environment or again for all of them,
takes its place, and covers those whom that one names while it holds. It answers for those whom the change
breaks now: whoever comes to use it later is asked about anew.";

/// Answers for a change of a contract that breaks somebody, until a day.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Approve {
    /// Of the finding of `seam check`
    #[arg(value_name = "FINGERPRINT")]
    fingerprint: String,
    /// Where it holds; in every environment when left out
    #[arg(short, long, env = "SEAM_ENVIRONMENT", value_name = "ENV", add = ArgValueCandidates::new(complete::environments))]
    environment: Option<String>,
    /// The last day on which it holds, such as 2027-03-01
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why, for whoever reads the record
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Approve a change that this workspace does not make
    #[arg(long)]
    elsewhere: bool,
}

/// Runs it.
pub fn run(args: &Approve, settings: &Settings) -> Result<Exit, Failure> {
    let usage = |message: String| Finding::error(codes::USAGE, message);
    let fingerprint = args.fingerprint.to_ascii_lowercase();
    if fingerprint.len() != 16 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let message = format!("`{}` is no fingerprint: it has 16 hexadecimal digits", args.fingerprint);
        return Err(usage(message).help("`seam check` names it beside the finding").into());
    }
    let until = args.until.to_string();
    if until < today() {
        return Err(usage(format!("{until} is over")).help("name a day to come").into());
    }
    if args.why.trim().is_empty() {
        return Err(usage("--why says nothing".to_owned()).help("whoever reads the record wants to know").into());
    }
    let project = project::load(settings, project::Need::Whole)?;
    let environment = project.named_environment(&EnvironmentArgs { environment: args.environment.clone() })?;
    let session = session::open(settings, project, Access::Write, GRACE)?;
    // Of a change that is made elsewhere nobody knows here whom it breaks.
    let mut consumers = None;
    if !args.elsewhere {
        let (scene, place) = (session.scene(), environment.as_ref());
        let broken = broken_by(&scene, place, &fingerprint).map_err(RunFailure::from)?;
        if broken.is_empty() {
            let place = environment.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
            let message = format!("no finding of this workspace{place} has the fingerprint {fingerprint}");
            let help = "`seam check` names those that there are; --elsewhere approves one of another checkout";
            return Err(usage(message).help(help).into());
        }
        consumers = Some(renewed(&scene, (&fingerprint, place), broken).map_err(RunFailure::from)?);
    }
    let whom = consumers.as_ref().map(|covered| {
        let names: BTreeSet<&str> = covered.iter().map(|one| one.consumer.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    });
    let approval = Approval {
        fingerprint: fingerprint.clone(),
        environment: environment.clone(),
        until: until.clone(),
        why: args.why.clone(),
        consumers,
        actor: session.caller.actor.clone(),
        time_us: 0,
    };
    session.registry.submit(vec![Command::ApproveBreak(approval)])?.remove(0)?;
    let place = environment.map(|name| format!(" in {name}")).unwrap_or_default();
    let whom = whom.unwrap_or_else(|| "whoever it breaks".to_owned());
    let actor = &session.caller.actor;
    print::line(format_args!("{fingerprint} is approved{place} until {until}, by {actor}, for {whom}"))?;
    Ok(Exit::Done)
}
