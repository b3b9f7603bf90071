//! A server on the loopback that keeps states for the backend `http`, one a path, with locks.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// What is kept, by path.
#[derive(Default)]
pub struct Kept {
    pub states: BTreeMap<String, Vec<u8>>,
    /// Who holds a lock, in the tool's JSON.
    pub locks: BTreeMap<String, Vec<u8>>,
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
    let (status, answer) = kept.lock().unwrap().answer(verb, path, body);
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer));
}

impl Kept {
    fn answer(&mut self, verb: &str, path: String, body: Vec<u8>) -> (&'static str, Vec<u8>) {
        const OK: &str = "200 OK";
        match verb {
            "GET" => self.states.get(&path).map_or(("404 Not Found", Vec::new()), |state| (OK, state.clone())),
            "POST" => {
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
