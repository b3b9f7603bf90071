//! From the inputs and `after` of stacks to links, with the findings of those that lead nowhere.

use crate::{ExternalLink, Link, UseLink};
use seam_model::{
    Address, DeclaredUse, Environment, ExternalState, Finding, Input, Lookup, Name, Path, Pattern, Reference, Search,
    Source, Stack, Tagged, Target, Tool, UsedPart, Workspace, codes, nearest,
};
use std::collections::BTreeSet;

/// The links of every instance of `workspace`, those to states that are nobody's here, and S0101,
/// S0102, S0104, S0107 to S0110.
pub(crate) fn links(workspace: &Workspace) -> (Vec<Link>, Vec<ExternalLink>, Vec<Finding>) {
    let mut builder =
        Builder { workspace, holds_in: BTreeSet::new(), links: Vec::new(), external: Vec::new(), findings: Vec::new() };
    for stack in workspace.stacks.values() {
        for (input, environments) in stack.declared_inputs() {
            builder.holds_in = environments;
            match &input.source {
                Source::Registry(target) => builder.input(stack, input, target, Pattern::Registry),
                Source::Run(target) => builder.input(stack, input, target, Pattern::Run),
                Source::State(reference) => builder.state(stack, input, reference),
                Source::ExternalState(state) => builder.external(stack, input, state),
                Source::Lookup(search) => builder.lookup(stack, input, search),
                Source::Secret(_) | Source::Config(_) | Source::Value(_) => {}
            }
        }
        builder.after(stack);
    }
    (builder.links, builder.external, builder.findings)
}

/// What the instances of `workspace` use without an input, sorted by consumer.
pub(crate) fn uses(workspace: &Workspace) -> Vec<UseLink> {
    let mut links = Vec::new();
    for stack in workspace.stacks.values() {
        let environments = stack.environments.iter().filter_map(|name| workspace.environments.get(name));
        for environment in environments {
            links.extend(stack.uses.iter().map(|declared| use_link(workspace, stack, environment, declared)));
        }
    }
    links.sort_by(|a, b| a.consumer.cmp(&b.consumer));
    links
}

fn use_link(workspace: &Workspace, stack: &Stack, environment: &Environment, declared: &DeclaredUse) -> UseLink {
    let DeclaredUse { system, stack: provider, what, range, place } = declared;
    let mapped = system.as_ref().and_then(|system| environment.maps.get(system));
    let system = system.as_ref().unwrap_or(&workspace.system);
    UseLink {
        consumer: Address::new(workspace.system.clone(), stack.name.clone(), environment.name.clone()),
        provider: Address::new(system.clone(), provider.clone(), mapped.unwrap_or(&environment.name).clone()),
        part: what.clone(),
        pattern: match what {
            UsedPart::Api { .. } => Pattern::Api,
            UsedPart::Event { .. } => Pattern::Event,
            UsedPart::Table { .. } => Pattern::Table,
            UsedPart::Lookup(_) => Pattern::Lookup,
            UsedPart::Output { .. } => Pattern::Registry,
        },
        range: range.clone(),
        place: place.clone(),
    }
}

struct Builder<'a> {
    workspace: &'a Workspace,
    /// The environments in which the input at hand holds.
    holds_in: BTreeSet<&'a Name>,
    links: Vec<Link>,
    external: Vec<ExternalLink>,
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

    /// A stack of this workspace that has a state.
    fn state(&mut self, consumer: &Stack, input: &Input, reference: &Reference) {
        let read = Read { consumer, input, output: &reference.output, path: &reference.path, pattern: Pattern::State };
        let system = reference.system.as_ref().filter(|system| **system != self.workspace.system);
        let tool = self.workspace.stacks.get(&reference.stack).map(|stack| stack.tool);
        let why = match (system, tool) {
            (Some(system), _) => format!("the state of a stack of the system `{system}` is not read"),
            (None, Some(tool @ (Tool::Exec | Tool::External))) => {
                format!("`{}` has no state that Seam reads: its tool is {}", reference.stack, tool.as_str())
            }
            _ => return self.own_system(read, &reference.stack),
        };
        self.findings.push(
            Finding::error(codes::NO_OWN_STATE, why)
                .at(&input.place)
                .help(format!("use `registry: {reference}`, or name the state by its place: `state: {{backend: …}}`")),
        );
    }

    fn external(&mut self, consumer: &Stack, input: &Input, state: &ExternalState) {
        for environment in self.holds_in.clone() {
            self.external.push(ExternalLink {
                consumer: self.own(&consumer.name, environment),
                provider: state.words(),
                input: input.name.clone(),
                output: state.output.clone(),
                path: state.path.clone(),
                place: input.place.clone(),
            });
        }
    }

    fn lookup(&mut self, consumer: &Stack, input: &Input, search: &Search) {
        if let Some((None, name)) = &search.from
            && !self.workspace.stacks.contains_key(name)
        {
            return self.findings.push(self.unknown_stack(input, name));
        }
        let mut missing = BTreeSet::new();
        for environment in self.environments() {
            // What is wrong with a template was said when the file was read.
            let attributes = environment.attributes(&self.workspace.system, &consumer.name);
            let Ok(lookup) = search.lookup_in(&attributes) else { continue };
            let named = input.environment.as_ref().unwrap_or(&environment.name);
            let providers = match &search.from {
                Some((Some(system), stack)) => {
                    let named = input.environment.as_ref().or(environment.maps.get(system)).unwrap_or(named);
                    vec![Address::new(system.clone(), stack.clone(), named.clone())]
                }
                Some((None, stack)) => {
                    let provider = &self.workspace.stacks[stack];
                    if !provider.environments.contains(named) && self.workspace.environments.contains_key(named) {
                        missing.insert(named);
                    }
                    provider.environments.get(named).map(|named| self.own(stack, named)).into_iter().collect()
                }
                None => self.promised(consumer, &lookup, named),
            };
            let elsewhere = || {
                let mut environments = self.workspace.environments.keys();
                input.optional && environments.any(|name| !self.promised(consumer, &lookup, name).is_empty())
            };
            let is_known = self.workspace.environments.contains_key(named);
            if providers.is_empty() && search.from.is_none() && is_known && !elsewhere() {
                let finding = self.unbound(input, &lookup, named);
                return self.findings.push(finding);
            }
            let words = lookup.words();
            let read = Read { consumer, input, output: &words, path: &Path::default(), pattern: Pattern::Lookup };
            for provider in providers {
                self.links.push(self.link(read, &environment.name, provider));
            }
        }
        if let (Some((None, stack)), false, false) = (&search.from, missing.is_empty(), input.optional) {
            self.findings.push(not_here(input, &self.workspace.stacks[stack], &missing));
        }
    }

    /// The instances in `environment` whose contract promises what is looked for, but the consumer's own.
    fn promised(&self, consumer: &Stack, lookup: &Lookup, environment: &Name) -> Vec<Address> {
        let Some(attributes_of) = self.workspace.environments.get(environment) else { return Vec::new() };
        let promises = |stack: &&Stack| {
            let attributes = attributes_of.attributes(&self.workspace.system, &stack.name);
            let mut rules = stack.contract.iter().flat_map(|contract| contract.lookups.values());
            rules.any(|rule| rule.promises(lookup, &attributes))
        };
        let others = self.workspace.stacks.values().filter(|stack| stack.name != consumer.name);
        let there = others.filter(|stack| stack.environments.contains(environment));
        there.filter(promises).map(|stack| self.own(&stack.name, environment)).collect()
    }

    /// Nobody promises it; those who promise the same kind with other tags are named.
    fn unbound(&self, input: &Input, lookup: &Lookup, environment: &Name) -> Finding {
        let rules = self.workspace.stacks.values().flat_map(|stack| {
            let rules = stack.contract.iter().flat_map(|contract| contract.lookups.values());
            rules
                .filter(|rule| rule.kind == lookup.kind)
                .map(|rule| format!("`{}` promises {}", stack.name, rule.words()))
        });
        let rules: Vec<String> = rules.collect();
        let message = format!("nothing says which stack makes {} in {environment}", lookup.words());
        let finding = Finding::error(codes::LOOKUP_UNBOUND, message)
            .at(&input.place)
            .help("say `from: STACK` in the lookup, or promise it in `contract.lookups` of the stack that makes it");
        if rules.is_empty() { finding } else { finding.label(rules.join(", ")) }
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
        for consumer in self.environments() {
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
        for consumer in self.environments() {
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
        for consumer in self.environments() {
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
        let mut stacks = self.workspace.stacks.values();
        let renamed = stacks.find(|stack| stack.formerly.iter().any(|(former, _)| former == name));
        let names = self.workspace.stacks.keys().map(Name::as_str);
        Finding::error(codes::UNKNOWN_STACK, format!("there is no stack `{name}`"))
            .at(&input.place)
            .label("no folder of this workspace declares it")
            .help(match (renamed, nearest(name.as_str(), names)) {
                (Some(stack), _) => format!("it was renamed: write `{}`", stack.name),
                (None, Some(near)) => format!("did you mean `{near}`?"),
                (None, None) => {
                    "a stack of another system is written SYSTEM/STACK.OUTPUT; one that others run is declared \
                         with `tool: external`"
                        .to_owned()
                }
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

    /// Where the input at hand holds.
    fn environments(&self) -> Vec<&'a Environment> {
        self.holds_in.iter().filter_map(|name| self.workspace.environments.get(*name)).collect()
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
