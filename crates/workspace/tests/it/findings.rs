//! Bad files and the findings they make, as transcripts: lines of a file after `|`, then what is
//! found in them.

mod inputs;

use crate::{load_text, rendered};
use seam_workspace::load;
use std::fmt::Write;

pub const SEAM: &str = "== seam.yaml\nsystem: shop\nenvironments: {dev: {region: eu}, prod-eu: , prod-us: {}}\n";

/// The findings of a stack `app` that is external, with these lines in its file after the first.
fn of_stack(lines: &str) -> String {
    let text = format!("{SEAM}== app/stack.yaml\ntool: external\n{lines}");
    rendered(&load_text(&text).findings).replace("app/stack.yaml:", "")
}

fn of_seam(lines: &str) -> String {
    rendered(&load_text(&format!("== seam.yaml\n{lines}")).findings).replace("seam.yaml:", "")
}

/// Plays the transcript and compares it with what happens.
fn check(play: fn(&str) -> String, transcript: &str) {
    let (mut lines, mut played) = (String::new(), String::new());
    for line in transcript.lines() {
        match line.strip_prefix('|') {
            Some(line) => writeln!(lines, "{line}").unwrap(),
            None if lines.is_empty() => {}
            None => {
                for line in lines.lines() {
                    writeln!(played, "|{line}").unwrap();
                }
                played += &play(&std::mem::take(&mut lines));
            }
        }
    }
    assert_eq!(played, transcript);
}

#[test]
fn yaml_beyond_the_strict_subset() {
    check(
        of_stack,
        r#"|name: &x app
S0002 2:7 [&x] an anchor, `&x` > write the value out where it is needed
|tags: *x
S0002 2:7 [*x] an alias, `*x` > write the value out
|name: !!str app
S0002 2:7 [!!str] a tag > remove it; quotes make a string of a value
|tags: [a]
|<<: {after: [b]}
S0002 3:1 [<<] a merge key > write the keys out
|---
|name: x
S0002 2:1 [---] a second document > keep one document in the file
|name: app
|---
|name: y
S0002 3:1 [---] a second document > keep one document in the file
|? [a]
|: b
S0002 2:3 [[a]] a key that is not a string
|1: b
S0004 2:1 [1] the key `1` is not a string > write "1"
|tags: [a
|after: []
S0001 3:6 [:] illegal placement of ':' indicator > is a bracket above not closed?
|	name: x
S0001 2:1 [	] while scanning a plain scalar, found a tab > indent with spaces
|name: {environment}-x
S0001 2:20 [-] while parsing a block mapping, did not find expected key > a string with a brace in it needs quotes
|name: @x
S0001 2:7 [@] unexpected character: `@' > a string that starts with this character needs quotes
|name: a: b
S0001 2:8 [:] mapping values are not allowed in this context > a string with `: ` in it needs quotes
|name: 'x
S0001 3:1 invalid indentation in multiline quoted scalar > is a quote above not closed?
|name: app
|name: app
S0008 3:1 [name] the key `name` stands twice in one mapping & 2:1 the first one
"#,
    );
}

#[test]
fn unknown_keys_and_values_of_another_type() {
    check(
        of_stack,
        r#"|inputz: {}
S0007 2:1 [inputz] unknown key `inputz` > did you mean `inputs`?
|zebra: {}
S0007 2:1 [zebra] unknown key `zebra` > the keys here are name, formerly, tool, source, environments, inputs, after, tags, sources, timeout, backend, exec, contract, uses, in, workspace
|max_age: x
S0009 2:1 [max_age] `max_age` is known, and not built yet > remove it; it comes with trusted runs
|formerly: 7
S0003 2:11 [7] `formerly` takes a name or a list, and this is a number
|formerly: []
S0020 2:11 [[]] `formerly` is an empty list
|formerly: shop
S0111 2:11 [shop] others publish `app`, under the name that they give it > remove `formerly`; they publish under the new name
|name: App One
S0005 2:7 [App One] `App One` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > write `app-one`
|tool2: x
S0007 2:1 [tool2] unknown key `tool2` > did you mean `tool`?
|timeout: 90
S0003 2:10 [90] `timeout` takes a duration such as 90s, 15m or 2h, and this is a number > write it like 90s, 15m or 2h
|timeout: 1d
S0020 2:10 [1d] `1d` is not a duration > write it like 90s, 15m or 2h
|timeout: "90"
S0020 2:10 ["90"] `90` is not a duration > write it like 90s, 15m or 2h
|timeout:
S0003 2:1 [timeout] `timeout` takes a duration such as 90s, 15m or 2h, and nothing stands here
|tags: pci
S0003 2:7 [pci] `tags` takes a list, and this is a string > write [pci]
|tags: {a: b}
S0003 2:7 [{a: b}] `tags` takes a list, and this is a mapping
|tags: [1.10, true, null, ~, 0777, yes, A]
S0003 2:8 [1.10] `tags` takes a name, and this is a number
S0004 2:14 [true] `tags` takes a name, and this is a boolean > write "true"
S0004 2:20 [null] `tags` takes a name, and this is null > write "null"
S0003 2:26 [~] `tags` takes a name, and this is null
S0004 2:29 [0777] `0777` is a number, a boolean or null to some readers and a string to others > write "0777" for the string, or the value in its plain form
S0005 2:40 [A] `A` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > write `a`
|environments: [dve, "qa-*", "prod-{eu,us}"]
S0015 2:16 [dve] there is no environment `dve` | seam.yaml declares dev, prod-eu, prod-us > did you mean `dev`?
S0015 2:21 ["qa-*"] no environment matches `qa-*` | seam.yaml declares dev, prod-eu, prod-us
"#,
    );
}

#[test]
fn declared_uses() {
    check(
        of_stack,
        r"|uses: [{api: orders.x, operations: [a]}, {api: orders}, {event: orders}, {table: other/orders.t}]
S0013 2:14 [orders.x] `orders.x` is not what `api` takes > write it as [SYSTEM/]STACK
S0006 2:48 [orders] which operations are called is not said > add `operations: [getOrder]`
S0013 2:65 [orders] `orders` is not what `event` takes > write it as [SYSTEM/]STACK.NAME
S0013 2:82 [other/orders.t] a table of the system `other` is not shared: tables stay inside of a system > use its API or its events
|uses: [{table: orders.t, fields: [x]}, {api: a, event: b.c, operations: [x]}, {}]
S0012 2:1 [uses] nothing here says where it comes from > add one of api, event, table
S0020 2:26 [fields] `fields` does not belong to `table` > remove it
S0012 2:49 [event] both `api` and `event` say where it comes from & 2:41 the first one > keep one of them
",
    );
}

#[test]
fn stacks_as_a_whole() {
    check(
        of_stack,
        r#"|source: ../../x
S0020 2:9 [../../x] the folder lies outside of the repository > code that a stack runs lies beside it in the repository
|source: ../..
|sources: ["../../../x", ok.zip]
S0020 2:9 [../..] the folder lies outside of the repository > code that a stack runs lies beside it in the repository
S0020 3:11 ["../../../x"] the path leads out of the repository > only files of the repository are copied to where the tool runs
|exec: {apply: [x]}
|backend: {type: s3}
S0020 2:1 [exec] `exec` belongs to tool: exec, and this stack's tool is external > remove it, or change `tool`
S0020 3:1 [backend] `backend` belongs to terraform and opentofu, and this stack's tool is external > remove it, or change `tool`
|after: [netwrk, app]
S0101 2:9 [netwrk] there is no stack `netwrk`
|contract: {version: 1.4, outputs: {url: {type: strng, format: uri}, B: {}, c: {type: [string, "null"]}, d: {type: [], sensitve: true}}, api: [x]}
S0003 2:21 [1.4] `version` takes a semantic version, and this is a number > write it like 1.4.0
S0020 2:48 [strng] `strng` is none of the words that may stand here > did you mean `string`?
S0005 2:69 [B] `B` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > write `b`
S0020 2:115 [[]] `type` is an empty list
S0007 2:119 [sensitve] unknown key `sensitve` > did you mean `sensitive`?
S0003 2:142 [[x]] `api` takes a string, and this is a list
|- a
S0001 2:3 [a] while parsing a block mapping, did not find expected key
|just text
S0001 2:1 [j] simple key expected ':'
|tags: ["é", "ü x"] # c
S0005 2:8 ["é"] `é` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit
S0005 2:13 ["ü x"] `ü x` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit
"#,
    );
}

#[test]
fn seam_yaml() {
    check(
        of_seam,
        r#"|environments: {}
S0006 seam.yaml the required key `system` is missing > add `system:`. The system's name: stacks released together by one team.
|system: 1
S0004 1:9 [1] `system` takes a name, and this is a number > write "1"
|system: a.b
S0005 1:9 [a.b] `a.b` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > write `a-b`
|system: a
|environments: {dev: {region: eu, env: {A: "{regoin}-{stack}", B: "{x}"}}}
S0011 2:44 [{regoin}] `{regoin}` is not known here > did you mean `{region}`?
S0011 2:67 [{x}] `{x}` is not known here > write `{{` for a literal brace
|system: a
|registry: https://x
S0009 2:11 [https://x] a registry at `https://x` is known, and not built yet > use a file for now; shared registries come later
|system: a
|registry: {static: x}
S0009 2:12 [static] `static` is known, and not built yet > remove it; it comes with the shared registry
|system: a
|registry: 3
S0003 2:11 [3] `registry` takes a string or a mapping, and this is a number
|system: a
|environments:
|  Dev: {}
|  b: [x]
|  c: {approve: yes, promotes_from: a, regoin: x, account: 111111111111, config: nope.yaml, labels: {a.b: c}, maps: {x: Y}}
S0005 3:3 [Dev] `Dev` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > write `dev`
S0003 4:6 [[x]] `b` takes a mapping, and this is a list
S0003 5:16 [yes] `approve` takes true or false, and this is a string > write `true`, without quotes
S0009 5:21 [promotes_from] `promotes_from` is known, and not built yet > remove it; it comes with promotion
S0007 5:39 [regoin] unknown key `regoin` > did you mean `region`?
S0004 5:59 [111111111111] `account` takes a string, and this is a number > write "111111111111"
S0018 5:81 [nope.yaml] there is no file `nope.yaml` > the path is relative to seam.yaml
S0005 5:101 [a.b] `a.b` is not an identifier: letters, digits, `_` and `-`, and no digit first
S0005 5:120 [Y] `Y` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > write `y`
|system: a
|defaults: {tool: terrafrm, timeout: 5, terraform: {backend: {bucket: b}}}
|teams: {net: [x], b: y}
|pools: {}
S0020 2:18 [terrafrm] `terrafrm` is none of the words that may stand here > did you mean `terraform`?
S0003 2:37 [5] `timeout` takes a duration such as 90s, 15m or 2h, and this is a number > write it like 90s, 15m or 2h
S0006 2:52 [backend] the required key `type` is missing > add `type:`. The backend's type: s3, gcs, azurerm, http, local …
S0101 3:15 [x] there is no stack `x`
S0003 3:22 [y] `b` takes a list, and this is a string > write [y]
S0009 4:1 [pools] `pools` is known, and not built yet > remove it; it comes with trusted runs
|%YAML 1.2
|---
|system: a
S0002 1:1 [%] a directive > remove the line; files are YAML 1.2
|system: a
|x: *
S0001 2:4 [*] while scanning an anchor or alias, did not find expected alphabetic or numeric character
"#,
    );
}

#[test]
fn what_concerns_more_than_one_key() {
    let text = "== seam.yaml\nsystem: shop\nenvironments: {dev: }\nteams: {net: [netwrok, network]}\n\
                == a/stack.yaml\n== b/stack.yaml\ntool: terrafrm\nexec: {apply: [x]}\n\
                == c/stack.yaml\ntool: exec\n== d/stack.yaml\ntool: terraform\nexec: {apply: [x]}\nbackend: {bucket: b}\n\
                == d/main.tf\n== e/stack.yaml\nname: network\ntool: external\nsource: ../nowhere\n\
                == f/stack.yaml\ntool: external\nname: network\n== G H/stack.yaml\ntool: external\n\
                == i/stack.yaml\ntool: external\nafter: [j]\n== j/stack.yaml\ntool: [\n";
    assert_eq!(
        rendered(&load_text(text).findings),
        r"S0005 G H/stack.yaml the folder's name is no stack's: `G H` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > add `name:`
S0006 a/stack.yaml nothing says what deploys this stack > add `tool: terraform` (or opentofu, exec, external) here, or `defaults: {tool: …}` to seam.yaml
S0020 b/stack.yaml:1:7 [terrafrm] `terrafrm` is none of the words that may stand here > did you mean `terraform`?
S0006 c/stack.yaml:1:7 [exec] the required key `exec` is missing > add `exec: {apply: [PROGRAM, ARGUMENT, …]}`
S0020 d/stack.yaml:2:1 [exec] `exec` belongs to tool: exec, and this stack's tool is terraform > remove it, or change `tool`
S0006 d/stack.yaml:3:1 [backend] the required key `type` is missing > add `type:`; defaults.terraform.backend of seam.yaml has none
S0014 f/stack.yaml:2:7 [network] a second stack is called `network` & e/stack.yaml:1:7 the first one > give one of them another `name`
S0001 j/stack.yaml:1:7 [[] unclosed bracket '['
S0101 seam.yaml:3:15 [netwrok] there is no stack `netwrok` > did you mean `network`?
"
    );
}

#[test]
fn files_beyond_the_limits_and_not_utf_8() {
    let deep = |depth: usize| format!("inputs: {{a: {{value: {}{}}}}}\n", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(of_stack(&deep(61)), "");
    assert_eq!(of_stack(&deep(62)), "S0010 2:82 [[] nested deeper than 64 levels\n");
    let large = format!("# {}\n", "x".repeat(1024 * 1024));
    assert_eq!(of_stack(&large), "S0010 app/stack.yaml the file is larger than 1 MiB\n");

    let folder = crate::write_files("== seam.yaml\nsystem: shop\n== a/stack.yaml\n");
    std::fs::write(folder.path().join("a/stack.yaml"), b"tool: external\nname: caf\xe9\n").unwrap();
    std::fs::create_dir_all(folder.path().join("b")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("b/stack.yaml")).unwrap();
    assert_eq!(
        rendered(&load(folder.path()).findings),
        "S0001 a/stack.yaml:2:10 [\u{fffd}] the file is not UTF-8\n\
         S0017 b/stack.yaml cannot read the file: No such file or directory (os error 2)\n"
    );
}

#[test]
fn places_count_characters_after_marks_tabs_and_wide_letters() {
    let folder = crate::write_files("== seam.yaml\n");
    std::fs::write(folder.path().join("seam.yaml"), "\u{feff}system: shop\r\nteams: {\"é\":\t[zürich]}\r\n").unwrap();
    let findings = load(folder.path()).findings;
    let places: Vec<_> = findings.iter().map(|it| it.place.clone().unwrap()).collect();
    let spans: Vec<_> = places.iter().map(|place| (place.line, place.column, place.length)).collect();
    assert_eq!(spans, [(2, 9, 3), (2, 15, 6)]);
    assert_eq!(places[0].source, "teams: {\"é\":\t[zürich]}");
}

#[test]
fn a_former_name_is_nobodys_name_now() {
    let exec = "tool: exec\nexec: {apply: [\"true\"]}\n";
    let text = format!(
        "{SEAM}== a/stack.yaml\n{exec}formerly: a\n== b/stack.yaml\n{exec}formerly: [old, older, a]\n== c/stack.yaml\n{exec}formerly: old\n"
    );
    assert_eq!(
        rendered(&load_text(&text).findings),
        "\
S0111 a/stack.yaml:3:11 [a] `a` is the name of this stack > name the one that it had before
S0111 b/stack.yaml:3:24 [a] `a` is a stack of this workspace & a/stack.yaml this one > a former name is one that no stack has any more
S0111 c/stack.yaml:3:11 [old] `old` is said to have been `b` and `c` & b/stack.yaml:3:12 said here too > what is deployed as it goes on as one stack
"
    );
    let stacks = load_text(&format!("{SEAM}== b/stack.yaml\n{exec}formerly: [old, older]\n")).workspace.unwrap().stacks;
    let formerly = stacks.values().flat_map(|stack| &stack.formerly).map(|(name, _)| name.as_str());
    assert_eq!(formerly.collect::<Vec<_>>(), ["old", "older"]);
}
