use std::fs::{self, File, Permissions};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use greenroom_domain::{AccountId, Clock};
use greenroom_server::app::open_store;
use greenroom_server::edges::{SystemClock, SystemEntropy};
use greenroom_store::Account;
use serde_json::Value;
use tokio::net::TcpSocket;

use super::{Machine, Report, free_port};

#[tokio::test]
async fn a_port_of_another_program() {
    let machine = Machine::new();
    let _taken = TcpListener::bind(("127.0.0.1", machine.http)).unwrap();
    let finding = machine.names("port_taken").await;
    assert!(finding["text"].as_str().unwrap().contains("`listen`"));
}

#[tokio::test]
async fn a_media_port_of_another_program() {
    let machine = Machine::new();
    let udp = UdpSocket::bind(("127.0.0.1", machine.media)).unwrap();
    let finding = machine.names("media_port_taken").await;
    assert!(finding["text"].as_str().unwrap().contains("UDP"));
    drop(udp);
    let _tcp = TcpListener::bind(("127.0.0.1", machine.media)).unwrap();
    let finding = machine.names("media_port_taken").await;
    assert!(finding["text"].as_str().unwrap().contains("TCP"));
}

#[tokio::test]
async fn an_address_that_is_another_machines() {
    let machine = Machine::new();
    let top = format!("listen = \"192.0.2.1:{}\"", machine.http);
    machine.configure(&top, "listen = \"127.0.0.1\"\npublic_ips = [\"127.0.0.1\"]");
    let report = machine.examined().await;
    assert!(report.problems().contains(&"listen_not_here"), "{report:?}");
}

#[tokio::test]
async fn settings_that_cannot_be() {
    let machine = Machine::new();
    machine.configure("listen_port = 8080", "");
    let finding = machine.names("config_unknown_key").await;
    assert!(finding["text"].as_str().unwrap().contains("listen_port"));

    machine.configure("request_timeout_secs = \"soon\"", "");
    machine.names("config_invalid").await;
    machine.configure("request_timeout_secs = 0", "");
    machine.names("config_contradiction").await;
    fs::remove_file(machine.config()).unwrap();
    machine.names("config_file_missing").await;

    machine.configure(&format!("tls_listen = \"127.0.0.1:{}\"", free_port()), "");
    machine.names("tls_without_certificate").await;
    machine.configure("cors_origins = [\"https://x\\n\"]", "");
    machine.names("cors_origin_invalid").await;
    machine.configure("[log]\nlevel = \"=,=\"", "");
    let level = machine.examined().await;
    assert!(level.problems().contains(&"log_level_invalid"), "{level:?}");

    let same = format!("metrics_listen = \"127.0.0.1:{}\"", machine.http);
    machine.configure(&same, "");
    machine.names("listeners_collide").await;
}

#[tokio::test]
async fn bad_usage_is_no_finding() {
    let machine = Machine::new();
    for arguments in [
        &["doctor", "--frobnicate"][..],
        &["doctor", "--reach", "nowhere"],
    ] {
        let finished = machine.run(arguments).await;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert!(finished.stdout.is_empty());
    }
}

#[tokio::test]
async fn addresses_at_which_nobody_is() {
    let machine = Machine::new();
    // Media is bound to one address of loopback, and clients are told another.
    machine.configure("", "listen = \"127.0.0.1\"\npublic_ips = [\"127.0.0.2\"]");
    let report = machine.examined().await;
    assert_eq!(
        report.problems(),
        ["media_udp_silent", "media_tcp_silent"],
        "{report:?}"
    );
    // The same beside a running server.
    let _program = machine.serve().await;
    let report = machine.examined().await;
    assert_eq!(
        report.problems(),
        ["media_udp_silent", "media_tcp_silent"],
        "{report:?}"
    );
}

#[tokio::test]
async fn a_public_listener_without_public_addresses() {
    let machine = Machine::new();
    let top = format!("listen = \"0.0.0.0:{}\"", machine.http);
    machine.configure(&top, "listen = \"127.0.0.1\"");
    let finding = machine.names("media_addresses_loopback").await;
    assert!(
        finding["remedy"]
            .as_str()
            .unwrap()
            .contains("media.public_ips")
    );
    machine.configure(
        &top,
        "listen = \"127.0.0.1\"\npublic_ips = [\"10.99.99.99\"]",
    );
    let report = machine.examined().await;
    assert_eq!(
        report.finding("media_addresses_private")["level"],
        "warning"
    );
    let behind = report.finding("media_behind_nat");
    assert!(
        behind["remedy"]
            .as_str()
            .unwrap()
            .contains("UDP and TCP port")
    );
}

#[tokio::test]
async fn keys_that_others_can_read() {
    let machine = Machine::new();
    machine.used().await;
    let folder = machine.data().join("keys");
    let pem = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "pem"))
        .unwrap();
    for (path, mode, id) in [
        (pem, 0o644, "key_readable"),
        (
            machine.data().join("webhook-key.pem"),
            0o640,
            "key_readable",
        ),
        (folder, 0o755, "key_dir_readable"),
    ] {
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let finding = machine.names(id).await;
        let text = finding["text"].as_str().unwrap();
        assert!(text.contains(path.to_str().unwrap()), "{text}");
        fs::set_permissions(&path, before).unwrap();
    }
    machine.examined().await.fine(&["secrets"]);
}

#[tokio::test]
async fn a_damaged_database() {
    let machine = Machine::new();
    machine.used().await;
    let path = machine.data().join("greenroom.db");
    let file = File::options().write(true).open(&path).unwrap();
    for page in 3..fs::metadata(&path).unwrap().len() / 4096 {
        file.write_all_at(&[0xa5; 64], page * 4096).unwrap();
    }
    machine.names("database_damaged").await;
    fs::write(&path, "this is no database. ".repeat(1_000)).unwrap();
    machine.names("database_damaged").await;
}

#[tokio::test]
async fn a_database_of_a_newer_version() {
    let machine = Machine::new();
    machine.used().await;
    let path = machine.data().join("greenroom.db");
    let file = File::options().write(true).open(path).unwrap();
    // The user version stands at this place of the file's header.
    file.write_all_at(&999_u32.to_be_bytes(), 60).unwrap();
    let finding = machine.names("database_newer").await;
    assert!(finding["text"].as_str().unwrap().contains("999"));
}

#[tokio::test]
async fn a_clock_that_is_behind_the_records() {
    let machine = Machine::new();
    machine.used().await;
    let store = open_store(&machine.data()).await.unwrap();
    let tomorrow = SystemClock::start().now().saturating_add_secs(86_400);
    let mut work = store.begin().await.unwrap();
    let account = Account {
        id: AccountId::random(&SystemEntropy),
        created_at: tomorrow,
    };
    work.add_account(&account).await.unwrap();
    work.commit().await.unwrap();
    store.close().await;
    let finding = machine.names("clock_before_records").await;
    let text = finding["text"].as_str().unwrap();
    assert!(text.contains(&tomorrow.to_rfc3339_secs()), "{text}");
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_written() {
    let machine = Machine::new();
    let data = machine.data();
    fs::create_dir(&data).unwrap();
    // Root may write anywhere: the doctor is then run as somebody else.
    fs::set_permissions(machine.folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o555)).unwrap();
    let program = machine.folder.path().join("greenroom");
    fs::copy(env!("CARGO_BIN_EXE_greenroom"), &program).unwrap();
    let mut command = Command::new(program);
    command.args(["doctor", "--json", "--config", &machine.config()]);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let report = Report {
        code: output.status.code(),
        findings: json["findings"].as_array().unwrap().clone(),
    };
    assert_eq!(report.code, Some(1));
    assert_eq!(report.problems(), ["data_dir_not_writable"], "{report:?}");

    // One that is a file is no better.
    fs::remove_dir(&data).unwrap();
    fs::write(&data, "a file").unwrap();
    let report = machine.examined().await;
    assert!(
        report.problems().contains(&"data_dir_unusable"),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_restore_that_was_cut_short() {
    let machine = Machine::new();
    machine.used().await;
    fs::create_dir(machine.data().join("restoring")).unwrap();
    machine.names("restore_unfinished").await;
}

#[tokio::test]
async fn a_server_that_runs_elsewhere_or_is_another() {
    let machine = Machine::new();
    let _program = machine.serve().await;
    let other_port = free_port();
    let listen = format!("127.0.0.1:{other_port}");
    let moved = ["doctor", "--json", "--listen", &listen];
    let report = Report::of(&machine.run(&moved).await);
    assert_eq!(report.problems(), ["server_silent"], "{report:?}");

    let other = Machine::new();
    let _other = other.serve().await;
    let listen = format!("127.0.0.1:{}", other.http);
    let mistaken = ["doctor", "--json", "--listen", &listen];
    let report = Report::of(&machine.run(&mistaken).await);
    assert_eq!(
        report.problems(),
        ["server_is_another", "port_taken"],
        "{report:?}"
    );
}

#[tokio::test]
async fn a_collector_of_traces_that_is_away() {
    let machine = Machine::new();
    // Bound, so that nobody else is there, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let endpoint = format!("http://{}", socket.local_addr().unwrap());
    machine.configure(&format!("traces.otlp_endpoint = \"{endpoint}\""), "");
    let away = machine.examined().await;
    assert_eq!(away.code, Some(0), "{away:?}");
    let finding = away.finding("trace_collector_away");
    assert_eq!(finding["level"], "warning");
    assert!(finding["remedy"].is_string());
    let _listener = socket.listen(1).unwrap();
    machine.examined().await.fine(&["trace_collector"]);
}
