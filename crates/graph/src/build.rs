//! From the inputs and `after` of stacks to links, with the findings of those that lead nowhere.

use crate::Link;
use seam_model::{
    Address, Environment, Finding, Input, Name, Path, Pattern, Reference, Source, Stack, Tagged, Target, Tool,
    Workspace, codes, nearest,
};
use std::collections::BTreeSet;

/// The links of every instance of `workspace`, and S0101, S0102, S0104, S0107 and S0108.
pub(crate) fn links(workspace: &Workspace) -> (Vec<Link>, Vec<Finding>) {
    let mut builder = Builder { workspace, links: Vec::new(), findings: Vec::new() };
    for stack in workspace.stacks.values() {
        for input in stack.inputs.values() {
            match &input.source {
                Source::Registry(target) => builder.input(stack, input, target, Pattern::Registry),
                Source::Run(target) => builder.input(stack, input, target, Pattern::Run),
                Source::Secret(_) | Source::Config(_) | Source::Value(_) => {}
            }
        }
        builder.after(stack);
    }
    (builder.links, builder.findings)
}

struct Builder<'a> {
    workspace: &'a Workspace,
    links: Vec<Link>,
    findings: Vec<Finding>,
}

/// What one input reads from one stack.
#[derive(Clone, Copy)]
struct Read<'a> {
    consumer: &'a Stack,
    input: &'a Input,
    output: &'a str,
    path: &'a Path,
    pattern: Pattern,
}

impl<'a> Builder<'a> {
    fn input(&mut self, consumer: &Stack, input: &Input, target: &Target, pattern: Pattern) {
        match target {
            Target::Output(reference) => {
                let read = Read { consumer, input, output: &reference.output, path: &reference.path, pattern };
                match &reference.system {
                    Some(system) if *system != self.workspace.system => self.other_system(read, system, reference),
                    _ => self.own_system(read, &reference.stack),
                }
            }
            Target::Tagged(tagged) => {
                let read = Read { consumer, input, output: &tagged.output, path: &tagged.path, pattern };
                self.fan_in(read, tagged);
            }
        }
    }

    fn other_system(&mut self, read: Read, system: &Name, reference: &Reference) {
        if read.pattern == Pattern::Run {
            self.findings.push(
                Finding::error(codes::RUN_OTHER_SYSTEM, format!("`run:` cannot reach into the system `{system}`"))
                    .at(&read.input.place)
                    .label("a run is of one workspace")
                    .help(format!("use `registry: {reference}`")),
            );
            return;
        }
        for consumer in self.environments(read.consumer) {
            let environment =
                read.input.environment.as_ref().or(consumer.maps.get(system)).unwrap_or(&consumer.name).clone();
            let provider = Address::new(system.clone(), reference.stack.clone(), environment);
            self.links.push(self.link(read, &consumer.name, provider));
        }
    }

    fn own_system(&mut self, read: Read, name: &Name) {
        let Some(provider) = self.workspace.stacks.get(name) else {
            self.findings.push(self.unknown_stack(read.input, name));
            return;
        };
        self.check_output(read, provider);
        let mut missing = BTreeSet::new();
        for consumer in self.environments(read.consumer) {
            let environment = read.input.environment.as_ref().unwrap_or(&consumer.name);
            if provider.environments.contains(environment) {
                self.links.push(self.link(read, &consumer.name, self.own(&provider.name, environment)));
            } else if !read.input.optional && self.workspace.environments.contains_key(environment) {
                missing.insert(environment);
            }
        }
        if !missing.is_empty() {
            self.findings.push(not_here(read.input, provider, &missing));
        }
    }

    /// Every stack with the tag, and never the instance itself.
    fn fan_in(&mut self, read: Read, tagged: &Tagged) {
        let stacks: Vec<&Stack> =
            self.workspace.stacks.values().filter(|stack| stack.tags.contains(&tagged.tag)).collect();
        if stacks.is_empty() && !read.input.optional {
            let tags = self.workspace.stacks.values().flat_map(|stack| &stack.tags).map(Name::as_str);
            let finding = Finding::error(codes::TAG_NO_MATCH, format!("no stack has the tag `{}`", tagged.tag))
                .at(&read.input.place)
                .help(match nearest(tagged.tag.as_str(), tags) {
                    Some(near) => format!("did you mean `tag:{near}.{}`?", tagged.output),
                    None => format!("give the stacks that are meant `tags: [{}]`", tagged.tag),
                });
            self.findings.push(finding);
        }
        for provider in &stacks {
            self.check_output(read, provider);
        }
        for consumer in self.environments(read.consumer) {
            let environment = read.input.environment.as_ref().unwrap_or(&consumer.name);
            for provider in stacks.iter().filter(|stack| stack.environments.contains(environment)) {
                let itself = provider.name == read.consumer.name && *environment == consumer.name;
                if !itself {
                    self.links.push(self.link(read, &consumer.name, self.own(&provider.name, environment)));
                }
            }
        }
    }

    /// Order without data: where the other stack is not deployed there is nothing to order.
    fn after(&mut self, stack: &Stack) {
        for (name, place) in &stack.after {
            let Some(provider) = self.workspace.stacks.get(name) else { continue };
            for environment in stack.environments.intersection(&provider.environments) {
                self.links.push(Link {
                    consumer: self.own(&stack.name, environment),
                    provider: self.own(name, environment),
                    input: None,
                    output: None,
                    path: Path::default(),
                    pattern: Pattern::After,
                    place: place.clone(),
                });
            }
        }
    }

    fn unknown_stack(&self, input: &Input, name: &Name) -> Finding {
        let names = self.workspace.stacks.keys().map(Name::as_str);
        Finding::error(codes::UNKNOWN_STACK, format!("there is no stack `{name}`"))
            .at(&input.place)
            .label("no folder of this workspace declares it")
            .help(match nearest(name.as_str(), names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a stack of another system is written SYSTEM/STACK.OUTPUT; one that others run is declared \
                         with `tool: external`"
                    .to_owned(),
            })
    }

    /// Outputs are known from the code that was read, or from the contract where there is no code to read.
    fn check_output(&mut self, read: Read, provider: &Stack) {
        let mut known: BTreeSet<&str> =
            provider.contract.iter().flat_map(|contract| contract.outputs.keys()).map(String::as_str).collect();
        match (&provider.code, provider.tool) {
            (Some(code), _) => known.extend(code.outputs.keys().map(String::as_str)),
            (None, Tool::Terraform | Tool::OpenTofu) => return,
            (None, Tool::Exec | Tool::External) if known.is_empty() => return,
            (None, Tool::Exec | Tool::External) => {}
        }
        if known.contains(read.output) {
            return;
        }
        let list = known.iter().copied().collect::<Vec<_>>().join(", ");
        let message = format!("stack `{}` has no output `{}`", provider.name, read.output);
        let finding = Finding::error(codes::UNKNOWN_OUTPUT, message).at(&read.input.place).label(match &*list {
            "" => "it provides no outputs".to_owned(),
            list => format!("it provides {list}"),
        });
        self.findings.push(match nearest(read.output, known) {
            Some(near) => finding.help(format!("did you mean `{}.{near}`?", provider.name)),
            None => finding,
        });
    }

    fn link(&self, read: Read, environment: &Name, provider: Address) -> Link {
        Link {
            consumer: self.own(&read.consumer.name, environment),
            provider,
            input: Some(read.input.name.clone()),
            output: Some(read.output.to_owned()),
            path: read.path.clone(),
            pattern: read.pattern,
            place: read.input.place.clone(),
        }
    }

    fn environments(&self, stack: &Stack) -> Vec<&'a Environment> {
        stack.environments.iter().filter_map(|name| self.workspace.environments.get(name)).collect()
    }

    fn own(&self, stack: &Name, environment: &Name) -> Address {
        Address::new(self.workspace.system.clone(), stack.clone(), environment.clone())
    }
}

fn not_here(input: &Input, provider: &Stack, missing: &BTreeSet<&Name>) -> Finding {
    let list = |names: Vec<&Name>| names.into_iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
    let missing = list(missing.iter().copied().collect());
    let message = format!("stack `{}` is not deployed to {missing}", provider.name);
    Finding::error(codes::PROVIDER_NOT_HERE, message)
        .at(&input.place)
        .label(match &*list(provider.environments.iter().collect()) {
            "" => "it is deployed nowhere".to_owned(),
            there => format!("it is deployed to {there}"),
        })
        .help("say which one is meant with `environment:`, make the input `optional: true`, or deploy the stack there")
}
