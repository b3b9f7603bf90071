//! What a tool said, as text for people.

use seam_tools::Diagnostic;
use std::fmt::Write as _;

/// A tool's diagnostic as it said it, with its place and the line that stands there.
pub fn diagnostic(diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}: ", if diagnostic.error { "Error" } else { "Warning" });
    // Some plugins and backends put the whole story into the summary.
    text.push_str(&diagnostic.summary.trim_end().replace('\n', "\n  "));
    let with = diagnostic.address.as_ref().map(|address| format!("with {address}"));
    let place = diagnostic.place.as_ref().map(|place| match place.line {
        0 => place.file.clone(),
        line => format!("{} line {line}", place.file),
    });
    let context: Vec<String> = with.into_iter().chain(place).collect();
    if !context.is_empty() {
        text.push_str("\n  ");
        text.push_str(&context.join(", "));
    }
    let source = diagnostic.place.iter().filter(|place| !place.source.trim().is_empty());
    for place in source {
        let _ = write!(text, "\n  {} │ {}", place.line, place.source.trim());
    }
    for line in diagnostic.detail.lines() {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::diagnostic;
    use seam_model::Place;
    use seam_tools::Diagnostic;

    #[test]
    fn it_says_what_where_and_why() {
        let line = "  acl = \"open\"".to_owned();
        let place = Place { file: "stacks/s3/main.tf".into(), line: 3, column: 3, length: 3, source: line };
        let mut said = Diagnostic {
            error: true,
            summary: "creating S3 Bucket:\nAccessDenied\n".into(),
            detail: "first\nsecond".into(),
            address: Some("aws_s3_bucket.b".into()),
            place: Some(place),
        };
        assert_eq!(
            diagnostic(&said),
            "Error: creating S3 Bucket:\n  AccessDenied\n  with aws_s3_bucket.b, stacks/s3/main.tf line 3\n  \
             3 │ acl = \"open\"\n  first\n  second"
        );
        (said.error, said.address, said.place) = (false, None, Some(Place::file("seam.yaml")));
        assert_eq!(diagnostic(&said), "Warning: creating S3 Bucket:\n  AccessDenied\n  seam.yaml\n  first\n  second");
    }
}
