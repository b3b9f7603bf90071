//! Seam, its supervisor or the tool is killed while AWS makes something: what is made is in a state,
//! or `--resume` names it.

use crate::workspace::{PLUGIN_PATIENCE, Shop};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const ACCOUNT: &str = "111111111111";
const APPLY: [&str; 6] = ["apply", "-e", "dev", "--yes", "network", "database"];
const RESUME: [&str; 2] = ["apply", "--resume"];

/// Who is killed beside Seam itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    /// Nobody: supervisor and tool live.
    Nobody,
    /// The supervisor; the tool lives.
    Supervisor,
    /// Both.
    Tool,
}

/// What a resume found, and what became of it.
#[derive(Debug, Default)]
struct Resumed {
    /// Locks that it showed, each with the way to free it.
    locks: usize,
    /// Resources that it named as in no state.
    named: BTreeSet<String>,
    /// The exit code of its last try.
    code: i32,
}

#[test]
fn what_is_made_is_in_a_state_or_named() {
    let Some(shop) = Shop::new() else { return };
    for (stack, action, victim) in [
        ("database", "CreateTable", Victim::Supervisor),
        ("database", "CreateTable", Victim::Tool),
        ("network", "CreateSubnet", Victim::Tool),
    ] {
        shop.begin_anew();
        let run = shop.harness.start(&["apply", "-e", "dev", "--yes", stack]);
        let hold = shop.ways["dev"].hold(action);
        hold.wait();
        run.signal(Signal::KILL);
        run.wait();
        kill_all(&shop, victim);
        drop(hold);
        let resumed = resume(&shop, &["apply", "-e", "dev", "--yes", stack]);
        judge(&shop, victim, &resumed, &[stack]);
        match victim {
            Victim::Tool => assert!(!resumed.named.is_empty() && resumed.locks > 0, "{action}: {resumed:?}"),
            _ => assert!(resumed.named.is_empty() && resumed.locks == 0, "{action}: {resumed:?}"),
        }
    }
}

/// To be asked for by name: it takes some ten minutes. Its seed is printed; `SEAM_TEST_SEED` repeats it.
#[test]
#[ignore = "a bench: cargo xtask bench"]
fn thirty_random_kills() {
    let Some(shop) = Shop::new() else { return };
    let mut random = Random::new();
    println!("seed {}", random.0);
    shop.begin_anew();
    let begin = Instant::now();
    shop.harness.ok(&APPLY);
    let whole = begin.elapsed();
    for round in 1..=30 {
        shop.begin_anew();
        let run = shop.harness.start(&APPLY);
        let at = whole * u32::try_from(random.below(1_000)).unwrap() / 1_000;
        std::thread::sleep(at);
        run.signal(Signal::KILL);
        run.wait();
        let victim = [Victim::Nobody, Victim::Supervisor, Victim::Tool][random.below(3)];
        kill_all(&shop, victim);
        let resumed = resume(&shop, &APPLY);
        judge(&shop, victim, &resumed, &["network", "database"]);
        println!("{round}: {victim:?} at {:.1} of {:.1} s: {resumed:?}", at.as_secs_f64(), whole.as_secs_f64());
    }
}

/// Kills what belongs to the processes at work; Seam is dead.
fn kill_all(shop: &Shop, victim: Victim) {
    for folder in at_work(shop) {
        let Ok(bytes) = fs::read(folder.join("pid")) else { continue };
        let known: Json = serde_json::from_slice(&bytes).unwrap();
        let pid = |who: &str| Pid::from_raw(i32::try_from(known[who]["pid"].as_i64()?).ok()?);
        if let Some(pid) = pid("supervisor").filter(|_| victim != Victim::Nobody) {
            let _ = kill_process(pid, Signal::KILL);
        }
        if let Some(group) = pid("tool").filter(|_| victim == Victim::Tool) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The folders of processes that hold their lock.
fn at_work(shop: &Shop) -> Vec<PathBuf> {
    let runs = shop.harness.path(".seam/runs");
    let below = |folder: &PathBuf| -> Vec<PathBuf> {
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let processes = below(&runs).iter().flat_map(below).collect::<Vec<_>>().iter().flat_map(below).collect::<Vec<_>>();
    processes
        .into_iter()
        .filter(|folder| folder.join("lock").exists() && !folder.join("status").exists())
        .filter(|folder| !seam_process::Lock::is_free(&folder.join("lock")).unwrap())
        .collect()
}

/// Goes on until nothing is locked any more: frees each lock of a killed tool as it is told to. A run
/// that was killed before it had a yes, or had ended, is applied as ever.
fn resume(shop: &Shop, again: &[&str]) -> Resumed {
    let deadline = Instant::now() + PLUGIN_PATIENCE;
    let (mut resumed, mut args) = (Resumed::default(), &RESUME[..]);
    loop {
        let answer = shop.harness.seam(args);
        resumed.code = answer.code;
        let unlock = answer.stderr.split("seam tool ").skip(1).find(|help| help.contains("force-unlock"));
        if let Some(help) = unlock {
            let words: Vec<&str> = help.split([' ', ';', '`', '\n']).take_while(|word| !word.is_empty()).collect();
            let (id, call) = words.split_last().unwrap();
            shop.harness.ok(&[&["tool"], call, &["-force", id]].concat());
            resumed.locks += 1;
        } else if answer.code == 5 {
            std::thread::park_timeout(Duration::from_millis(200));
        } else if answer.stderr.contains("S0413") || answer.code == 3 {
            args = again;
            continue;
        } else {
            resumed.named = named(&answer.stderr);
            return resumed;
        }
        args = again;
        assert!(Instant::now() < deadline, "{}", answer.stderr);
    }
}

/// The resources of `error[S0523]: A, B may exist and be in no state`.
fn named(said: &str) -> BTreeSet<String> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("error[S0523]: ")?.split_once(" may exist"));
    lines.flat_map(|(names, _)| names.split(", ")).map(str::to_owned).collect()
}

/// What AWS has and no state knows was named; without a killed tool there is no such thing. No
/// resource is there twice.
fn judge(shop: &Shop, victim: Victim, resumed: &Resumed, stacks: &[&str]) {
    let made = shop.made(ACCOUNT);
    let mut known = BTreeSet::new();
    for stack in stacks {
        known.extend(ids(&shop.state(ACCOUNT, stack)));
    }
    let beyond: BTreeMap<_, _> = made.iter().filter(|(id, _)| !known.contains(*id)).collect();
    let unnamed: Vec<_> = beyond.iter().filter(|(_, address)| !resumed.named.contains(**address)).collect();
    assert!(unnamed.is_empty(), "{victim:?}: {unnamed:?} beyond the states, named: {resumed:?}");
    assert_eq!(made.values().collect::<BTreeSet<_>>().len(), made.len(), "{made:?}");
    if victim != Victim::Tool {
        assert_eq!((resumed.code, made.len(), resumed.locks), (0, known.len().min(made.len()), 0), "{made:?}");
    }
}

/// The ids of everything in a state.
fn ids(state: &Json) -> BTreeSet<String> {
    let resources = state["resources"].as_array().into_iter().flatten();
    let instances = resources.flat_map(|resource| resource["instances"].as_array().into_iter().flatten());
    instances.filter_map(|instance| Some(instance["attributes"]["id"].as_str()?.to_owned())).collect()
}

/// Numbers that look random and come again from their seed (xorshift64*).
struct Random(u64);

impl Random {
    #[expect(clippy::disallowed_methods, reason = "a seed is new each time, or given")]
    fn new() -> Self {
        let given = std::env::var("SEAM_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Self(given.unwrap_or(u64::try_from(now.as_micros()).unwrap() | 1))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }
}
