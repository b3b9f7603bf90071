//! What new contracts of a run would break: refused before anything runs, shown with a plan.

use crate::Session;
use crate::failure::RunFailure;
use seam_compat::{boundaries, refused_breaks};
use seam_model::{Address, Finding, RunEvent, Severity};
use seam_tools::terraform::Goal;
use std::collections::BTreeSet;

/// Refuses (S0601, S0602) what nobody answers for, and says what somebody does. Refuses (S0605, S0606)
/// links to other systems without a range or a contract.
pub fn refuse_breaks(
    session: &Session,
    instances: &BTreeSet<Address>,
    report: &mut dyn FnMut(RunEvent),
) -> Result<(), RunFailure> {
    let refused = breaks_of(session, instances, report)?;
    if refused.is_empty() { Ok(()) } else { Err(refused.into()) }
}

/// The same of an apply, once more and without a word: what may go on was said.
pub fn refuse_new_breaks(session: &Session, instances: &BTreeSet<Address>, goal: Goal) -> Result<(), RunFailure> {
    if goal == Goal::Apply { refuse_breaks(session, instances, &mut |_| {}) } else { Ok(()) }
}

/// What an apply of these instances is refused for; says what it is only warned of.
pub fn breaks_of(
    session: &Session,
    instances: &BTreeSet<Address>,
    report: &mut dyn FnMut(RunEvent),
) -> Result<Vec<Finding>, RunFailure> {
    let scene = session.scene();
    let (errors, told): (Vec<Finding>, Vec<Finding>) = boundaries(&scene, instances)?
        .into_iter()
        .chain(refused_breaks(&scene, instances)?)
        .partition(|finding| finding.severity == Severity::Error);
    say(told, report);
    Ok(errors)
}

fn say(findings: Vec<Finding>, report: &mut dyn FnMut(RunEvent)) {
    for Finding { code, message, help, .. } in findings {
        let help = help.map(|help| format!("; {help}")).unwrap_or_default();
        report(RunEvent::Diagnostic { address: None, error: false, text: format!("{code} {message}{help}") });
    }
}
