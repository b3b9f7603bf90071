//! What of a contract is [`Deprecated`]: its parts, and the fields inside of their values. Whoever shows it,
//! warns of it, or lets it go after its day asks here.

use crate::ContractDocument;
use crate::holders::{Holder, holders, used};
use crate::reads::read_paths;
use crate::schemas::{Inner, Parts, Place, Spot, escaped};
use seam_contract::lifecycle::Lifecycle;
use seam_contract::reading::{Reading, Step};
use seam_contract::schema::resolve;
use seam_contract::subject::{Message, Part};
use seam_model::{Pattern, UsedPart};
use serde_json::Value as Json;
use std::collections::{BTreeSet, VecDeque};

/// So many parts of the values of one holder are looked at, and so many references followed from one place.
const PLACES_MAX: usize = 10_000;
const HOPS_MAX: usize = 32;

/// Something that is on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// The output, event, table or operation that it is, or is part of.
    pub name: String,
    /// ``output `net` ``, ``output `net`, field `.port` ``, ``GET /orders, query parameter `size` ``.
    pub words: String,
    /// The key of the holder in which it is.
    pub key: String,
    /// From the whole value of that to it.
    pub path: Vec<Step>,
    /// Is it all of what has the name?
    pub is_whole: bool,
    /// What is said of it.
    pub lifecycle: Lifecycle,
    /// Where it is written: once, although several ways may lead to it.
    pub at: Place,
}

/// What of a contract is deprecated; of a field the shortest way to it is told.
pub fn deprecated(contract: &ContractDocument) -> Vec<Deprecated> {
    let of = |holder: &Holder<'_>| marks(holder, &[]).into_iter().map(|mark| mark.of(holder)).collect::<Vec<_>>();
    holders(contract).iter().flat_map(of).collect()
}

/// What of it a use reads: what is on the ways that are read, and all that is at their ends.
pub fn read_by(contract: &ContractDocument, pattern: Pattern, part: &UsedPart) -> Vec<Deprecated> {
    let mut found: Vec<Deprecated> = Vec::new();
    for holder in &used(contract, pattern, part) {
        for path in paths(holder, part) {
            let taken = marks(holder, &path).into_iter().filter(|mark| is_taken(part, mark.path.get(path.len()..)));
            for mark in taken {
                if found.iter().all(|known| (&known.key, &known.path) != (&holder.key, &mark.path)) {
                    found.push(mark.of(holder));
                }
            }
        }
    }
    found
}

/// Does a use read the part of a holder at a path, something on the way to it, or something inside of it?
pub fn reads(holder: &Holder<'_>, part: &UsedPart, path: &[Step]) -> bool {
    paths(holder, part).iter().any(|read| meets(read, path) && is_taken(part, path.get(read.len()..)))
}

/// Is one of two parts, the one that is read and the other, inside of the other?
pub fn meets(read: &[Step], other: &[Step]) -> bool {
    read.iter().zip(other).all(|(read, other)| match (read, other) {
        (Step::Item(_), Step::Items) => true,
        (read, other) => read == other,
    })
}

/// The ways on which somebody reads the values of a holder; a use that says nothing of them reads all.
fn paths(holder: &Holder<'_>, used: &UsedPart) -> Vec<Vec<Step>> {
    let spot = holder.spot.as_ref().filter(|_| holder.is_read_by_paths());
    let paths = spot.and_then(|spot| read_paths(used, spot)).unwrap_or_default();
    if paths.is_empty() { vec![Vec::new()] } else { paths }
}

/// Does a variable take what is further inside of the part that is read? Terraform drops members that the
/// type of a variable does not name.
pub fn is_taken(used: &UsedPart, further: Option<&[Step]>) -> bool {
    let UsedPart::Output { takes: Some(takes), .. } = used else { return true };
    let mut takes = Some(&takes.0);
    for step in further.unwrap_or_default() {
        let Some(schema) = takes else { return true };
        takes = match (step, schema.get("properties")) {
            (Step::Member(name), Some(named)) if named.get(name).is_none() => return false,
            (Step::Member(name), Some(named)) => named.get(name),
            (Step::Member(_), None) => schema.get("additionalProperties"),
            (Step::Items | Step::Item(_), _) => schema.get("items"),
        };
    }
    true
}

/// Something of a holder's values that says of itself that it goes.
pub struct Mark {
    /// From the whole value to it.
    pub path: Vec<Step>,
    /// What it says.
    pub lifecycle: Lifecycle,
    /// Where it is written.
    pub at: Place,
}

impl Mark {
    /// As something of the holder.
    pub fn of(self, holder: &Holder<'_>) -> Deprecated {
        let field = match (self.path.is_empty(), &holder.part) {
            (false, _) => Some(format!("field `{}`", shown(&self.path))),
            (true, Part::Operation(_, Message::AnswerBody(_))) => Some("answer".to_owned()),
            (true, _) => None,
        };
        let inner: Vec<&str> = holder.inner.as_deref().into_iter().chain(field.as_deref()).collect();
        let words = [&[holder.title.as_str()], inner.as_slice()].concat().join(", ");
        Deprecated {
            name: holder.name.clone(),
            words,
            key: holder.key.clone(),
            path: self.path,
            is_whole: inner.is_empty(),
            lifecycle: self.lifecycle,
            at: self.at,
        }
    }
}

/// A path as inputs write it: `.port`, `[].id`.
pub fn shown(path: &[Step]) -> String {
    let text = Reading { path: path.to_vec(), ..Reading::whole(Json::Bool(true)) }.to_string();
    if matches!(path.first(), Some(Step::Member(_))) { format!(".{text}") } else { text }
}

/// The marks of a holder on the way to a part of its values, the holder's own first, and those inside of the
/// part. Each is told once, by the shortest way; circles end.
pub fn marks(holder: &Holder<'_>, path: &[Step]) -> Vec<Mark> {
    let own = Some(&holder.lifecycle).filter(|own| own.is_deprecated);
    let own = own.map(|own| Mark { path: Vec::new(), lifecycle: own.clone(), at: holder.at.clone() });
    let mut marks: Vec<Mark> = own.into_iter().collect();
    if let Some(spot) = &holder.spot {
        marks.extend(on_the_way(spot, path));
        inside(holder, spot, path, &mut marks);
    }
    marks
}

/// The marks on the way to a part, it itself included.
pub fn on_the_way(spot: &Spot<'_>, path: &[Step]) -> Vec<Mark> {
    let ends = (0..=path.len()).map(|end| &path[..end]);
    let at_end = |path: &[Step]| {
        let Inner::Written(written) = spot.inner(path) else { return Vec::new() };
        let said = written.places.into_iter().filter_map(|at| Some((said(spot.parts, &at)?, at)));
        said.map(|(lifecycle, at)| Mark { path: path.to_vec(), lifecycle, at }).collect()
    };
    ends.flat_map(at_end).collect()
}

/// What is said of the part at a path, and where it is written; `None` where nothing is written of it.
pub fn said_at(spot: &Spot<'_>, path: &[Step]) -> Option<(Lifecycle, Place)> {
    let Inner::Written(written) = spot.inner(path) else { return None };
    let first = written.places.first().cloned()?;
    let found = written.places.into_iter().find_map(|at| Some((said(spot.parts, &at)?, at)));
    Some(found.unwrap_or((Lifecycle::default(), first)))
}

fn inside(holder: &Holder<'_>, spot: &Spot<'_>, path: &[Step], marks: &mut Vec<Mark>) {
    let Inner::Written(written) = spot.inner(path) else { return };
    if !written.places.iter().any(|place| spot.parts.reaches_deprecated(place)) {
        return;
    }
    let is_hidden = |schema: &Json| holder.hidden().is_some_and(|flag| schema.get(flag) == Some(&Json::Bool(true)));
    let mut seen: BTreeSet<Place> = written.places.iter().cloned().collect();
    let mut open: VecDeque<(Place, Vec<Step>)> =
        written.places.into_iter().map(|place| (place, path.to_vec())).collect();
    while let Some((place, way)) = open.pop_front() {
        for ((document, at), schema) in spot.parts.speakers(&place).0 {
            let members = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
            let members = members
                .filter(|(_, member)| !is_hidden(member))
                .map(|(name, _)| (format!("properties/{}", escaped(name)), Step::Member(name.clone())));
            let count = schema.get("prefixItems").and_then(Json::as_array).map_or(0, Vec::len);
            let first = (0..count).map(|index| (format!("prefixItems/{index}"), Step::Item(index)));
            let items = schema.get("items").map(|_| ("items".to_owned(), Step::Items));
            for (below, step) in members.chain(first).chain(items) {
                let inner = (document.clone(), format!("{at}/{below}"));
                if seen.len() >= PLACES_MAX || !seen.insert(inner.clone()) {
                    continue;
                }
                let way = [way.as_slice(), &[step]].concat();
                if let Some(lifecycle) = said(spot.parts, &inner) {
                    marks.push(Mark { path: way.clone(), lifecycle, at: inner.clone() });
                }
                open.push_back((inner, way));
            }
        }
    }
}

/// What the schema at a place says of itself, or one that it refers to; `None` where none is deprecated.
fn said(parts: &Parts, place: &Place) -> Option<Lifecycle> {
    let mut open = VecDeque::from([place.clone()]);
    for _ in 0..HOPS_MAX {
        let (document, at) = open.pop_front()?;
        let Some(Json::Object(schema)) = parts.at(&document, &at) else { continue };
        let lifecycle = Lifecycle::of(schema);
        if lifecycle.is_deprecated {
            return Some(lifecycle);
        }
        open.extend(schema.get("$ref").and_then(Json::as_str).map(|target| resolve(&document, target)));
        let count = schema.get("allOf").and_then(Json::as_array).map_or(0, Vec::len);
        open.extend((0..count).map(|index| (document.clone(), format!("{at}/allOf/{index}"))));
    }
    None
}

#[cfg(test)]
mod tests;
