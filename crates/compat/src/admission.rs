//! May the contract of a stack be put on record, and be live? One answer, asked by `check`, `plan`, `apply`,
//! `publish` and `can-deploy` alike: can it be read, is its version right, whom does it break, and who does
//! not accept it.

use crate::breaks::{breaks, told};
use crate::consumers::consumers_of;
use crate::live::{Live, live_at, names};
use crate::readable::unreadable;
use crate::version::wrong_version;
use crate::{CompatError, ContractDocument, Scene};
use seam_model::{Address, Finding, Name, Stack, codes};
use semver::{Version, VersionReq};
use std::collections::BTreeSet;

/// What speaks against a contract, or for caution.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// What of it cannot be read. Where there is anything, nothing is compared.
    pub unreadable: Vec<Finding>,
    /// It is gone, or its version does not fit what changed.
    pub version: Option<Finding>,
    /// Whom it breaks; warnings are what somebody answers for, or copes with.
    pub breaks: Vec<Finding>,
    /// Who does not accept its version: warnings.
    pub ranges: Vec<Finding>,
}

impl Admission {
    /// Everything, in this order.
    pub fn findings(self) -> Vec<Finding> {
        let Self { unreadable, version, breaks, ranges } = self;
        [unreadable, version.into_iter().collect(), breaks, ranges].into_iter().flatten().collect()
    }
}

/// For a run over these instances: consumers in it are judged by what the workspace makes of them. Gives
/// the findings, errors first.
pub fn refused_breaks(scene: &Scene, instances: &BTreeSet<Address>) -> Result<Vec<Finding>, CompatError> {
    let mut findings = Vec::new();
    let stacks: BTreeSet<_> = instances.iter().map(|address| &address.stack).collect();
    for stack in stacks.into_iter().filter_map(|name| scene.workspace.stacks.get(name)) {
        let is_asked = |name: &Name| instances.iter().any(|one| one.stack == stack.name && one.environment == *name);
        findings.extend(admission(scene, stack, is_asked, Some(instances))?.findings());
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(findings)
}

/// Of the contract that a stack of the workspace declares, in the environments that are asked for.
/// Consumers that are not in `run` stay as they are on record; without a run every consumer of the
/// workspace is applied.
pub fn admission(
    scene: &Scene,
    stack: &Stack,
    is_asked: impl Fn(&Name) -> bool,
    run: Option<&BTreeSet<Address>>,
) -> Result<Admission, CompatError> {
    let Some(document) = scene.contracts.of(stack)? else {
        return Ok(Admission { version: gone(scene, stack, is_asked)?, ..Admission::default() });
    };
    let unreadable = unreadable(&scene.workspace.root, &document);
    if !unreadable.is_empty() {
        return Ok(Admission { unreadable, ..Admission::default() });
    }
    let is_live_there = |live: &Live| is_asked(&live.address.environment);
    let breaks = breaks(scene, (&scene.workspace.system, &stack.name), &document, is_live_there, run)?;
    Ok(Admission {
        unreadable,
        version: wrong_version(scene, stack, &document)?,
        breaks: told(scene, (&stack.name, &stack.place, Some(stack)), breaks)?,
        ranges: ranges(scene, stack, &document, is_asked)?,
    })
}

/// A contract that was on record and is declared no more.
pub fn gone(scene: &Scene, stack: &Stack, is_asked: impl Fn(&Name) -> bool) -> Result<Option<Finding>, CompatError> {
    for address in live_of(scene, stack, is_asked)? {
        let has_contract = live_at(scene, &address)?.iter().any(|live| live.digest.is_some());
        if has_contract && !consumers_of(scene, &address)?.is_empty() {
            let message = format!("{} has no contract any more, and others use what it promised", stack.name);
            let help = "put `contract:` back, and take away in it what goes: then it is known whom that breaks";
            return Ok(Some(Finding::error(codes::VERSION_TOO_SMALL, message).at(&stack.place).help(help)));
        }
    }
    Ok(None)
}

/// Consumers that do not accept the version: what they have goes on, and their next plan is refused.
fn ranges(
    scene: &Scene,
    stack: &Stack,
    document: &ContractDocument,
    is_asked: impl Fn(&Name) -> bool,
) -> Result<Vec<Finding>, CompatError> {
    let version: Option<Version> = document.version.as_deref().and_then(|version| version.parse().ok());
    let Some(version) = version else { return Ok(Vec::new()) };
    let mut refusing = BTreeSet::new();
    for address in live_of(scene, stack, is_asked)? {
        for consumer in consumers_of(scene, &address)? {
            let range = consumer.range.as_deref().and_then(|range| VersionReq::parse(range).ok());
            refusing.extend(
                range.filter(|range| !range.matches(&version)).map(|range| (consumer.words, range.to_string())),
            );
        }
    }
    let told = |(consumer, range): (String, String)| {
        let message =
            format!("{consumer} accepts {range} of {}, and this is {version}: its next plan is refused", stack.name);
        let help = "have its team widen `version:` before this is deployed there";
        Finding::warning(codes::VERSION_REFUSED, message).at(&stack.place).help(help)
    };
    Ok(refusing.into_iter().map(told).collect())
}

/// Where the stack is live, under any of its names.
fn live_of(scene: &Scene, stack: &Stack, is_asked: impl Fn(&Name) -> bool) -> Result<Vec<Address>, CompatError> {
    let mut all = Vec::new();
    for name in names(scene, &scene.workspace.system, &stack.name) {
        all.extend(scene.registry.live(scene.workspace.system.clone(), name)?);
    }
    all.retain(|address| is_asked(&address.environment));
    Ok(all)
}
