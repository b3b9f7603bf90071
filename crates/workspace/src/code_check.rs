//! Checks a stack against what its code declares: inputs and variables, outputs, types of backends.

use crate::code::Code;
use crate::decode::stack::Draft;
use seam_model::{Finding, Name, StackCode, codes};
use std::collections::BTreeSet;

/// S0202, S0203, S0204 and S0208 of one stack.
pub(crate) fn check_code(draft: &Draft, code: &Code) -> Vec<Finding> {
    let mut findings = unknown_variables(draft, &code.code);
    if draft.complete {
        findings.extend(unset_variables(draft, code));
    }
    findings.extend(other_backend(draft, &code.code));
    findings.extend(promised_outputs(draft, &code.code));
    findings
}

fn promised_outputs(draft: &Draft, code: &StackCode) -> Vec<Finding> {
    let promised = draft.stack.contract.iter().flat_map(|contract| &contract.outputs);
    let lacking = promised.filter(|(name, _)| !code.outputs.contains_key(*name));
    lacking
        .map(|(name, output)| {
            let message =
                format!("the contract of `{}` promises output `{name}`, and its code has none", draft.stack.name);
            Finding::error(codes::OUTPUT_NOT_IN_CODE, message).at(&output.place).help(
                match seam_model::nearest(name, code.outputs.keys().map(String::as_str)) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("declare `output \"{name}\"` in the code, or take it out of the contract"),
                },
            )
        })
        .collect()
}

fn unknown_variables(draft: &Draft, code: &StackCode) -> Vec<Finding> {
    let elsewhere = draft.input_keys_in.iter().map(|(name, place, _)| (name, place));
    let unknown = draft.input_keys.iter().chain(elsewhere).filter(|(name, _)| !code.variables.contains_key(*name));
    unknown
        .map(|(name, place)| {
            let message = format!("the code of stack `{}` declares no variable `{name}`", draft.stack.name);
            let free = code.variables.keys().map(String::as_str).filter(|it| !draft.input_keys.contains_key(*it));
            Finding::error(codes::UNKNOWN_VARIABLE, message).at(place).help(match seam_model::nearest(name, free) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("declare `variable \"{name}\"` in the code, or remove the input"),
            })
        })
        .collect()
}

fn unset_variables(draft: &Draft, code: &Code) -> Vec<Finding> {
    let variables = code.code.variables.iter();
    let unset = variables.filter(|(name, variable)| {
        !variable.has_default && !code.set.contains(*name) && !draft.input_keys.contains_key(*name)
    });
    unset
        .filter_map(|(name, variable)| {
            let mut message = format!("nothing sets the variable `{name}` of stack `{}`", draft.stack.name);
            let set: BTreeSet<_> =
                draft.input_keys_in.iter().filter(|(key, ..)| key == name).flat_map(|(.., of)| of).collect();
            let missing: Vec<&str> =
                draft.stack.environments.iter().filter(|one| !set.contains(one)).map(Name::as_str).collect();
            if missing.is_empty() {
                return None;
            }
            if !set.is_empty() {
                message = format!("{message} in {}", missing.join(", "));
            }
            let finding = Finding::error(codes::UNSET_VARIABLE, message)
                .at(&variable.place)
                .label("it has no default")
                .help(format!("add `{name}` to the inputs in {}, or give it a default", draft.file));
            Some(finding)
        })
        .collect()
}

fn other_backend(draft: &Draft, code: &StackCode) -> Option<Finding> {
    let (settings, block) = (draft.stack.backend.as_ref()?, code.backend.as_ref()?);
    let kind = &block.kind;
    if settings.kind == *kind {
        return None;
    }
    let stack = &draft.stack.name;
    let message = format!("backend settings of type `{}`, and the code of `{stack}` has `{kind}`", settings.kind);
    let finding = Finding::error(codes::BACKEND_TYPE, message)
        .at(&settings.place)
        .related(&block.place, "the code's own")
        .help(format!("write settings of type `{kind}` into {}, or remove the block from the code", draft.file));
    Some(finding)
}
