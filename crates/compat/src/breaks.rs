//! Whom a new contract of a stack breaks, in every environment where an older one is live.

use crate::approvals::{approvals, covers, holds_in};
use crate::changes::changes;
use crate::consumers::{Consumer, consumers_of};
use crate::declared::read_uses;
use crate::effect::Effects;
use crate::live::{Live, live_at, names};
use crate::operations::{ever_called, is_same, meant, route_in, with_routes};
use crate::reads::meets;
use crate::{CompatError, ContractDocument, Scene, changes, place, read_version};
use seam_contract::diff::Version;
use seam_contract::document::Position;
use seam_contract::finding::{Finding as Change, Proof, Severity};
use seam_model::{Address, Comparison, Finding, Name, Place, Stack, Tool, UsedPart, codes};
use seam_registry::Approval;
use std::collections::{BTreeMap, BTreeSet};

/// A change, and whom it breaks.
#[derive(Clone, Debug)]
pub struct Break {
    /// What changed.
    pub change: Change,
    /// In which environment it breaks whom, in words.
    pub broken: BTreeSet<(Name, String)>,
    /// Of these consumers, who copes with it once the workspace is applied.
    pub fitting: BTreeSet<String>,
}

/// Whom `document` breaks wherever an older contract of the stack is live and `is_asked`. Consumers that
/// are not in `run` stay as they are on record; without a run every consumer of the workspace is applied.
pub fn breaks(
    scene: &Scene,
    (system, stack): (&Name, &Name),
    document: &ContractDocument,
    is_asked: impl Fn(&Live) -> bool,
    run: Option<&BTreeSet<Address>>,
) -> Result<Vec<Break>, CompatError> {
    let mut breaks: BTreeMap<(String, Severity), Break> = BTreeMap::new();
    let digest = document.digest();
    // Under its new name a stack has the approvals of before.
    let names = names(scene, system, stack);
    let title = format!("{system}/{}", names.last().unwrap_or(stack));
    // Where environments have the same contract it is compared once.
    let mut lives: BTreeMap<String, (Live, Vec<Address>)> = BTreeMap::new();
    for name in names {
        for address in scene.registry.live(system.clone(), name)? {
            let found = live_at(scene, &address)?.into_iter();
            for live in found.filter(|live| live.digest.as_ref() != Some(&digest) && is_asked(live)) {
                let key = live.digest.clone().unwrap_or_else(|| address.to_string());
                lives.entry(key).or_insert_with(|| (live, Vec::new())).1.push(address.clone());
            }
        }
    }
    for (live, addresses) in lives.values() {
        let changes = changes(&live.document, document, (&title, scene.today))
            .map_err(|error| Box::new(changes::not_comparable(&scene.workspace.root, &error)))?;
        let effects = Effects::new((&live.document, document), &changes, (&title, scene.today));
        for address in addresses {
            let consumers = with_known(scene, consumers_of(scene, address)?, (&live.document, (system, stack)))?;
            for consumer in &consumers {
                let fits = fits(scene, (consumer, &consumers), ((system, stack), (document, &effects)), run)?;
                for change in effects.on(consumer.pattern, &consumer.part) {
                    // It may break one consumer for sure, and another one perhaps.
                    let key = (change.fingerprint.clone(), change.severity);
                    let entry = breaks.entry(key).or_insert_with(|| Break::of(change));
                    entry.broken.insert((address.environment.clone(), consumer.words.clone()));
                    if fits {
                        entry.fitting.insert(consumer.words.clone());
                    }
                }
            }
        }
    }
    Ok(breaks.into_values().collect())
}

impl Break {
    fn of(change: Change) -> Self {
        Self { change, broken: BTreeSet::new(), fitting: BTreeSet::new() }
    }

    /// Whom it breaks, in order.
    fn consumers(&self) -> BTreeSet<&str> {
        self.broken.iter().map(|(_, consumer)| consumer.as_str()).collect()
    }
}

/// The consumers with the routes of what they call: of an operation whose name alone is on record as the
/// contract that is live tells it, else as an earlier one did.
fn with_known(
    scene: &Scene,
    consumers: BTreeSet<Consumer>,
    (live, stack): (&ContractDocument, (&Name, &Name)),
) -> Result<BTreeSet<Consumer>, CompatError> {
    let named = |part: &UsedPart| match part {
        UsedPart::Api { operations, .. } => operations.clone(),
        _ => Vec::new(),
    };
    let all = consumers.iter().flat_map(|consumer| named(&consumer.part));
    let strange = all.filter(|used| used.route.is_none() && route_in(live, &used.name).is_none());
    let earlier = ever_called(scene, stack, strange.map(|used| used.name).collect())?;
    let route_of = |name: &str| Ok::<_, CompatError>(route_in(live, name).or_else(|| earlier.get(name).cloned()));
    let known = |consumer: Consumer| Ok(Consumer { part: with_routes(&consumer.part, route_of)?, ..consumer });
    consumers.into_iter().map(known).collect()
}

/// Does the consumer cope with the new contract once the workspace is applied? Only one that the
/// workspace and the run have does.
fn fits(
    scene: &Scene,
    (consumer, all): (&Consumer, &BTreeSet<Consumer>),
    ((system, stack), (document, effects)): ((&Name, &Name), (&ContractDocument, &Effects)),
    run: Option<&BTreeSet<Address>>,
) -> Result<bool, CompatError> {
    let Some(address) = &consumer.address else { return Ok(false) };
    let is_here = scene.graph.instances().binary_search(address).is_ok();
    // What others deploy is not in any run.
    let is_run = is_here && scene.workspace.stacks[&address.stack].tool != Tool::External;
    if !is_run || run.is_some_and(|run| !run.contains(address)) {
        return Ok(false);
    }
    let is_ours = |provider: &Address| provider.system == *system && provider.stack == *stack;
    let uses = read_uses(scene, address).into_iter().map(|declared| declared.uses);
    let uses = uses.filter(|uses| is_ours(&uses.provider));
    let uses = uses.map(|uses| meant(scene, address, uses, &[effects.old, document])).collect::<Result<Vec<_>, _>>()?;
    Ok(uses.into_iter().all(|uses| {
        // What it reads as before has to go on; what it reads only now has to be there.
        let is_new = !all.iter().any(|known| known.address == consumer.address && is_same(&known.part, &uses.part));
        effects.on(uses.pattern, &uses.part).is_empty() || is_new && meets(document, uses.pattern, &uses.part)
    }))
}

/// The breaks as findings: an error where somebody is broken for whom nobody answers.
/// The findings are at the place that changed where the stack's files are here, else at `place`.
pub fn told(
    scene: &Scene,
    (name, place, stack): (&Name, &Place, Option<&Stack>),
    breaks: Vec<Break>,
) -> Result<Vec<Finding>, CompatError> {
    let fingerprints = breaks.iter().map(|one| one.change.fingerprint.clone()).collect();
    let approvals = approvals(scene, fingerprints)?;
    let finding = |one: Break| {
        let own = approvals.iter().filter(|approval| approval.fingerprint == one.change.fingerprint).collect();
        let changed = stack.and_then(|stack| place_of(scene, stack, &one.change));
        let finding = judged(scene, (name, stack), &one, own).at(changed.as_ref().unwrap_or(place));
        finding.comparison(comparison(&one))
    };
    Ok(breaks.into_iter().map(finding).collect())
}

/// A break is an error where it breaks somebody in an environment for whom nobody answers there.
fn judged(scene: &Scene, (name, stack): (&Name, Option<&Stack>), one: &Break, approvals: Vec<&Approval>) -> Finding {
    let Break { change, broken, fitting } = one;
    let (code, verb) = match change.severity {
        Severity::Unknown => (codes::CONTRACT_UNKNOWN, "may break"),
        _ => (codes::CONTRACT_BREAKS, "breaks"),
    };
    let whom = one.consumers().into_iter().collect::<Vec<_>>().join(", ");
    let message = format!("{name}: {}; it {verb} {whom}", change.message());
    let (valid, over): (Vec<_>, Vec<_>) =
        approvals.into_iter().partition(|approval| approval.until.as_str() >= scene.today);
    let answers = valid.iter().map(|approval| answer(approval)).collect::<Vec<_>>().join("; ");
    let is_open = |(name, whom): &&(Name, String)| !valid.iter().any(|approval| covers(approval, name, whom));
    let open: BTreeSet<&(Name, String)> = broken.iter().filter(is_open).collect();
    if open.is_empty() {
        return Finding::warning(code, message).help(answers);
    }
    if change.severity == Severity::Note {
        return Finding::warning(code, message).help("its sunset is over: it may go");
    }
    if open.iter().all(|(_, consumer)| fitting.contains(consumer)) {
        return Finding::warning(code, message)
            .help("they cope with it as the workspace is now: apply them in the same run");
    }
    let is_answered = |name: &Name| valid.iter().any(|approval| holds_in(approval, name));
    let later = open.iter().filter(|(name, _)| is_answered(name));
    let later = later.map(|(name, consumer)| format!("{consumer} in {name}")).collect::<Vec<_>>().join(", ");
    let before = match (valid.is_empty(), over.is_empty()) {
        (false, _) if later.is_empty() => format!("{answers}; "),
        (false, _) => format!("{answers}; that does not cover {later}, which it did not break then; "),
        (true, false) => "the approval of it is over; ".to_owned(),
        (true, true) => String::new(),
    };
    let environments = open.iter().map(|(name, _)| name.to_string()).collect();
    Finding::error(code, message).help(before + &way_on((name, stack), change, &environments))
}

/// `ana answers for it in dev until 2027-02-01: they move next week`.
fn answer(approval: &Approval) -> String {
    let Approval { actor, environment, until, why, .. } = approval;
    let place = environment.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    format!("{actor} answers for it{place} until {until}: {why}")
}

/// What to do about a break in these environments.
fn way_on((name, stack): (&Name, Option<&Stack>), change: &Change, environments: &BTreeSet<String>) -> String {
    let all: Vec<&str> = environments.iter().map(String::as_str).collect();
    let is_everywhere = stack.is_some_and(|stack| stack.environments.len() == all.len());
    let place = match all[..] {
        _ if is_everywhere => String::new(),
        [one] => format!("-e {one} "),
        _ => "-e ENV ".to_owned(),
    };
    format!(
        "keep the old beside the new until they moved in {} (`seam uses {name}`), or let somebody answer for it: \
         `seam approve {} {place}--until DATE --why TEXT`",
        all.join(", "),
        change.fingerprint
    )
}

/// Where the change is in the workspace's files; of what is gone, the nearest of what it was part of.
fn place_of(scene: &Scene, stack: &Stack, change: &Change) -> Option<Place> {
    let root = &scene.workspace.root;
    let now = change.places.iter().find_map(|place| place.new.as_ref());
    let site = now.or_else(|| change.places.iter().find_map(|place| place.old.as_ref()))?;
    let base = stack.folder.join("stack.yaml").to_string_lossy().into_owned();
    let api = stack.contract.as_ref().and_then(|contract| contract.api.as_ref());
    let is_api = site.pointer.starts_with("/paths") || site.pointer.starts_with("/components");
    let own = match api.filter(|_| is_api) {
        Some(file) => file.path.to_string_lossy().into_owned(),
        None => base,
    };
    let file = site.document.clone().unwrap_or(own);
    let position = match now {
        Some(site) => site.position,
        None => nearest(&read_version(root, &file).ok()?, &site.pointer),
    };
    Some(match position {
        Some(position) => place(root, &file, position),
        None => Place::file(file),
    })
}

/// The position of the innermost part on the way to `pointer` that is there.
fn nearest(version: &Version, pointer: &str) -> Option<Position> {
    let ends = pointer.match_indices('/').map(|(at, _)| at).skip(1).chain([pointer.len()]);
    let ways = ends.map(|end| pointer[..end].to_owned()).collect();
    version.document.positions(&ways).into_values().max()
}

fn comparison(one: &Break) -> Comparison {
    let (mut witness, mut lost, mut reason) = (None, None, None);
    match &one.change.proof {
        Proof::Witness(value) => witness = Some(serde_json::Value::clone(value)),
        Proof::Lost(words) => lost = Some(words.clone()),
        Proof::Undecided(word, _) => reason = Some((*word).to_owned()),
        Proof::Nothing => {}
    }
    Comparison {
        rule: one.change.rule.clone(),
        fingerprint: one.change.fingerprint.clone(),
        witness,
        lost,
        reason,
        breaks: one.consumers().into_iter().map(str::to_owned).collect(),
    }
}
