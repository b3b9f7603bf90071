//! What the files of a workspace say that an instance uses: its inputs, and `uses` of its stack.

use crate::Scene;
use seam_graph::{Link, UseLink};
use seam_model::{Address, Input, Pattern, Place, Stack, UsedPart};
use seam_registry::Use;

/// A use with the line that makes it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The use.
    pub uses: Use,
    /// Where it is declared.
    pub place: Place,
    /// Its absence is coped with.
    pub optional: bool,
}

/// Everything that is on record as used by an instance of the workspace once it is applied.
pub fn declared_uses(scene: &Scene, consumer: &Address) -> Vec<Declared> {
    let all = read_uses(scene, consumer).into_iter();
    all.filter(|declared| declared.uses.pattern != Pattern::Run).collect()
}

/// The same with what it gets in the run: of that nothing is on record, since both ends are in one workspace.
pub fn read_uses(scene: &Scene, consumer: &Address) -> Vec<Declared> {
    let stack = &scene.workspace.stacks[&consumer.stack];
    let is_read =
        |link: &&Link| link.pattern.is_recorded_use() || link.pattern == Pattern::Run && link.output.is_some();
    let links = scene.graph.links_of(consumer).iter().filter(is_read);
    let inputs = links.map(|link| Declared {
        uses: of_link(stack, link),
        place: link.place.clone(),
        optional: input_of(stack, link).is_some_and(|input| input.optional),
    });
    let services = scene.graph.uses_of(consumer).iter().map(|link| {
        let UseLink { provider, part, pattern, range, place, .. } = link.clone();
        Declared { uses: Use { provider, part, pattern, range }, place, optional: false }
    });
    inputs.chain(services).collect()
}

fn input_of<'s>(stack: &'s Stack, link: &Link) -> Option<&'s Input> {
    let name = link.input.as_ref()?;
    let differing = stack.inputs_in.get(&link.consumer.environment).and_then(|inputs| inputs.get(name));
    differing.or_else(|| stack.inputs.get(name))
}

fn of_link(stack: &Stack, link: &Link) -> Use {
    let input = input_of(stack, link);
    let mut path = link.path.clone();
    let mut takes = None;
    if let Some(input) = input.filter(|_| link.pattern != Pattern::Lookup) {
        let transform = &input.transform;
        if let Some(select) = &transform.select {
            path.0.extend(select.0.iter().cloned());
        }
        // What is joined, formatted or collected is not what the variable gets.
        let is_direct = transform.join.is_none() && transform.format.is_none() && transform.select.is_none();
        let is_alone = !matches!(&input.source, seam_model::Source::Registry(seam_model::Target::Tagged(_)));
        let variable = stack.code.as_ref().and_then(|code| code.variables.get(&input.name));
        takes = variable.filter(|_| is_direct && is_alone).and_then(|variable| variable.accepts.clone());
    }
    Use {
        provider: link.provider.clone(),
        part: UsedPart::Output { output: link.output.clone().unwrap_or_default(), path, takes },
        pattern: link.pattern,
        range: input.and_then(|input| input.version.clone()),
    }
}
