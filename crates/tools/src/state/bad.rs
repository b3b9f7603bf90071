//! Why a document is not a state that Seam reads, and what to do then.

use std::io;
use std::path::PathBuf;

/// A state that cannot be read. Places are bytes from the start of the document.
#[derive(Debug, thiserror::Error)]
pub enum BadState {
    /// The file refused.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// What it comes from broke.
    #[error("it could not be read to its end: {0}")]
    Read(io::Error),
    /// Nothing, or white space.
    #[error("it is empty")]
    Empty,
    /// It ends before it is complete.
    #[error("it ends in the middle, after {0} bytes")]
    Truncated(u64),
    /// A page for people.
    #[error("it is a web page, not a state")]
    Html,
    /// Not JSON at this byte.
    #[error("it is not JSON (byte {0})")]
    Syntax(u64),
    /// It nests deeper than any state.
    #[error("it nests too deep (byte {0})")]
    Deep(u64),
    /// A part of it is larger than what is read.
    #[error("what stands at byte {at} is larger than {bytes_max} bytes")]
    Large {
        /// Where it starts.
        at: u64,
        /// The limit.
        bytes_max: usize,
    },
    /// The outputs that are asked for are larger than what is read.
    #[error("with the output `{0}` its outputs are larger than what one stack may hand over")]
    LargeOutput(String),
    /// A part of it is not what a state has there.
    #[error("what stands at byte {at} is not what a state has there")]
    Shape {
        /// Where it starts.
        at: u64,
        /// What is wrong; its words may quote a secret.
        source: serde_json::Error,
    },
    /// JSON of something else.
    #[error("it is JSON, and not of a state: it has no `version`")]
    NoState,
    /// What Terraform keeps beside the code about a backend looks like a state.
    #[error("it is what the tool notes about its backend, not a state")]
    BackendNote,
    /// Written by Terraform 0.11 or older.
    #[error("its format is version {0}, which Terraform 0.11 and older wrote, and Seam reads version 4")]
    Old(u64),
    /// Written by a tool that this program does not know.
    #[error("its format is version {0}, newer than version 4, which Seam reads")]
    New(u64),
    /// Encrypted by OpenTofu.
    #[error("it is encrypted, and only the tool that wrote it has the key")]
    Encrypted,
    /// It holds more resources than are indexed.
    #[error("it holds more than {0} resources, and no more are indexed")]
    ManyResources(usize),
}

impl BadState {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::File { .. } | Self::Read(_) => "mend what is in the way of reading it, then try again",
            Self::Empty => "apply the stack that it belongs to; an empty file holds no outputs",
            Self::Truncated(_) => "somebody may be writing it: try again; else restore it from its backup",
            Self::Html => "the address answers with a page, often one that asks to log in: mend address or credentials",
            Self::Syntax(_) | Self::Deep(_) | Self::Shape { .. } => {
                "is this the state's file? If it is, restore it from its backup"
            }
            Self::NoState => "name the place of the state itself; what is there may be an error in JSON",
            Self::BackendNote => {
                "`.terraform/terraform.tfstate` says where the state is: name that backend and its settings instead"
            }
            Self::Large { .. } | Self::LargeOutput(_) => {
                "an output may be 1 MiB; let it name a place instead of carrying the data"
            }
            Self::Old(_) => "apply the stack once with Terraform 0.12 or later, which writes version 4",
            Self::New(_) => "use a later Seam",
            Self::Encrypted => {
                "let the stack publish its outputs (`seam publish`), and take them with `registry:`; to adopt it, let the tool write it once without encryption"
            }
            Self::ManyResources(_) => "split the stack: lookups search what is indexed",
        }
    }
}
