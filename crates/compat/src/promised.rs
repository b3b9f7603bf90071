//! The other side: what the workspace reads of providers, and whether they promise it where they are
//! live. It fails in the consumer's pipeline before it fails in production.

use crate::declared::{Declared, declared_uses};
use crate::deprecated::{Deprecated, read_by};
use crate::live::{Live, live_at};
use crate::lookups;
use crate::operations::meant;
use crate::reads::{meets, missing_field};
use crate::{CompatError, Scene};
use seam_contract::openapi::Operations;
use seam_model::{Address, Finding, Name, Pattern, Place, UsedOperation, UsedPart, codes, nearest};
use seam_registry::Use;
use semver::{Version, VersionReq};
use std::collections::{BTreeMap, BTreeSet};

/// What the instances of the workspace use and nobody promises; of one environment or of all. Of stacks
/// whose contract could not be read nothing is said.
pub fn unmet(
    scene: &Scene,
    environment: Option<&Name>,
    not_read: &BTreeSet<&Name>,
) -> Result<Vec<Finding>, CompatError> {
    let mut providers = Providers { scene, live: BTreeMap::new() };
    let mut findings = Vec::new();
    let asked = |address: &&Address| environment.is_none_or(|asked| address.environment == *asked);
    for consumer in scene.graph.instances().iter().filter(asked) {
        for Declared { uses, place, optional } in declared_uses(scene, consumer) {
            findings.extend(no_stack(scene, consumer, &uses, &place));
            let is_own =
                uses.provider.system == consumer.system && scene.workspace.stacks.contains_key(&uses.provider.stack);
            if is_own && not_read.contains(&uses.provider.stack) {
                continue;
            }
            let live = providers.of(&uses.provider)?;
            let uses = as_meant(scene, consumer, uses, live)?;
            let found = of_use(live, consumer, &uses, &place, is_own);
            findings.extend(found.into_iter().filter(|one| !(optional && one.code == codes::PROMISE_UNMET)));
        }
    }
    // The same line says the same of each environment.
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert((finding.code, finding.message.clone(), finding.place.clone())));
    Ok(findings)
}

/// A declared use of a stack that the workspace does not have. Inputs are looked at by the graph.
fn no_stack(scene: &Scene, consumer: &Address, uses: &Use, place: &Place) -> Option<Finding> {
    let provider = &uses.provider;
    let is_ours = provider.system == consumer.system && uses.part.is_of_service();
    if !is_ours || scene.workspace.stacks.contains_key(&provider.stack) {
        return None;
    }
    let known = scene.workspace.stacks.keys().map(Name::as_str);
    let finding = Finding::error(codes::UNKNOWN_STACK, format!("there is no stack `{}`", provider.stack)).at(place);
    Some(match nearest(provider.stack.as_str(), known) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    })
}

/// What the links of these instances to other systems lack: a range, a contract with a version (S0605,
/// S0606); and what their services declare to use and is not promised, or not in an accepted version.
pub fn boundaries(scene: &Scene, instances: &BTreeSet<Address>) -> Result<Vec<Finding>, CompatError> {
    let mut providers = Providers { scene, live: BTreeMap::new() };
    let mut findings = Vec::new();
    for consumer in instances {
        for Declared { uses, place, .. } in declared_uses(scene, consumer) {
            let live = providers.of(&uses.provider)?;
            let uses = as_meant(scene, consumer, uses, live)?;
            // What an input lacks is found where it is resolved; what a service declares is resolved by nobody.
            let of_service = uses.part.is_of_service();
            let asked = |finding: &Finding| match finding.code {
                codes::UNBOUNDED | codes::NO_CONTRACT => uses.provider.system != consumer.system,
                codes::VERSION_REFUSED | codes::PROMISE_UNMET => of_service,
                _ => false,
            };
            let found = of_use(live, consumer, &uses, &place, false);
            findings.extend(found.into_iter().filter(asked));
        }
    }
    Ok(findings)
}

/// What a consumer declares, its operations by what the provider's contracts or its own record call so.
fn as_meant(scene: &Scene, consumer: &Address, uses: Use, live: &[Live]) -> Result<Use, CompatError> {
    let known: Vec<_> = live.iter().map(|live| &*live.document).collect();
    meant(scene, consumer, uses, &known)
}

/// The contracts of providers, each read once.
struct Providers<'a> {
    scene: &'a Scene<'a>,
    live: BTreeMap<Address, Vec<Live>>,
}

impl Providers<'_> {
    /// What is live at a provider; of a stack of the workspace that declares a contract, that one.
    fn of(&mut self, provider: &Address) -> Result<&[Live], CompatError> {
        if !self.live.contains_key(provider) {
            let live = match own(self.scene, provider) {
                Some(live) => vec![live],
                None => live_at(self.scene, provider)?,
            };
            self.live.insert(provider.clone(), live);
        }
        Ok(&self.live[provider])
    }
}

/// The contract that the workspace declares for a provider of its own.
pub fn own(scene: &Scene, provider: &Address) -> Option<Live> {
    let stack = scene.workspace.stacks.get(&provider.stack).filter(|_| provider.system == scene.workspace.system)?;
    // One that cannot be read is a finding of its own.
    let Ok(Some(document)) = scene.contracts.of(stack) else { return None };
    let (version, digest) = (document.version.clone(), Some(document.digest()));
    Some(Live { address: provider.clone(), version, digest, document })
}

/// What a use lacks of what is live at its provider. One that the same workspace deploys is called by its
/// stack.
pub fn of_use(live: &[Live], consumer: &Address, uses: &Use, place: &Place, is_own: bool) -> Vec<Finding> {
    let provider = &uses.provider;
    let crosses = provider.system != consumer.system;
    let mut findings = Vec::new();
    if crosses && uses.range.is_none() && uses.pattern != Pattern::Lookup {
        let name = format!("{}/{}", provider.system, provider.stack);
        let message =
            format!("{name} is of another system, and nothing says which versions of its contract are accepted");
        findings.push(Finding::error(codes::UNBOUNDED, message).at(place).help("add `version: \"^1\"`, say"));
    }
    for live in live {
        if crosses && live.version.is_none() && uses.pattern != Pattern::Lookup {
            let message = format!("{} is of another system and has no contract with a version", live.address);
            let help = "its team declares `contract:` with `version:` in its stack.yaml, and applies or publishes once";
            findings.push(Finding::error(codes::NO_CONTRACT, message).at(place).help(help));
            continue;
        }
        let who = if is_own { provider.stack.to_string() } else { live.address.to_string() };
        findings.extend(outside(uses, live, &who).map(|finding| finding.at(place)));
        if let Some(finding) = absent(uses, live, &who, is_own) {
            findings.push(finding.at(place));
        } else {
            let more = [renamed(uses, live, &who), no_field(uses, live, &who), not_taken(uses, live, &who)];
            let more = more.into_iter().flatten().chain(leaving(uses, live, &who));
            findings.extend(more.map(|finding| finding.at(place)));
        }
    }
    findings
}

/// A version that is not accepted.
fn outside(uses: &Use, live: &Live, who: &str) -> Option<Finding> {
    let range = uses.range.as_ref()?;
    let accepted = VersionReq::parse(range).ok()?;
    let version: Version = live.version.as_deref()?.parse().ok()?;
    let message = format!("{who} has contract {version}, and {range} is accepted");
    let help = "widen `version:` once the consumer copes with it, or have a version deployed there that fits";
    (!accepted.matches(&version)).then(|| Finding::error(codes::VERSION_REFUSED, message).help(help))
}

/// A part that is not promised. Without a contract it is not there where it was not published, unless the
/// same workspace publishes it with its next apply.
fn absent(uses: &Use, live: &Live, who: &str, is_own: bool) -> Option<Finding> {
    let missing = |what: &str, name: &str, known: Vec<String>| {
        let message = match &live.digest {
            Some(_) => format!("{} promises no {what} `{name}`", contract_of(live, who)),
            None => format!("{who} has no contract, and published no {what} `{name}`"),
        };
        let near = nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
        let verb = if live.digest.is_some() { "promises" } else { "published" };
        let all = format!("it {verb} {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") });
        Finding::error(codes::PROMISE_UNMET, message).help(near.unwrap_or(all))
    };
    let names = |part: &str| -> Vec<String> {
        let members = live.document.part(part).and_then(|part| part.as_object());
        members.into_iter().flat_map(|members| members.keys().cloned()).collect()
    };
    match &uses.part {
        UsedPart::Output { .. } if uses.pattern == Pattern::Lookup => None,
        UsedPart::Lookup(lookup) => lookups::is_refused(&live.document, lookup).then(|| {
            let rules = live.document.lookups().into_values().filter(|rule| rule.kind == lookup.kind);
            let all: Vec<String> = rules.map(|rule| rule.words()).collect();
            let message = format!("{} promises no `{}`", contract_of(live, who), lookup.words());
            Finding::error(codes::PROMISE_UNMET, message).help(format!("it promises {}", all.join(", ")))
        }),
        UsedPart::Output { output, .. } => {
            let known = names("/outputs");
            let is_said = if live.digest.is_some() { !known.is_empty() } else { !is_own };
            (is_said && !known.contains(output)).then(|| missing("output", output, known))
        }
        UsedPart::Event { event, .. } => {
            let known = names("/events");
            (!known.contains(event)).then(|| missing("event", event, known))
        }
        UsedPart::Table { table, columns } => {
            let known = names("/tables");
            if !known.contains(table) {
                return Some(missing("table", table, known));
            }
            let known = names(&format!("/tables/{table}/columns"));
            let gone = columns.iter().find(|column| !known.contains(column))?;
            Some(missing("column", gone, known.clone()))
        }
        UsedPart::Api { operations, .. } => {
            let schemas = live.document.schemas();
            let gone = operations.iter().find(|used| schemas.operation(used).is_none())?;
            let all = schemas.operations().into_iter().flat_map(Operations::iter);
            Some(missing("operation", &gone.name, all.map(|one| one.name().to_owned()).collect()))
        }
    }
}

/// An operation that has another id there than the consumer writes.
fn renamed(uses: &Use, live: &Live, who: &str) -> Option<Finding> {
    let UsedPart::Api { operations, .. } = &uses.part else { return None };
    let schemas = live.document.schemas();
    let known = schemas.operations()?;
    let is_strange = |used: &&UsedOperation| known.named(&used.name).is_none();
    let (used, now) = operations.iter().filter(is_strange).find_map(|used| Some((used, schemas.operation(used)?)))?;
    let message = format!("{} calls the operation `{}` `{}` now", contract_of(live, who), used.name, now.name());
    Some(Finding::warning(codes::PROMISE_UNMET, message).help(format!("write `{}`", now.name())))
}

/// A field that is read and is not there.
fn no_field(uses: &Use, live: &Live, who: &str) -> Option<Finding> {
    let gone = missing_field(&live.document, &uses.part)?;
    if let Some(output) = uses.part.output() {
        let message = format!("{} promises no `{gone}` in output `{output}`, which is read", contract_of(live, who));
        return Some(
            Finding::error(codes::PROMISE_UNMET, message).help("mend the path, or have the provider promise it"),
        );
    }
    let message = format!("{} promises no field `{gone}`, which is declared as read", contract_of(live, who));
    Some(Finding::error(codes::PROMISE_UNMET, message).help("mend `fields`, or have the provider promise it"))
}

/// What of it is on its way out: at most so many are told of one use.
const LEAVING_MAX: usize = 10;

fn leaving(uses: &Use, live: &Live, who: &str) -> Vec<Finding> {
    let mut all = read_by(&live.document, uses.pattern, &uses.part);
    // What is written once is told once, although several ways lead to it.
    let mut told = BTreeSet::new();
    all.retain(|one| told.insert(one.at.clone()));
    let more = all.len().saturating_sub(LEAVING_MAX);
    let told = |one: Deprecated| {
        let is_operation = one.is_whole && matches!(uses.part, UsedPart::Api { .. });
        let what = if is_operation { format!("operation `{}`", one.name) } else { one.words };
        let until = one.lifecycle.sunset.map(|sunset| format!(", and may go from {sunset}")).unwrap_or_default();
        let help = match one.lifecycle.instead {
            Some(instead) => format!("use {instead} in its place"),
            None if is_operation => "its description in the API says what to call in its place".to_owned(),
            None => "stop using it".to_owned(),
        };
        Finding::warning(codes::DEPRECATED_USE, format!("{what} of {who} is deprecated{until}")).help(help)
    };
    let mut findings: Vec<Finding> = all.into_iter().take(LEAVING_MAX).map(told).collect();
    if let Some(last) = findings.pop_if(|_| more > 0) {
        let message = format!("{} (and {more} more)", last.message);
        findings.push(Finding { message, ..last });
    }
    findings
}

/// A promise that is wider than what the consumer takes.
fn not_taken(uses: &Use, live: &Live, who: &str) -> Option<Finding> {
    let UsedPart::Output { output, takes: Some(_), .. } = &uses.part else { return None };
    if uses.pattern == Pattern::Lookup || live.document.part(&format!("/outputs/{output}")).is_none() {
        return None;
    }
    let message =
        format!("{} admits values of output `{output}` that the variable does not take", contract_of(live, who));
    let help = "make the variable's type as wide, or have the contract promise less";
    (!meets(&live.document, uses.pattern, &uses.part))
        .then(|| Finding::warning(codes::PROMISE_UNMET, message).help(help))
}

fn contract_of(live: &Live, who: &str) -> String {
    match &live.version {
        Some(version) => format!("contract {version} of {who}"),
        None => format!("the contract of {who}"),
    }
}

#[cfg(test)]
mod tests;
