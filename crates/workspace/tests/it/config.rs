//! The layered configuration.

use crate::{load_text, rendered, sound};

const SEAM: &str = "== seam.yaml\nsystem: shop\nenvironments: {dev: {config: conf/d.yaml}, prod: }\n\
                    defaults: {tool: external}\n== conf/d.yaml\nreplicas: 2\ndb: {size: s}\n";

#[test]
fn four_layers_of_three_kinds_lie_over_each_other() {
    let workspace = sound(&format!(
        "{SEAM}== config/defaults.yaml\nreplicas: 1\ndb: {{size: xs, engine: pg}}\n\
         == config/prod.toml\nreplicas = 3\nat = 2024-01-01\n\
         == app/stack.yaml\ninputs: {{replicas: {{config: replicas}}, engine: {{config: db.engine}}}}\n\
         == app/config.json\n{{\"db\": {{\"size\": \"m\"}}}}\n\
         == app/config.prod.yaml\ndb: {{size: l}}\n"
    ));
    let app = &workspace.stacks[&"app".parse().unwrap()];
    let value = |environment: &str, key: &str| {
        let environment = &workspace.environments[&environment.parse().unwrap()];
        workspace.config_value(app, environment, key).map(|value| value.to_json().unwrap().to_string())
    };
    assert_eq!(value("dev", "replicas").as_deref(), Some("2"));
    assert_eq!(value("prod", "replicas").as_deref(), Some("3"));
    assert_eq!(value("prod", "at").as_deref(), Some("\"2024-01-01\""));
    assert_eq!(value("dev", "db").as_deref(), Some(r#"{"engine":"pg","size":"m"}"#));
    assert_eq!(value("prod", "db.size").as_deref(), Some("\"l\""));
    assert_eq!(value("dev", "at"), None);
    let own: Vec<&str> = workspace.own_files.iter().map(|file| file.to_str().unwrap()).collect();
    assert_eq!(
        own,
        [
            "app/config.json",
            "app/config.prod.yaml",
            "app/stack.yaml",
            "conf/d.yaml",
            "config/defaults.yaml",
            "config/prod.toml",
            "seam.yaml",
        ]
    );
}

#[test]
fn keys_that_no_layer_sets_are_named_with_the_environments() {
    let loaded = load_text(&format!(
        "{SEAM}== app/stack.yaml\ninputs:\n  a: {{config: replicas}}\n  b: {{config: db.sise}}\n  c: {{config: x, optional: true}}\n"
    ));
    assert_eq!(
        rendered(&loaded.findings),
        "S0019 app/stack.yaml:2:15 [replicas] no layer of the configuration sets `replicas` in prod > set it in config/prod.yaml, or in config/defaults.yaml\n\
         S0019 app/stack.yaml:3:15 [db.sise] no layer of the configuration sets `db.sise` in dev, prod > set it in config/defaults.yaml, or in app/config.yaml\n\
         S0022 conf/d.yaml:2:6 [size] no input reads the key `db.size` > did you mean `db.sise`?\n"
    );
}

#[test]
fn layers_that_cannot_be_read_and_layers_for_nobody() {
    let loaded = load_text(&format!(
        "{SEAM}== config/prod.yaml\na: 1\n== config/prod.json\n{{}}\n\
         == app/stack.yaml\ninputs: {{a: {{config: not.there}}}}\n\
         == app/config.yaml\na: 1\na: 0777\n== app/config.prd.yaml\na: 1\n\
         == app/config.dev.json\n{{\n  \"a\": }}\n== app/config.prod.toml\na = [1\n"
    ));
    assert_eq!(
        rendered(&loaded.findings),
        "S0001 app/config.dev.json:2:8 [}] not a JSON object: expected value\n\
         S0015 app/config.prd.yaml there is no environment `prd` that this layer could be for > did you mean `prod`?\n\
         S0001 app/config.prod.toml:1:7 not readable TOML: unclosed array, expected `]`\n\
         S0008 app/config.yaml:2:1 [a] the key `a` stands twice in one mapping & app/config.yaml:1:1 the first one\n\
         S0020 config/prod.json the same layer stands in `config/prod.yaml` too > keep one of the two files\n"
    );
}

#[test]
fn layers_and_keys_that_nobody_reads_are_named_where_one_is_much_like_them() {
    let loaded = load_text(&format!(
        "{SEAM}== config/staging.yaml\na: 1\n== config/prd.toml\na = 1\n== config/notes.txt\n\n\
         == config/prod.yaml\nreplicsa: 3\nother: 1\ndb: {{sizes: l, size: s, engin: x}}\n\
         == config/defaults.yaml\nreplicas: 1\nreplica: 2\n\
         == app/stack.yaml\ninputs: {{a: {{config: replicas}}, b: {{config: db.size}}, c: {{config: db.engine, optional: true}}}}\n"
    ));
    assert!(!seam_model::has_errors(&loaded.findings));
    assert_eq!(
        rendered(&loaded.findings),
        "S0015 config/prd.toml nobody reads this layer: seam.yaml declares no environment `prd` > did you mean `prod`?\n\
         S0022 config/prod.yaml:1:1 [replicsa] no input reads the key `replicsa` > did you mean `replicas`?\n\
         S0022 config/prod.yaml:3:25 [engin] no input reads the key `db.engin` > did you mean `db.engine`?\n\
         S0015 config/staging.yaml nobody reads this layer: seam.yaml declares no environment `staging` > declare the environment, or name the file in one with `config:`\n"
    );
}
