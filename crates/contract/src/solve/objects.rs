//! The theory of objects. A [`Demand`] is something that one property at least has to fulfil: to
//! break a `properties`, or to have a name that `propertyNames` refuses. Demands are *placed* on
//! names, one after the other, the one with the fewest places first; several may share a name,
//! also a new one. Then come the required names, then as many others as the size asks for.

use super::Solver;
use super::goal::Literal;
use super::names::{Names, Place};
use super::outcome::Branches;
use crate::ir::{Arena, Atom, Id, Node, Properties};
use crate::verdict::{Found, Reason};
use ahash::AHashMap as HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// The conditions on an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    /// What the properties are.
    pub(super) schemas: Vec<Rc<Properties>>,
    /// Each has one property at least that is otherwise.
    pub(super) broken: Vec<Rc<Properties>>,
    pub(super) required: BTreeSet<Arc<str>>,
    pub(super) absent: BTreeSet<Arc<str>>,
    /// What all names are.
    pub(super) names: Vec<Id>,
    /// Each is not had by one name at least.
    pub(super) misnamed: Vec<Id>,
    pub(super) min: u64,
    max: Option<u64>,
}

/// What one property at least has to fulfil.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Demand {
    /// To be otherwise than this one of the broken says.
    Broken(usize),
    /// To have a name that this one of the misnamed refuses.
    Misnamed(usize),
}

/// A property that is there because something was demanded of it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) place: Place,
    pub(super) literals: Vec<Literal>,
}

/// The demands that are placed so far, and those that are not.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) members: BTreeMap<Arc<str>, Member>,
    open: Vec<Demand>,
}

/// A layout with the places for its next demand.
struct Step {
    layout: Layout,
    demand: Demand,
    places: std::vec::IntoIter<Place>,
}

/// What stays the same while demands are placed.
pub(super) struct Search<'a> {
    pub(super) objects: &'a Objects,
    pub(super) names: Names,
    /// For each demand the names that it could be placed on, as far as that can be seen.
    places: HashMap<Demand, Vec<Place>>,
    /// What the required names that nothing was demanded of are.
    pub(super) siblings: HashMap<Arc<str>, Found>,
    /// Whether a required name cannot be there at all.
    pub(super) is_hopeless: bool,
}

impl Objects {
    /// Whether so many members and all required names fit.
    fn has_room(&self, members: &BTreeMap<Arc<str>, Member>) -> bool {
        let others = members.keys().filter(|name| !self.required.contains(*name)).count();
        self.max.is_none_or(|max| (self.required.len() + others) as u64 <= max)
    }
}

impl Solver<'_> {
    /// The conditions on an object among the facts.
    pub(super) fn objects<'b>(&mut self, facts: impl Iterator<Item = &'b Literal>) -> Objects {
        let mut objects = Objects::default();
        let limit = |max: &mut Option<u64>, to: u64| *max = Some(max.map_or(to, |max| max.min(to)));
        for literal in facts {
            let Node::Atom(atom) = self.arena.node(literal.id) else { continue };
            match (atom, literal.holds) {
                (Atom::Properties(properties), holds) => {
                    let properties = self.properties.entry(literal.id).or_insert_with(|| Rc::new(properties.clone()));
                    let into = if holds { &mut objects.schemas } else { &mut objects.broken };
                    into.push(properties.clone());
                }
                (Atom::Required(name), true) => drop(objects.required.insert(name.clone())),
                (Atom::Required(name), false) => drop(objects.absent.insert(name.clone())),
                (Atom::MinProperties(size), true) => objects.min = objects.min.max(*size),
                (Atom::MaxProperties(size), false) => objects.min = objects.min.max(size.saturating_add(1)),
                (Atom::MaxProperties(size), true) => limit(&mut objects.max, *size),
                // A minimum of zero is no atom.
                (Atom::MinProperties(size), false) => limit(&mut objects.max, size.saturating_sub(1)),
                (Atom::Names(schema), true) => objects.names.push(*schema),
                (Atom::Names(schema), false) => objects.misnamed.push(*schema),
                _ => {}
            }
        }
        objects
    }

    /// An object that meets the conditions.
    pub(super) fn object(&mut self, objects: &Objects) -> Found {
        let nothing = BTreeMap::new();
        if objects.max.is_some_and(|max| max < objects.min) || !objects.has_room(&nothing) {
            return Found::None;
        }
        let demands = (0..objects.broken.len()).map(Demand::Broken);
        let open = demands.chain((0..objects.misnamed.len()).map(Demand::Misnamed)).collect();
        let names = self.names(objects);
        let (places, siblings) = (HashMap::new(), HashMap::new());
        let mut search = Search { objects, names, places, siblings, is_hopeless: false };
        match (self.place_demands(&mut search, Layout { members: nothing, open }), search.names.gap) {
            (Found::None, Some(reason)) => Found::Maybe(reason, None),
            (found, _) => found,
        }
    }

    /// Places all demands in all ways until one is an object. Not by recursion: there may be more
    /// demands than there is stack.
    fn place_demands(&mut self, search: &mut Search<'_>, first: Layout) -> Found {
        let mut branches = Branches::new();
        let mut steps: Vec<Step> = Vec::new();
        let mut next = Some(first);
        loop {
            if let Some(layout) = next.take() {
                if !self.spend() {
                    return Found::Maybe(Reason::Budget, None);
                }
                match self.next_demand(search, layout) {
                    Ok(step) => steps.push(step),
                    Err(layout) => {
                        if let Some(found) = branches.take(self.complete(search, &layout)) {
                            return found;
                        }
                        if search.is_hopeless {
                            // Whatever else is placed, this name stays.
                            return Found::None;
                        }
                    }
                }
            }
            let Some(step) = steps.last_mut() else { return branches.end() };
            match step.places.next() {
                Some(place) => next = self.placed(search, &step.layout.clone(), step.demand, place),
                None => drop(steps.pop()),
            }
        }
    }

    /// Picks the open demand with the fewest places; the layout as it is where none is open.
    fn next_demand(&mut self, search: &mut Search<'_>, mut layout: Layout) -> Result<Step, Layout> {
        let open = std::mem::take(&mut layout.open);
        layout.open = open.into_iter().filter(|demand| !self.is_met(search, &layout, *demand)).collect();
        let mut fewest: Option<(Demand, Vec<Place>)> = None;
        for demand in layout.open.clone() {
            let places = self.places(search, &layout, demand);
            if fewest.as_ref().is_none_or(|(_, few)| places.len() < few.len()) {
                let is_dead = places.is_empty();
                fewest = Some((demand, places));
                if is_dead {
                    break;
                }
            }
        }
        let Some((demand, places)) = fewest else { return Err(layout) };
        layout.open.retain(|open| *open != demand);
        Ok(Step { layout, demand, places: places.into_iter() })
    }

    /// Whether a member meets the demand already.
    fn is_met(&mut self, search: &Search<'_>, layout: &Layout, demand: Demand) -> bool {
        layout.members.values().any(|member| match self.asked(search, demand, &member.place) {
            Asked::Never => false,
            Asked::Name => true,
            Asked::Value(literal) => member.literals.contains(&literal),
        })
    }

    /// Where a demand can be placed: on members, then on other names.
    fn places(&mut self, search: &mut Search<'_>, layout: &Layout, demand: Demand) -> Vec<Place> {
        let mut places = Vec::new();
        for member in layout.members.values() {
            if let Asked::Value(literal) = self.asked(search, demand, &member.place) {
                let literals = member.literals.iter().copied().chain([literal]);
                if !matches!(self.solve(literals), Found::None) {
                    places.push(member.place.clone());
                }
            }
        }
        if !search.places.contains_key(&demand) {
            let others = self.other_places(search, demand);
            search.places.insert(demand, others);
        }
        let others = search.places[&demand].iter().filter(|place| match &place.name {
            Some(name) => !layout.members.contains_key(name),
            None => true,
        });
        places.extend(others.cloned());
        places
    }

    /// The names, known and new, that a demand could be placed on if nothing else was on them.
    fn other_places(&mut self, search: &Search<'_>, demand: Demand) -> Vec<Place> {
        let mut places = Vec::new();
        for place in search.names.places() {
            let literals: Vec<Literal> = match self.asked(search, demand, place) {
                Asked::Never => continue,
                Asked::Name => search.names.literals(search.objects, place),
                Asked::Value(literal) => {
                    let mut literals = search.names.literals(search.objects, place);
                    literals.push(literal);
                    literals
                }
            };
            if self.goal(literals).is_some() {
                places.push(place.clone());
            }
        }
        places
    }

    /// What a demand asks of the value at a place.
    fn asked(&mut self, search: &Search<'_>, demand: Demand, place: &Place) -> Asked {
        match demand {
            Demand::Misnamed(which) if place.is_misnamed(which) => Asked::Name,
            Demand::Misnamed(_) => Asked::Never,
            Demand::Broken(which) => {
                let ids = search.names.schemas(&search.objects.broken[which], place);
                let all = if let [only] = ids.as_slice() { *only } else { self.arena.and(ids) };
                if all == Arena::TRUE { Asked::Never } else { Asked::Value(Literal::no(all)) }
            }
        }
    }

    /// The layout with a demand placed, where the place can bear it.
    fn placed(&mut self, search: &mut Search<'_>, layout: &Layout, demand: Demand, place: Place) -> Option<Layout> {
        let mut layout = layout.clone();
        let old = place.name.as_ref().and_then(|name| layout.members.remove(name));
        let mut member = match old {
            Some(member) => member,
            None => Member { literals: search.names.literals(search.objects, &place), place },
        };
        if let Asked::Value(literal) = self.asked(search, demand, &member.place) {
            member.literals.push(literal);
        }
        if matches!(self.solve(member.literals.iter().copied()), Found::None) {
            return None;
        }
        if member.place.name.is_none() {
            let used = layout.members.keys().cloned().collect();
            member.place = self.named(&mut search.names, search.objects, &member.place, &used)?;
        }
        let name = member.place.name.clone()?;
        layout.members.insert(name, member);
        search.objects.has_room(&layout.members).then_some(layout)
    }
}

/// What a demand asks at a place.
enum Asked {
    /// It cannot be met there.
    Never,
    /// Nothing more: the name meets it.
    Name,
    Value(Literal),
}
