//! The scheduler: by hand for what starts when, and by random graphs for what must always hold.

use crate::address;
use seam_graph::ScheduleAction::{NotStarted, Start};
use seam_graph::ScheduleEvent::{Begin, Done, Failed, Interrupt};
use seam_graph::{ScheduleAction, Scheduler};
use seam_model::Address;
use std::collections::{BTreeMap, BTreeSet};

type Steps = Vec<(Address, Vec<Address>, f64)>;

/// `b 3 a`: step b takes 3 seconds and waits for a.
fn steps(lines: &[&str]) -> Steps {
    let step = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        let waits = words[2..].iter().map(|word| dev(word)).collect();
        (dev(words[0]), waits, words[1].parse().unwrap())
    };
    lines.iter().map(step).collect()
}

fn dev(stack: &str) -> Address {
    address(&format!("{stack}/dev"))
}

fn words(actions: &[ScheduleAction]) -> String {
    let word = |action: &ScheduleAction| match action {
        Start(step) => step.stack.to_string(),
        NotStarted { step, because: Some(because) } => format!("-{}({})", step.stack, because.stack),
        NotStarted { step, because: None } => format!("-{}", step.stack),
    };
    actions.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_longest_remaining_path_goes_first() {
    let mut scheduler = Scheduler::new(&steps(&["a 1", "b 1", "c 9", "d 20 a", "e 2 b c"]), 2);
    assert_eq!(words(&scheduler.next(&Begin)), "a c");
    assert_eq!(words(&scheduler.next(&Done(dev("a")))), "d");
    assert_eq!(words(&scheduler.next(&Done(dev("c")))), "b");
    assert_eq!(words(&scheduler.next(&Done(dev("c")))), "", "said twice");
    assert_eq!(words(&scheduler.next(&Done(dev("d")))), "");
    assert_eq!(words(&scheduler.next(&Done(dev("b")))), "e");
    assert!(!scheduler.is_finished());
    assert_eq!(words(&scheduler.next(&Done(dev("e")))), "");
    assert!(scheduler.is_finished());
}

#[test]
fn without_history_the_longest_chain_goes_first() {
    let mut scheduler = Scheduler::new(&steps(&["a 0", "b 0", "c 0 b"]), 1);
    assert_eq!(words(&scheduler.next(&Begin)), "b");
}

#[test]
fn a_failure_stops_what_waits_for_it_and_nothing_else() {
    let mut scheduler = Scheduler::new(&steps(&["a 9", "b 1", "c 1 a", "d 1 b", "e 1 c d", "f 1 d"]), 2);
    assert_eq!(words(&scheduler.next(&Begin)), "a b");
    assert_eq!(words(&scheduler.next(&Failed(dev("a")))), "-c(a) -e(a)");
    assert_eq!(words(&scheduler.next(&Done(dev("b")))), "d");
    assert_eq!(words(&scheduler.next(&Done(dev("d")))), "f");
    assert_eq!(words(&scheduler.next(&Failed(dev("f")))), "");
    assert!(scheduler.is_finished());
}

#[test]
fn an_interrupt_starts_nothing_more() {
    let mut scheduler = Scheduler::new(&steps(&["a 1", "b 1", "c 1", "d 1 a"]), 2);
    assert_eq!(words(&scheduler.next(&Begin)), "a b");
    assert_eq!(words(&scheduler.next(&Interrupt)), "-c -d");
    assert_eq!(words(&scheduler.next(&Done(dev("a")))), "");
    assert!(!scheduler.is_finished(), "b still runs");
    assert_eq!(words(&scheduler.next(&Failed(dev("b")))), "");
    assert!(scheduler.is_finished());
}

#[test]
fn what_is_no_step_is_not_waited_for() {
    let mut scheduler = Scheduler::new(&steps(&["b 1 elsewhere"]), 0);
    assert_eq!(words(&scheduler.next(&Begin)), "b");
}

/// A small generator of the xorshift kind; the seed is printed when an assertion fails.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

#[test]
fn random_runs_keep_the_rules() {
    for seed in 1..=500 {
        let mut random = Random(seed);
        let count = 1 + random.below(40);
        let graph: Steps = (0..count)
            .map(|at| {
                let waits: BTreeSet<usize> =
                    (0..random.below(4)).filter(|_| at > 0).map(|_| random.below(at.max(1))).collect();
                let waits = waits.into_iter().map(|one| dev(&format!("s{one}"))).collect();
                (dev(&format!("s{at}")), waits, f64::from(u32::try_from(random.below(9)).unwrap()))
            })
            .collect();
        let jobs = 1 + random.below(6);
        let failures = random.below(3);
        Run::new(&graph, jobs, seed).go(&mut random, failures);
    }
}

/// One random run and what was seen of it.
struct Run<'a> {
    steps: BTreeMap<&'a Address, &'a [Address]>,
    scheduler: Scheduler,
    jobs: usize,
    seed: u64,
    running: Vec<Address>,
    done: BTreeSet<Address>,
    failed: BTreeSet<Address>,
    not_started: BTreeMap<Address, Address>,
}

impl<'a> Run<'a> {
    fn new(graph: &'a Steps, jobs: usize, seed: u64) -> Self {
        let steps = graph.iter().map(|(step, waits, _)| (step, waits.as_slice())).collect();
        let scheduler = Scheduler::new(graph, jobs);
        let (done, failed, not_started) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        Self { steps, scheduler, jobs, seed, running: Vec::new(), done, failed, not_started }
    }

    fn go(mut self, random: &mut Random, mut failures: usize) {
        let seed = self.seed;
        let mut actions = self.scheduler.next(&Begin);
        loop {
            self.take(actions);
            if self.running.is_empty() {
                break;
            }
            let step = self.running.swap_remove(random.below(self.running.len()));
            if failures > 0 && random.below(5) == 0 {
                failures -= 1;
                self.failed.insert(step.clone());
                actions = self.scheduler.next(&Failed(step));
            } else {
                self.done.insert(step.clone());
                actions = self.scheduler.next(&Done(step));
            }
        }
        assert!(self.scheduler.is_finished(), "seed {seed}");
        let reached = self.done.len() + self.failed.len() + self.not_started.len();
        assert_eq!(reached, self.steps.len(), "seed {seed}: each step ends in exactly one way");
        for (step, because) in &self.not_started {
            assert!(self.failed.contains(because) && self.is_behind(step, because), "seed {seed}: {step}");
        }
    }

    fn take(&mut self, actions: Vec<ScheduleAction>) {
        for action in actions {
            match action {
                Start(step) => {
                    assert!(self.steps[&step].iter().all(|one| self.done.contains(one)), "seed {}: {step}", self.seed);
                    assert!(!self.done.contains(&step) && !self.running.contains(&step), "seed {}", self.seed);
                    self.running.push(step);
                }
                NotStarted { step, because } => {
                    let twice = self.not_started.insert(step, because.expect("nothing was interrupted"));
                    assert_eq!(twice, None, "seed {}", self.seed);
                }
            }
        }
        assert!(self.running.len() <= self.jobs, "seed {}", self.seed);
    }

    fn is_behind(&self, step: &Address, failed: &Address) -> bool {
        self.steps[step].iter().any(|one| one == failed || self.is_behind(one, failed))
    }
}
