//! The thread that answers: it collects the commands that wait, takes the log's turn once for all
//! of them, and answers questions in between.

use crate::decide::{No, Rules, at_most};
use crate::fold::{Ids, fold};
use crate::keys::Keys;
use crate::query::Questions;
use crate::record::Draft;
use crate::trouble::Trouble;
use crate::view::View;
use crate::{Answer, Command, Query, Refusal, RegistryError, Reply, Request, Settings};
use seam_log::{AppendError, BODY_BYTES_MAX, COMMIT_BYTES_MAX, Log, NAME_BYTES_MAX, OpenError, Options, Record};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a process waits for its turn before it gives up and names the holder.
const TURN_DEADLINE: Duration = Duration::from_secs(30);

/// How many commands one turn decides at most, so that other processes do not wait long.
const COMMANDS_MAX: usize = 1_000;

type Decided = Result<Reply, Refusal>;

/// Where an answer goes.
type Answers = Sender<Result<Answer, RegistryError>>;

/// A request and where its answer goes.
pub(crate) type Incoming = (Request, Answers);

/// Opens the registry, says how that went, and answers until nobody can ask any more.
pub(crate) fn run(
    settings: Settings,
    incoming: &Receiver<Incoming>,
    opened: &Sender<Result<(), RegistryError>>,
    created_key: Arc<OnceLock<PathBuf>>,
) {
    let mut node = match Node::open(settings, created_key) {
        Ok(node) => node,
        Err(error) => return drop(opened.send(Err(error))),
    };
    let _ = opened.send(Ok(()));
    while let Ok(first) = incoming.recv() {
        let mut submits = Vec::new();
        let mut queries = Vec::new();
        for (request, answers) in std::iter::once(first).chain(incoming.try_iter().take(COMMANDS_MAX)) {
            match request {
                Request::Submit(commands) => submits.push((commands, answers)),
                Request::Ask(query) => queries.push((query, answers)),
                Request::Macs(texts) => drop(answers.send(node.macs(&texts))),
            }
        }
        node.submit(submits);
        for (query, answers) in queries {
            let _ = answers.send(node.answer(&query));
        }
    }
}

struct Node {
    settings: Settings,
    /// `None`: nothing exists, and nothing may be created.
    log: Option<Log>,
    view: View,
    keys: Keys,
}

impl Node {
    fn open(settings: Settings, created_key: Arc<OnceLock<PathBuf>>) -> Result<Self, RegistryError> {
        let log = if settings.read_only {
            match Log::open_read_only(&settings.log) {
                Err(OpenError::Missing { .. }) => None,
                opened => Some(opened?),
            }
        } else {
            Some(Log::open(&settings.log, &Options { command: settings.command.clone() })?)
        };
        let view = match &log {
            None => View::in_memory(),
            Some(_) if settings.read_only => View::open(&settings.cache).or_else(|_| View::in_memory()),
            Some(_) => View::open(&settings.cache),
        };
        let view = view.map_err(|trouble| trouble.named(&settings.log, &settings.cache))?;
        let of_log = |log: &Log| settings.keys.join(log.id().to_string());
        let key_file = settings.key_file.clone().or_else(|| log.as_ref().map(of_log));
        Ok(Self { log, view, keys: Keys::new(key_file, created_key), settings })
    }

    /// Decides all commands, in as few turns as their records fit in.
    fn submit(&mut self, submits: Vec<(Vec<Command>, Answers)>) {
        let mut waiting = Vec::new();
        for (commands, answer) in submits {
            match self.prepare(&commands) {
                Ok(()) => waiting.push((commands, answer)),
                Err(trouble) => drop(answer.send(Err(self.named(trouble)))),
            }
        }
        let commands: Vec<&Command> = waiting.iter().flat_map(|(commands, _)| commands).collect();
        let mut decided = Vec::with_capacity(commands.len());
        let mut failed = None;
        while decided.len() < commands.len() && failed.is_none() {
            match self.turn(&commands[decided.len()..]) {
                Ok(answers) => decided.extend(answers),
                Err(trouble) => failed = Some(self.named(trouble)),
            }
        }
        let mut decided = decided.into_iter();
        for (commands, answer) in waiting {
            let answers: Vec<_> = decided.by_ref().take(commands.len()).collect();
            let _ = answer.send(match &failed {
                Some(error) if answers.len() < commands.len() => Err(error.clone()),
                _ => Ok(Answer::Decided(answers)),
            });
        }
    }

    /// What must not happen in a turn, because it is other IO: the key file.
    fn prepare(&mut self, commands: &[Command]) -> Result<(), Trouble> {
        if self.settings.read_only {
            return Err(RegistryError::ReadOnly { path: self.settings.log.clone() }.into());
        }
        if commands.iter().any(Command::has_secrets) { self.keys.ensure() } else { Ok(()) }
    }

    /// One turn; a damaged view is made again first.
    fn turn(&mut self, commands: &[&Command]) -> Result<Vec<Decided>, Trouble> {
        match self.turn_once(commands) {
            Err(trouble) if trouble.is_damaged_view() => {
                self.view.replace()?;
                self.turn_once(commands)
            }
            decided => decided,
        }
    }

    /// Decides at least the first of the commands, and the following ones as far as their records
    /// fit in one commit.
    fn turn_once(&mut self, commands: &[&Command]) -> Result<Vec<Decided>, Trouble> {
        let Self { settings, log, view, keys } = self;
        let Some(log) = log else { return Err(RegistryError::ReadOnly { path: settings.log.clone() }.into()) };
        let turn = log.turn(TURN_DEADLINE)?;
        let (change, applied) = view.change(&turn)?;
        let time_us = (settings.clock)().max(applied.time_us.saturating_add(1));

        let mut commit = Commit { next: applied.cursor.sequence + 1, time_us, bytes: 0, records: Vec::new() };
        let mut decided = Vec::new();
        for command in commands.iter().take(COMMANDS_MAX) {
            let mut rules = Rules { view: view.connection(), turn: &turn, keys: &mut *keys };
            let answer = match rules.decide(command).and_then(|(drafts, reply)| Ok((encode(drafts)?, reply))) {
                Ok((records, _)) if !commit.has_room_for(&records) => break,
                Ok((records, reply)) => commit.add(view, records).map(|()| Ok(reply))?,
                Err(No::Refused(refusal)) => Err(refusal),
                Err(No::Failed(trouble)) => return Err(trouble),
            };
            decided.push(answer);
        }
        if !commit.records.is_empty() {
            match turn.append(&commit.records, time_us) {
                // It is recorded: a view that cannot follow now follows at the next question.
                Ok(head) => drop(view.set_applied(&head, time_us).and_then(|()| Ok(change.commit()?))),
                Err(unknown @ AppendError::Unknown(_)) => {
                    drop(change);
                    if !is_recorded(log, &commit.records).unwrap_or(false) {
                        return Err(unknown.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(decided)
    }

    /// Answers from a view that is at the log's head; a damaged one is made again first.
    fn answer(&mut self, query: &Query) -> Result<Answer, RegistryError> {
        let answer = match self.answer_once(query) {
            Err(trouble) if trouble.is_damaged_view() => self.view.replace().and_then(|()| self.answer_once(query)),
            answer => answer,
        };
        answer.map_err(|trouble| self.named(trouble))
    }

    fn answer_once(&mut self, query: &Query) -> Result<Answer, Trouble> {
        let Self { log, view, keys, .. } = self;
        let _snapshot = log.as_ref().map(|log| view.snapshot(log)).transpose()?;
        Questions { view: view.connection(), log: log.as_ref(), keys }.answer(query)
    }

    /// The key file is no part of the registry: where the registry is only read, it is made all the
    /// same if it can be. A digest that matches nothing later is of little use.
    fn macs(&mut self, texts: &[Vec<u8>]) -> Result<Answer, RegistryError> {
        let ready = match self.keys.ensure() {
            Err(_) if self.settings.read_only => self.keys.load_or_forget(),
            made => made,
        };
        let macs = ready.and_then(|()| texts.iter().map(|text| self.keys.mac(text)).collect());
        macs.map(Answer::Macs).map_err(|trouble| self.named(trouble))
    }

    fn named(&self, trouble: Trouble) -> RegistryError {
        trouble.named(&self.settings.log, self.view.path())
    }
}

/// The commit of a turn.
struct Commit {
    next: u64,
    time_us: i64,
    bytes: usize,
    records: Vec<Record>,
}

impl Commit {
    fn has_room_for(&self, records: &[Record]) -> bool {
        self.records.is_empty() || self.bytes + bytes(records) <= COMMIT_BYTES_MAX
    }

    /// Takes records in and folds them, so that the next command is decided on what they say.
    fn add(&mut self, view: &View, records: Vec<Record>) -> Result<(), Trouble> {
        self.bytes += bytes(&records);
        for record in records {
            fold(view.connection(), &Ids::default(), self.next, self.time_us, &record)?;
            self.next += 1;
            self.records.push(record);
        }
        Ok(())
    }
}

/// Are the records of a failed append there? A new turn tells, and it is then so for ever.
fn is_recorded(log: &mut Log, records: &[Record]) -> Result<bool, Trouble> {
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    Ok(log.turn(TURN_DEADLINE)?.find(&ids)?.iter().all(Option::is_some))
}

fn bytes(records: &[Record]) -> usize {
    records.iter().map(Record::bytes).sum()
}

/// Drafts as records with ids of their own, within the log's limits.
fn encode(drafts: Vec<Draft>) -> Result<Vec<Record>, No> {
    let mut records = Vec::with_capacity(drafts.len());
    for Draft { key, kind, body } in drafts {
        at_most(NAME_BYTES_MAX, key.len(), || format!("the address {key}"))?;
        at_most(BODY_BYTES_MAX, body.len(), || format!("what is to be recorded of {key}"))?;
        let id = crate::keys::random()?;
        records.push(Record { id, key, kind: kind.to_owned(), critical: true, body });
    }
    at_most(COMMIT_BYTES_MAX, bytes(&records), || "what is to be recorded together".to_owned())?;
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::is_recorded;
    use seam_log::{Log, Options, Record};
    use std::time::Duration;

    #[test]
    fn a_new_turn_tells_whether_an_append_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::open(&folder.path().join("registry.db"), &Options::default()).unwrap();
        let record = |id| {
            let (key, kind) = ("run/1".to_owned(), "run.ended".to_owned());
            Record { id: [id; 32], key, kind, critical: true, body: b"{}".to_vec() }
        };
        let there = [record(1), record(2)];
        log.turn(Duration::from_secs(5)).unwrap().append(&there, 1).unwrap();
        assert!(is_recorded(&mut log, &there).unwrap());
        assert!(!is_recorded(&mut log, &[record(3)]).unwrap());
        assert!(log.turn(Duration::from_secs(5)).is_ok(), "the turn is given back");
    }
}
