//! Cycles of links, each reported with its whole path and every line that makes it.

use crate::Graph;
use seam_model::{Address, Finding, Place, codes};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// S0103 for each cycle. A cycle that several environments share is reported once; of two cycles
/// that share an instance, the second is found when the first is cut.
pub(crate) fn findings(graph: &Graph) -> Vec<Finding> {
    let mut left = suspects(graph);
    let mut seen: BTreeSet<Vec<Place>> = BTreeSet::new();
    let mut findings = Vec::new();
    while let Some(start) = left.first().copied() {
        let Some(cycle) = shortest(graph, start, &left) else {
            left.remove(start);
            continue;
        };
        left.retain(|address| !cycle.contains(address));
        let lines = lines(graph, &cycle);
        let mut places: Vec<Place> = lines.iter().map(|(place, _)| place.clone()).collect();
        places.sort();
        if seen.insert(places) {
            findings.push(finding(&cycle, &lines));
        }
    }
    findings
}

/// What is left when everything without dependencies, then everything without dependents, is
/// taken away again and again: the cycles, and what lies between two of them.
fn suspects(graph: &Graph) -> BTreeSet<&Address> {
    let mut placed = BTreeSet::new();
    let mut left = BTreeSet::new();
    for address in graph.ordered() {
        if graph.dependencies(address).all(|provider| placed.contains(provider)) {
            placed.insert(address);
        } else {
            left.insert(address);
        }
    }
    loop {
        let ends: Vec<&Address> = left
            .iter()
            .copied()
            .filter(|address| !graph.dependents(address).any(|consumer| left.contains(consumer)))
            .collect();
        if ends.is_empty() {
            return left;
        }
        for end in ends {
            left.remove(end);
        }
    }
}

/// The shortest way from `start` along its dependencies back to itself, inside `left`.
fn shortest<'a>(graph: &'a Graph, start: &'a Address, left: &BTreeSet<&'a Address>) -> Option<Vec<&'a Address>> {
    let mut came_from: BTreeMap<&Address, &Address> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(address) = open.pop_front() {
        for provider in graph.dependencies(address).filter(|provider| left.contains(provider)) {
            if provider == start {
                let mut path = vec![address];
                while let Some(before) = came_from.get(path[path.len() - 1]) {
                    path.push(before);
                }
                path.reverse();
                return Some(path);
            }
            if let std::collections::btree_map::Entry::Vacant(free) = came_from.entry(provider) {
                free.insert(address);
                open.push_back(provider);
            }
        }
    }
    None
}

/// Each line that makes the cycle, in the order of its path, with a few words.
fn lines(graph: &Graph, cycle: &[&Address]) -> Vec<(Place, String)> {
    let mut lines = Vec::new();
    for (consumer, provider) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
        for link in graph.links_of(consumer).iter().filter(|link| link.provider == **provider) {
            let words = match &link.output {
                Some(output) => format!("`{}` reads {}.{output}{}", consumer.stack, provider.stack, link.path),
                None => format!("`{}` comes after {}", consumer.stack, provider.stack),
            };
            lines.push((link.place.clone(), words));
        }
    }
    lines
}

fn finding(cycle: &[&Address], lines: &[(Place, String)]) -> Finding {
    let one_environment = cycle.iter().all(|address| address.environment == cycle[0].environment);
    let path = cycle
        .iter()
        .chain(cycle.first())
        .map(|address| {
            let stack = address.stack.to_string();
            if one_environment { stack } else { format!("{stack}/{}", address.environment) }
        })
        .collect::<Vec<_>>()
        .join(" → ");
    let finding = Finding::error(codes::CYCLE, format!("each waits for the next: {path}")).help(
        "cut one of these links: move what closes the circle into a stack of its own, or pass it by configuration",
    );
    let Some(((place, words), rest)) = lines.split_first() else { return finding };
    rest.iter().fold(finding.at(place).label(words.clone()), |finding, (place, words)| finding.related(place, words))
}
