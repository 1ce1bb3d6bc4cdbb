use std::fs;

use greenroom_testkit::Greenroom;

use super::{Workshop, failed};

#[tokio::test]
async fn an_unknown_key_is_refused_with_file_and_key_named() {
    let shop = Workshop::open();
    let file = shop.path("greenroom.toml");
    for (text, key) in [
        ("lisen = \"127.0.0.1:80\"\n", "lisen"),
        (
            "[limits]\nrefresh_per_adress_burst = 1\n",
            "refresh_per_adress_burst",
        ),
        ("[tokens]\nleeway = 1\n", "leeway"),
        ("[sessions]\ngrace = 1\n", "grace"),
        ("[log]\ncolour = true\n", "colour"),
        ("[unknown]\nx = 1\n", "unknown"),
    ] {
        fs::write(&file, text).unwrap();
        for command in [&["config", "check"][..], &["config", "print"], &["serve"]] {
            let finished = shop.run(&[command, &["--config", &file]].concat()).await;
            failed(&finished, 2, &[key, "greenroom.toml"]);
        }
    }
}

#[tokio::test]
async fn an_unknown_variable_is_refused_and_named() {
    let shop = Workshop::open();
    for name in ["GREENROOM_LISEN", "GREENROOM_TOKENS__LEEWAY"] {
        let greenroom = shop.greenroom.clone().env(name, "1");
        let finished = greenroom.run(["config", "check"]).await;
        let key = name.rsplit('_').next().unwrap().to_lowercase();
        failed(&finished, 2, &[&key, "environment"]);
    }
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_refused_and_named() {
    let shop = Workshop::open();
    let file = shop.path("greenroom.toml");
    for (text, key) in [
        ("listen = \"nowhere\"\n", "listen"),
        ("listen = 8080\n", "listen"),
        ("connections_max = -1\n", "connections_max"),
        ("trusted_proxies = [\"10.0.0.0/99\"]\n", "trusted_proxies"),
        ("[tokens]\nexpiry = \"never\"\n", "expiry"),
        ("[tokens]\nreuse = 1\n", "reuse"),
        ("[sessions]\ngrace_secs = -1\n", "grace_secs"),
        ("[limits]\napi_key_burst = \"many\"\n", "api_key_burst"),
        ("[log]\nformat = \"xml\"\n", "format"),
    ] {
        fs::write(&file, text).unwrap();
        let finished = shop.run(&["config", "check", "--config", &file]).await;
        failed(&finished, 2, &[key, "greenroom.toml"]);
    }
    fs::write(&file, "listen = \n").unwrap();
    let finished = shop.run(&["config", "check", "--config", &file]).await;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    let finished = shop
        .run(&["config", "check", "--config", "absent.toml"])
        .await;
    failed(
        &finished,
        2,
        &["there is no configuration file", "absent.toml"],
    );
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    let shop = Workshop::open();
    for (variables, words) in [
        (
            &[
                ("GREENROOM_TLS_CERT", "c.pem"),
                ("GREENROOM_TLS_LISTEN", "127.0.0.1:0"),
            ][..],
            &["`tls_cert`", "`tls_key`", "both or none"][..],
        ),
        (
            &[
                ("GREENROOM_TLS_KEY", "k.pem"),
                ("GREENROOM_TLS_LISTEN", "127.0.0.1:0"),
            ],
            &["`tls_cert`", "`tls_key`", "both or none"],
        ),
        (
            &[
                ("GREENROOM_TLS_CERT", "c.pem"),
                ("GREENROOM_TLS_KEY", "k.pem"),
            ],
            &["`tls_cert`", "`tls_listen`"],
        ),
        (
            &[("GREENROOM_TOKENS__LEEWAY_SECS", "61")],
            &["`tokens.leeway_secs`", "60"],
        ),
        (
            &[("GREENROOM_SESSIONS__GRACE_SECS", "3601")],
            &["`sessions.grace_secs`", "3600"],
        ),
        (
            &[("GREENROOM_REQUEST_TIMEOUT_SECS", "0")],
            &["`request_timeout_secs`", "at least 1"],
        ),
        (
            &[("GREENROOM_CONNECTIONS_MAX", "0")],
            &["`connections_max`", "at least 1"],
        ),
        (
            &[("GREENROOM_MEDIA__SHARDS", "65")],
            &["`media.shards`", "64"],
        ),
        (
            &[("GREENROOM_MEDIA__PUBLIC_IPS", r#"["0.0.0.0"]"#)],
            &["`media.public_ips`"],
        ),
    ] {
        let mut greenroom = shop.greenroom.clone();
        for (name, value) in variables {
            greenroom = greenroom.env(name, value);
        }
        failed(&greenroom.run(["config", "check"]).await, 2, words);
        failed(&greenroom.run(shop.serving(&[])).await, 2, words);
    }
    let no_certificate = shop.serving(&["--tls-listen", "127.0.0.1:0"]);
    let finished = shop.greenroom.run(no_certificate).await;
    failed(
        &finished,
        2,
        &["`tls_listen`", "`tls_cert`", "greenroom dev"],
    );
    assert!(
        !shop.folder().join("data").exists(),
        "refused before anything was made"
    );
}

#[tokio::test]
async fn silence_is_borne_within_bounds() {
    let shop = Workshop::open();
    for (variable, value, words) in [
        ("SESSIONS__SILENCE_SECS", "6", "`sessions.silence_secs`"),
        (
            "SESSIONS__RETURN_CHECK_SECS",
            "11",
            "`sessions.return_check_secs`",
        ),
        ("SESSIONS__TIMEOUT_SECS", "14", "`sessions.timeout_secs`"),
        ("MEDIA__SILENCE_SECS", "5", "`media.silence_secs`"),
    ] {
        let greenroom = shop.greenroom.clone();
        let greenroom = greenroom.env(&format!("GREENROOM_{variable}"), value);
        failed(&greenroom.run(["config", "check"]).await, 2, &[words]);
    }
}

#[tokio::test]
async fn the_command_line_beats_the_environment_beats_the_file_beats_the_defaults() {
    let shop = Workshop::open();
    let file = shop.path("greenroom.toml");
    fs::write(
        &file,
        "listen = \"127.0.0.1:1001\"\nrequest_timeout_secs = 11\nshutdown_timeout_secs = 12\n\
         cors_origins = [\"https://app.example.com\"]\n[tokens]\nleeway_secs = 13\n",
    )
    .unwrap();
    let greenroom = shop
        .greenroom
        .clone()
        .env("GREENROOM_CONFIG", &file)
        .env("GREENROOM_LISTEN", "127.0.0.1:1002")
        .env("GREENROOM_REQUEST_TIMEOUT_SECS", "22")
        .env("GREENROOM_LIMITS__API_KEY_BURST", "24")
        .env("GREENROOM_TRUSTED_PROXIES", r#"["10.0.0.0/8"]"#)
        .env("GREENROOM_MEDIA__UDP_PORT", "7001")
        .env("GREENROOM_MEDIA__MIXERS", "2");
    let printed = greenroom
        .run([
            "config",
            "print",
            "--listen",
            "127.0.0.1:1003",
            "--public-ip",
            "203.0.113.7",
            "--public-ip",
            "2001:db8::7",
        ])
        .await
        .succeeded();
    for line in [
        "listen = \"127.0.0.1:1003\"",
        "request_timeout_secs = 22",
        "shutdown_timeout_secs = 12",
        "cors_origins = [\"https://app.example.com\"]",
        "trusted_proxies = [\"10.0.0.0/8\"]",
        "leeway_secs = 13",
        "api_key_burst = 24",
        "connections_max = 20000",
        "data = \"greenroom-data\"",
        "udp_port = 7001",
        "tcp_port = 7700",
        "public_ips = [\"203.0.113.7\", \"2001:db8::7\"]",
        "mixers = 2",
        "tcp = true",
    ] {
        assert!(
            printed.lines().any(|other| other == line),
            "no {line} in {printed}"
        );
    }
    let checked = greenroom.run(["config", "check"]).await.succeeded();
    assert_eq!(checked, "The configuration can be used.\n");
}

#[tokio::test]
async fn what_is_printed_can_be_read_again() {
    let shop = Workshop::open();
    let everything = shop
        .greenroom
        .clone()
        .env("GREENROOM_TLS_LISTEN", "127.0.0.1:8443")
        .env("GREENROOM_TLS_CERT", "/etc/greenroom/cert.pem")
        .env("GREENROOM_TLS_KEY", "/etc/greenroom/key \"x\".pem")
        .env("GREENROOM_METRICS_LISTEN", "[::1]:9090")
        .env(
            "GREENROOM_TRUSTED_PROXIES",
            r#"["10.0.0.0/8", "2001:db8::/32"]"#,
        )
        .env(
            "GREENROOM_CORS_ORIGINS",
            r#"["https://a.example", "https://b.example"]"#,
        )
        .env("GREENROOM_MEDIA__LISTEN", "10.0.0.5")
        .env("GREENROOM_MEDIA__PUBLIC_IPS", r#"["203.0.113.7"]"#)
        .env("GREENROOM_MEDIA__TCP", "false")
        .env("GREENROOM_TOKENS__REUSE", "replace_old")
        .env("GREENROOM_TOKENS__EXPIRY", "keep")
        .env("GREENROOM_LOG__FORMAT", "json")
        .env("GREENROOM_LOG__REQUESTS", "true");
    for greenroom in [shop.greenroom.clone(), everything] {
        let printed = greenroom.run(["config", "print"]).await.succeeded();
        let file = shop.path("printed.toml");
        fs::write(&file, &printed).unwrap();
        let plain = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
        let again = plain.run(["config", "print", "--config", &file]).await;
        assert_eq!(again.succeeded(), printed);
    }
}

#[tokio::test]
async fn a_log_level_that_is_none_is_refused() {
    let shop = Workshop::open();
    let greenroom = shop.greenroom.clone().env("GREENROOM_LOG__LEVEL", "=:=");
    failed(&greenroom.run(shop.serving(&[])).await, 2, &["log.level"]);
}

#[tokio::test]
async fn an_origin_that_is_none_is_refused() {
    let shop = Workshop::open();
    let origins = "[\"https://a.example\\nX-Injected: 1\"]";
    let greenroom = shop
        .greenroom
        .clone()
        .env("GREENROOM_CORS_ORIGINS", origins);
    let finished = greenroom.run(shop.serving(&[])).await;
    assert!(finished.stderr.contains("cors_origins"), "{finished:?}");
    assert_ne!(finished.code, Some(0));
}
