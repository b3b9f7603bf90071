//! What a tool began to make. Where it was killed, that may exist and be in no state: the one it was
//! making, and with a remote backend also those it had made since it last saved.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "@message", default)]
    text: String,
    #[serde(rename = "type", default)]
    kind: String,
    hook: Option<Hook>,
}

#[derive(Deserialize)]
struct Hook {
    resource: Resource,
    #[serde(default)]
    action: String,
}

#[derive(Deserialize)]
struct Resource {
    addr: String,
}

/// The addresses whose creation the `output` of an `apply -json` says was started, and whether it says
/// that it was completed or failed. The last line may be cut off. `None`: there is no such file any more.
pub fn creations(output: &Path) -> io::Result<Option<BTreeMap<String, bool>>> {
    let mut started = BTreeMap::new();
    let mut lines = match File::open(output) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Ok(Message { kind, hook: Some(Hook { resource, action }), .. }) = serde_json::from_slice(&line)
            && action == "create"
        {
            match kind.as_str() {
                "apply_start" => drop(started.insert(resource.addr, false)),
                "apply_complete" | "apply_errored" => drop(started.insert(resource.addr, true)),
                _ => {}
            }
        }
        line.clear();
    }
    Ok(Some(started))
}

/// The words of a line of an `apply -json`; of any other the line itself.
pub fn said(line: &str) -> String {
    serde_json::from_str::<Message>(line).map_or_else(|_| line.to_owned(), |message| message.text)
}

#[cfg(test)]
mod tests {
    use super::creations;

    #[test]
    fn what_was_begun_to_be_created() {
        let line = |kind: &str, action: &str, address: &str| {
            let hook = format!(r#"{{"resource":{{"addr":"{address}"}},"action":"{action}"}}"#);
            format!(r#"{{"@level":"info","type":"{kind}","hook":{hook}}}"#)
        };
        let output = [
            r#"{"type":"version","terraform":"1.11.4"}"#.to_owned(),
            line("apply_start", "create", "a.done"),
            line("apply_complete", "create", "a.done"),
            line("apply_start", "create", r#"a.open[\"k\"]"#),
            line("apply_start", "update", "a.updated"),
            "no json".to_owned(),
            line("apply_start", "create", "a.cut")[..60].to_owned(),
        ];
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(creations(&file.path().with_extension("none")).unwrap(), None);
        std::fs::write(file.path(), output.join("\n")).unwrap();
        let begun = [("a.done", true), (r#"a.open["k"]"#, false)].map(|(at, ended)| (at.to_owned(), ended));
        assert_eq!(creations(file.path()).unwrap(), Some(begun.into()));
    }
}
