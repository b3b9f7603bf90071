//! Why a run, or a step of it, failed or was refused; with what to do about it.

use crate::mask::Masker;
use crate::report::diagnostic;
use seam_model::{Finding, Place, codes};
use seam_tools::{Diagnostic, Failure};

/// Why a run, or a step of it, failed or was refused. Everything in it may be shown: secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFailure {
    /// What failed, with its code.
    pub findings: Vec<Finding>,
    /// The tool's own words.
    pub diagnostics: Vec<Diagnostic>,
    /// The last lines that were no diagnostics.
    pub tail: Vec<String>,
}

impl RunFailure {
    /// What the tool said about it: its errors, or its last lines where it has no diagnostics.
    pub fn words(&self) -> Vec<String> {
        if self.diagnostics.is_empty() {
            return if self.tail.is_empty() { Vec::new() } else { vec![self.tail.join("\n")] };
        }
        let mut words: Vec<String> = Vec::new();
        for text in self.diagnostics.iter().filter(|one| one.error).map(diagnostic) {
            // A tool that is interrupted says the same of every resource.
            if !words.contains(&text) {
                words.push(text);
            }
        }
        words
    }

    /// Its findings as they stand above [`Self::words`]: a place that those tell is not told twice.
    pub fn heads(&self) -> Vec<Finding> {
        let told = |place: &Place| self.diagnostics.iter().any(|one| one.error && one.place.as_ref() == Some(place));
        let head = |finding: &Finding| Finding {
            place: finding.place.clone().filter(|place| !told(place)),
            ..finding.clone()
        };
        self.findings.iter().map(head).collect()
    }

    /// Did the run lose its lease?
    pub fn is_lost(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == codes::LEASE_LOST)
    }

    /// The same with every secret masked.
    pub(crate) fn masked(mut self, masker: &Masker) -> Self {
        for finding in &mut self.findings {
            finding.message = masker.mask(&finding.message);
            finding.label = finding.label.as_deref().map(|label| masker.mask(label));
            finding.help = finding.help.as_deref().map(|help| masker.mask(help));
            mask_line(finding.place.as_mut(), masker);
            for (place, words) in &mut finding.related {
                mask_line(Some(place), masker);
                *words = masker.mask(words);
            }
        }
        for diagnostic in &mut self.diagnostics {
            diagnostic.summary = masker.mask(&diagnostic.summary);
            diagnostic.detail = masker.mask(&diagnostic.detail);
            diagnostic.address = diagnostic.address.as_deref().map(|address| masker.mask(address));
            mask_line(diagnostic.place.as_mut(), masker);
        }
        for line in &mut self.tail {
            *line = masker.mask(line);
        }
        self
    }
}

/// A secret may stand in the code too.
fn mask_line(place: Option<&mut Place>, masker: &Masker) {
    if let Some(place) = place {
        place.source = masker.mask(&place.source);
    }
}

impl From<Failure> for RunFailure {
    fn from(failure: Failure) -> Self {
        Self { findings: vec![*failure.finding], diagnostics: failure.diagnostics, tail: failure.tail }
    }
}

impl From<Finding> for RunFailure {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

impl From<Vec<Finding>> for RunFailure {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, diagnostics: Vec::new(), tail: Vec::new() }
    }
}

impl From<Box<Finding>> for RunFailure {
    fn from(finding: Box<Finding>) -> Self {
        vec![*finding].into()
    }
}

impl From<seam_compat::CompatError> for RunFailure {
    fn from(error: seam_compat::CompatError) -> Self {
        match error {
            seam_compat::CompatError::Registry(error) => error.into(),
            seam_compat::CompatError::Contract(finding) => finding.into(),
        }
    }
}

impl From<seam_registry::RegistryError> for RunFailure {
    fn from(error: seam_registry::RegistryError) -> Self {
        vec![Finding::error(error.code(), error.to_string()).help(after(&error))].into()
    }
}

/// What to do where the registry cannot answer.
fn after(error: &seam_registry::RegistryError) -> &'static str {
    use seam_registry::RegistryError as E;
    match error {
        E::Busy { .. } => "wait for it, or end that process, and run the command again",
        E::Damaged { .. } => "put a backup of the file in its place; the states of your stacks are not touched",
        E::Newer { .. } => "use that version of seam, or a later one",
        E::Network { .. } => "set SEAM_DATA_DIR to a folder on a local disk",
        E::ReadOnly { .. } => "run the command as somebody who may write the file",
        E::Io { .. } => "mend what the system says, and run the command again",
        E::Stopped | E::Mismatched => "run the command again",
    }
}

impl From<seam_registry::Refusal> for RunFailure {
    fn from(refusal: seam_registry::Refusal) -> Self {
        use seam_registry::Refusal as R;
        let finding = Finding::error(refusal.code(), refusal.to_string());
        let help = match &refusal {
            R::RunByWorkspace { .. } => "publish it by an apply there, or under another address",
            R::OtherHome { .. } => {
                "run it from there; where this is the same workspace that moved: seam import --move-home"
            }
            R::Held { .. } => "wait until that run ends: `seam runs` shows it",
            R::StillUsed { .. } => "destroy or change those first",
            R::TooLarge { .. } => "put the data elsewhere, and its address into the output",
            _ => return vec![finding].into(),
        };
        vec![finding.help(help)].into()
    }
}

#[cfg(test)]
mod tests {
    use super::RunFailure;
    use crate::mask::Masker;
    use seam_model::{Finding, Place, Value, codes};
    use seam_tools::Diagnostic;

    #[test]
    fn whatever_is_shown_of_it_is_masked() {
        let text = || "in a-long-secret".to_owned();
        let place = Place { source: text(), ..Place::file("main.tf") };
        let mut finding = Finding::error(codes::TOOL_FAILED, text()).at(&place).label(text()).help(text());
        finding.related = vec![(place.clone(), text())];
        let said =
            Diagnostic { error: true, summary: text(), detail: text(), address: Some(text()), place: Some(place) };
        let failure = RunFailure { findings: vec![finding], diagnostics: vec![said], tail: vec![text()] };
        let mut masker = Masker::default();
        masker.learn(&Value::from("a-long-secret"));
        let masked = format!("{:?}", failure.masked(&masker));
        assert!(masked.contains("in (sensitive)") && !masked.contains("a-long-secret"), "{masked}");
    }
}
