//! The example configuration: every setting is in it, and what it says of defaults is true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use greenroom_server::config::{Overrides, Settings};
use toml::{Table, Value};

use super::Workshop;

const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../packaging/greenroom.toml"
);

/// A setting as the example shows it.
struct Shown {
    value: Value,
    comment: String,
}

/// Whether a line is a setting that was made a comment, rather than words.
fn is_setting(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))
}

/// All settings that the example shows, by `section.key`.
fn shown(example: &str) -> BTreeMap<String, Shown> {
    let mut shown = BTreeMap::new();
    let (mut section, mut comment) = (String::new(), String::new());
    for line in example.lines() {
        if is_setting(line) {
            let table: Table = line[1..].parse().unwrap();
            let (key, value) = table.into_iter().next().unwrap();
            let comment = std::mem::take(&mut comment);
            assert!(!comment.is_empty(), "nothing is said about {section}{key}");
            let earlier = shown.insert(format!("{section}{key}"), Shown { value, comment });
            assert!(earlier.is_none(), "{section}{key} is there twice");
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.replace(']', ".");
            comment.clear();
        } else if let Some(words) = line.strip_prefix("# ") {
            comment.push_str(words);
            comment.push(' ');
        } else {
            assert!(line.is_empty() || line == "#", "what is this: {line}");
            comment.clear();
        }
    }
    shown
}

/// The names of all settings, those without default included: what the program says it expects in place of a name
/// that it does not know.
fn known_settings(defaults: &Table) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let sections = defaults.iter().filter(|(_, value)| value.is_table());
    let sections: Vec<&str> = sections.map(|(name, _)| name.as_str()).collect();
    for section in [""].iter().chain(&sections) {
        let mut asked = defaults.clone();
        let table = match *section {
            "" => &mut asked,
            section => asked[section].as_table_mut().unwrap(),
        };
        table.insert("no_such_setting".to_owned(), Value::Boolean(true));
        let refusal = asked.try_into::<Settings>().unwrap_err().to_string();
        let expected = refusal.split("expected").nth(1).unwrap().split('`');
        let names = expected.skip(1).step_by(2);
        for name in names.filter(|name| !sections.contains(name)) {
            let dot = if section.is_empty() { "" } else { "." };
            known.insert(format!("{section}{dot}{name}"));
        }
    }
    known
}

fn defaults() -> Table {
    Table::try_from(Settings::default()).unwrap()
}

fn default_of<'a>(defaults: &'a Table, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        Some((section, key)) => defaults[section].get(key),
        None => defaults.get(name),
    }
}

#[test]
fn every_setting_is_in_it() {
    let defaults = defaults();
    let shown = shown(&fs::read_to_string(EXAMPLE).unwrap());
    let shown: BTreeSet<String> = shown.into_keys().collect();
    let known = known_settings(&defaults);
    assert!(known.contains("tls_cert") && known.contains("media.listen"));
    let missing: Vec<_> = known.difference(&shown).collect();
    assert!(
        missing.is_empty(),
        "describe in packaging/greenroom.toml: {missing:?}"
    );
    let unknown: Vec<_> = shown.difference(&known).collect();
    assert!(
        unknown.is_empty(),
        "not a setting any more, but in packaging/greenroom.toml: {unknown:?}"
    );
}

#[test]
fn what_it_says_of_defaults_is_true() {
    let defaults = defaults();
    for (name, Shown { value, comment }) in shown(&fs::read_to_string(EXAMPLE).unwrap()) {
        match default_of(&defaults, &name) {
            Some(default) => assert_eq!(&value, default, "the default of {name}"),
            None => assert!(
                comment.contains("No default"),
                "{name} has none, and the example should say so: {comment}"
            ),
        }
    }
}

#[tokio::test]
async fn the_program_reads_it_with_and_without_its_comments() {
    let shop = Workshop::open();
    let example = fs::read_to_string(EXAMPLE).unwrap();
    assert_eq!(
        shop.greenroom.run(["config", "example"]).await.succeeded(),
        example
    );
    let defaults = shop.greenroom.run(["config", "print"]).await.succeeded();
    let file = shop.path("greenroom.toml");
    fs::write(&file, &example).unwrap();
    let print = ["config", "print", "--config", &file];
    let printed = shop.greenroom.run(print).await.succeeded();
    assert_eq!(printed, defaults, "as it is, it changes nothing");

    let lines = example
        .lines()
        .map(|line| if is_setting(line) { &line[1..] } else { line });
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let check = ["config", "check", "--config", &file];
    shop.greenroom.run(check).await.succeeded();
    let settings = Settings::load(Some(file.as_ref()), &Overrides::default()).unwrap();
    assert!(settings.tls_cert.is_some() && settings.media.listen.is_some());
}
