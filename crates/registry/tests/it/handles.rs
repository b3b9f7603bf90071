//! A handle does not tell who answers it.

use crate::support::{Home, ask, at, id_of, publish};
use seam_model::codes;
use seam_registry::{Answer, Handle, RegistryError, Reply, Request};
use std::sync::mpsc::channel;
use std::thread;

/// As somebody far away will do it: values go there, and values come back.
#[test]
fn requests_and_answers_travel_as_values() {
    let home = Home::new();
    let (there, requests) = channel::<Request>();
    let (back, answers) = channel();
    let node = home.open();
    thread::spawn(move || {
        for request in requests {
            back.send(node.answer(request)).unwrap();
        }
    });
    let answers = std::sync::Mutex::new(answers);
    let registry = Handle::answered_by(move |request| {
        let answers = answers.lock().unwrap();
        there.send(request).map_err(|_| RegistryError::Stopped)?;
        answers.recv().map_err(|_| RegistryError::Stopped)?
    });
    assert_eq!(ask(&registry, publish(None, "app", "v", vec![])), Ok(Reply::Revision(1)));
    assert_eq!(id_of(&registry, "app"), Some("v".into()));
    assert_eq!(registry.published().unwrap(), [at("app")]);
    assert_eq!(registry.macs(vec![b"x".to_vec()]).unwrap()[0].len(), 64);
    assert_eq!(registry.created_key(), None, "the key was made where the answers come from");
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let registry = Handle::answered_by(|_| Ok(Answer::Runs(vec![])));
    assert_eq!(registry.runs(1).unwrap(), []);
    assert_eq!(registry.published().unwrap_err().code(), codes::REGISTRY_IO);
}
