//! May a version of a stack be deployed to an environment now? Answered from what is on record: is each
//! provider that it needs live there with what it reads, and does every consumer there go on with it?

use crate::admission::gone;
use crate::breaks::{breaks, told};
use crate::declared::Declared;
use crate::live::{contracts_of, live_at, names};
use crate::operations::uses_to_record;
use crate::promised::of_use;
use crate::readable::unreadable;
use crate::version::wrong_version;
use crate::{CompatError, ContractDocument, Live, Scene};
use seam_model::{Address, Code, Finding, Name, Place, Severity, Stack, codes};
use seam_registry::Use;
use semver::{Version, VersionReq};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The kind of a reason: the contract cannot be read.
pub const UNREADABLE: &str = "contract-unreadable";

/// What is asked for: a version of a stack, with what it uses.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it is to go.
    pub address: Address,
    /// The contract's version; `None` where it says none.
    pub version: Option<String>,
    /// Its contract; `None` where it has none.
    pub document: Option<Arc<ContractDocument>>,
    /// What it needs there; `None`: nobody knows.
    pub uses: Option<Vec<Use>>,
    /// What it uses besides and copes without.
    pub optional: Vec<Use>,
    /// What `check` and `apply` refuse of its contract alone, by the files of the workspace.
    pub faults: Vec<Reason>,
}

impl Candidate {
    /// Everything that it uses; `None`: nobody knows.
    pub fn all_uses(&self) -> Option<Vec<Use>> {
        let uses = self.uses.as_ref()?;
        Some(uses.iter().chain(&self.optional).cloned().collect())
    }
}

/// The answer's three values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing on record speaks against it.
    Yes,
    /// Something is not on record.
    Unknown,
    /// Something on record speaks against it.
    No,
}

impl Verdict {
    /// A stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

/// Why it is not a yes, or what to know beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A stable word: `provider-not-deployed`, `provider-version`, `provider-promise`,
    /// `provider-contract`, `contract-unreadable`, `contract-version`, `contract-gone`, `consumer-broken`,
    /// `consumer-range`, `version-not-registered`, `uses-not-known`.
    pub kind: &'static str,
    /// How it weighs.
    pub verdict: Verdict,
    /// The finding in words.
    pub finding: Finding,
}

/// The whole answer.
#[derive(Clone, Debug)]
pub struct Deployable {
    /// The version that was asked for, or found in the workspace; `None` where it has none.
    pub version: Option<String>,
    /// Of all reasons the heaviest.
    pub verdict: Verdict,
    /// Nothing of the stack is live there yet, so that nobody can be broken.
    pub is_first: bool,
    /// What is live there now.
    pub live: Vec<Option<String>>,
    /// Why it is not a yes; what is approved is not among them.
    pub reasons: Vec<Reason>,
}

/// Answers.
pub fn can_deploy(scene: &Scene, candidate: &Candidate) -> Result<Deployable, CompatError> {
    let live = live_at(scene, &candidate.address)?;
    let mut reasons = candidate.faults.clone();
    match (&candidate.uses, &candidate.version) {
        (Some(uses), _) => {
            for uses in uses {
                reasons.extend(of_provider(scene, &candidate.address, uses)?);
            }
            for uses in &candidate.optional {
                let found = of_provider(scene, &candidate.address, uses)?.into_iter();
                reasons.extend(found.filter(|one| !["provider-not-deployed", "provider-promise"].contains(&one.kind)));
            }
        }
        (None, version) => {
            let version = version.as_deref().unwrap_or("without a version");
            let message = format!("nobody said what {} {version} uses", candidate.address.stack);
            let help = "`seam deployed STACK@VERSION -e ENV` in its own workspace says it, or an apply of it somewhere";
            reasons.push(reason(
                "uses-not-known",
                Verdict::Unknown,
                Finding::error(codes::CANNOT_DEPLOY, message).help(help),
            ));
        }
    }
    // What cannot be read is compared with nothing.
    if !candidate.faults.iter().any(|fault| fault.kind == UNREADABLE) {
        reasons.extend(of_consumers(scene, candidate, &live)?);
    }
    let mut seen = BTreeSet::new();
    reasons.retain(|reason| seen.insert((reason.kind, reason.finding.message.clone())));
    let verdict = reasons.iter().map(|reason| reason.verdict).max().unwrap_or(Verdict::Yes);
    let versions = live.iter().map(|live| live.version.clone()).collect();
    let version = candidate.version.clone();
    Ok(Deployable { version, verdict, is_first: live.is_empty(), live: versions, reasons })
}

/// A version of a stack as it is on record; `None` where it is not.
pub fn registered(scene: &Scene, address: &Address, version: &str) -> Result<Option<Candidate>, CompatError> {
    let all = contracts_of((scene.registry, scene.workspace), (&address.system, &address.stack))?;
    let Some((name, known)) = all.into_iter().find(|(_, known)| known.version.as_deref() == Some(version)) else {
        return Ok(None);
    };
    let document = scene.registry.contract(address.system.clone(), name, known.digest.clone())?;
    let Some(document) = document.map(ContractDocument::of_json).transpose()? else { return Ok(None) };
    let mut uses = known.uses.map(|(environment, uses)| moved(uses, &environment, address));
    for name in names(scene, &address.system, &address.stack) {
        for elsewhere in scene.registry.live(address.system.clone(), name)? {
            let is_there = live_at(scene, &elsewhere)?.iter().any(|live| live.digest.as_ref() == Some(&known.digest));
            if uses.is_none() && is_there {
                let states = scene.registry.instances(vec![elsewhere.clone()])?;
                uses = states.into_iter().next().map(|state| moved(state.uses, &elsewhere.environment, address));
            }
        }
    }
    Ok(Some(Candidate {
        address: address.clone(),
        version: Some(version.to_owned()),
        document: Some(Arc::new(document)),
        uses,
        optional: Vec::new(),
        faults: Vec::new(),
    }))
}

/// What the workspace would deploy.
pub fn of_workspace(scene: &Scene, stack: &Stack, address: &Address) -> Result<Candidate, CompatError> {
    let document = scene.contracts.of(stack)?;
    let (optional, uses): (Vec<Declared>, Vec<Declared>) =
        uses_to_record(scene, address)?.into_iter().partition(|declared| declared.optional);
    let (optional, uses) = (optional.into_iter().map(|one| one.uses), uses.into_iter().map(|one| one.uses));
    let version = document.as_ref().and_then(|document| document.version.clone());
    let faults = document.as_ref().map(|document| faults(scene, stack, document)).transpose()?.unwrap_or_default();
    let (uses, optional) = (Some(uses.collect()), optional.collect());
    Ok(Candidate { address: address.clone(), version, document, uses, optional, faults })
}

/// What is wrong with a contract of the workspace, whoever uses it.
fn faults(scene: &Scene, stack: &Stack, document: &ContractDocument) -> Result<Vec<Reason>, CompatError> {
    let faults = unreadable(&scene.workspace.root, document);
    if !faults.is_empty() {
        return Ok(faults.into_iter().map(|finding| reason(UNREADABLE, Verdict::No, finding)).collect());
    }
    let wrong = wrong_version(scene, stack, document)?.into_iter();
    Ok(wrong.map(|finding| reason("contract-version", Verdict::No, finding)).collect())
}

/// The uses of an instance in another environment: whom it uses in its own, it uses there in that one.
fn moved(uses: Vec<Use>, from: &Name, to: &Address) -> Vec<Use> {
    let moved = |mut uses: Use| {
        if uses.provider.environment == *from {
            uses.provider.environment = to.environment.clone();
        }
        uses
    };
    uses.into_iter().map(moved).collect()
}

fn of_provider(scene: &Scene, consumer: &Address, uses: &Use) -> Result<Vec<Reason>, CompatError> {
    let live = live_at(scene, &uses.provider)?;
    if live.is_empty() {
        let message = format!("{} is not deployed, and {} {} it", uses.provider, consumer.stack, uses.part.words());
        let help = format!("deploy {} there first", uses.provider.stack);
        let finding = Finding::error(codes::CANNOT_DEPLOY, message).help(help);
        return Ok(vec![reason("provider-not-deployed", Verdict::No, finding)]);
    }
    let mut reasons = Vec::new();
    for finding in of_use(&live, consumer, uses, &Place::default(), false) {
        if finding.severity != Severity::Error {
            continue;
        }
        let (kind, verdict) = match finding.code {
            codes::NO_CONTRACT | codes::UNBOUNDED => ("provider-contract", Verdict::Unknown),
            codes::VERSION_REFUSED => ("provider-version", Verdict::No),
            _ => ("provider-promise", Verdict::No),
        };
        reasons.push(reason(kind, verdict, Finding { place: None, ..finding }));
    }
    Ok(reasons)
}

fn of_consumers(scene: &Scene, candidate: &Candidate, live: &[Live]) -> Result<Vec<Reason>, CompatError> {
    let address = &candidate.address;
    let mut reasons = Vec::new();
    let Some(document) = &candidate.document else {
        let own = scene.workspace.stacks.get(&address.stack).filter(|_| address.system == scene.workspace.system);
        let is_here = |environment: &Name| *environment == address.environment;
        let gone = own.map(|stack| gone(scene, stack, is_here)).transpose()?.flatten();
        reasons.extend(gone.map(|finding| reason("contract-gone", Verdict::No, Finding { place: None, ..finding })));
        return Ok(reasons);
    };
    if !live.is_empty() {
        for finding in broken_at(scene, address, document)? {
            let verdict = match finding.severity {
                Severity::Error if finding.code == codes::CONTRACT_UNKNOWN => Verdict::Unknown,
                Severity::Error => Verdict::No,
                // Somebody answers for it, or its day is over.
                Severity::Warning => Verdict::Yes,
            };
            reasons.push(reason("consumer-broken", verdict, finding));
        }
    }
    let at = |stack: Name| Address { stack, ..address.clone() };
    let asked = names(scene, &address.system, &address.stack).into_iter().map(at).collect();
    for user in scene.registry.users(asked)? {
        let accepted = user.uses.range.as_deref().and_then(|range| VersionReq::parse(range).ok());
        let version = candidate.version.as_deref().and_then(|version| Version::parse(version).ok());
        if let (Some(accepted), Some(version)) = (accepted, version)
            && !accepted.matches(&version)
        {
            let message = format!("{} accepts {accepted} of {}, and this is {version}", user.consumer, address.stack);
            let help = format!("deploy a version of {} first that accepts it", user.consumer.stack);
            reasons.push(reason(
                "consumer-range",
                Verdict::No,
                Finding::error(codes::CANNOT_DEPLOY, message).help(help),
            ));
        }
    }
    Ok(reasons)
}

/// Whom the contract breaks at an instance by what is on record there: nobody moves along. Warnings are
/// what somebody answers for.
pub fn broken_at(scene: &Scene, address: &Address, document: &ContractDocument) -> Result<Vec<Finding>, CompatError> {
    let name = (&address.system, &address.stack);
    // Under its former name it is the same instance.
    let is_asked = |live: &Live| live.address.environment == address.environment;
    let breaks = breaks(scene, name, document, is_asked, Some(&BTreeSet::new()))?;
    let told = told(scene, (name.1, &Place::default(), None), breaks)?;
    Ok(told.into_iter().map(|finding| Finding { place: None, ..finding }).collect())
}

/// The version is not on record.
pub fn not_registered(address: &Address, version: &str) -> Deployable {
    let message = format!("no version {version} of the contract of {}/{} is on record", address.system, address.stack);
    let code: Code = codes::CONTRACT_NOT_REGISTERED;
    let help = "an apply, `seam publish` or `seam deployed` in its workspace registers it";
    let reasons = vec![reason("version-not-registered", Verdict::Unknown, Finding::error(code, message).help(help))];
    let version = Some(version.to_owned());
    Deployable { version, verdict: Verdict::Unknown, is_first: false, live: Vec::new(), reasons }
}

fn reason(kind: &'static str, verdict: Verdict, finding: Finding) -> Reason {
    Reason { kind, verdict, finding }
}
