//! Which of the states that an import finds is the instance's: never one that somebody would have to doubt.

use crate::failure::RunFailure;
use crate::import_state::Found;
use crate::import_step::Wanted;
use crate::state_on_record::{older_than, position_on_record};
use seam_model::{Address, Finding, codes};
use seam_registry::InstanceState;
use seam_tools::terraform::StatePlace;
use std::path::PathBuf;

/// What decides which of several states is the instance's.
pub struct Choice<'a> {
    /// What the registry knows of the instance.
    pub prior: &'a InstanceState,
    /// What may change.
    pub wanted: &'a Wanted,
    /// Where its state belongs.
    pub place: &'a StatePlace,
}

impl Choice<'_> {
    /// The instance's state, if it has one, and files with older ones and copies of it; out of what is
    /// where it belongs and what is elsewhere. Refused: another lineage than the one that is recorded or asked
    /// for (S0306), an older one than is recorded (S0319), none where one is recorded (S0307), two (S0315).
    pub fn choose(
        &self,
        there: Option<Found>,
        mut rest: Vec<Found>,
    ) -> Result<(Option<Found>, Vec<PathBuf>), RunFailure> {
        let recorded = position_on_record(self.prior).map(|recorded| &recorded.lineage);
        let lineage = self.wanted.lineage.as_ref().or(recorded);
        let is_own = |found: &Found| lineage.is_none_or(|lineage| found.state.position.lineage == *lineage);
        if let Some(other) = there.as_ref().filter(|found| !is_own(found) && !found.state.is_empty()) {
            return Err(self.another(other, lineage));
        }
        // An empty one that is not its own is there as soon as a TF workspace is.
        let own = there.filter(|found| !found.state.is_empty() || (recorded.is_some() && is_own(found)));
        if lineage.is_some() {
            rest.retain(is_own);
        }
        let chosen = match own {
            Some(own) => own,
            None if rest.is_empty() && recorded.is_some() => return Err(self.vanished()),
            None if rest.is_empty() => return Ok((None, Vec::new())),
            None => rest.remove(0),
        };
        if let Some(other) = rest.iter().find(|other| !other.is_outdated_by(&chosen)) {
            return Err(self.two(&chosen, other));
        }
        if let Some(serial) = older_than(self.prior, &chosen).filter(|_| !self.wanted.older) {
            return Err(self.older(&chosen, serial));
        }
        let moved = Some(&chosen).filter(|chosen| chosen.place != *self.place);
        let aside = moved.into_iter().chain(&rest).filter_map(|found| match &found.place {
            // A file that somebody named is theirs.
            StatePlace::Local { path, .. } if self.wanted.from.is_none() => Some(path.clone()),
            _ => None,
        });
        let aside = aside.collect();
        Ok((Some(chosen), aside))
    }

    fn another(&self, found: &Found, lineage: Option<&String>) -> RunFailure {
        let (address, lineage) = (&self.prior.address, lineage.map_or("", String::as_str));
        let (place, theirs) = (found.place.words(), &found.state.position.lineage);
        let wanted = if self.wanted.lineage.is_some() { "asked for" } else { "recorded" };
        let message = format!("the state of {address} at {place} has the lineage {theirs}, and {lineage} is {wanted}");
        Finding::error(codes::LINEAGE_CHANGED, message)
            .help(format!(
                "put the other one back; if this is the right one: seam import {} -e {} --lineage {theirs}",
                address.stack, address.environment
            ))
            .into()
    }

    fn older(&self, found: &Found, recorded: u64) -> RunFailure {
        let Address { stack, environment, .. } = &self.prior.address;
        let (place, serial) = (found.place.words(), found.state.position.serial);
        let message = format!(
            "the state of {} at {place} is an old one: its serial is {serial}, and {recorded} was recorded",
            self.prior.address
        );
        let from = self.wanted.from.as_ref().map_or(String::new(), |file| format!(" --from {}", file.display()));
        Finding::error(codes::STATE_OLDER, message)
            .help(format!(
                "put the later one back: a backup, or a version of the bucket; where this one is all that is left: \
                 seam import {stack} -e {environment}{from} --older"
            ))
            .into()
    }

    fn vanished(&self) -> RunFailure {
        let address = &self.prior.address;
        let message = format!(
            "the state of {address} that was recorded is neither at {} nor where states of stacks without a backend lie",
            self.place.words()
        );
        let (stack, environment) = (&address.stack, &address.environment);
        Finding::error(codes::STATE_VANISHED, message)
            .help(format!(
                "pull it from its old backend (`terraform state pull > FILE`) or take a backup, then: seam import {stack} -e {environment} --from FILE"
            ))
            .into()
    }

    fn two(&self, chosen: &Found, other: &Found) -> RunFailure {
        let place = |found: &Found| {
            let state = &found.state;
            let (lineage, serial) = (&state.position.lineage, state.position.serial);
            format!("{} (lineage {lineage}, serial {serial}, {} resources)", found.place.words(), state.resources)
        };
        let address = &self.prior.address;
        let message = format!("{address} has two states: at {}, and at {}", place(chosen), place(other));
        Finding::error(codes::TWO_STATES, message)
            .help("move the wrong one away, then import again; nothing was touched")
            .into()
    }
}
