//! The backend of a stack: its own settings, laid over the defaults of the same type.

use crate::layers::value;
use crate::node::Node;
use crate::report::Report;
use seam_model::{Backend, codes};

/// The settings at `backend` in `node`, where they name a type or `below` has one.
pub(crate) fn decode_backend(node: &Node, below: Option<&Backend>, report: &mut Report) -> Option<Backend> {
    let Some(entry) = node.entry("backend") else { return below.cloned() };
    let place = report.place(&entry.span);
    let kind = match (entry.value.get("type"), below) {
        (Some(kind), _) => kind.text()?.to_owned(),
        (None, Some(below)) => below.kind.clone(),
        (None, None) => {
            report
                .error(codes::MISSING_KEY, "the required key `type` is missing", &entry.span)
                .help("add `type:`; defaults.terraform.backend of seam.yaml has none");
            return None;
        }
    };
    let mut settings = below.filter(|below| below.kind == kind).map(|below| below.settings.clone()).unwrap_or_default();
    let own = entry.value.entries().iter().filter(|entry| entry.key != "type");
    settings.extend(own.map(|entry| (entry.key.clone(), value(&entry.value))));
    Some(Backend { kind, settings, place })
}
