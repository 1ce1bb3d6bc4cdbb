use super::Workshop;

/// Options of those who serve.
const SERVING: &[&str] = &[
    "--config <FILE>",
    "GREENROOM_CONFIG",
    "--data <DIR>",
    "GREENROOM_DATA",
    "--listen <ADDR>",
    "GREENROOM_LISTEN",
    "--tls-listen <ADDR>",
    "GREENROOM_TLS_LISTEN",
    "--tls-cert <FILE>",
    "GREENROOM_TLS_CERT",
    "--tls-key <FILE>",
    "GREENROOM_TLS_KEY",
    "--public-ip <IP>",
    "GREENROOM_MEDIA__PUBLIC_IPS",
    "--media-port <PORT>",
    "GREENROOM_MEDIA__UDP_PORT",
];

/// Options of those who need a data directory.
const PLACE: &[&str] = &["--config <FILE>", "--data <DIR>"];

#[tokio::test]
async fn each_command_tells_its_options() {
    let shop = Workshop::open();
    for (command, mentioned) in [
        (
            &[][..],
            &[
                "dev",
                "serve",
                "api-key",
                "signing-key",
                "token",
                "doctor",
                "backup",
                "restore",
                "openapi",
                "config",
                "--version",
                "A self-hosted video-room server",
            ][..],
        ),
        (&["dev"], SERVING),
        (&["serve"], SERVING),
        (&["api-key"], &["create", "list", "revoke"]),
        (
            &["api-key", "create"],
            &[
                "--label <LABEL>",
                "--account <ID>",
                "--new-account",
                "--expires-in-days <DAYS>",
            ],
        ),
        (&["api-key", "create"], PLACE),
        (&["api-key", "list"], PLACE),
        (&["api-key", "revoke"], &["<ID>"]),
        (&["api-key", "revoke"], PLACE),
        (&["signing-key"], &["list", "rotate", "revoke"]),
        (&["signing-key", "list"], PLACE),
        (&["signing-key", "rotate"], PLACE),
        (&["signing-key", "revoke"], &["<KID>"]),
        (&["token"], &["explain"]),
        (&["token", "explain"], &["<JWT>", "standard input"]),
        (&["token", "explain"], PLACE),
        (&["doctor"], SERVING),
        (&["doctor"], &["--json", "--reach <IP:PORT>"]),
        (&["backup"], &["<FILE|DIR>", "--force"]),
        (&["backup"], PLACE),
        (&["restore"], &["<FILE>", "--force"]),
        (&["restore"], PLACE),
        (&["openapi"], &["OpenAPI"]),
        (&["config"], &["check", "print", "example"]),
        (&["config", "check"], SERVING),
        (&["config", "print"], SERVING),
    ] {
        let arguments = command.iter().chain(&["--help"]);
        let help = shop.greenroom.run(arguments).await.succeeded();
        for word in mentioned {
            assert!(help.contains(word), "no {word:?} in {command:?}: {help}");
        }
    }
}

#[tokio::test]
async fn so_do_those_that_are_for_machines() {
    let shop = Workshop::open();
    for (command, mentioned) in [
        (
            "healthcheck",
            &["--timeout-secs <SECS>", "GREENROOM_LISTEN"][..],
        ),
        ("completions", &["bash", "zsh", "fish"]),
        ("man", &["--out <DIR>"]),
    ] {
        let help = shop.greenroom.run([command, "--help"]).await.succeeded();
        for word in mentioned {
            assert!(help.contains(word), "no {word:?} in {command}: {help}");
        }
    }
}

#[tokio::test]
async fn bad_usage_is_exit_code_2_and_nothing_is_made() {
    let shop = Workshop::open();
    let here = shop.greenroom.clone().inside(shop.folder());
    for arguments in [
        &[][..],
        &["api-key"],
        &["frobnicate"],
        &["serve", "--frobnicate"],
        &["serve", "--listen", "nowhere"],
        &["serve", "extra"],
        &["api-key", "revoke"],
        &["api-key", "revoke", "not-an-id"],
        &["api-key", "create", "--expires-in-days", "0"],
        &["api-key", "create", "--expires-in-days", "soon"],
        &["api-key", "create", "--account", "x"],
        &[
            "api-key",
            "create",
            "--new-account",
            "--account",
            "782b2cbe-8466-4e3f-a4d3-9781eb577e50",
        ],
        &["signing-key", "revoke", "../../etc/passwd"],
        &["token", "explain"],
        &["healthcheck", "--timeout-secs", "0"],
        &["completions"],
        &["man"],
    ] {
        let finished = here.run(arguments).await;
        assert_eq!(finished.code, Some(2), "{arguments:?}: {finished:?}");
        assert!(finished.stdout.is_empty(), "{finished:?}");
        assert!(!finished.stderr.is_empty());
    }
    let made = std::fs::read_dir(shop.folder()).unwrap().count();
    assert_eq!(made, 0);
}

#[tokio::test]
async fn it_tells_its_version() {
    let shop = Workshop::open();
    let version = shop.greenroom.run(["--version"]).await.succeeded();
    assert_eq!(
        version.trim(),
        format!("greenroom {}", env!("CARGO_PKG_VERSION"))
    );
}
