//! Inputs, outputs and other bulk on their way into records and out of them: checked, sealed where
//! they are sensitive, and in a blob where they are large.

use crate::decide::{No, at_most};
use crate::keys::{DataKey, Keys, hex, unhex};
use crate::trouble::Trouble;
use crate::wire::{self, Held, Inputs, Outputs, Stored};
use crate::{LastInput, PublishedOutput, RecordedInput, Refusal};
use seam_log::{Digest, Log, Turn};
use seam_model::{Address, OUTPUT_BYTES_MAX, OUTPUTS_BYTES_MAX, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// What an instance may consume: four of the largest publications.
const INPUTS_BYTES_MAX: usize = 4 * OUTPUTS_BYTES_MAX;
/// More goes to a blob. A record holds 256 KiB, and at most one bulk of its own and one of inputs.
const INLINE_BYTES_MAX: usize = 96 * 1024;

/// Puts bulk into a record, or beside it.
pub(crate) fn put<T: Serialize>(turn: &Turn<'_>, bulk: T) -> Result<Stored<T>, Trouble> {
    let json = serde_json::to_vec(&bulk)?;
    if json.len() <= INLINE_BYTES_MAX {
        return Ok(Stored::Inline(bulk));
    }
    Ok(Stored::Blob(hex(&turn.put_blob(&json)?.0)))
}

/// The bulk of a record.
pub(crate) fn get<T: DeserializeOwned>(log: Option<&Log>, stored: Stored<T>) -> Result<T, Trouble> {
    let name = match stored {
        Stored::Inline(bulk) => return Ok(bulk),
        Stored::Blob(name) => name,
    };
    let digest = unhex(&name).and_then(|bytes| bytes.try_into().ok()).map(Digest);
    let blob = match (log, digest) {
        (Some(log), Some(digest)) => log.blob(&digest)?,
        _ => None,
    };
    let blob = blob.ok_or_else(|| Trouble::Malformed(format!("blob {name} is missing")))?;
    Ok(serde_json::from_slice(&blob)?)
}

/// The outputs of a revision to be.
pub(crate) fn outputs(
    turn: &Turn<'_>,
    keys: &mut Keys,
    address: &Address,
    revision: u64,
    outputs: &BTreeMap<String, crate::Output>,
) -> Result<Stored<Outputs>, No> {
    let mut total = 0;
    for (name, output) in outputs {
        let bytes = known(address, name, &output.value)?.len();
        at_most(OUTPUT_BYTES_MAX, bytes, || format!("output `{name}` of {address}"))?;
        total += bytes;
    }
    at_most(OUTPUTS_BYTES_MAX, total, || format!("all outputs of {address} together"))?;
    let mut seal = Seal { turn, keys, address, key: None };
    let mut held = Outputs::new();
    for (name, output) in outputs {
        let place = output_place(revision, name);
        let output = wire::Output {
            held: seal.hold(&place, name, &output.value, output.sensitive)?,
            schema: output.schema.0.clone(),
            sensitive: output.sensitive,
        };
        held.insert(name.clone(), output);
    }
    Ok(put(turn, held)?)
}

/// The inputs of a step.
pub(crate) fn inputs(
    turn: &Turn<'_>,
    keys: &mut Keys,
    address: &Address,
    run: u64,
    inputs: &BTreeMap<String, RecordedInput>,
) -> Result<Stored<Inputs>, No> {
    let mut total = 0;
    for (name, input) in inputs {
        total += known(address, name, &input.value)?.len();
    }
    at_most(INPUTS_BYTES_MAX, total, || format!("all inputs of {address} together"))?;
    let mut seal = Seal { turn, keys, address, key: None };
    let mut held = Inputs::new();
    for (name, input) in inputs {
        let input = wire::Input {
            held: seal.hold(&input_place(run, name), name, &input.value, input.sensitive)?,
            sensitive: input.sensitive,
            pattern: input.pattern,
            from: input.from.iter().map(Into::into).collect(),
        };
        held.insert(name.clone(), input);
    }
    Ok(put(turn, held)?)
}

/// The settings of a backend.
pub(crate) fn backend(
    turn: &Turn<'_>,
    keys: &mut Keys,
    address: &Address,
    run: u64,
    backend: &crate::Backend,
) -> Result<wire::Backend, No> {
    let mut seal = Seal { turn, keys, address, key: None };
    let held = seal.hold(&backend_place(run), "backend", &backend.settings, backend.sensitive)?;
    Ok(wire::Backend { kind: backend.kind.clone(), workspace: backend.workspace.clone(), held })
}

/// Opens what was recorded. A value was sealed under the address that its instance had then: each of its
/// `names` is tried.
pub(crate) struct Opener<'a> {
    pub log: Option<&'a Log>,
    pub keys: &'a mut Keys,
}

impl Opener<'_> {
    /// The outputs of a revision.
    pub(crate) fn outputs(
        &mut self,
        names: &[Address],
        revision: u64,
        stored: Stored<Outputs>,
    ) -> Result<BTreeMap<String, PublishedOutput>, Trouble> {
        let mut opened = BTreeMap::new();
        for (name, mut output) in get(self.log, stored)? {
            let value = self.value(names, &output_place(revision, &name), &mut output.held)?;
            opened.insert(name, output.published(value));
        }
        Ok(opened)
    }

    /// The inputs of a step of a run.
    pub(crate) fn inputs(
        &mut self,
        names: &[Address],
        run: u64,
        stored: Stored<Inputs>,
    ) -> Result<BTreeMap<String, LastInput>, Trouble> {
        let mut opened = BTreeMap::new();
        for (name, mut input) in get(self.log, stored)? {
            let value = self.value(names, &input_place(run, &name), &mut input.held)?;
            opened.insert(name, input.last(value));
        }
        Ok(opened)
    }

    /// A backend of a run's success; `None` where its key is not here.
    pub(crate) fn backend(
        &mut self,
        names: &[Address],
        run: u64,
        mut backend: wire::Backend,
    ) -> Result<Option<crate::Backend>, Trouble> {
        let sensitive = backend.held.sealed.is_some();
        let settings = self.value(names, &backend_place(run), &mut backend.held)?;
        let (kind, workspace) = (backend.kind, backend.workspace);
        Ok(settings.map(|settings| crate::Backend { kind, workspace, settings, sensitive }))
    }

    fn value(&mut self, names: &[Address], place: &str, held: &mut Held) -> Result<Option<Value>, Trouble> {
        let Some(sealed) = held.sealed.take() else {
            return Ok(Some(held.value.take().map_or(Value::Null, Value::from)));
        };
        let Some(log) = self.log else { return Ok(None) };
        for address in names {
            if let Some(plain) = self.keys.open(log, address, place, &sealed)? {
                return Ok(Some(Value::from(serde_json::from_slice::<serde_json::Value>(&plain)?)));
            }
        }
        Ok(None)
    }
}

/// Seals the values of one instance, with one data key that is taken when the first needs it.
struct Seal<'a> {
    turn: &'a Turn<'a>,
    keys: &'a mut Keys,
    address: &'a Address,
    key: Option<DataKey>,
}

impl Seal<'_> {
    fn hold(&mut self, place: &str, name: &str, value: &Value, sensitive: bool) -> Result<Held, No> {
        if !sensitive {
            return Ok(Held { value: value.to_json(), sealed: None });
        }
        let plain = known(self.address, name, value)?;
        let key = match self.key.take() {
            Some(key) => key,
            None => self.keys.sealing_key(self.turn, self.address)?,
        };
        let sealed = key.seal(self.address, place, &plain)?;
        self.key = Some(key);
        Ok(Held { value: None, sealed: Some(sealed) })
    }
}

/// The value as JSON.
fn known(address: &Address, name: &str, value: &Value) -> Result<Vec<u8>, No> {
    match value.to_json() {
        Some(json) => Ok(serde_json::to_vec(&json)?),
        None => Err(Refusal::Unknown { address: address.clone(), name: name.to_owned() }.into()),
    }
}

fn output_place(revision: u64, name: &str) -> String {
    format!("output {revision} {name}")
}

fn backend_place(run: u64) -> String {
    format!("backend {run}")
}

fn input_place(run: u64, name: &str) -> String {
    format!("input {run} {name}")
}
