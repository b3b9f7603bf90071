//! A server on the loopback that keeps states for the backend `http`, one a path, with locks.

use crate::harness::PATIENCE;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};

/// What is kept, by path.
#[derive(Default)]
pub struct Kept {
    pub states: BTreeMap<String, Vec<u8>>,
    /// Who holds a lock, in the tool's JSON.
    pub locks: BTreeMap<String, Vec<u8>>,
    /// How many times a state was written.
    pub writes: BTreeMap<String, usize>,
    held: Option<Held>,
}

/// A request whose answer waits.
struct Held {
    verb: &'static str,
    path: String,
    reached: Sender<()>,
    go: Receiver<()>,
}

/// What holds an answer back as long as it lives.
pub struct Hold {
    reached: Receiver<()>,
    _go: Sender<()>,
}

impl Hold {
    /// Waits until the request was done and its answer waits.
    #[track_caller]
    pub fn wait(&self) {
        self.reached.recv_timeout(PATIENCE).unwrap();
    }
}

/// The server; it lives as long as the test's process.
pub struct StateServer {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    kept: Arc<Mutex<Kept>>,
}

impl StateServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &shared);
            }
        });
        Self { address, kept }
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Holds back the answer to the next request of this kind.
    pub fn hold(&self, verb: &'static str, path: &str) -> Hold {
        let ((reached, is_reached), (to_go, go)) = (channel(), channel());
        self.kept().held = Some(Held { verb, path: path.to_owned(), reached, go });
        Hold { reached: is_reached, _go: to_go }
    }

    /// `{type: http, …}` for a state at `/FOLDER/{stack}`, as YAML.
    pub fn backend(&self, folder: &str) -> String {
        let at = format!("{}/{folder}/{{stack}}", self.address);
        format!("{{type: http, address: \"{at}\", lock_address: \"{at}\", unlock_address: \"{at}\"}}")
    }
}

/// Answers one request and closes.
fn serve(mut stream: TcpStream, kept: &Mutex<Kept>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    reader.read_line(&mut head).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim().to_ascii_lowercase().split_once(':') {
            Some(("content-length", text)) => length = text.trim().parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = head.split([' ', '?']);
    let (verb, path) = (words.next().unwrap(), words.next().unwrap_or_default().to_owned());
    let held = kept.lock().unwrap().held.take_if(|held| held.verb == verb && held.path == path);
    let (status, answer) = kept.lock().unwrap().answer(verb, path, body);
    if let Some(held) = held {
        let _ = held.reached.send(());
        let _ = held.go.recv();
    }
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer));
}

impl Kept {
    fn answer(&mut self, verb: &str, path: String, body: Vec<u8>) -> (&'static str, Vec<u8>) {
        const OK: &str = "200 OK";
        match verb {
            "GET" => self.states.get(&path).map_or(("404 Not Found", Vec::new()), |state| (OK, state.clone())),
            "POST" => {
                *self.writes.entry(path.clone()).or_default() += 1;
                self.states.insert(path, body);
                (OK, Vec::new())
            }
            "LOCK" if self.locks.contains_key(&path) => ("423 Locked", self.locks[&path].clone()),
            "LOCK" => {
                self.locks.insert(path, body);
                (OK, Vec::new())
            }
            "UNLOCK" => {
                self.locks.remove(&path);
                (OK, Vec::new())
            }
            _ => ("405 Method Not Allowed", Vec::new()),
        }
    }
}
