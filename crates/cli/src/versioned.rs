//! `[SYSTEM/]STACK[@VERSION]`: a stack of any system, and a version of its contract.

use crate::args::EnvironmentArgs;
use crate::failure::Failure;
use crate::project::Project;
use seam_model::{Address, Finding, Name, codes};

/// A stack, and perhaps a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// The stack's system.
    pub system: Name,
    /// The stack.
    pub stack: Name,
    /// A semantic version.
    pub version: Option<String>,
}

/// Reads it; without a system it is one of `system`.
pub fn parse(text: &str, system: &Name) -> Result<Versioned, Failure> {
    let usage = |message: String| {
        Finding::error(codes::USAGE, message).help("write it like orders, orders@1.4.0 or shop/orders@1.4.0")
    };
    let (stack, version) = match text.split_once('@') {
        Some((stack, version)) => {
            let parsed = semver::Version::parse(version);
            let parsed = parsed.map_err(|error| usage(format!("`{version}` is no semantic version: {error}")))?;
            (stack, Some(parsed.to_string()))
        }
        None => (text, None),
    };
    let (system, stack) = match stack.split_once('/') {
        Some((system, stack)) => (name(system).map_err(usage)?, stack),
        None => (system.clone(), stack),
    };
    Ok(Versioned { system, stack: name(stack).map_err(usage)?, version })
}

fn name(text: &str) -> Result<Name, String> {
    Name::new(text).map_err(|error| error.to_string())
}

impl Versioned {
    /// Its instance in an environment. One of the workspace is deployed there; of another system any
    /// environment may be named.
    pub fn at(&self, project: &Project, environment: &EnvironmentArgs) -> Result<Address, Failure> {
        let (system, stack) = (self.system.clone(), self.stack.clone());
        if self.system == project.workspace.system {
            return project.address(self.stack.as_str(), &project.environment(environment)?);
        }
        let Some(named) = environment.environment.as_deref() else {
            return Err(Finding::error(codes::USAGE, "which environment?").help("-e names it").into());
        };
        let environment = name(named).map_err(|message| Finding::error(codes::USAGE, message))?;
        Ok(Address { system, stack, environment })
    }
}
