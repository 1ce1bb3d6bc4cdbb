//! The HTTPS listener, on the real program.

use std::fs;
use std::path::Path;

use greenroom_testkit::{CertificateFiles, Greenroom, LIMIT, TestProgram, TlsClient, eventually};

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let files = files_in(folder.path());
    write_certificate(&files);
    let mut program = serve(folder.path(), &files).await;
    let https = program.https().await;
    for (offered, chosen) in [
        (&["h2", "http/1.1"][..], Some("h2")),
        (&["h2"], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&[], None),
    ] {
        let client = TlsClient::connect(https, offered).await;
        assert_eq!(client.protocol(), chosen);
        let reply = client.get("/v2/rooms").await;
        reply.refused(401, "10009");
    }
    // The same surface in the clear.
    program
        .anyone()
        .get("/v2/rooms")
        .await
        .refused(401, "10009");
}

#[tokio::test]
async fn a_new_certificate_needs_no_restart_and_a_broken_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = files_in(folder.path());
    let first = write_certificate(&files);
    let mut program = serve(folder.path(), &files).await;
    let https = program.https().await;
    assert_eq!(shown(https).await, first);
    let still_open = TlsClient::connect(https, &["h2"]).await;

    let second = write_certificate(&files);
    eventually(LIMIT, async || shown(https).await == second).await;
    // Who was connected before goes on with what was agreed then.
    still_open.get("/healthz").await.expect(200);

    fs::write(&files.cert, "-----BEGIN CERTIFICATE-----\nnonsense\n").unwrap();
    let complaint = "the changed certificate cannot be used; the old one stays";
    eventually(LIMIT, async || program.stderr().contains(complaint)).await;
    assert_eq!(shown(https).await, second);

    let third = write_certificate(&files);
    eventually(LIMIT, async || shown(https).await == third).await;
}

#[tokio::test]
async fn for_development_a_certificate_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
    let arguments = [
        "dev",
        "--listen",
        "127.0.0.1:0",
        "--tls-listen",
        "127.0.0.1:0",
        "--data",
    ];
    let mut program = greenroom
        .start(arguments.into_iter().chain([data.to_str().unwrap()]))
        .await;
    let https = program.https().await;
    let client = TlsClient::connect(https, &["h2"]).await;
    client.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let files = files_in(folder.path());
    write_certificate(&files);
    let other = CertificateFiles {
        cert: folder.path().join("other.pem"),
        key: folder.path().join("other-key.pem"),
    };
    write_certificate(&other);
    for (cert, key, complaint) in [
        (&files.key, &files.key, "certificate chain"),
        (&files.cert, &files.cert, "private key"),
        (&files.cert, &other.key, "certificate and its key"),
        (&folder.path().join("absent.pem"), &files.key, "absent.pem"),
    ] {
        let files = CertificateFiles {
            cert: cert.clone(),
            key: key.clone(),
        };
        let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
        let finished = greenroom.run(arguments(folder.path(), &files)).await;
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.stderr.contains(complaint), "{finished:?}");
        assert_eq!(
            finished.stderr.trim_end().lines().count(),
            1,
            "{finished:?}"
        );
    }
}

async fn serve(folder: &Path, files: &CertificateFiles) -> TestProgram {
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
    greenroom.start(arguments(folder, files)).await
}

fn arguments(folder: &Path, files: &CertificateFiles) -> Vec<String> {
    let data = folder.join("data");
    let paths = [&data, &files.cert, &files.key].map(|path| path.to_str().unwrap());
    let [data, cert, key] = paths;
    [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--tls-listen",
        "127.0.0.1:0",
        "--data",
        data,
        "--tls-cert",
        cert,
        "--tls-key",
        key,
    ]
    .map(ToOwned::to_owned)
    .to_vec()
}

fn files_in(folder: &Path) -> CertificateFiles {
    CertificateFiles {
        cert: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    }
}

/// Makes a certificate and puts it in place; its DER.
fn write_certificate(files: &CertificateFiles) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&files.cert, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().to_vec()
}

/// The certificate that a new connection is shown.
async fn shown(https: std::net::SocketAddr) -> Vec<u8> {
    TlsClient::connect(https, &["http/1.1"]).await.certificate()
}
