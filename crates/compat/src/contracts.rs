//! The [`Contracts`] that the stacks of a workspace declare, each read once: who judges a contract and who
//! publishes it mean the same text, whatever becomes of the file in between.

use crate::ContractDocument;
use seam_model::{Finding, Name, Stack};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What was read of a stack: nothing where it declares none.
type Read = Result<Option<Arc<ContractDocument>>, Box<Finding>>;

/// The contracts of a workspace's stacks.
#[derive(Debug)]
pub struct Contracts {
    root: PathBuf,
    read: Mutex<BTreeMap<Name, Read>>,
}

impl Contracts {
    /// Of the workspace at `root`; none is read yet.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), read: Mutex::default() }
    }

    /// The contract that a stack of the workspace declares; `None` where it declares none.
    ///
    /// # Errors
    /// Where it cannot be read: with its place.
    pub fn of(&self, stack: &Stack) -> Read {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let known = read.entry(stack.name.clone());
        known.or_insert_with(|| Ok(ContractDocument::of_stack(&self.root, stack)?.map(Arc::new))).clone()
    }
}
