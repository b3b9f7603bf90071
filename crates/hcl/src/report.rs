//! What of a rewritten plan is not the stack's own, and Terraform's words in terms of the source.

/// The name of the helper module.
pub(crate) const HELPER: &str = "seam_inputs";
/// The folder of the helper module, in the root module's.
pub(crate) const FOLDER: &str = ".seam-inputs";
/// What `var` becomes where an input is unknown.
pub(crate) const REFERENCE: &str = "module.seam_inputs";

/// Does the address (of a resource, a check, a variable) belong to what [`crate::with_unknowns`]
/// added? Such addresses are left out of reports.
pub fn is_ours(address: &str) -> bool {
    let rest = address.strip_prefix(REFERENCE);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        || matches!(address, "terraform_data.seam_unknown" | "var.seam_known")
}

/// A message of Terraform with the source's words: `var.x` for `module.seam_inputs.x`, and files
/// where they were.
pub fn source_words(message: &str) -> String {
    message
        .replace("module.seam_inputs.var.", "var.")
        .replace("var.seam_local_", "local.")
        .replace("module.seam_inputs.", "var.")
        .replace(".seam-inputs/", "")
}

#[cfg(test)]
mod tests {
    use super::{is_ours, source_words};

    #[test]
    fn what_was_added_is_told_from_what_is_the_stacks() {
        for ours in ["terraform_data.seam_unknown", "module.seam_inputs", "module.seam_inputs.var.vpc_id"] {
            assert!(is_ours(ours), "{ours}");
        }
        for theirs in ["terraform_data.seam_unknown2", "module.seam_inputs2.a.b", "module.a.module.seam_inputs.b"] {
            assert!(!is_ours(theirs), "{theirs}");
        }
    }

    #[test]
    fn words_are_those_of_the_source() {
        assert_eq!(source_words("module.seam_inputs.ids at .seam-inputs/main.tf:1"), "var.ids at main.tf:1");
    }
}
