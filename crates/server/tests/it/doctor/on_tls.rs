use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use rcgen::{CertificateParams, KeyPair};

use super::{Machine, free_port};

/// Writes a certificate that is good in these years, and a key that is its own or not.
fn certificate(machine: &Machine, years: [i32; 2], is_its_key: bool) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(years[0], 1, 1);
    params.not_after = rcgen::date_time_ymd(years[1], 1, 1);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let other = KeyPair::generate().unwrap();
    let key = if is_its_key { key } else { other };
    fs::write(machine.path("cert.pem"), pem).unwrap();
    fs::write(machine.path("key.pem"), key.serialize_pem()).unwrap();
    fs::set_permissions(machine.path("key.pem"), Permissions::from_mode(0o600)).unwrap();
    machine.configure(
        &format!(
            "tls_listen = \"127.0.0.1:{}\"\ntls_cert = \"{}\"\ntls_key = \"{}\"",
            free_port(),
            machine.path("cert.pem").display(),
            machine.path("key.pem").display()
        ),
        "",
    );
}

#[tokio::test]
async fn certificates_and_their_keys() {
    let machine = Machine::new();
    certificate(&machine, [2020, 4096], true);
    let report = machine.examined().await;
    assert_eq!(report.problems(), [""; 0], "{report:?}");
    assert_eq!(
        report.finding("certificate_self_signed")["level"],
        "warning"
    );

    certificate(&machine, [2020, 2021], true);
    let finding = machine.names("certificate_expired").await;
    assert!(finding["text"].as_str().unwrap().contains("2021-01-01"));
    certificate(&machine, [4000, 4096], true);
    machine.names("certificate_not_yet_valid").await;
    certificate(&machine, [2020, 4096], false);
    machine.names("certificate_key_mismatch").await;

    certificate(&machine, [2020, 4096], true);
    let key = machine.path("key.pem");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    machine.names("tls_key_readable").await;
    fs::remove_file(&key).unwrap();
    machine.names("certificate_key_unreadable").await;
    fs::remove_file(machine.path("cert.pem")).unwrap();
    machine.names("certificate_unreadable").await;
}

#[tokio::test]
async fn a_server_with_tls_is_in_order() {
    let machine = Machine::new();
    certificate(&machine, [2020, 4096], true);
    let _program = machine.serve().await;
    let report = machine.examined().await;
    assert_eq!(report.problems(), [""; 0], "{report:?}");
    let held = report.of_level("ok");
    assert_eq!(held.iter().filter(|id| **id == "port_held").count(), 2);
}
