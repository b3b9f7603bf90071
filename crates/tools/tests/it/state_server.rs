//! A server that Terraform's `http` backend keeps one state on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server keeps.
#[derive(Default)]
pub struct Kept {
    /// The state, once it was written.
    pub state: Option<Vec<u8>>,
    /// Who holds the lock, in Terraform's JSON.
    pub lock: Option<Vec<u8>>,
    /// Writes fail.
    pub read_only: bool,
}

/// Starts a server on a free port; it lives as long as the test's process. Gives its address.
pub fn start() -> (String, Arc<Mutex<Kept>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let kept = Arc::new(Mutex::new(Kept::default()));
    let shared = Arc::clone(&kept);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap(), &mut shared.lock().unwrap());
        }
    });
    (address, kept)
}

/// Answers one request and closes.
fn serve(mut stream: TcpStream, kept: &mut Kept) {
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
    let (status, answer) = match head.split(' ').next().unwrap() {
        "GET" => kept.state.clone().map_or(("204 No Content", Vec::new()), |state| ("200 OK", state)),
        "POST" if kept.read_only => ("403 Forbidden", Vec::new()),
        "POST" => {
            kept.state = Some(body);
            ("200 OK", Vec::new())
        }
        "LOCK" if kept.lock.is_some() => ("423 Locked", kept.lock.clone().unwrap_or_default()),
        "LOCK" => {
            kept.lock = Some(body);
            ("200 OK", Vec::new())
        }
        _ => {
            kept.lock = None;
            ("200 OK", Vec::new())
        }
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len()).unwrap();
    stream.write_all(&answer).unwrap();
}
