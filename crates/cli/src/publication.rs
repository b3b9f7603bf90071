//! Prints a publication: for people, as JSON, or one bare value.

use crate::failure::Failure;
use crate::settings::{Look, now_us};
use crate::{print, render};
use seam_model::{Address, Finding, codes, nearest};
use seam_registry::{Handle, Publication};

/// The latest publication of an instance.
pub fn latest(registry: &Handle, address: &Address) -> Result<Publication, Failure> {
    let state = registry.instances(vec![address.clone()])?.pop();
    match state {
        Some(state) if state.destroyed => Err(Finding::error(codes::DESTROYED, format!("{address} was destroyed"))
            .help(format!("`seam get {address} --revision {}` reads its last revision", state.revisions))
            .into()),
        state => state.and_then(|state| state.publication).ok_or_else(|| {
            Finding::error(codes::NEVER_PUBLISHED, format!("{address} was never published"))
                .help("apply it; what others deploy they record with `seam publish`")
                .into()
        }),
    }
}

/// An earlier publication of an instance.
pub fn revision(registry: &Handle, address: &Address, number: u64) -> Result<Publication, Failure> {
    if let Some(publication) = registry.revision(address.clone(), number)? {
        return Ok(publication);
    }
    let revisions = registry.instances(vec![address.clone()])?.pop().map_or(0, |state| state.revisions);
    let finding = Finding::error(codes::NO_SUCH_REVISION, format!("{address} has no revision {number}"));
    Err(match revisions {
        0 => finding.help("it was never published"),
        last => finding.help(format!("it has 1 to {last}")),
    }
    .into())
}

/// Prints it to standard output. With a name the bare value, a sensitive one too: it was asked for.
pub fn print(publication: &Publication, name: Option<&str>, json: bool, look: Look) -> Result<(), Failure> {
    let Some(name) = name else {
        if json {
            return print::line(render::json::publication(publication));
        }
        return print::out(render::status::publication(publication, now_us(), look));
    };
    let names = || publication.outputs.keys().map(String::as_str);
    let output = publication.outputs.get(name).ok_or_else(|| {
        let finding = Finding::error(codes::NO_SUCH_OUTPUT, format!("{} has no output `{name}`", publication.address));
        match nearest(name, names()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("it has {}", names().collect::<Vec<_>>().join(", "))),
        }
    })?;
    let value = output.value.as_ref().ok_or_else(|| {
        Finding::error(codes::SEALED, format!("`{name}` of {} is sealed, and its key is not here", publication.address))
            .help("SEAM_KEY_FILE names the key file")
    })?;
    match (json, value.scalar_text()) {
        (false, Some(text)) => print::line(text),
        _ => print::line(value.to_json().unwrap_or_default()),
    }
}
