//! What is drawn: the stacks of the shown instances, each once, and their links, each once, with
//! the environments in which they hold where those differ.

use crate::{ExternalLink, Graph, Link, UseLink};
use seam_model::{Address, Name, Pattern};
use std::collections::{BTreeMap, BTreeSet};

/// The shown part of a graph.
pub(crate) struct View<'a> {
    pub(crate) system: &'a Name,
    pub(crate) environments: BTreeSet<&'a Name>,
    /// In deployment order.
    pub(crate) stacks: Vec<Node<'a>>,
}

/// A stack that is shown.
pub(crate) struct Node<'a> {
    pub(crate) name: &'a Name,
    environments: BTreeSet<&'a Name>,
    /// By input; `after` last.
    pub(crate) edges: Vec<Edge<'a>>,
    /// By input, each once.
    pub(crate) external: Vec<&'a ExternalLink>,
    /// As declared, each once.
    pub(crate) uses: Vec<&'a UseLink>,
}

/// A link that is shown.
pub(crate) struct Edge<'a> {
    pub(crate) link: &'a Link,
    environments: BTreeSet<&'a Name>,
}

/// Links that differ in their environment alone are one edge.
type Same<'a> = (bool, Option<&'a str>, &'a Name, &'a Name, Option<&'a Name>, Option<&'a str>, String, Pattern);

impl<'a> View<'a> {
    pub(crate) fn new(graph: &'a Graph, shown: &BTreeSet<Address>) -> Self {
        let addresses: Vec<&Address> = graph.ordered().filter(|address| shown.contains(address)).collect();
        let mut positions: BTreeMap<&Name, usize> = BTreeMap::new();
        let mut stacks: Vec<Node> = Vec::new();
        let mut edges: Vec<BTreeMap<Same, Edge>> = Vec::new();
        for address in &addresses {
            let at = *positions.entry(&address.stack).or_insert(stacks.len());
            if at == stacks.len() {
                stacks.push(Node {
                    name: &address.stack,
                    environments: BTreeSet::new(),
                    edges: Vec::new(),
                    external: Vec::new(),
                    uses: Vec::new(),
                });
                edges.push(BTreeMap::new());
            }
            stacks[at].environments.insert(&address.environment);
            for link in graph.links_of(address) {
                let edge = edges[at].entry(same(link)).or_insert(Edge { link, environments: BTreeSet::new() });
                edge.environments.insert(&address.environment);
            }
            for link in graph.external_links_of(address) {
                if !stacks[at].external.iter().any(|known| known.input == link.input) {
                    stacks[at].external.push(link);
                }
            }
            for link in graph.uses_of(address) {
                let is_same = |known: &&UseLink| known.part == link.part && known.provider() == link.provider();
                if !stacks[at].uses.iter().any(is_same) {
                    stacks[at].uses.push(link);
                }
            }
        }
        for (stack, edges) in stacks.iter_mut().zip(edges) {
            stack.edges = edges.into_values().collect();
        }
        let environments = addresses.iter().map(|address| &address.environment).collect();
        Self { system: graph.system(), environments, stacks }
    }

    pub(crate) fn links(&self) -> usize {
        self.stacks.iter().map(|stack| stack.edges.len() + stack.external.len() + stack.uses.len()).sum()
    }

    /// ` [dev, stage]` where the stack is not deployed to every environment that is shown.
    pub(crate) fn stack_label(&self, stack: &Node) -> String {
        environment_label(&stack.environments, &self.environments)
    }
}

impl ExternalLink {
    /// `legacy ← vpc_id of s3 acme/network.tfstate`.
    pub(crate) fn words(&self) -> String {
        format!("{} of {}", self.short_words(), self.provider)
    }

    /// The same where the state is drawn beside it.
    pub(crate) fn short_words(&self) -> String {
        format!("{} ← {}{}", self.input, self.output, self.path)
    }
}

impl UseLink {
    /// ``calls `getOrder` of orders``.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.part.words(), self.provider())
    }

    /// The same where the provider is drawn beside it.
    pub(crate) fn short_words(&self) -> String {
        let words = self.part.words();
        words.strip_suffix(" of").unwrap_or(&words).to_owned()
    }

    /// The provider as the consumer sees it.
    pub(crate) fn provider(&self) -> String {
        seen_from(&self.consumer, &self.provider, "")
    }
}

impl Node<'_> {
    /// ` [dev]` where the link is not there in every environment of its consumer.
    pub(crate) fn edge_label(&self, edge: &Edge) -> String {
        environment_label(&edge.environments, &self.environments)
    }
}

impl Edge<'_> {
    /// `network`, `platform/dns`, `network in global`: the provider as the consumer sees it.
    pub(crate) fn provider(&self) -> String {
        self.provider_with("")
    }

    /// `vpc_id ← network.vpc_id`, `image ← build.image (run)`, `url ← db.url (state)`,
    /// `subnets ← lookup aws_subnet tier=private of network`, `after network`.
    pub(crate) fn words(&self) -> String {
        let Link { input, output, path, pattern, .. } = self.link;
        let (Some(input), Some(output)) = (input, output) else { return format!("after {}", self.provider()) };
        let how = match pattern {
            Pattern::Lookup => return format!("{input} ← lookup {output} of {}", self.provider()),
            Pattern::Run => " (run)",
            Pattern::State => " (state)",
            _ => "",
        };
        format!("{input} ← {}{how}", self.provider_with(&format!(".{output}{path}")))
    }

    /// The same where the provider is drawn beside it: `vpc_id`, `url ← origin`, `after`.
    pub(crate) fn short_words(&self) -> String {
        let Link { input, output, path, pattern, .. } = self.link;
        match (input, output) {
            (Some(input), Some(output)) if *pattern == Pattern::Lookup => format!("{input} ← lookup {output}"),
            (Some(input), Some(output)) if input == output && path.is_empty() => input.clone(),
            (Some(input), Some(output)) => format!("{input} ← {output}{path}"),
            _ => "after".to_owned(),
        }
    }

    fn provider_with(&self, output: &str) -> String {
        seen_from(&self.link.consumer, &self.link.provider, output)
    }

    /// The provider's stack, where it is of the own system and of the consumer's environment.
    pub(crate) fn near_provider(&self) -> Option<&Name> {
        let Link { provider, consumer, .. } = self.link;
        let near = provider.system == consumer.system && provider.environment == consumer.environment;
        near.then_some(&provider.stack)
    }
}

/// System and environment of the provider are named where they are not the consumer's.
fn seen_from(consumer: &Address, provider: &Address, output: &str) -> String {
    let system = if provider.system == consumer.system { String::new() } else { format!("{}/", provider.system) };
    let elsewhere = provider.environment != consumer.environment;
    let environment = if elsewhere { format!(" in {}", provider.environment) } else { String::new() };
    format!("{system}{}{output}{environment}", provider.stack)
}

fn same(link: &Link) -> Same<'_> {
    (
        link.pattern == Pattern::After,
        link.input.as_deref(),
        &link.provider.system,
        &link.provider.stack,
        other_environment(link),
        link.output.as_deref(),
        link.path.to_string(),
        link.pattern,
    )
}

fn other_environment(link: &Link) -> Option<&Name> {
    (link.provider.environment != link.consumer.environment).then_some(&link.provider.environment)
}

fn environment_label(some: &BTreeSet<&Name>, all: &BTreeSet<&Name>) -> String {
    if some == all {
        return String::new();
    }
    format!(" [{}]", some.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "))
}
