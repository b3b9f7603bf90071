//! The answer of `seam can-deploy`, for people and as JSON.

use crate::render::json::finding;
use crate::settings::Look;
use anstyle::AnsiColor;
use seam_compat::{Deployable, Verdict};
use seam_model::Address;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// The verdict first, then each reason with what to do.
pub fn text(answer: &Deployable, address: &Address, version: Option<&str>, look: Look) -> String {
    let (word, colour) = match answer.verdict {
        Verdict::Yes => ("yes", AnsiColor::Green),
        Verdict::Unknown => ("not known", AnsiColor::Yellow),
        Verdict::No => ("no", AnsiColor::Red),
    };
    let style = colour.on_default().bold();
    let word = if look.colour { format!("{style}{word}{style:#}") } else { word.to_owned() };
    let what = version.map_or_else(|| "this workspace's".to_owned(), str::to_owned);
    let now = match (answer.is_first, answer.live.as_slice()) {
        (true, _) if answer.verdict == Verdict::Yes => " (the first one there)".to_owned(),
        (_, []) => String::new(),
        (_, live) => {
            let words = live.iter().map(|version| version.as_deref().unwrap_or("a version without a number"));
            {
                let verb = if live.len() == 1 { "is" } else { "are" };
                format!(" ({} {verb} there now)", words.collect::<Vec<_>>().join(" and "))
            }
        }
    };
    let mut text = format!("{word}: {address}, {what}{now}\n");
    for reason in &answer.reasons {
        let mark = match reason.verdict {
            Verdict::Yes => "!",
            Verdict::Unknown => "?",
            Verdict::No => "✗",
        };
        let _ = writeln!(text, "  {mark} {}", reason.finding.message);
        if let Some(help) = &reason.finding.help {
            let _ = writeln!(text, "    {help}");
        }
    }
    text
}

/// `{format, verdict, address, version, first, live: […], reasons: [{kind, verdict, message, help, …}]}`
pub fn json(answer: &Deployable, address: &Address) -> Json {
    let reasons = answer.reasons.iter().map(|reason| {
        let mut told = finding(&reason.finding);
        told["kind"] = json!(reason.kind);
        told["verdict"] = json!(reason.verdict.as_str());
        told
    });
    json!({
        "format": super::json::FORMAT,
        "verdict": answer.verdict.as_str(),
        "address": address.to_string(),
        "version": answer.version,
        "first": answer.is_first,
        "live": answer.live,
        "reasons": reasons.collect::<Vec<_>>(),
    })
}
