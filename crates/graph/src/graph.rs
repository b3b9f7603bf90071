//! Instances and the links between them, in deployment order.

use seam_model::{Address, Finding, Name, Path, Pattern, Place, UsedPart, Workspace};
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Range;

/// One input (or `after`) of one instance, bound to one output of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The instance that reads.
    pub consumer: Address,
    /// The instance that provides, perhaps of another system.
    pub provider: Address,
    /// The consumer's input; `None` for `after`. A fan-in has several links for one input.
    pub input: Option<String>,
    /// The provider's output; `None` for `after`.
    pub output: Option<String>,
    /// Where inside the output.
    pub path: Path,
    /// How the value travels.
    pub pattern: Pattern,
    /// The line of `stack.yaml` that makes the link.
    pub place: Place,
}

/// One input of one instance, bound to an output in a state that is of no stack of this workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalLink {
    /// The instance that reads.
    pub consumer: Address,
    /// Where the state is, in words without secrets; `{environment}` and its like are not replaced.
    pub provider: String,
    /// The consumer's input.
    pub input: String,
    /// The output in the state.
    pub output: String,
    /// Where inside the output.
    pub path: Path,
    /// The line of `stack.yaml` that makes the link.
    pub place: Place,
}

/// What one instance uses of another one's contract without an input: operations, events, tables. It
/// orders nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseLink {
    /// The instance that uses it.
    pub consumer: Address,
    /// The instance that promises it, perhaps of another system.
    pub provider: Address,
    /// What is used.
    pub part: UsedPart,
    /// How.
    pub pattern: Pattern,
    /// The versions of the provider's contract that are accepted.
    pub range: Option<String>,
    /// The line of `stack.yaml` that declares it.
    pub place: Place,
}

/// Every instance of a workspace's own system, and every link that starts at one of them.
#[derive(Clone, Debug)]
pub struct Graph {
    system: Name,
    /// Sorted; everything below counts in positions of this list.
    instances: Vec<Address>,
    /// Sorted by consumer; an instance's links are `links[link_ranges[instance]]`.
    links: Vec<Link>,
    link_ranges: Vec<Range<usize>>,
    external: Vec<ExternalLink>,
    /// Sorted by consumer.
    uses: Vec<UseLink>,
    dependencies: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
    /// Providers first; members of a cycle at the end.
    order: Vec<usize>,
}

impl Graph {
    /// Builds the graph of `workspace` and says what is wrong with its links: S0101 to S0104,
    /// S0107 to S0110. With findings the graph holds the links that could be made.
    pub fn build(workspace: &Workspace) -> (Self, Vec<Finding>) {
        let (links, external, mut findings) = crate::build::links(workspace);
        let instances = workspace
            .stacks
            .values()
            .flat_map(|stack| {
                stack
                    .environments
                    .iter()
                    .map(|environment| Address::new(workspace.system.clone(), stack.name.clone(), environment.clone()))
            })
            .collect();
        let mut graph = Self::new(workspace.system.clone(), instances, links);
        graph.external = external;
        graph.uses = crate::build::uses(workspace);
        findings.extend(crate::cycle::findings(&graph));
        (graph, findings)
    }

    fn new(system: Name, mut instances: Vec<Address>, mut links: Vec<Link>) -> Self {
        instances.sort();
        links.sort_by(|a, b| a.consumer.cmp(&b.consumer));
        let mut graph = Self {
            dependencies: vec![Vec::new(); instances.len()],
            dependents: vec![Vec::new(); instances.len()],
            link_ranges: Vec::with_capacity(instances.len()),
            order: Vec::new(),
            external: Vec::new(),
            uses: Vec::new(),
            system,
            instances,
            links,
        };
        let mut start = 0;
        for consumer in 0..graph.instances.len() {
            let own = graph.links[start..].iter().take_while(|link| link.consumer == graph.instances[consumer]);
            let end = start + own.count();
            let providers: BTreeSet<usize> =
                graph.links[start..end].iter().filter_map(|link| graph.position(&link.provider)).collect();
            for provider in &providers {
                graph.dependents[*provider].push(consumer);
            }
            graph.dependencies[consumer] = providers.into_iter().collect();
            graph.link_ranges.push(start..end);
            start = end;
        }
        graph.order = deployment_order(&graph.dependencies, &graph.dependents);
        graph
    }

    /// The workspace's own system.
    pub fn system(&self) -> &Name {
        &self.system
    }

    /// Every instance, sorted by address; those of external stacks too.
    pub fn instances(&self) -> &[Address] {
        &self.instances
    }

    /// Every link, sorted by consumer, then by input; `after` comes last.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The links of one consumer; none for an instance that is not in the graph.
    pub fn links_of(&self, consumer: &Address) -> &[Link] {
        self.position(consumer).map_or(&[], |at| &self.links[self.link_ranges[at].clone()])
    }

    /// The links of one consumer to states that are of no stack of this workspace.
    pub fn external_links_of(&self, consumer: &Address) -> impl Iterator<Item = &ExternalLink> {
        self.external.iter().filter(move |link| link.consumer == *consumer)
    }

    /// What one consumer uses without an input, in the order in which it is declared.
    pub fn uses_of(&self, consumer: &Address) -> &[UseLink] {
        let start = self.uses.partition_point(|link| link.consumer < *consumer);
        let count = self.uses[start..].partition_point(|link| link.consumer == *consumer);
        &self.uses[start..start + count]
    }

    /// The instances of the own system that `address` reads or comes after, in any environment.
    pub fn dependencies(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.neighbours(&self.dependencies, address)
    }

    /// The instances that read `address` or come after it, in any environment.
    pub fn dependents(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.neighbours(&self.dependents, address)
    }

    /// `set` in deployment order: providers before consumers, else by address.
    pub fn order(&self, set: &BTreeSet<Address>) -> Vec<Address> {
        self.order.iter().map(|at| &self.instances[*at]).filter(|address| set.contains(address)).cloned().collect()
    }

    /// The steps of an apply over `set` in deployment order, each with the steps that it waits for:
    /// its dependencies in `set`, found through instances that are not in it too.
    pub fn steps(&self, set: &BTreeSet<Address>) -> Vec<(Address, Vec<Address>)> {
        self.steps_along(self.order.iter().copied(), &self.dependencies, set)
    }

    /// The steps of a destroy over `set`: as [`Graph::steps`], with everything turned round.
    pub fn steps_of_destroy(&self, set: &BTreeSet<Address>) -> Vec<(Address, Vec<Address>)> {
        self.steps_along(self.order.iter().rev().copied(), &self.dependents, set)
    }

    fn steps_along(
        &self,
        order: impl Iterator<Item = usize>,
        before: &[Vec<usize>],
        set: &BTreeSet<Address>,
    ) -> Vec<(Address, Vec<Address>)> {
        let mut steps = Vec::with_capacity(set.len());
        // What whoever comes after an instance waits for: the instance, or what it waits for itself.
        let mut awaited: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.instances.len()];
        for at in order {
            let waits: BTreeSet<usize> = before[at].iter().flat_map(|one| awaited[*one].iter().copied()).collect();
            if set.contains(&self.instances[at]) {
                let names = waits.iter().map(|one| self.instances[*one].clone()).collect();
                steps.push((self.instances[at].clone(), names));
                awaited[at] = [at].into();
            } else {
                awaited[at] = waits;
            }
        }
        steps
    }

    /// `starts` and everything reached from them: their dependencies, or (`up`) their dependents,
    /// among the instances that `within` admits.
    pub(crate) fn reach(
        &self,
        starts: &BTreeSet<Address>,
        up: bool,
        within: impl Fn(&Address) -> bool,
    ) -> BTreeSet<&Address> {
        let edges = if up { &self.dependents } else { &self.dependencies };
        let mut reached: BTreeSet<usize> = starts.iter().filter_map(|start| self.position(start)).collect();
        let mut open: Vec<usize> = reached.iter().copied().collect();
        while let Some(at) = open.pop() {
            for next in &edges[at] {
                if within(&self.instances[*next]) && reached.insert(*next) {
                    open.push(*next);
                }
            }
        }
        reached.into_iter().map(|at| &self.instances[at]).collect()
    }

    /// In deployment order.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = &Address> {
        self.order.iter().map(|at| &self.instances[*at])
    }

    fn neighbours<'a>(&'a self, edges: &'a [Vec<usize>], address: &Address) -> impl Iterator<Item = &'a Address> {
        let near: &[usize] = self.position(address).map_or(&[], |at| &edges[at]);
        near.iter().map(|at| &self.instances[*at])
    }

    fn position(&self, address: &Address) -> Option<usize> {
        self.instances.binary_search(address).ok()
    }
}

/// Kahn's algorithm with the smallest position first; what is on or behind a cycle follows at the end.
fn deployment_order(dependencies: &[Vec<usize>], dependents: &[Vec<usize>]) -> Vec<usize> {
    use std::cmp::Reverse;
    let mut waits: Vec<usize> = dependencies.iter().map(Vec::len).collect();
    let mut ready: BinaryHeap<Reverse<usize>> = (0..waits.len()).filter(|at| waits[*at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(waits.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for next in &dependents[at] {
            waits[*next] -= 1;
            if waits[*next] == 0 {
                ready.push(Reverse(*next));
            }
        }
    }
    order.extend((0..waits.len()).filter(|at| waits[*at] > 0));
    order
}
