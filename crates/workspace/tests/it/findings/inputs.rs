//! What is found in the inputs of a stack.

use super::{check, of_stack};

#[test]
fn inputs() {
    check(
        of_stack,
        r#"|inputs:
|  a: network
|  b: {registry: a.b, run: a.b}
|  c: {}
|  d: {optional: true}
|  e: {state: a.b}
|  f: 1
|  g: {environment}
|  H-1: {value: {environment}}
|  9x: a.b
|  i: []
S0013 3:6 [network] `network` is not a reference: it has the form [SYSTEM/]STACK.OUTPUT, for example network.vpc_id
S0012 4:22 [run] both `registry` and `run` say where it comes from & 4:7 the first one > keep one of them
S0012 5:3 [c] nothing here says where it comes from > add one of registry, state, lookup, run, secret, config, value
S0012 6:3 [d] nothing here says where it comes from > add one of registry, state, lookup, run, secret, config, value
S0003 8:6 [1] `f` takes a reference or a mapping, and this is a number
S0012 9:3 [g] nothing here says where it comes from > add one of registry, state, lookup, run, secret, config, value
S0003 9:7 [environment] `environment` takes a name, and nothing stands here
S0004 10:16 [{environment}] `{environment}` without quotes is a mapping > write "{environment}"
S0005 11:3 [9x] `9x` is not an identifier: letters, digits, `_` and `-`, and no digit first
S0003 12:6 [[]] `i` takes a reference or a mapping, and this is a list
|inputs:
|  a: {registry: "tag:x.y"}
|  b: {registry: "tag:s/x.y", many: true}
|  c: {registry: x.y, many: true}
|  d: {registry: x.y, as: map}
|  e: "tag:x.y"
|  f: {registry: "tag:x.y", many: true, as: list}
S0020 3:17 ["tag:x.y"] a tag may match any number of stacks, and `many` is not set > write {registry: "tag:x.y", many: true}
S0013 4:17 ["tag:s/x.y"] a fan-in collects from the own system
S0020 5:22 [many] `many` belongs to a fan-in, and this names one stack > a fan-in is written `tag:NAME.OUTPUT`
S0020 6:22 [as] `as` belongs to a fan-in, and this names one stack > a fan-in is written `tag:NAME.OUTPUT`
S0020 7:6 ["tag:x.y"] a tag may match any number of stacks, and `many` is not set > write {registry: "tag:x.y", many: true}
S0020 8:44 [list] `list` is none of the words that may stand here > write map
|inputs:
|  a: {value: "x-{regoin}"}
|  b: {value: {deep: ["{region}"]}}
|  c: {value: "{{regoin}"}
|  d: {registry: a.b, format: "x"}
|  e: {registry: a.b, format: "{value}/{stack}"}
|  f: {secret: {env: "X_{zone}"}}
|  g: {secret: {}}
|  h: {secret: {env: A, file: B}}
|  i: {secret: {command: []}}
|  j: {secret: {command: ls}}
|  k: {secret: {command: [pass, "{enviroment}/x", "{{x}", "{}"]}}
|exec: {plan: [sh, -c, "echo ${HOME}"], apply: [./a, "{region}"], destroy: [./d, "{stak}"]}
S0011 3:17 [{regoin}] `{regoin}` is not known here > did you mean `{region}`?
S0011 4:23 [{region}] `{region}` is not known in prod-eu, prod-us > give prod-eu, prod-us `region` in seam.yaml, as the others have it
S0020 6:30 ["x"] `format` does not say where the value goes > write `{value}` where it goes, or use `value:` for a text of its own
S0011 7:39 [{stack}] `{stack}` is not known here > `format` knows `{value}` alone
S0011 8:24 [{zone}] `{zone}` is not known here > write `{{` for a literal brace
S0012 9:7 [secret] nothing here says where it comes from > add one of env, file, command
S0012 10:24 [file] both `env` and `file` say where it comes from & 10:16 the first one > keep one of them
S0020 11:25 [[]] `command` is an empty list
S0003 12:25 [ls] `command` takes a list, and this is a string > write [ls]
S0011 13:33 [{enviroment}] `{enviroment}` is not known here > did you mean `{environment}`?
S0020 14:1 [exec] `exec` belongs to tool: exec, and this stack's tool is external > remove it, or change `tool`
S0011 14:30 [{HOME}] `{HOME}` is not known here > write `{{` for a literal brace
S0011 14:54 [{region}] `{region}` is not known in prod-eu, prod-us > give prod-eu, prod-us `region` in seam.yaml, as the others have it
S0011 14:82 [{stak}] `{stak}` is not known here > did you mean `{stack}`?
|inputs:
|  a: {registry: a.b, version: "^x", environment: dve}
|  b: {registry: other/a.b, environment: anything}
|  c: {value: 1, version: "^1", many: true}
|  d: {run: a.b, version: "^1"}
|  e: {registry: a.b, optional: yes}
|  f: {value: 0x1F}
|  g: {value: True}
S0020 3:31 ["^x"] `^x` is not a range of versions > write it like "^2" or ">=1.2, <2"
S0015 3:50 [dve] there is no environment `dve` > did you mean `dev`?
S0020 5:17 [version] `version` means nothing beside `value` > remove it
S0020 5:32 [many] `many` means nothing beside `value` > remove it
S0020 6:17 [version] `version` means nothing beside `run` > remove it
S0003 7:32 [yes] `optional` takes true or false, and this is a string > write `true`, without quotes
S0004 8:14 [0x1F] `0x1F` is a number, a boolean or null to some readers and a string to others > write "0x1F" for the string, or the value in its plain form
S0004 9:14 [True] `True` is a number, a boolean or null to some readers and a string to others > write "True" for the string, or the value in its plain form
"#,
    );
}

#[test]
fn inputs_from_states_and_lookups() {
    check(
        of_stack,
        r#"|inputs:
|  a: {state: "tag:x.y"}
|  b: {state: {config: {path: p}}, output: x}
|  c: {state: {backend: s3}}
|  d: {state: {backend: s3, config: {key: "{x}"}}, output: "a b"}
|  e: {state: a.b, output: c, version: "^1"}
|  f: {lookup: {tags: {tier: 1}}}
|  g: {lookup: {kind: k, from: A/b}, many: true}
|  h: {lookup: {kind: k, name: "{x}"}, select: "a b"}
|  i: {registry: a.b, output: c}
S0020 3:14 ["tag:x.y"] a fan-in does not read states > write {registry: "tag:x.y", many: true}
S0006 4:7 [state] the required key `backend` is missing > add `backend:`. The backend's type: s3, gcs, azurerm, http, local …
S0006 5:14 [{backend: s3}] nothing says which output of the state is meant > add `output: NAME` beside `state`
S0013 6:59 ["a b"] this is not an output with a path > write it like vpc_id or subnets[0].id
S0020 7:19 [output] `output` means nothing beside the state of a stack > remove it
S0020 7:30 [version] `version` means nothing beside the state of a stack > remove it
S0006 8:7 [lookup] the required key `kind` is missing > add `kind:`. The kind of the resources, such as aws_subnet.
S0004 8:29 [1] `tier` takes a string, and this is a number > write "1"
S0005 9:31 [A/b] `A` is not a name: names are lower-case letters, digits, `_` and `-`, and start with a letter or digit > write STACK, or SYSTEM/STACK
S0011 10:32 [{x}] `{x}` is not known here > write `{{` for a literal brace
S0020 10:47 ["a b"] `a b` is not a path > write it like id, tags.tier or [0].id
S0020 11:22 [output] `output` means nothing beside `registry` > remove it
"#,
    );
}
