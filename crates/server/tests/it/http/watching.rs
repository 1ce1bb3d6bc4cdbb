//! The dashboard and the alert rules that come with the program ask for metrics that it really exposes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use greenroom_testkit::TestServer;
use serde_json::Value;

/// Names that Prometheus adds to what it scrapes, or that its own metrics have.
const LABELS_OF_PROMETHEUS: [&str; 2] = ["job", "instance"];

/// Words that stand before a list of labels in parentheses.
const GROUPING: [&str; 2] = ["by", "without"];

fn packaged(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    fs::read_to_string(path.join(name)).unwrap()
}

/// Each metric with its labels, as `/metrics` shows them.
fn exposed(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut metrics: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let labels = metrics.entry(name.to_owned()).or_default();
        if let Some((_, rest)) = line.split_once('{') {
            let (inside, _) = rest.rsplit_once('}').unwrap();
            // No value of ours holds a comma or a quote.
            let pairs = inside.split(',').filter_map(|pair| pair.split_once('='));
            labels.extend(pairs.map(|(label, _)| label.to_owned()));
        }
    }
    metrics
}

/// What an expression of `PromQL` asks for: metrics with the labels they are selected by, and the labels it groups by.
#[derive(Debug, Default)]
struct Asked {
    metrics: Vec<(String, Vec<String>)>,
    grouped_by: Vec<String>,
}

fn asked(expression: &str) -> Asked {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut asked = Asked::default();
    let mut rest = expression;
    while let Some(start) = rest.find(is_word) {
        rest = &rest[start..];
        let (word, after) = rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
        rest = after;
        if word.starts_with("greenroom_") {
            let mut labels = Vec::new();
            if let Some((selector, after)) = rest
                .strip_prefix('{')
                .and_then(|selector| selector.split_once('}'))
            {
                labels.extend(selector.split(", ").map(|matcher| {
                    let end = matcher.find(|c| !is_word(c)).unwrap();
                    matcher[..end].to_owned()
                }));
                rest = after;
            }
            asked.metrics.push((word.to_owned(), labels));
        } else if GROUPING.contains(&word) {
            let (list, after) = rest
                .trim_start()
                .strip_prefix('(')
                .and_then(|list| list.split_once(')'))
                .unwrap();
            asked
                .grouped_by
                .extend(list.split(',').map(|label| label.trim().to_owned()));
            rest = after;
        }
    }
    asked
}

/// Everything that the panels and variables of the dashboard ask for.
fn dashboard_expressions(dashboard: &Value, into: &mut Vec<String>) {
    for item in dashboard.as_array().into_iter().flatten() {
        dashboard_expressions(item, into);
    }
    for (name, value) in dashboard.as_object().into_iter().flatten() {
        if let Value::String(text) = value {
            if ["expr", "query", "definition"].contains(&&**name) {
                into.push(text.clone());
            }
        } else {
            dashboard_expressions(value, into);
        }
    }
}

/// The alerts, each with its expression. A folded expression (`>-`) goes on in the lines that are further in.
fn alert_expressions(rules: &str) -> Vec<(String, String)> {
    let mut alerts: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in rules.lines() {
        let text = line.trim();
        if let Some(name) = text.strip_prefix("- alert: ") {
            alerts.push((name.to_owned(), String::new()));
        } else if let Some(expression) = text.strip_prefix("expr: ") {
            alerts.last_mut().unwrap().1 = expression.trim_start_matches(">-").to_owned();
            inside = true;
        } else if inside && line.starts_with("          ") {
            alerts.last_mut().unwrap().1.extend([" ", text]);
        } else {
            inside = false;
        }
    }
    alerts
}

async fn metrics_of_a_server_in_use() -> BTreeMap<String, BTreeSet<String>> {
    let server = TestServer::start().await;
    let acme = server.account("acme").await;
    acme.new_room().await;
    exposed(server.anyone().get("/metrics").await.expect(200).text())
}

#[track_caller]
fn is_exposed(metrics: &BTreeMap<String, BTreeSet<String>>, expression: &str) {
    let asked = asked(expression);
    let mut known: BTreeSet<&str> = LABELS_OF_PROMETHEUS.into();
    for (name, selected_by) in &asked.metrics {
        let labels = metrics
            .get(name)
            .unwrap_or_else(|| panic!("no metric {name}, asked for by {expression}"));
        known.extend(labels.iter().map(|label| &**label));
        for label in selected_by {
            assert!(
                labels.contains(label) || LABELS_OF_PROMETHEUS.contains(&&**label),
                "{name} has no label {label}, asked for by {expression}"
            );
        }
    }
    for label in &asked.grouped_by {
        assert!(known.contains(&**label), "no label {label} in {expression}");
    }
}

#[tokio::test]
async fn the_dashboard_asks_for_what_there_is() {
    let metrics = metrics_of_a_server_in_use().await;
    let dashboard: Value = serde_json::from_str(&packaged("grafana/greenroom.json")).unwrap();
    let mut expressions = Vec::new();
    dashboard_expressions(&dashboard["panels"], &mut expressions);
    assert!(expressions.len() > 60, "{}", expressions.len());
    for expression in &expressions {
        assert!(!asked(expression).metrics.is_empty(), "{expression}");
        is_exposed(&metrics, expression);
    }
    let mut variables = Vec::new();
    dashboard_expressions(&dashboard["templating"], &mut variables);
    for expression in &variables {
        is_exposed(&metrics, expression);
    }
}

#[tokio::test]
async fn every_alert_asks_for_what_there_is() {
    let metrics = metrics_of_a_server_in_use().await;
    let rules = packaged("prometheus/alerts.yml");
    let alerts = alert_expressions(&rules);
    assert!(alerts.len() > 10, "{alerts:?}");
    let names: BTreeSet<_> = alerts.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), alerts.len(), "each has a name of its own");
    for (name, expression) in &alerts {
        let of_prometheus = expression.trim() == r#"up{job="greenroom"} == 0"#;
        assert!(
            of_prometheus || !asked(expression).metrics.is_empty(),
            "{name}: {expression}"
        );
        is_exposed(&metrics, expression);
    }
    for field in ["severity: ", "summary: ", "description: "] {
        assert_eq!(rules.matches(field).count(), alerts.len(), "{field}");
    }
}

#[test]
fn expressions_are_taken_apart() {
    let asked = asked(
        r#"sum by (le, route) (rate(greenroom_a_total{job=~"$job", status="5.."}[5m])) / greenroom_b"#,
    );
    assert_eq!(asked.grouped_by, ["le", "route"]);
    let names: Vec<_> = asked.metrics.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["greenroom_a_total", "greenroom_b"]);
    assert_eq!(asked.metrics[0].1, ["job", "status"]);
}
