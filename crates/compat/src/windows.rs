//! What a contract says of its own deprecations and is not so: a sunset that is no day, a version that is
//! none, and something to use instead that is not there.

use crate::ContractDocument;
use crate::deprecated::{Deprecated, marks};
use crate::document::{place, positions};
use crate::holders::{Holder, holders};
use crate::schemas::{Inner, Spot};
use seam_contract::lifecycle::is_date;
use seam_contract::reading::{Reading, Step};
use seam_model::{Finding, Place, codes, nearest};
use semver::Version;
use std::collections::BTreeSet;
use std::path::Path;

/// What is no day and no version (S0024), in a contract of the workspace at `root`.
pub fn unreadable_windows(root: &Path, contract: &ContractDocument) -> Vec<Finding> {
    let mut findings = Vec::new();
    for holder in &holders(contract) {
        for mark in marks(holder, &[]) {
            let lifecycle = &mark.lifecycle;
            let sunset = lifecycle.sunset.as_ref().filter(|sunset| !is_date(sunset));
            let since = lifecycle.since.as_ref().filter(|since| since.parse::<Version>().is_err());
            let (sunset, since) = (sunset.cloned(), since.cloned());
            let one = mark.of(holder);
            let found = |keys: &[&str], message: String| {
                let finding = Finding::error(codes::UNREADABLE_CONTRACT, message);
                placed(root, contract, &one, keys, finding)
            };
            findings.extend(sunset.map(|sunset| {
                let message = format!("the sunset of {} is no day: `{sunset}`", one.words);
                found(&["deprecated/sunset", "x-sunset"], message).help("write it like 2027-02-01")
            }));
            findings.extend(since.map(|since| {
                let message = format!("{} is deprecated since `{since}`, which is no version", one.words);
                found(&["deprecated/since"], message).help("name the version of the contract that said so first: 1.2.0")
            }));
        }
    }
    once(findings)
}

/// What is to be used instead and is not there (S0613). `stacks` may be named too; a text that is no name is
/// for people.
pub fn leads_nowhere<'n>(
    root: &Path,
    contract: &ContractDocument,
    stacks: impl Iterator<Item = &'n str>,
) -> Vec<Finding> {
    let holders = holders(contract);
    let stacks: BTreeSet<&str> = stacks.collect();
    let mut findings = Vec::new();
    for holder in &holders {
        for mark in marks(holder, &[]) {
            let Some(instead) = mark.lifecycle.instead.clone().filter(|text| is_name(text)) else { continue };
            let known = names(&holders, holder, &mark.path);
            if is_there(&instead, (&holders, holder, &mark.path), &stacks) || known.contains(&instead) {
                continue;
            }
            let one = mark.of(holder);
            let message = format!("{} is deprecated, and `{instead}`, to be used instead, is not there", one.words);
            let finding = Finding::warning(codes::NOTHING_INSTEAD, message);
            let finding = match nearest(&instead, known.iter().map(String::as_str)) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help("name an output, event, table, operation or field of the contract"),
            };
            findings.push(placed(root, contract, &one, &["deprecated/use"], finding));
        }
    }
    once(findings)
}

/// May it be a name or a path? Anything else is for people.
fn is_name(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || "_-.[]".contains(letter))
}

/// What may be named in place of something: other parts, and what is beside it.
fn names(holders: &[Holder<'_>], holder: &Holder<'_>, path: &[Step]) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = holders.iter().map(|one| one.name.clone()).collect();
    let beside = holders.iter().filter(|one| one.name == holder.name && path.is_empty());
    names.extend(beside.filter_map(inner_name).map(str::to_owned));
    let above = path.split_last().map_or(path, |(_, above)| above);
    if let (Some(spot), Some(Step::Member(_))) = (&holder.spot, path.last()) {
        names.extend(members(spot, above));
    }
    // Not itself.
    names.remove(match (path.last(), inner_name(holder)) {
        (Some(Step::Member(own)), _) => own.as_str(),
        (_, Some(own)) => own,
        _ => holder.name.as_str(),
    });
    names
}

/// The name of a column or a parameter.
fn inner_name<'h>(holder: &'h Holder<'_>) -> Option<&'h str> {
    holder.inner.as_ref()?.split('`').nth(1)
}

/// The members of a part that are written out.
fn members(spot: &Spot<'_>, path: &[Step]) -> Vec<String> {
    let Inner::Written(written) = spot.inner(path) else { return Vec::new() };
    let speakers = written.places.iter().flat_map(|place| spot.parts.speakers(place).0);
    let named = speakers.filter_map(|(_, schema)| schema.get("properties")?.as_object());
    named.flat_map(|members| members.keys().cloned()).collect()
}

/// Is there such a field: beside it, in the same values, in an output, or in those of another stack?
fn is_there(
    text: &str,
    (holders, holder, path): (&[Holder<'_>], &Holder<'_>, &[Step]),
    stacks: &BTreeSet<&str>,
) -> bool {
    let (first, further) = text.split_once('.').unwrap_or((text, ""));
    let Ok(Reading { path: named, .. }) = text.trim_start_matches('.').parse() else {
        // `items[0].sku` is for people too.
        return true;
    };
    let has = |one: &Holder<'_>, other: &[Step]| {
        let is_another = one.key != holder.key || other != path;
        let spot = one.spot.as_ref().filter(|_| is_another);
        spot.is_some_and(|spot| matches!(spot.inner(other), Inner::Written(_)))
    };
    let above = path.split_last().map_or(path, |(_, above)| above);
    let beside = [above, named.as_slice()].concat();
    let inside = || {
        let parts = holders.iter().filter(|one| one.name == first && one.inner.is_none());
        let inner: Result<Reading, _> = further.parse();
        inner.is_ok_and(|inner| parts.into_iter().any(|part| has(part, &inner.path)))
    };
    has(holder, &named) || has(holder, &beside) || inside() || stacks.contains(first)
}

/// The finding at the first of these keys of what is deprecated, else at it itself.
fn placed(root: &Path, contract: &ContractDocument, one: &Deprecated, keys: &[&str], finding: Finding) -> Finding {
    let (name, pointer) = &one.at;
    let api = contract.api.as_ref().filter(|api| api.document.name == *name);
    let ways: Vec<String> = keys.iter().map(|key| format!("{pointer}/{key}")).chain([pointer.clone()]).collect();
    let positions = positions(root, api.unwrap_or(&contract.stack), name, &ways.iter().cloned().collect());
    match ways.iter().find_map(|way| positions.get(way)) {
        Some(position) => finding.at(&place(root, name, *position)),
        None => finding.at(&Place::file(name)),
    }
}

/// What is written once is told once.
fn once(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert(finding.place.clone()));
    findings
}

#[cfg(test)]
mod tests;
