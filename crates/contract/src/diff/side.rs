//! A [`Side`]: the documents of one version, as requests and as responses see them.

use super::Version;
use crate::openapi::{Flags, Hidden, Written};
use crate::schema::Documents;
use serde_json::Value;

/// The documents of one version.
pub(super) struct Side {
    name: String,
    documents: Documents,
    flags: Flags,
    /// What is taken out for the messages that are looked at.
    hidden: Hidden,
}

/// The name of a document that admits every value: a schema that is not there says nothing.
const ANYTHING: &str = "seam:anything";

impl Side {
    /// The side of a version; takes the value out of its document.
    pub(super) fn new(version: &mut Version, flags: Flags) -> Self {
        let mut documents = std::mem::take(&mut version.others);
        documents.insert(ANYTHING.to_owned(), true.into());
        documents.insert(version.document.name.clone(), std::mem::take(&mut version.document.value));
        Self { name: version.document.name.clone(), documents, flags, hidden: Hidden::default() }
    }

    /// Looks at requests, or at responses.
    pub(super) fn look_at(&mut self, requests: bool) {
        let Some(document) = self.documents.get_mut(&self.name) else { return };
        std::mem::take(&mut self.hidden).restore(document);
        match requests {
            true if self.flags.read_only => self.hidden = Hidden::of(document, "readOnly"),
            false if self.flags.write_only => self.hidden = Hidden::of(document, "writeOnly"),
            _ => {}
        }
    }

    /// The documents as they are looked at.
    pub(super) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Document and pointer of a schema.
    pub(super) fn place<'c>(&'c self, written: &'c Written) -> (&'c str, &'c str) {
        if written.there { (&self.name, &written.pointer) } else { (ANYTHING, "") }
    }

    /// The document itself.
    pub(super) fn document(&self) -> Option<&Value> {
        self.documents.get(&self.name)
    }

    /// The name of the document.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}
