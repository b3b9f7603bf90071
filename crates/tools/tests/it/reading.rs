//! States that inputs name: files and servers that Seam reads itself.

use crate::answers::Answers;
use crate::world::{self, name};
use seam_model::{Address, Attributes, Backend, Place, Value, codes};
use seam_tools::state::{BadPlace, Reading, Wanted, read_in_process};
use seam_tools::terraform::StatePlace;
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

const STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "l", "resources": [],
    "outputs": {"vpc_id": {"value": "vpc-1", "type": "string"}, "other": {"value": 1, "type": "number"}}}"#;
const TIME_LIMIT: Duration = Duration::from_secs(20);

fn read(place: &StatePlace) -> Result<Option<Reading>, BadPlace> {
    read_in_process(place, &[], TIME_LIMIT, Wanted::named(&["vpc_id"]))
}

fn http(settings: &[(&str, &str)]) -> StatePlace {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    StatePlace::Backend { kind: "http".into(), settings, block: None, workspace: None }
}

fn file(path: &Path) -> StatePlace {
    StatePlace::Local { path: path.to_owned(), name: "x".into() }
}

fn vpc_id(reading: &Reading) -> String {
    let outputs = reading.state.outputs.as_ref().unwrap();
    assert_eq!(outputs.len(), 1);
    outputs["vpc_id"].value.scalar_text().unwrap()
}

#[test]
fn a_file_is_read_also_while_it_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.tfstate");
    assert!(matches!(read(&file(&path)), Err(BadPlace::Missing { .. })));
    fs::write(&path, STATE).unwrap();
    let reading = read(&file(&path)).unwrap().unwrap();
    assert_eq!((vpc_id(&reading).as_str(), reading.state.position.serial, reading.writer), ("vpc-1", 7, None));

    let note = folder.path().join(".net.tfstate.lock.info");
    fs::write(&note, r#"{"ID": "1", "Operation": "OperationTypeApply", "Who": "ann@host"}"#).unwrap();
    assert_eq!(read(&file(&path)).unwrap().unwrap().writer.as_deref(), Some("ann@host"));
    fs::write(&note, "").unwrap();
    assert_eq!(read(&file(&path)).unwrap().unwrap().writer.as_deref(), Some("somebody"));

    fs::write(&path, r#"{"serial": 3, "lineage": "l", "encrypted_data": "x", "encryption_version": "v0"}"#).unwrap();
    assert_eq!(read(&file(&path)).unwrap(), None);
    fs::write(&path, &STATE[..100]).unwrap();
    let finding = read(&file(&path)).unwrap_err().finding();
    assert_eq!(finding.code, codes::STATE_UNREADABLE);
    assert_eq!(
        finding.message,
        format!("the state at {} cannot be read: it ends in the middle, after 100 bytes", path.display())
    );
}

#[test]
fn a_server_gets_the_credentials_and_gives_the_state() {
    let server = Answers::start(&[("/net?key=k", "200 OK", "ETag: \"7\"\r\n", STATE)]);
    let address = format!("http://{}/net?key=k", server.authority);
    let reading = read(&http(&[("address", &address), ("username", "me"), ("password", "hush")])).unwrap().unwrap();
    assert_eq!((vpc_id(&reading).as_str(), reading.etag.as_deref()), ("vpc-1", Some("\"7\"")));
    assert_eq!(reading.place, format!("http://{}/net", server.authority));
    assert!(server.heads()[0].to_ascii_lowercase().contains("authorization: basic bwu6ahvzaa==\r\n"));
    assert_eq!(read(&http(&[("address", &address), ("client_private_key_pem", "x")])).unwrap(), None);
}

#[test]
fn each_refusal_of_a_server_says_what_it_is_and_no_secret() {
    let short = format!("Content-Length: {}\r\n", STATE.len());
    let server = Answers::start(&[
        ("/401", "401 Unauthorized", "", ""),
        ("/403", "403 Forbidden", "", ""),
        ("/404", "404 Not Found", "", ""),
        ("/204", "204 No Content", "", ""),
        ("/409", "409 Conflict", "", ""),
        ("/423", "423 Locked", "", "{}"),
        ("/500", "500 Internal Server Error", "", ""),
        ("/html", "200 OK", "Content-Type: text/html\r\n", "<!DOCTYPE html><title>Sign in</title>"),
        ("/json", "200 OK", "", "{\"message\": \"404 Project Not Found\"}"),
        ("/empty", "200 OK", "", ""),
        ("/short", "200 OK", &short, &STATE[..60]),
        ("/lost", "302 Found", "", ""),
        ("/mail", "302 Found", "Location: mailto://x\r\n", ""),
    ]);
    let bad = |path: &str| {
        let address = format!("http://me:hush@{}/{path}?token=hush", server.authority);
        // The server knows no queries: they are cut where it looks, not where they are sent.
        let error = read(&http(&[("address", &address.replace("?token=hush", ""))])).unwrap_err();
        let finding = error.finding();
        let text = format!("{} {:?}", finding.message, finding.help);
        assert!(!text.contains("hush") && !text.contains("me:"), "{text}");
        assert_eq!(text.contains("pass_env: [\\\"TF_HTTP_*\\\"]"), finding.message.contains("credentials"), "{text}");
        (finding.code, finding.message.replace(&format!("http://{}/{path}", server.authority), "HERE"))
    };
    for (path, code, message) in [
        ("401", codes::STATE_UNREACHABLE, "HERE refuses the credentials (401)"),
        ("403", codes::STATE_UNREACHABLE, "HERE refuses the credentials (403)"),
        ("404", codes::STATE_MISSING, "there is no state at HERE"),
        ("204", codes::STATE_MISSING, "there is no state at HERE"),
        ("409", codes::STATE_UNREACHABLE, "HERE is locked (409)"),
        ("423", codes::STATE_UNREACHABLE, "HERE is locked (423)"),
        ("500", codes::STATE_UNREACHABLE, "HERE answers with status 500"),
        ("html", codes::STATE_UNREADABLE, "the state at HERE cannot be read: it is a web page, not a state"),
        (
            "json",
            codes::STATE_UNREADABLE,
            "the state at HERE cannot be read: it is JSON, and not of a state: it has no `version`",
        ),
        ("empty", codes::STATE_UNREADABLE, "the state at HERE cannot be read: it is empty"),
        ("short", codes::STATE_UNREADABLE, "the state at HERE cannot be read: it ends in the middle, after 60 bytes"),
        ("lost", codes::STATE_UNREACHABLE, "HERE redirects without saying where to"),
        ("mail", codes::STATE_UNREACHABLE, "HERE redirects to what is no address"),
    ] {
        assert_eq!(bad(path), (code, message.to_owned()));
    }
}

#[test]
fn a_redirect_to_another_host_gets_no_credentials() {
    let there = Answers::start(&[("/net?signed=hush", "200 OK", "", STATE), ("/closed", "403 Forbidden", "", "")]);
    let signed = format!("Location: http://{}/net?signed=hush\r\n", there.authority);
    let closed = format!("Location: http://{}/closed\r\n", there.authority);
    let here = Answers::start(&[
        ("/a", "307 Temporary Redirect", "Location: b\r\n", ""),
        ("/b", "302 Found", &signed, ""),
        ("/closed", "302 Found", &closed, ""),
        ("/round", "301 Moved Permanently", "Location: /round\r\n", ""),
    ]);
    let place = |path: &str| {
        let address = format!("http://me:hush@{}{path}", here.authority);
        let StatePlace::Backend { kind, mut settings, block, workspace } = http(&[("address", &address)]) else {
            unreachable!()
        };
        settings.insert("headers".into(), Value::Object([("x-key".to_owned(), Value::from("k"))].into()));
        StatePlace::Backend { kind, settings, block, workspace }
    };
    assert_eq!(vpc_id(&read(&place("/a")).unwrap().unwrap()), "vpc-1");
    let carries = |head: &String| {
        let head = head.to_ascii_lowercase();
        (head.contains("\r\nauthorization: "), head.contains("\r\nx-key: "))
    };
    assert_eq!(here.heads().iter().map(carries).collect::<Vec<_>>(), [(true, true), (true, true)]);
    assert_eq!(there.heads().iter().map(carries).collect::<Vec<_>>(), [(false, false)]);

    let finding = read(&place("/closed")).unwrap_err().finding();
    assert_eq!(
        (finding.message, finding.help.unwrap()),
        (
            format!("http://{}/closed refuses the credentials (403)", there.authority),
            format!(
                "http://{}/closed redirects there, and credentials go to the host alone that they are for",
                here.authority
            )
        )
    );
    assert_eq!(
        read(&place("/round")).unwrap_err().to_string(),
        format!("http://{}/round redirects again and again", here.authority)
    );
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://me:hush@{}/s?token=hush", silent.local_addr().unwrap());
    let place = http(&[("address", &address)]);
    let error = read_in_process(&place, &[], Duration::from_millis(300), Wanted::ALL).unwrap_err();
    assert!(matches!(error, BadPlace::Unreachable { .. }), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("http://127.0.0.1:") && !text.contains("hush"), "{text}");
    drop(silent);
    assert!(matches!(read(&place), Err(BadPlace::Unreachable { .. })));
    assert!(matches!(read(&http(&[("address", "git.example/s")])), Err(BadPlace::Address)));
}

#[test]
fn the_place_that_an_input_names_is_resolved_like_a_backend() {
    let root = Path::new("/w");
    let workspace = world::workspace(root, root);
    let address = Address::new(name("shop"), name("app"), name("dev"));
    let attributes: Attributes = [("environment".to_owned(), address.environment.to_string())].into();
    let external = |kind: &str, settings: &[(&str, &str)]| {
        let settings: BTreeMap<_, _> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        let backend = Backend { kind: kind.into(), settings, place: Place::file("stacks/app/stack.yaml") };
        StatePlace::external(&workspace, &backend, &attributes)
    };
    let local = external("local", &[("path", "../../../net/{environment}.tfstate")]).unwrap();
    assert!(matches!(&local, StatePlace::Local { path, .. } if path == Path::new("/net/dev.tfstate")), "{local:?}");
    assert_eq!(external("local", &[]).unwrap_err().code, codes::MISSING_KEY);
    assert_eq!(external("s3", &[("bucket", "{nobody}")]).unwrap_err().code, codes::TEMPLATE);
    let remote = external("s3", &[("bucket", "b"), ("key", "{environment}/net")]).unwrap();
    assert_eq!(read(&remote).unwrap(), None);
}
