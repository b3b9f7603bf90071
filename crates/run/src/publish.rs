//! What may be published: outputs that are what the contract says, and not too large. Of a sensitive
//! output that is not, no more is told than where and by which keyword.

use seam_compat::{ContractDocument, Contracts};
use seam_contract::witness::Breach;
use seam_model::{ContractOutput, Finding, OUTPUT_BYTES_MAX, OUTPUTS_BYTES_MAX, Stack, Tool, Value, codes};
use seam_registry::PublishedOutput;
use seam_tools::Output;
use std::collections::BTreeMap;

/// So many places of one output that are wrong are told.
const BREACHES_MAX: usize = 5;

/// The outputs of an instance, by name.
pub type Outputs = BTreeMap<String, Output>;

/// Checks `outputs` against the contract of a stack of the workspace: presence, schema,
/// sensitivity; and against the limits. What the contract calls sensitive is, whatever the tool says.
pub fn check(contracts: &Contracts, stack: &Stack, outputs: Outputs) -> Result<Outputs, Vec<Finding>> {
    let mut outputs = outputs;
    let mut findings = sizes(&outputs);
    if let Some(contract) = &stack.contract {
        let again = if stack.tool == Tool::External { "publish" } else { "apply" };
        let document = contracts.of(stack).map_err(|finding| vec![*finding])?;
        let promise = Promise { outputs: &contract.outputs, document: document.as_deref(), again };
        findings.extend(against(&promise, &mut outputs));
    }
    if findings.is_empty() { Ok(outputs) } else { Err(findings) }
}

/// Checks outputs that somebody gives by hand in the same way.
pub fn check_given(
    contracts: &Contracts,
    stack: &Stack,
    outputs: BTreeMap<String, seam_registry::Output>,
) -> Result<BTreeMap<String, seam_registry::Output>, Vec<Finding>> {
    check(contracts, stack, given(outputs)).map(for_registry)
}

/// Checks outputs that somebody gives by hand against a contract on record.
pub fn check_recorded(
    document: &ContractDocument,
    outputs: BTreeMap<String, seam_registry::Output>,
) -> Result<BTreeMap<String, seam_registry::Output>, Vec<Finding>> {
    let mut outputs = given(outputs);
    let promise = Promise { outputs: &document.outputs(), document: Some(document), again: "publish" };
    let mut findings = sizes(&outputs);
    // It has no place in a file of this workspace.
    let unplaced = |finding| Finding { place: None, ..finding };
    findings.extend(against(&promise, &mut outputs).into_iter().map(unplaced));
    if findings.is_empty() { Ok(for_registry(outputs)) } else { Err(findings) }
}

fn given(outputs: BTreeMap<String, seam_registry::Output>) -> Outputs {
    let given = outputs.into_iter().map(|(name, output)| {
        let seam_registry::Output { value, schema, sensitive } = output;
        (name, Output { value, schema, sensitive })
    });
    given.collect()
}

/// A contract, with the files that its schemas are in.
struct Promise<'a> {
    outputs: &'a BTreeMap<String, ContractOutput>,
    document: Option<&'a ContractDocument>,
    /// What one does once it is kept: publish or apply.
    again: &'a str,
}

/// What breaks the contract.
fn against(promise: &Promise, outputs: &mut Outputs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let again = promise.again;
    for (name, promised) in promise.outputs {
        let refused = |message: String, help: &str| {
            Finding::error(codes::OUTPUT_REFUSED, message)
                .at(&promised.place)
                .help(format!("{help}, and {again} again"))
        };
        let Some(output) = outputs.get_mut(name) else {
            findings.push(refused(
                format!("output `{name}` is missing, and the contract promises it"),
                "add the output, or take it out of the contract",
            ));
            continue;
        };
        if let Err(mismatch) = promised.schema.check_type(&output.value) {
            findings.push(refused(format!("output `{name}` {mismatch}"), "mend the output or the contract"));
        } else {
            let hidden = output.sensitive || promised.sensitive;
            for wrong in outside(promise.document, name, &output.value, hidden) {
                let message = format!("output `{name}` is not what the contract says: {wrong}");
                findings.push(refused(message, "mend the output or the contract"));
            }
        }
        if output.sensitive && !promised.sensitive {
            findings.push(refused(
                format!("output `{name}` is sensitive, and the contract does not say so"),
                "write `sensitive: true` in the contract",
            ));
        }
        output.sensitive |= promised.sensitive;
    }
    findings
}

/// Where a value is outside of the schema that its contract has for the output.
fn outside(document: Option<&ContractDocument>, name: &str, value: &Value, hidden: bool) -> Vec<String> {
    let (Some(document), Some(value)) = (document, value.to_json()) else { return Vec::new() };
    let breaches = match document.breaches(name, &value) {
        Ok(breaches) => breaches,
        Err(words) => return vec![words],
    };
    let told = |breach: &Breach| {
        let at = if breach.at.is_empty() { String::new() } else { format!(" at {}", breach.at) };
        if hidden { format!("`{}` does not hold", breach.keyword) } else { format!("{}{at}", breach.message) }
    };
    breaches.iter().take(BREACHES_MAX).map(told).collect()
}

fn sizes(outputs: &Outputs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut all = 0;
    for (name, output) in outputs {
        let bytes = output.value.to_json().map_or(0, |json| json.to_string().len());
        all += bytes;
        if bytes > OUTPUT_BYTES_MAX {
            findings.push(
                Finding::error(
                    codes::OUTPUT_REFUSED,
                    format!("output `{name}` has {bytes} bytes, and the limit is {OUTPUT_BYTES_MAX}"),
                )
                .help("publish where the data is (a bucket, a table) rather than the data"),
            );
        }
    }
    if all > OUTPUTS_BYTES_MAX && findings.is_empty() {
        findings.push(Finding::error(
            codes::OUTPUT_REFUSED,
            format!("the outputs together have {all} bytes, and the limit is {OUTPUTS_BYTES_MAX}"),
        ));
    }
    findings
}

/// Are these the outputs of the last publication? A sealed value whose key is not here differs, so
/// that it is published again.
pub fn same(outputs: &Outputs, published: &BTreeMap<String, PublishedOutput>) -> bool {
    outputs.len() == published.len()
        && outputs.iter().all(|(name, output)| {
            published.get(name).is_some_and(|before| {
                before.value.as_ref() == Some(&output.value)
                    && before.sensitive == output.sensitive
                    && before.schema == output.schema
            })
        })
}

/// The form in which the registry takes them.
pub fn for_registry(outputs: Outputs) -> BTreeMap<String, seam_registry::Output> {
    outputs
        .into_iter()
        .map(|(name, output)| {
            let output =
                seam_registry::Output { value: output.value, schema: output.schema, sensitive: output.sensitive };
            (name, output)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Outputs;
    use seam_model::{Contract, ContractOutput, Place, Schema, Value};
    use seam_tools::Output;
    use serde_json::json;

    fn outputs(value: serde_json::Value, sensitive: bool) -> Outputs {
        let output = Output { value: Value::from(value), schema: Schema::any(), sensitive };
        [("url".to_owned(), output)].into()
    }

    fn promise(kind: &str, sensitive: bool) -> Contract {
        let output = ContractOutput {
            schema: Schema(json!({"type": kind})),
            sensitive,
            deprecated: None,
            place: Place::default(),
        };
        Contract { outputs: [("url".to_owned(), output)].into(), ..Contract::default() }
    }

    fn promised(contract: &Contract) -> super::Promise<'_> {
        super::Promise { outputs: &contract.outputs, document: None, again: "apply" }
    }

    #[test]
    fn presence_type_and_sensitivity_are_checked() {
        let messages = |contract: &Contract, mut outputs: Outputs| {
            super::against(&promised(contract), &mut outputs)
                .into_iter()
                .map(|finding| finding.message)
                .collect::<Vec<_>>()
        };
        assert!(messages(&promise("string", false), outputs(json!("x"), false)).is_empty());
        assert_eq!(
            messages(&promise("string", false), Outputs::new()),
            ["output `url` is missing, and the contract promises it"]
        );
        assert_eq!(
            messages(&promise("string", false), outputs(json!(1), false)),
            ["output `url` is number, and the contract says string"]
        );
        assert_eq!(
            messages(&promise("string", false), outputs(json!("x"), true)),
            ["output `url` is sensitive, and the contract does not say so"]
        );
        let mut sealed = outputs(json!("x"), false);
        assert!(super::against(&promised(&promise("string", true)), &mut sealed).is_empty());
        assert!(sealed["url"].sensitive);
    }

    #[test]
    fn a_huge_output_is_refused() {
        let huge = outputs(json!("x".repeat(super::OUTPUT_BYTES_MAX)), false);
        assert_eq!(super::sizes(&huge).len(), 1);
    }
}
