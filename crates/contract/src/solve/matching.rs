//! A different value for each of several choosers.

use crate::json::Json;
use std::collections::BTreeMap;

/// A different value for each, where there is one: augmenting paths.
pub(super) fn matching(domains: &[&Vec<Json>]) -> Option<Vec<Json>> {
    fn seat<'a>(
        who: usize,
        domains: &[&'a Vec<Json>],
        seats: &mut BTreeMap<&'a Json, usize>,
        asked: &mut Vec<&'a Json>,
    ) -> bool {
        for value in domains[who] {
            if asked.contains(&value) {
                continue;
            }
            asked.push(value);
            let holder = seats.get(value).copied();
            if holder.is_none_or(|holder| seat(holder, domains, seats, asked)) {
                seats.insert(value, who);
                return true;
            }
        }
        false
    }
    let mut seats = BTreeMap::new();
    for who in 0..domains.len() {
        if !seat(who, domains, &mut seats, &mut Vec::new()) {
            return None;
        }
    }
    let mut values: Vec<(usize, Json)> = seats.into_iter().map(|(value, who)| (who, value.clone())).collect();
    values.sort();
    Some(values.into_iter().map(|(_, value)| value).collect())
}
