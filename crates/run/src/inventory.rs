//! The inventory of a step: what lookups find of the resources that it keeps. Nothing secret is in it.

use crate::drive::Reporter;
use seam_model::{Resource, Value};
use seam_registry::{Refusal, Reply};

/// What lookups find of a state's resources; `None` of one that nobody can read, which is said.
pub fn of_state(resources: Option<Vec<Resource>>, reporter: &Reporter) -> Option<Vec<Resource>> {
    if resources.is_none() {
        reporter.warn("lookups do not find its resources: its state is encrypted, or there are too many");
    }
    resources.map(|resources| without_secrets(resources, reporter))
}

/// What became of recording it, which holds nothing else up.
pub fn indexed(answer: Result<Reply, Refusal>, reporter: &Reporter) {
    if let Err(refusal) = answer {
        reporter.warn(&format!("lookups go on finding what they found before: {refusal}"));
    }
}

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
