//! What a tool said, as text for people.

use seam_tools::Diagnostic;

/// A tool's diagnostic as it said it, with its place.
pub fn diagnostic(diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}: {}", if diagnostic.error { "Error" } else { "Warning" }, diagnostic.summary);
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
    for line in diagnostic.detail.lines() {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}
