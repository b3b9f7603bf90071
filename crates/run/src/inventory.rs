//! The inventory of a step: what lookups find of the resources that it keeps. Nothing secret is in it.

use crate::drive::Reporter;
use seam_model::{Resource, Value};

/// The resources without what a secret of the step is in.
pub fn without_secrets(mut resources: Vec<Resource>, reporter: &Reporter) -> Vec<Resource> {
    let reveals = |text: &String| reporter.reveals(&Value::String(text.clone()));
    resources.retain(|one| !reveals(&one.id) && !reveals(&one.kind));
    for one in &mut resources {
        one.name = one.name.take().filter(|name| !reveals(name));
        one.arn = one.arn.take().filter(|arn| !reveals(arn));
        one.tags.retain(|key, value| !reveals(key) && !reveals(value));
    }
    resources
}
