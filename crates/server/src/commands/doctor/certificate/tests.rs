use std::fs;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use super::*;

/// 2025-01-01 and the days after it.
const NOW: Timestamp = Timestamp::from_unix_secs(1_735_689_600);

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `names` that is good from 2024 to the end of January 2025, with its key.
fn issued(by: &CertifiedIssuer<'_, KeyPair>, names: &[&str]) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2025, 1, 31);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "server");
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, by).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn files(folder: &TempDir, chain: &[&str], key: &str) -> Files {
    let path = |name: &str| folder.path().join(name);
    fs::write(path("cert.pem"), chain.concat()).unwrap();
    fs::write(path("key.pem"), key).unwrap();
    let settings = Settings {
        tls_cert: Some(path("cert.pem")),
        tls_key: Some(path("key.pem")),
        ..Settings::default()
    };
    look(&settings).unwrap()
}

fn ids(files: &Files, now: Timestamp) -> Vec<&'static str> {
    judge(files, now).iter().map(|finding| finding.id).collect()
}

#[test]
fn a_chain_in_order_is_fine_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority("root");
    let (cert, key) = issued(&root, &["video.example.com", "192.0.2.7"]);
    let fine = files(&folder, &[&cert, &root.pem()], &key);
    let findings = judge(&fine, NOW);
    assert_eq!(findings[0].id, "certificate");
    let text = &findings[0].text;
    assert!(
        text.contains("video.example.com, 192.0.2.7") && text.contains("30 days"),
        "{text}"
    );
    for (days, expected) in [
        (-400, "certificate_not_yet_valid"),
        (20, "certificate_expires_soon"),
        (31, "certificate_expired"),
    ] {
        let then = NOW.saturating_add_secs(days * SECS_PER_DAY);
        assert_eq!(ids(&fine, then), [expected], "{days}");
    }
}

#[test]
fn what_does_not_fit_together_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (root, other) = (authority("root"), authority("other"));
    let (cert, key) = issued(&root, &["video.example.com"]);
    let (_, other_key) = issued(&root, &["video.example.com"]);
    let (nameless, nameless_key) = issued(&root, &[]);
    let (root_pem, other_pem) = (root.pem(), other.pem());
    for (chain, key, expected) in [
        (
            &[&*cert, &root_pem][..],
            &*other_key,
            "certificate_key_mismatch",
        ),
        (&[&cert, &other_pem], &key, "certificate_chain_order"),
        (&[&cert], &key, "certificate_chain_short"),
        (
            &[&nameless, &root_pem],
            &nameless_key,
            "certificate_without_names",
        ),
        (&[&cert, &root_pem], "no key", "certificate_key_unreadable"),
        (&["no certificate"], &key, "certificate_unreadable"),
    ] {
        let files = files(&folder, chain, key);
        assert_eq!(ids(&files, NOW), [expected]);
    }
    let names = vec!["localhost".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    let (cert, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    assert_eq!(
        ids(&files(&folder, &[&cert], &key), NOW),
        ["certificate_self_signed"]
    );
}
