//! What goals ended with. A goal that is asked again while it is still being worked on is taken to
//! have no value: values are finite, so what can be satisfied is a least fixpoint. What rests on
//! such an assumption is *provisional* until the assumed goal has ended: without a value, it
//! becomes final; else it is forgotten.

use super::goal::Goal;
use crate::verdict::Found;
use ahash::AHashMap as HashMap;

/// Depth of what rests on no assumption.
const NOTHING: usize = usize::MAX;

/// The ended goals and those in progress.
#[derive(Debug)]
pub(super) struct Memo {
    entries: HashMap<Goal, Entry>,
    frames: Vec<Frame>,
    /// The goals that are provisionally without a value, oldest first.
    trail: Vec<Goal>,
    /// Sections of the trail, each with the shallowest frame that one of its goals rests on.
    sections: Vec<Section>,
    /// The shallowest frame that the work of the innermost frame rests on so far.
    lowest: usize,
}

#[derive(Debug)]
enum Entry {
    Done(Found),
    /// In progress at this depth.
    Open(usize),
    /// Without a value as far as the assumptions hold; the place in the trail.
    Provisional(usize),
}

/// A goal in progress.
#[derive(Debug)]
struct Frame {
    goal: Goal,
    /// How long the trail was when it began.
    start: usize,
    /// Whether somebody assumed that it has no value.
    assumed: bool,
    /// What the frame around it rested on when it began.
    lowest_around: usize,
}

#[derive(Debug)]
struct Section {
    start: usize,
    lowest: usize,
}

impl Memo {
    pub(super) fn new() -> Self {
        let (entries, frames, trail, sections) = (HashMap::new(), Vec::new(), Vec::new(), Vec::new());
        Self { entries, frames, trail, sections, lowest: NOTHING }
    }

    /// What is known of a goal; a goal in progress has no value.
    pub(super) fn look(&mut self, goal: &Goal) -> Option<Found> {
        match self.entries.get(goal)? {
            Entry::Done(found) => return Some(found.clone()),
            Entry::Open(depth) => {
                self.frames[*depth].assumed = true;
                self.lowest = self.lowest.min(*depth);
            }
            Entry::Provisional(place) => {
                let after = self.sections.partition_point(|section| section.start <= *place);
                self.lowest = self.lowest.min(self.sections[after - 1].lowest);
            }
        }
        Some(Found::None)
    }

    /// Begins to work on a goal that nothing is known of.
    pub(super) fn enter(&mut self, goal: Goal) {
        self.entries.insert(goal.clone(), Entry::Open(self.frames.len()));
        let (start, lowest_around) = (self.trail.len(), self.lowest);
        self.frames.push(Frame { goal, start, assumed: false, lowest_around });
        self.lowest = NOTHING;
    }

    /// Ends the innermost goal. `exhausted`: fuel or depth ran out somewhere, so that an undecided
    /// end would be another one with more of it.
    pub(super) fn leave(&mut self, found: &Found, exhausted: bool) {
        let frame = self.frames.pop().expect("every goal that is left was entered");
        let depth = self.frames.len();
        let lowest = self.lowest;
        let settled = lowest >= depth;
        self.lowest = if settled { frame.lowest_around } else { lowest.min(frame.lowest_around) };
        match found {
            Found::None if settled => {
                self.cut(frame.start, Some(&Found::None));
                self.entries.insert(frame.goal, Entry::Done(Found::None));
            }
            Found::None => self.rest_on(lowest, frame),
            Found::Value(_) | Found::Maybe(..) => {
                // Also goals that rest on shallower frames go: they may rest on this one as well,
                // and one frame that turns out otherwise is enough to make them wrong.
                if frame.assumed {
                    self.cut(frame.start, None);
                }
                // A value is a value, whatever was assumed on the way to it.
                let keep = matches!(found, Found::Value(_)) || (lowest == NOTHING && !exhausted);
                if keep {
                    self.entries.insert(frame.goal, Entry::Done(found.clone()));
                } else {
                    self.entries.remove(&frame.goal);
                }
            }
        }
    }

    /// Begins to watch whether work rests on assumptions about goals in progress.
    pub(super) fn watch(&mut self) -> Watch {
        Watch { lowest: std::mem::replace(&mut self.lowest, NOTHING) }
    }

    /// Whether everything since the beginning of the watch stands on its own.
    pub(super) fn stands_alone(&mut self, watch: &Watch) -> bool {
        let alone = self.lowest == NOTHING;
        self.lowest = self.lowest.min(watch.lowest);
        alone
    }

    /// Files a goal, and all that was filed since it began, as resting on a shallower frame.
    fn rest_on(&mut self, lowest: usize, frame: Frame) {
        self.entries.insert(frame.goal.clone(), Entry::Provisional(self.trail.len()));
        self.trail.push(frame.goal);
        self.forget_sections(frame.start);
        self.sections.push(Section { start: frame.start, lowest });
    }

    /// Ends what is provisional since a place of the trail: with a result, or forgotten.
    fn cut(&mut self, start: usize, result: Option<&Found>) {
        for goal in self.trail.drain(start..) {
            match result {
                Some(found) => self.entries.insert(goal, Entry::Done(found.clone())),
                None => self.entries.remove(&goal),
            };
        }
        self.forget_sections(start);
    }

    fn forget_sections(&mut self, start: usize) {
        let kept = self.sections.partition_point(|section| section.start < start);
        self.sections.truncate(kept);
    }
}

/// From when on work is watched.
#[derive(Debug)]
pub(super) struct Watch {
    lowest: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Arena;
    use crate::json::Json;
    use crate::solve::goal::Literal;

    /// A goal of its own for each number.
    fn goal(arena: &mut Arena, number: u64) -> Goal {
        vec![Literal { id: arena.atom(crate::ir::Atom::MinLength(number)), holds: true }]
    }

    #[test]
    fn an_assumption_that_fails_takes_all_along_that_rests_on_it() {
        let mut arena = Arena::new();
        let goals: Vec<Goal> = (1..=5).map(|number| goal(&mut arena, number)).collect();
        let mut memo = Memo::new();
        // 1 ⊃ 2 ⊃ 3; goal 3 assumes both; 2 turns out to have a value, 1 has none.
        memo.enter(goals[0].clone());
        memo.enter(goals[1].clone());
        memo.enter(goals[2].clone());
        assert_eq!(memo.look(&goals[0]), Some(Found::None));
        assert_eq!(memo.look(&goals[1]), Some(Found::None));
        memo.leave(&Found::None, false);
        assert_eq!(memo.look(&goals[2]), Some(Found::None), "while both are in progress");
        memo.leave(&Found::Value(Json::Null), false);
        assert_eq!(memo.look(&goals[2]), None, "2 has a value, so 3 is open again although 1 has none");
        assert_eq!(memo.look(&goals[1]), Some(Found::Value(Json::Null)));
        memo.leave(&Found::None, false);
        assert_eq!(memo.look(&goals[2]), None);
        assert_eq!(memo.look(&goals[0]), Some(Found::None));
    }

    #[test]
    fn what_rests_on_a_goal_without_a_value_becomes_final_with_it() {
        let mut arena = Arena::new();
        let goals: Vec<Goal> = (1..=4).map(|number| goal(&mut arena, number)).collect();
        let mut memo = Memo::new();
        memo.enter(goals[0].clone());
        memo.enter(goals[1].clone());
        let watch = memo.watch();
        assert!(memo.stands_alone(&watch));
        let watch = memo.watch();
        memo.look(&goals[0]);
        assert!(!memo.stands_alone(&watch));
        memo.leave(&Found::None, false);
        // A later goal that rests on the provisional one rests on what that rests on.
        memo.enter(goals[2].clone());
        assert_eq!(memo.look(&goals[1]), Some(Found::None));
        memo.leave(&Found::None, false);
        // An undecided goal under an assumption is not kept.
        memo.enter(goals[3].clone());
        memo.look(&goals[1]);
        memo.leave(&Found::Maybe(crate::verdict::Reason::Items, None), false);
        assert_eq!(memo.look(&goals[3]), None);
        memo.leave(&Found::None, false);
        memo.enter(goals[3].clone());
        for known in &goals[..3] {
            assert_eq!(memo.look(known), Some(Found::None));
        }
        memo.leave(&Found::None, false);
        assert_eq!(memo.look(&goals[3]), Some(Found::None));
    }
}
