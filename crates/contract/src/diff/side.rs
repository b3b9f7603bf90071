//! A [`Side`]: the documents of one version, as requests and as responses see them.

use super::Version;
use crate::openapi::{Lifted, Written};
use crate::schema::Documents;
use serde_json::Value;

/// The documents of one version.
pub(super) struct Side {
    name: String,
    whole: Documents,
    /// Where requests do not see the whole.
    request: Option<Documents>,
    /// Where responses do not.
    response: Option<Documents>,
}

/// The name of a document that admits every value: a schema that is not there says nothing.
const ANYTHING: &str = "seam:anything";

impl Side {
    /// A bare schema; takes it out of its document.
    pub(super) fn of_schema(version: &mut Version) -> Self {
        let value = std::mem::take(&mut version.document.value);
        let whole = documents(version, value);
        Self { name: version.document.name.clone(), whole, request: None, response: None }
    }

    /// A lifted OpenAPI document.
    pub(super) fn of_api(lifted: Lifted, version: &Version) -> Self {
        let all = |value| documents(version, value);
        let (request, response) = (lifted.request.map(all), lifted.response.map(all));
        Self { name: version.document.name.clone(), whole: documents(version, lifted.whole), request, response }
    }

    /// What is in requests, or in responses.
    pub(super) fn view(&self, is_request: bool) -> &Documents {
        let view = if is_request { &self.request } else { &self.response };
        view.as_ref().unwrap_or(&self.whole)
    }

    /// Document and pointer of a schema.
    pub(super) fn place<'c>(&'c self, written: &'c Written) -> (&'c str, &'c str) {
        if written.there { (&self.name, &written.pointer) } else { (ANYTHING, "") }
    }

    /// The document itself.
    pub(super) fn document(&self) -> Option<&Value> {
        self.whole.get(&self.name)
    }

    /// The name of the document.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn documents(version: &Version, value: Value) -> Documents {
    let mut documents = version.others.clone();
    documents.insert(ANYTHING.to_owned(), Value::Bool(true));
    documents.insert(version.document.name.clone(), value);
    documents
}
