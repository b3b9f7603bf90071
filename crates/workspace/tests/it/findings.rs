//! Bad files and the findings they make.

use crate::{load_text, rendered};

const SEAM: &str = "== seam.yaml\nsystem: shop\nenvironments: {dev: {region: eu}, prod-eu: , prod-us: {}}\n";

/// The findings of a stack `app` that is external, with these lines in its file.
fn of_stack(lines: &str) -> String {
    let text = format!("{SEAM}== app/stack.yaml\ntool: external\n{lines}");
    rendered(&load_text(&text).findings).replace("app/stack.yaml:", "")
}

fn of_seam(lines: &str) -> String {
    rendered(&load_text(&format!("== seam.yaml\n{lines}")).findings).replace("seam.yaml:", "")
}

#[test]
fn print() {
    for lines in [
        "a: &x 1\n",
        "tags: *x\n",
        "name: !!str app\n",
        "tags: [a]\n<<: {after: [b]}\n",
        "---\nname: x\n",
        "name: app\n---\nname: y\n",
        "? [a]\n: b\n",
        "1: b\n",
        "tags: [a\nafter: []\n",
        "\tname: x\n",
        "name: {environment}-x\n",
        "name: @x\n",
        "name: a: b\n",
        "name: 'x\n",
        "name: app\nname: app\n",
        "inputz: {}\n",
        "zebra: {}\n",
        "workspace: x\n",
        "name: App One\n",
        "tool2: x\n",
        "timeout: 90\n",
        "timeout: 1d\n",
        "timeout: \"90\"\n",
        "timeout:\n",
        "tags: pci\n",
        "tags: {a: b}\n",
        "tags: [1.10, true, null, ~, 0777, yes, A]\n",
        "environments: [dve, \"qa-*\", \"prod-{eu,us}\"]\n",
        "inputs:\n  a: network\n  b: {registry: a.b, run: a.b}\n  c: {}\n  d: {optional: true}\n  e: {state: a.b}\n  f: 1\n  g: {environment}\n  H-1: {value: {environment}}\n  9x: a.b\n  i: []\n",
        "inputs:\n  a: {registry: \"tag:x.y\"}\n  b: {registry: \"tag:s/x.y\", many: true}\n  c: {registry: x.y, many: true}\n  d: {registry: x.y, as: map}\n  e: \"tag:x.y\"\n  f: {registry: \"tag:x.y\", many: true, as: list}\n",
        "inputs:\n  a: {value: \"x-{regoin}\"}\n  b: {value: {deep: [\"{region}\"]}}\n  c: {value: \"{{regoin}\"}\n  d: {registry: a.b, format: \"x\"}\n  e: {registry: a.b, format: \"{value}/{stack}\"}\n  f: {secret: {env: \"X_{zone}\"}}\n  g: {secret: {}}\n  h: {secret: {env: A, file: B}}\n  i: {secret: {command: []}}\n  j: {secret: {command: ls}}\n",
        "inputs:\n  a: {registry: a.b, version: \"^x\", environment: dve}\n  b: {registry: other/a.b, environment: anything}\n  c: {value: 1, version: \"^1\", many: true}\n  d: {run: a.b, version: \"^1\"}\n  e: {registry: a.b, optional: yes}\n  f: {value: 0x1F}\n  g: {value: True}\n",
        "source: ../../x\n",
        "source: ../..\nsources: [\"../../../x\", ok.zip]\n",
        "exec: {apply: [x]}\nbackend: {type: s3}\n",
        "after: [netwrk, app]\n",
        "contract: {version: 1.4, outputs: {url: {type: strng, format: uri}, B: {}, c: {type: [string, \"null\"]}, d: {type: [], sensitve: true}}, api: x}\n",
        "- a\n",
        "just text\n",
        "tags: [\"é\", \"ü x\"] # c\n",
        "\u{feff}nome: x\n",
    ] {
        println!("###### {lines:?}\n{}", of_stack(lines));
    }
    for lines in [
        "",
        "environments: {}\n",
        "system: 1\n",
        "system: a.b\n",
        "system: a\nregistry: https://x\n",
        "system: a\nregistry: {static: x}\n",
        "system: a\nregistry: 3\n",
        "system: a\nenvironments:\n  Dev: {}\n  b: [x]\n  c: {approve: yes, promotes_from: a, regoin: x, account: 111111111111, config: nope.yaml, labels: {a.b: c}, maps: {x: Y}}\n",
        "system: a\ndefaults: {tool: terrafrm, timeout: 5, terraform: {backend: {bucket: b}}}\nteams: {net: [x], b: y}\npools: {}\n%x\n",
        "%YAML 1.2\n---\nsystem: a\n",
        "system: a\nx: *\n",
    ] {
        println!("###### {lines:?}\n{}", of_seam(lines));
    }
}
