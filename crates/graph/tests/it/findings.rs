//! What is wrong with links, and that nothing is said where nothing is wrong.

use crate::{contract, render, workspace};
use seam_graph::Graph;
use seam_model::{Name, Place, Tool, Workspace};

fn found(workspace: &Workspace) -> String {
    render(&Graph::build(workspace).1)
}

#[test]
fn links_that_lead_nowhere_are_found_with_the_nearest() {
    let cases = [
        (
            "network :id\napp vpc=netwrk.id",
            "S0101 app.yaml:2:2 there is no stack `netwrk` | no folder of this workspace declares it | did you mean `network`?\n",
        ),
        (
            "network :id :cidr :subnets\napp vpc=network.idd",
            "S0102 app.yaml:2:2 stack `network` has no output `idd` | it provides cidr, id, subnets | did you mean `network.id`?\n",
        ),
        (
            "network :id @prod\napp vpc=network.id",
            "S0104 app.yaml:2:2 stack `network` is not deployed to dev | it is deployed to prod | say which one is meant with `environment:`, make the input `optional: true`, or deploy the stack there\n",
        ),
        (
            "network :id +core\napp ids=tag:cor.id",
            "S0107 app.yaml:2:2 no stack has the tag `cor` | did you mean `tag:core.id`?\n",
        ),
        (
            "a :url +web\nb :uri +web\nmonitor urls=tag:web.url",
            "S0102 monitor.yaml:3:2 stack `b` has no output `url` | it provides uri | did you mean `b.uri`?\n",
        ),
        (
            "app zone=run/platform/dns.id",
            "S0108 app.yaml:1:2 `run:` cannot reach into the system `platform` | a run is of one workspace | use `registry: platform/dns.id`\n",
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(found(&workspace(lines)), expected, "{lines}");
    }
}

#[test]
fn a_link_to_a_former_name_is_told_the_one_of_now() {
    let mut workspace = workspace("network :id\napp vpc=net.id");
    let stack = workspace.stacks.values_mut().find(|stack| stack.name.as_str() == "network").unwrap();
    stack.formerly = vec![(Name::new("net").unwrap(), Place::default())];
    assert!(found(&workspace).ends_with("it was renamed: write `network`\n"), "{}", found(&workspace));
}

#[test]
fn what_may_be_is_not_complained_about() {
    for lines in [
        "network :id @prod\napp vpc=network.id?",
        "network :id @prod\napp vpc=network.id!prod",
        "app ids=tag:nobody.id?",
        "network @prod\napp <network",
        "app zone=platform/dns.id",
        "app vpc=shop/network.id\nnetwork :id",
        "app @dev <other x=other.y\nother @dev",
    ] {
        assert_eq!(found(&workspace(lines)), "", "{lines}");
    }
}

#[test]
fn without_code_a_contract_tells_the_outputs() {
    let mut workspace = workspace("build\napp image=build.image");
    assert_eq!(found(&workspace), "");
    let build = workspace.stacks.get_mut(&crate::name("build")).unwrap();
    build.contract = Some(contract(&["digest"]));
    assert_eq!(found(&workspace), "", "Terraform code that cannot be read is another finding");
    workspace.stacks.get_mut(&crate::name("build")).unwrap().tool = Tool::Exec;
    assert!(found(&workspace).starts_with("S0102"), "{}", found(&workspace));
}

#[test]
fn a_cycle_is_shown_whole_and_once_for_all_environments() {
    let found = found(&workspace("app :url vpc=network.id\ndns :id <app\nnetwork :id zone=dns.id\nlast x=app.url"));
    assert_eq!(
        found,
        "S0103 app.yaml:1:3 each waits for the next: app → network → dns → app | `app` reads network.id \
         | network.yaml:3:3 `network` reads dns.id | dns.yaml:2:3 `dns` comes after app \
         | cut one of these links: move what closes the circle into a stack of its own, or pass it by configuration\n"
    );
}

#[test]
fn cycles_are_of_instances() {
    let across = found(&workspace("a :x @dev in=b.y!prod\nb :y @prod in=a.x!dev"));
    assert!(across.contains("a/dev → b/prod → a/dev"), "{across}");
    assert_eq!(found(&workspace("a :x in=b.y!prod\nb :y @prod")), "");
    assert!(found(&workspace("a :x in=a.x")).contains("a → a |"));
    let two = found(&workspace("a :x in=b.x\nb :x in=a.x\nc :x in=d.x e=b.x\nd :x in=c.x"));
    assert_eq!(two.lines().count(), 2, "{two}");
}

#[test]
fn only_a_stack_of_the_workspace_has_a_state_to_read() {
    let mut workspace =
        workspace("app a=state/build.image b=state/platform/dns.zone c=state/shop/network.id\nbuild\nnetwork :id");
    workspace.stacks.get_mut(&crate::name("build")).unwrap().tool = Tool::Exec;
    let found = found(&workspace);
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.starts_with("S0109 app.yaml:1:2 `build` has no state that Seam reads: its tool is exec"), "{found}");
    assert!(found.contains("S0109 app.yaml:1:3 the state of a stack of the system `platform` is not read"), "{found}");
}
