//! [`Pairs`]: a call that both of its ends wrote a span of is one call: the server's span says which
//! operation it was of, the client's who called.

use super::call::Call;
use super::spans::{End, Span};
use super::tally::Tally;
use std::collections::BTreeMap;

/// How many spans of either end wait for the other at a time: 5 MB. Both ends are written within
/// seconds, in which few APIs that are traced in full have this many calls.
const WAITING_MAX: usize = 20_000;

/// The ends of calls whose other end may follow.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    /// By the client span's id, who called; nothing where the call is counted.
    clients: BTreeMap<u64, Option<Call>>,
    /// By the id of the client span that they name, calls of operations that are not counted.
    servers: BTreeMap<u64, (usize, Call)>,
}

impl Pairs {
    /// Counts a span now, or once its other end is there or cannot be waited for.
    pub(super) fn add(&mut self, span: Span, tally: &mut Tally<'_>) {
        let Span { call, end } = span;
        match (end, tally.operation(&call)) {
            (End::Server { .. }, None) => tally.add_unmatched(&call),
            (End::Server { parent }, Some(operation)) => self.server(parent, operation, counted(call), tally),
            (End::Client { id, is_of_provider }, operation) => {
                self.client(id, operation.filter(|_| is_of_provider), counted(call), tally);
            }
        }
    }

    fn server(&mut self, parent: Option<u64>, operation: usize, call: Call, tally: &mut Tally<'_>) {
        let Some(id) = parent else { return tally.add(operation, &call) };
        match self.clients.remove(&id) {
            Some(None) => {}
            Some(Some(client)) => tally.add(operation, &joined(call, client)),
            None => {
                if self.servers.len() >= WAITING_MAX {
                    self.flush(tally);
                }
                if let Some((operation, call)) = self.servers.insert(id, (operation, call)) {
                    tally.add(operation, &call);
                }
            }
        }
    }

    fn client(&mut self, id: Option<u64>, operation: Option<usize>, call: Call, tally: &mut Tally<'_>) {
        if let Some((operation, server)) = id.and_then(|id| self.servers.remove(&id)) {
            return tally.add(operation, &joined(server, call));
        }
        if let Some(operation) = operation {
            tally.add(operation, &call);
        }
        if self.clients.len() >= WAITING_MAX {
            self.clients.clear();
        }
        self.clients.extend(id.map(|id| (id, operation.is_none().then_some(call))));
    }

    /// Counts what waits: nobody else will say who called.
    pub(super) fn flush(&mut self, tally: &mut Tally<'_>) {
        for (operation, call) in std::mem::take(&mut self.servers).into_values() {
            tally.add(operation, &call);
        }
    }
}

/// What of a call is counted; what it was for is known by now and has no place where it waits.
fn counted(call: Call) -> Call {
    Call { method: String::new(), targets: Vec::new(), ..call }
}

/// The server's call with the client's name.
fn joined(server: Call, client: Call) -> Call {
    Call { consumer: client.consumer.or(server.consumer), ..server }
}
