//! Who answers for a break, and for whom: an approval covers those whom the change broke, each in its
//! environment, when it was given.

use crate::breaks::{Break, breaks};
use crate::live::Live;
use crate::{CompatError, Scene};
use seam_model::{Address, Name};
use seam_registry::{Approval, Covered};
use std::collections::BTreeSet;

/// Whom the change with this fingerprint breaks by the files of the workspace, in one environment or in all;
/// nobody where no change has it.
pub fn broken_by(
    scene: &Scene,
    environment: Option<&Name>,
    fingerprint: &str,
) -> Result<BTreeSet<Covered>, CompatError> {
    let is_asked = |live: &Live| environment.is_none_or(|asked| live.address.environment == *asked);
    let mut broken = BTreeSet::new();
    for stack in scene.workspace.stacks.values() {
        // What cannot be read breaks nobody yet: `check` names it.
        let found = match scene.contracts.of(stack) {
            Ok(Some(document)) => breaks(scene, (&scene.workspace.system, &stack.name), &document, is_asked, None),
            Ok(None) => continue,
            Err(finding) => Err(finding.into()),
        };
        let found = match found {
            Err(CompatError::Contract(_)) => continue,
            found => found?,
        };
        broken.extend(found.into_iter().filter(|one| one.change.fingerprint == fingerprint).flat_map(covered));
    }
    Ok(broken)
}

fn covered(one: Break) -> impl Iterator<Item = Covered> {
    one.broken.into_iter().map(|(environment, consumer)| Covered { environment: Some(environment), consumer })
}

/// These, and those whom the approval covers whose place another one takes, where that still holds.
pub fn renewed(
    scene: &Scene,
    (fingerprint, environment): (&str, Option<&Name>),
    mut broken: BTreeSet<Covered>,
) -> Result<BTreeSet<Covered>, CompatError> {
    let former = scene.registry.approvals(vec![fingerprint.to_owned()])?.into_iter();
    let former = former.filter(|one| one.environment.as_ref() == environment && one.until.as_str() >= scene.today);
    broken.extend(former.filter_map(|one| one.consumers).flatten());
    Ok(broken)
}

/// The approvals of these fingerprints, with consumers that were renamed since by the addresses that they
/// have now too.
pub(crate) fn approvals(scene: &Scene, fingerprints: Vec<String>) -> Result<Vec<Approval>, CompatError> {
    let mut approvals = scene.registry.approvals(fingerprints)?;
    for covered in approvals.iter_mut().filter_map(|approval| approval.consumers.as_mut()) {
        let mut renamed = Vec::new();
        for Covered { environment, consumer } in covered.iter() {
            let Ok(then) = consumer.parse::<Address>() else { continue };
            let now = scene.registry.instances(vec![then])?.into_iter().filter_map(|state| state.now);
            renamed.extend(now.map(|now| Covered { environment: environment.clone(), consumer: now.to_string() }));
        }
        covered.extend(renamed);
    }
    Ok(approvals)
}

/// Does it answer for a break of this consumer in this environment, on any day?
pub(crate) fn covers(approval: &Approval, environment: &Name, consumer: &str) -> bool {
    let is_it =
        |one: &Covered| one.consumer == consumer && one.environment.as_ref().is_none_or(|name| name == environment);
    holds_in(approval, environment) && approval.consumers.as_ref().is_none_or(|covered| covered.iter().any(is_it))
}

/// Is it given for the environment?
pub(crate) fn holds_in(approval: &Approval, environment: &Name) -> bool {
    approval.environment.as_ref().is_none_or(|name| name == environment)
}
