//! A proxy in front of `moto`. It writes down each call, with the account whose key signed it, and
//! holds chosen answers back until it is told: then AWS has done what the plugin does not know yet.

use crate::http::Request;
use crate::workspace::PLUGIN_PATIENCE;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Instant;

/// One call that came through.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it came in.
    pub at: Instant,
    /// `CreateTable`; `PUT /bucket/key` where the service names its actions by method and path.
    pub action: String,
    /// The access key that signed it; empty where none did.
    pub key: String,
    /// Whose key that is: known of keys that were given out, by `AssumeRole`, through this proxy.
    pub account: Option<String>,
}

/// A proxy that listens on this machine until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

/// Holds back the answers to an action until it is dropped.
pub struct Hold<'p> {
    shared: &'p Shared,
    action: String,
}

struct Shared {
    upstream: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    /// By access key.
    accounts: BTreeMap<String, String>,
    /// Actions whose answers are held back.
    held: BTreeSet<String>,
    /// Actions of answers that wait.
    waiting: Vec<String>,
    ended: bool,
}

impl Proxy {
    /// Listens on a free port, in front of the server at `upstream`.
    pub fn start(upstream: SocketAddr) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let shared = Arc::new(Shared { upstream, state: Mutex::default(), changed: Condvar::new() });
        let served = Arc::clone(&shared);
        let listener = std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                if served.state().ended {
                    return;
                }
                let shared = Arc::clone(&served);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared, listener: Some(listener) }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The calls so far, in their order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// From now on answers to `action` wait.
    pub fn hold(&self, action: &str) -> Hold<'_> {
        self.shared.state().held.insert(action.to_owned());
        Hold { shared: &self.shared, action: action.to_owned() }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.end();
        // The listener looks again when somebody comes.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Hold<'_> {
    /// Waits until AWS has done it and the answer is held back.
    pub fn wait(&self) {
        let state = self.shared.state();
        let is_not_there = |state: &mut State| !state.waiting.contains(&self.action);
        let (_state, waited) = self.shared.changed.wait_timeout_while(state, PLUGIN_PATIENCE, is_not_there).unwrap();
        assert!(!waited.timed_out(), "waited in vain for {}", self.action);
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.shared.state().held.remove(&self.action);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.held.clear();
        self.changed.notify_all();
    }

    /// One call. A client that goes away, or a server that does, ends it.
    fn serve(&self, mut stream: TcpStream) {
        let Ok(request) = Request::read(&mut stream) else { return };
        let action = action(&request);
        self.note(&request, &action);
        let Ok(answer) = request.send(self.upstream) else { return };
        if action == "AssumeRole" {
            self.learn(&String::from_utf8_lossy(&answer));
        }
        self.wait(&action);
        let _ = stream.write_all(&answer);
    }

    fn note(&self, request: &Request, action: &str) {
        let signed = request.header("authorization").unwrap_or_default();
        let key = between(signed, "Credential=", "/").unwrap_or_default().to_owned();
        let mut state = self.state();
        let account = state.accounts.get(&key).cloned();
        state.calls.push(Call { at: Instant::now(), action: action.to_owned(), key, account });
    }

    /// Takes in the key that an answer to `AssumeRole` gives out.
    fn learn(&self, answer: &str) {
        let key = between(answer, "<AccessKeyId>", "<");
        let account = between(answer, "<Arn>arn:aws:sts::", ":");
        if let (Some(key), Some(account)) = (key, account) {
            self.state().accounts.insert(key.to_owned(), account.to_owned());
        }
    }

    fn wait(&self, action: &str) {
        let mut state = self.state();
        if state.held.contains(action) {
            state.waiting.push(action.to_owned());
            self.changed.notify_all();
            state = self.changed.wait_while(state, |state| state.held.contains(action)).unwrap();
            state.waiting.retain(|waiting| waiting != action);
        }
    }
}

/// What a request asks for.
fn action(request: &Request) -> String {
    if let Some(target) = request.header("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let body = String::from_utf8_lossy(&request.body);
    if let Some(parameter) = body.split('&').find_map(|parameter| parameter.strip_prefix("Action=")) {
        return parameter.to_owned();
    }
    let mut words = request.line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match path.split('?').next().unwrap_or(path) {
        "/2015-03-31/functions" if method == "POST" => "CreateFunction".to_owned(),
        path => format!("{method} {path}"),
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    rest.split(end).next()
}

#[cfg(test)]
mod tests {
    use super::Proxy;
    use crate::http::Request;
    use std::io::Write as _;
    use std::net::{SocketAddr, TcpListener};
    use std::sync::mpsc::channel;

    /// Answers every call with a key of the account 111111111111.
    fn upstream() -> SocketAddr {
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in socket.incoming().flatten() {
                Request::read(&mut stream).unwrap();
                let body = "<AccessKeyId>ASIA1</AccessKeyId><Arn>arn:aws:sts::111111111111:assumed-role/a/b</Arn>";
                stream.write_all(format!("HTTP/1.1 200 OK\r\n\r\n{body}").as_bytes()).unwrap();
            }
        });
        address
    }

    fn call(proxy: &Proxy, key: &str, body: &str) -> Vec<u8> {
        let headers = [
            ("authorization", format!("AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/sts/aws4_request")),
            ("content-length", body.len().to_string()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
        let request = Request { line: "POST / HTTP/1.1".into(), headers, body: body.into() };
        request.send(proxy.address).unwrap()
    }

    #[test]
    fn calls_are_written_down_with_the_account_of_their_key() {
        let proxy = Proxy::start(upstream());
        for (key, body) in [("AKIA", "Action=AssumeRole&Version=1"), ("ASIA1", "Action=ListTables"), ("ASIA2", "")] {
            assert!(call(&proxy, key, body).starts_with(b"HTTP/1.1 200 OK"));
        }
        let calls = proxy.calls();
        let told: Vec<_> = calls.iter().map(|call| (&*call.action, &*call.key, call.account.as_deref())).collect();
        assert_eq!(
            told,
            [("AssumeRole", "AKIA", None), ("ListTables", "ASIA1", Some("111111111111")), ("POST /", "ASIA2", None)]
        );
    }

    #[test]
    fn an_answer_is_held_back_until_it_is_let_go() {
        let proxy = Proxy::start(upstream());
        let (answered, answers) = channel();
        std::thread::scope(|scope| {
            let hold = proxy.hold("CreateTable");
            scope.spawn(|| answered.send(call(&proxy, "AKIA", "Action=CreateTable")).unwrap());
            hold.wait();
            call(&proxy, "AKIA", "Action=ListTables");
            assert!(answers.try_recv().is_err());
            drop(hold);
            assert!(!answers.recv().unwrap().is_empty());
        });
    }
}
