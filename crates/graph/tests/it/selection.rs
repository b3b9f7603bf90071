//! The selection language.

use crate::{graph, name, short, workspace};
use seam_graph::Selection;
use std::path::Path;

const SHOP: &str = "
    network :id +core
    dns :id +core vpc=network.id @prod
    database :table vpc=network.id
    api :url table=database.table
    app-one origin=api.url
    app-two origin=api.url
";

fn select(text: &str) -> Result<String, String> {
    let workspace = workspace(SHOP);
    let arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let selection = Selection::parse(&arguments, Path::new("api")).map_err(|bad| bad.to_string())?;
    let selected = selection.select(&graph(&workspace), &workspace, Some(&name("dev")));
    selected
        .map(|set| short(&set).replace("/dev", ""))
        .map_err(|none| none.nearest.map_or(none.message.clone(), |nearest| format!("{} ({nearest}?)", none.message)))
}

#[test]
fn items_name_follow_and_take_out() {
    for (text, expected) in [
        ("", "api app-one app-two database network"),
        ("api", "api"),
        ("api...", "api database network"),
        ("api^...", "database network"),
        ("...api", "api app-one app-two"),
        ("...^api", "app-one app-two"),
        ("...api...", "api app-one app-two database network"),
        ("...^api^...", "app-one app-two database network"),
        ("app-*", "app-one app-two"),
        ("*a*,!app-*", "api database"),
        ("app-*^...", "api database network"),
        ("network,api", "api network"),
        ("network api", "api network"),
        ("!app-*", "api database network"),
        ("!...database", "network"),
        ("!api,api...", "database network"),
        ("!dns", "api app-one app-two database network"),
        ("tag:core", "network"),
        ("...tag:core,!network", "api app-one app-two database"),
        ("team:net", "network"),
        (".", "api"),
        ("..", "api app-one app-two database network"),
        ("../network", "network"),
        ("../network/,!../api/../network", ""),
        ("./...", "api database network"),
        ("..../", "api app-one app-two"),
        ("...^../api", "app-one app-two"),
    ] {
        assert_eq!(select(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_matches_nothing_is_refused_with_the_nearest() {
    for (text, expected) in [
        ("databse", "there is no stack `databse` (database?)"),
        ("!databse", "there is no stack `databse` (database?)"),
        ("zzz-*", "no stack's name matches `zzz-*`"),
        ("tag:cor", "no stack has the tag `cor` (tag:core?)"),
        ("team:nett", "there is no team `nett` (team:net?)"),
        ("team:nobody", "the team `nobody` has no stack"),
        ("./shop/", "no stack lies in the folder api/shop of the workspace"),
        ("dns", "nothing that `dns` names is deployed to dev; it is deployed to prod"),
    ] {
        let error = select(text).unwrap_err();
        assert_eq!(error, expected, "{text}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let shapes = "items look like `app`, `app-*`, `app...`, `...app`, `app^...`, `tag:pci`, `team:net`, `./folder`";
    for (text, reason) in [
        ("api,", "it is empty; leave it out to mean every stack"),
        ("changed(main)", "`changed(REVISION)` is known, and not built yet"),
        ("kind:web", "before the colon stands `tag` or `team`"),
        ("App", shapes),
        ("^api", shapes),
        ("tag:a*", shapes),
        ("....", "`./...` is this folder with its dependencies, `..../` with its dependents"),
        ("../../x", "a folder of the workspace is relative to this one"),
        ("/stacks/api", "a folder of the workspace is relative to this one"),
    ] {
        let error = select(text).unwrap_err();
        assert!(error.ends_with(reason), "{text}: {error}");
    }
    assert!(Selection::parse(&[String::new()], Path::new("")).is_err());
}

#[test]
fn without_an_environment_all_of_them() {
    let workspace = workspace(SHOP);
    let selection = Selection::parse(&["...^network".into(), "!app-*,api".into()], Path::new("")).unwrap();
    let selected = selection.select(&graph(&workspace), &workspace, None).unwrap();
    assert_eq!(short(&selected), "api/dev api/prod database/dev database/prod dns/prod");
}
