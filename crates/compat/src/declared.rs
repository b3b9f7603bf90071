//! What the files of a workspace say that an instance uses: its inputs, and `uses` of its stack.

use crate::Scene;
use seam_graph::{Link, UseLink};
use seam_model::{Address, Input, Lookup, Pattern, Place, Source, Stack, UsedPart};
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

/// Everything that is on record as used by an instance of the workspace once it is applied, operations by the
/// names that are declared.
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
        uses: of_link(scene, stack, link),
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

fn of_link(scene: &Scene, stack: &Stack, link: &Link) -> Use {
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
        let is_alone = !matches!(&input.source, Source::Registry(seam_model::Target::Tagged(_)));
        let variable = stack.code.as_ref().and_then(|code| code.variables.get(&input.name));
        takes = variable.filter(|_| is_direct && is_alone).and_then(|variable| variable.accepts.clone());
    }
    let output = || UsedPart::Output { output: link.output.clone().unwrap_or_default(), path, takes };
    Use {
        provider: link.provider.clone(),
        part: input.and_then(|input| looked_up(scene, link, input)).map_or_else(output, UsedPart::Lookup),
        pattern: link.pattern,
        range: input.and_then(|input| input.version.clone()),
    }
}

/// What an input looks for in the consumer's environment.
fn looked_up(scene: &Scene, link: &Link, input: &Input) -> Option<Lookup> {
    let Source::Lookup(search) = &input.source else { return None };
    let Address { system, stack, environment } = &link.consumer;
    search.lookup_in(&scene.workspace.environments.get(environment)?.attributes(system, stack)).ok()
}
