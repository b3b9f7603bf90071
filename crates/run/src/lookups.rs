//! The value of an input that looks resources up: found in what applies recorded of their providers.

use crate::Session;
use crate::inputs::{Known, ResolvedInput};
use crate::linked::{is_absent, never_published, provider};
use crate::preflight;
use seam_graph::Link;
use seam_model::{
    Address, Finding, Input, InputStatus, Lookup, Pattern, Resource, Search, Severity, Source, Value, codes, nearest,
};
use std::collections::BTreeSet;

/// So many names, ids or tags are listed in a finding.
const LISTED_MAX: usize = 5;

/// Resolves a lookup: unknown as a whole while one of its providers is about to change.
pub fn looked_up(
    session: &Session,
    consumer: &Address,
    input: &Input,
    search: &Search,
    known: &Known,
) -> Result<Option<ResolvedInput>, Box<Finding>> {
    let (stack, environment) = session.instance(consumer);
    let attributes = environment.attributes(&session.workspace.system, &stack.name);
    let lookup = search.lookup_in(&attributes).map_err(|error| Box::new(error.finding(&input.place)))?;
    let links: Vec<&Link> =
        session.graph.links_of(consumer).iter().filter(|link| link.input.as_deref() == Some(&input.name)).collect();
    let changes =
        |link: &&&Link| known.planned.contains_key(&link.provider) && !known.unchanged.contains(&link.provider);
    let unknown_from: Vec<Address> = links.iter().filter(changes).map(|link| link.provider.clone()).collect();
    let value = if unknown_from.is_empty() {
        let Some(inventory) = inventory(session, input, &links, known)? else { return Ok(None) };
        match value(&lookup, input, search, (&links, &inventory))? {
            Some(value) => value,
            None => return Ok(None),
        }
    } else {
        Value::Unknown
    };
    let mut resolved = ResolvedInput::applied(value, false, Pattern::Lookup);
    if !unknown_from.is_empty() {
        resolved.planned.status = InputStatus::Unknown;
    }
    resolved.planned.from = links.iter().map(|link| link.provider.clone()).collect();
    resolved.planned.output = Some(lookup.words());
    resolved.from = links.iter().map(|link| provider(link)).collect();
    resolved.unknown_from = unknown_from;
    Ok(Some(resolved))
}

/// The lookups of the workspace that do not find what they look for by now, in what the last applies
/// recorded (S0512, S0513). A list that is empty is a warning. What was never applied is no finding.
pub fn unmet_lookups(session: &Session) -> Result<Vec<Finding>, crate::RunFailure> {
    let consumers = session.graph.links().iter().filter(|link| link.pattern == Pattern::Lookup);
    let consumers: BTreeSet<Address> = consumers.map(|link| link.consumer.clone()).collect();
    let known = preflight::recorded(session, &consumers)?;
    let mut findings: Vec<Finding> = Vec::new();
    for consumer in &consumers {
        for input in session.instance(consumer).0.inputs_of(&consumer.environment).into_values() {
            let Source::Lookup(search) = &input.source else { continue };
            let found = match looked_up(session, consumer, input, &Search { many: false, ..search.clone() }, &known) {
                Err(finding) if finding.code == codes::LOOKUP_NOTHING && search.many => {
                    Finding { severity: Severity::Warning, ..*finding }
                }
                Err(finding) if finding.code == codes::LOOKUP_NOTHING && !input.optional => *finding,
                Err(finding) if finding.code == codes::LOOKUP_SEVERAL && !search.many => *finding,
                _ => continue,
            };
            if !findings.contains(&found) {
                findings.push(found);
            }
        }
    }
    Ok(findings)
}

/// The resources of all providers; `None` where the input is optional and none of them is there.
fn inventory<'k>(
    session: &Session,
    input: &Input,
    links: &[&Link],
    known: &'k Known,
) -> Result<Option<Vec<&'k Resource>>, Box<Finding>> {
    let mut all = Vec::new();
    let mut there = 0;
    for link in links {
        match of_provider(session, link, known) {
            Ok(resources) => {
                there += 1;
                all.extend(resources);
            }
            Err(finding) if input.optional && is_absent(&finding) => {}
            Err(finding) => return Err(finding),
        }
    }
    Ok((there > 0).then_some(all))
}

fn of_provider<'k>(session: &Session, link: &Link, known: &'k Known) -> Result<&'k [Resource], Box<Finding>> {
    if let Some(Some(resources)) = known.resources.get(&link.provider) {
        return Ok(resources);
    }
    let state = known.recorded.get(&link.provider);
    if state.is_none_or(|state| state.publication.is_none()) {
        return Err(never_published(&session.workspace, link, state.is_some_and(|state| state.destroyed)));
    }
    let Address { stack, environment, .. } = &link.provider;
    Err(Box::new(
        Finding::error(codes::NO_INVENTORY, format!("nothing is known of the resources of {}", link.provider))
            .at(&link.place)
            .help(format!("apply it once more: seam apply -e {environment} {stack} --force")),
    ))
}

/// What is found, as `many` wants it; `None` for an optional one that is not there.
fn value(
    lookup: &Lookup,
    input: &Input,
    search: &Search,
    (links, inventory): (&[&Link], &[&Resource]),
) -> Result<Option<Value>, Box<Finding>> {
    let several = |message: String| Finding::error(codes::LOOKUP_SEVERAL, message).at(&input.place);
    let found = lookup.find(inventory.iter().copied()).map_err(|error| Box::new(several(error.to_string())))?;
    if let Some(path) = &input.transform.select
        && let Some(without) = found.iter().find(|one| one.to_value().at(path) == Some(&Value::Null))
    {
        let wanted = path.to_string();
        let message = format!("the {} {} has no `{}`", without.kind, without.id, wanted.trim_start_matches('.'));
        return Err(Box::new(Finding::error(codes::LOOKUP_NOTHING, message).at(&input.place)));
    }
    let values = |found: &[&Resource]| found.iter().map(|one| one.to_value()).collect();
    match (found.as_slice(), search.many) {
        (found, true) => Ok(Some(Value::Array(values(found)))),
        ([one], false) => Ok(Some(one.to_value())),
        ([], false) if input.optional => Ok(None),
        ([], false) => Err(Box::new(nothing(lookup, input, links, inventory))),
        (found, false) => {
            let ids = listed(found.iter().map(|one| one.id.clone()));
            let message = format!("{} resources are {}, and one is meant", found.len(), lookup.words());
            Err(Box::new(
                several(message).label(ids).help("say its name or more of its tags, or take all: `many: true`"),
            ))
        }
    }
}

/// Nothing is found: what there is instead.
fn nothing(lookup: &Lookup, input: &Input, links: &[&Link], inventory: &[&Resource]) -> Finding {
    let names: BTreeSet<&str> = links.iter().map(|link| link.provider.stack.as_str()).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let tags: Vec<String> = lookup.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let named = lookup.name.as_ref().map(|name| format!(" named {name}")).unwrap_or_default();
    let with = if tags.is_empty() { String::new() } else { format!(" with {}", tags.join(", ")) };
    let message = format!("{names} has no {}{named}{with}", lookup.kind);
    let finding = Finding::error(codes::LOOKUP_NOTHING, message).at(&input.place);
    let same_kind: Vec<&&Resource> = inventory.iter().filter(|one| one.kind == lookup.kind).collect();
    if same_kind.is_empty() {
        let kinds: BTreeSet<&str> = inventory.iter().map(|one| one.kind.as_str()).collect();
        let near = nearest(&lookup.kind, kinds.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| match kinds.is_empty() {
            true => "it has no resources".to_owned(),
            false => format!("it has {}", listed(kinds.into_iter().map(str::to_owned))),
        });
        return finding.help(help);
    }
    let is_strange = |key: &&String| !same_kind.iter().any(|one| one.tags.get(*key) == lookup.tags.get(*key));
    let there: BTreeSet<String> = match lookup.tags.keys().find(is_strange) {
        Some(key) => {
            let values = same_kind.iter().filter_map(|one| one.tags.get(key));
            values.map(|value| format!("{key}={value}")).collect()
        }
        None => same_kind.iter().map(|one| one.name.clone().unwrap_or_else(|| one.id.clone())).collect(),
    };
    let one = match there.is_empty() {
        true => format!("no {} of it has such a tag", lookup.kind),
        false => format!("it has {}", listed(there.into_iter())),
    };
    finding.label(one).help("mend the tags at the provider, or what is looked for here")
}

fn listed(all: impl ExactSizeIterator<Item = String>) -> String {
    let more = all.len().saturating_sub(LISTED_MAX);
    let shown: Vec<String> = all.take(LISTED_MAX).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
