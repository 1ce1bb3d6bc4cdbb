use std::fs;

use super::{Machine, bytes_of};

const REACHED: &[&str] = &["media_udp_answers", "media_tcp_answers"];

#[tokio::test]
async fn a_healthy_machine_gets_a_clean_bill_at_every_stage() {
    let machine = Machine::new();
    let fresh = machine.examined().await;
    assert_eq!(
        (fresh.code, fresh.problems()),
        (Some(0), vec![]),
        "{fresh:?}"
    );
    fresh.fine(REACHED);
    fresh.fine(&[
        "config",
        "data_dir_absent",
        "server_stopped",
        "database_absent",
        "port_free",
        "media_ports_free",
        "media_addresses",
        "clock",
    ]);
    assert!(!machine.data().exists(), "the doctor makes nothing");

    let mut program = machine.serve().await;
    let running = machine.examined().await;
    assert_eq!(
        (running.code, running.problems()),
        (Some(0), vec![]),
        "{running:?}"
    );
    running.fine(REACHED);
    running.fine(&[
        "data_dir",
        "secrets",
        "server_ready",
        "database",
        "port_held",
    ]);
    program.anyone().get("/readyz").await.expect(200);
    assert_eq!(program.terminate().await, Some(0));

    let stopped = machine.examined().await;
    assert_eq!(
        (stopped.code, stopped.problems()),
        (Some(0), vec![]),
        "{stopped:?}"
    );
    stopped.fine(REACHED);
    stopped.fine(&["server_stopped", "database", "port_free"]);
}

#[tokio::test]
async fn findings_are_one_line_each_for_people() {
    let machine = Machine::new();
    machine.used().await;
    let key = machine.data().join("webhook-key.pem");
    let before = bytes_of(&key);
    let finished = machine.run(&["doctor"]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let levels = ["ok", "warning", "problem"];
    for line in finished.stdout.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(levels.contains(&words[0]) && words.len() > 3, "{line}");
    }
    assert_eq!(bytes_of(&key), before);
    let pem = fs::read_to_string(&key).unwrap();
    let secret = pem.lines().nth(1).unwrap();
    assert!(!finished.stdout.contains(secret));
}

#[tokio::test]
async fn metrics_and_free_ports_are_looked_at_too() {
    let machine = Machine::new();
    let metrics = super::free_port();
    machine.configure(&format!("metrics_listen = \"127.0.0.1:{metrics}\""), "");
    let _program = machine.serve().await;
    let report = machine.examined().await;
    assert_eq!(report.problems(), [""; 0], "{report:?}");
    let held = report.of_level("ok");
    assert_eq!(held.iter().filter(|id| **id == "port_held").count(), 2);

    let any = machine
        .run(&["doctor", "--json", "--listen", "127.0.0.1:0"])
        .await;
    let any = super::Report::of(&any);
    any.fine(&["port_any", "server_runs"]);
}
