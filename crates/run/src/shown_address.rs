//! Addresses of resources as they may be shown and kept: masked, because the key of a resource may be a
//! secret. One that was masked ends in a keyed digest, which tells it from others.

use crate::Session;
use crate::mask::Masker;
use seam_registry::RegistryError;
use std::collections::{BTreeMap, BTreeSet};

/// No address has this after its last bracket, so what follows it is the digest of one that was masked.
const DIGEST: &str = "] #";

/// How many hexadecimal digits of a digest are shown.
const DIGITS: usize = 12;

/// Each address as it may be shown, such as `aws_iam_user.u["(sensitive)"] #3f9a01bc22de`; most of them
/// as they are.
pub fn shown<'a>(
    session: &Session,
    masker: &Masker,
    addresses: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>, RegistryError> {
    let (mut shown, mut masked) = (Vec::new(), BTreeMap::new());
    for (at, address) in addresses.into_iter().enumerate() {
        shown.push(masker.mask(address));
        if shown[at] != address {
            masked.insert(at, address);
        }
    }
    for (at, digest) in masked.keys().zip(digests(session, masked.values().copied())?) {
        shown[*at] = format!("{} #{digest}", shown[*at]);
    }
    Ok(shown)
}

/// Those of `shown` that stand for one of `addresses`, each with it.
pub fn among<'a>(
    session: &Session,
    shown: impl IntoIterator<Item = &'a String>,
    addresses: &BTreeSet<&'a str>,
) -> Result<BTreeMap<&'a str, &'a str>, RegistryError> {
    let shown: Vec<&str> = shown.into_iter().map(String::as_str).collect();
    let mut known: BTreeMap<String, &str> = addresses.iter().map(|it| ((*it).to_owned(), *it)).collect();
    if shown.iter().any(|shown| digest_of(shown).is_some()) {
        known.extend(digests(session, addresses.iter().copied())?.into_iter().zip(addresses.iter().copied()));
    }
    let address = |shown: &'a str| Some((shown, *known.get(digest_of(shown).unwrap_or(shown))?));
    Ok(shown.into_iter().filter_map(address).collect())
}

fn digest_of(shown: &str) -> Option<&str> {
    shown.rsplit_once(DIGEST).map(|(_, digest)| digest).filter(|digest| digest.len() == DIGITS)
}

fn digests<'a>(session: &Session, addresses: impl Iterator<Item = &'a str>) -> Result<Vec<String>, RegistryError> {
    let texts: Vec<Vec<u8>> = addresses.map(|address| address.as_bytes().to_vec()).collect();
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(session.registry.macs(texts)?.into_iter().map(|mac| mac.chars().take(DIGITS).collect()).collect())
}
