//! A server whose answers are written out, and which keeps what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A server on a port of its own; it lives as long as the test's process.
pub struct Answers {
    /// `127.0.0.1:PORT`.
    pub authority: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Answers {
    /// Answers each path with what stands beside it: a status, header lines with their ends, a body.
    pub fn start(answers: &[(&str, &str, &str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        let answers: Vec<_> = answers
            .iter()
            .map(|(path, status, headers, body)| {
                let length = if headers.contains("Content-Length") { String::new() } else { length(body) };
                let text = format!("HTTP/1.1 {status}\r\n{headers}{length}Connection: close\r\n\r\n{body}");
                ((*path).to_owned(), text)
            })
            .collect();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = String::new();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                kept.lock().unwrap().push(head);
                let answer = answers.iter().find(|(known, _)| *known == path);
                let text = answer.map_or("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", |(_, text)| text);
                stream.write_all(text.as_bytes()).unwrap();
            }
        });
        Self { authority, heads }
    }

    /// The heads of the requests since this was asked last.
    pub fn heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

fn length(body: &str) -> String {
    format!("Content-Length: {}\r\n", body.len())
}
