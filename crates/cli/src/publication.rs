//! Prints a publication: for people, as JSON, or one bare value.

use crate::failure::Failure;
use crate::settings::{Look, now_us};
use crate::{print, render};
use seam_model::{Address, Finding, Name, codes, nearest};
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

/// A failure to find a workspace, without which there is a way too.
pub fn outside(mut failure: Failure) -> Failure {
    for finding in failure.findings.iter_mut().filter(|finding| finding.code == codes::NO_WORKSPACE) {
        finding.help = Some("`--registry FILE` (or SEAM_REGISTRY) reads without one; `-C DIR` names its folder".into());
    }
    failure
}

/// A failure to find a publication, with the nearest address of which there is one.
pub fn with_near_address(mut failure: Failure, registry: &Handle, address: &Address) -> Result<Failure, Failure> {
    let published = registry.published()?;
    if let (Some(near), Some(finding)) = (near(address, &published), failure.findings.first_mut()) {
        finding.help = Some(near);
    }
    Ok(failure)
}

/// What was meant, part by part: the system, then one of its stacks, then one of its environments.
/// `None` where nothing is like it, and where the address itself is published.
pub fn near(address: &Address, published: &[Address]) -> Option<String> {
    let system = alike(&address.system, published.iter().map(|one| &one.system))?;
    let of_system = || published.iter().filter(|one| one.system == *system);
    let stack = alike(&address.stack, of_system().map(|one| &one.stack))?;
    let environments: Vec<&Name> = of_system().filter(|one| one.stack == *stack).map(|one| &one.environment).collect();
    let meant = |environment: &Name| Address::new(system.clone(), stack.clone(), environment.clone());
    match alike(&address.environment, environments.iter().copied()) {
        Some(environment) if meant(environment) == *address => None,
        Some(environment) => Some(format!("did you mean `{}`?", meant(environment))),
        None => {
            let environments: Vec<&str> = environments.into_iter().map(Name::as_str).collect();
            Some(format!("{system}/{stack} is published in {}", environments.join(", ")))
        }
    }
}

/// The name itself, or the nearest.
fn alike<'n>(wanted: &Name, names: impl Iterator<Item = &'n Name> + Clone) -> Option<&'n Name> {
    let near = nearest(wanted.as_str(), names.clone().map(Name::as_str))?;
    names.into_iter().find(|name| name.as_str() == near)
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
            None if publication.outputs.is_empty() => finding.help("it has none"),
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
