//! What commands print.

use greenroom_testkit::Greenroom;
use serde_json::json;

use super::needles::Needles;

const ENVIRONMENT_KEY: &str = "KEY_environment_0123456789_abcdefghijklmnopqrstuvwxyz";

#[tokio::test]
async fn only_the_command_that_makes_a_key_prints_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .env("GREENROOM_API_KEY", ENVIRONMENT_KEY)
        .env("GREENROOM_LISTEN", "127.0.0.1:0")
        .env("GREENROOM_LOG__LEVEL", "trace")
        .env("GREENROOM_DATA", data);
    let mut needles = Needles::default();
    needles.key("the environment's API key", ENVIRONMENT_KEY);
    let made = greenroom
        .run(["api-key", "create", "--label", "mine"])
        .await;
    needles.key("an API key", &made.value("key"));

    // Also `dev`, which prints the key that it makes by itself.
    for command in ["serve", "dev"] {
        let mut program = greenroom.start([command]).await;
        let client = program.anyone().with_key(ENVIRONMENT_KEY);
        let room = client.post("/v2/rooms", json!({})).await.data(201);
        let path = format!(
            "/v2/rooms/{}/actions/generate_join_client_token",
            room["id"].as_str().unwrap()
        );
        let tokens = client.post(&path, json!({})).await.data(201);
        for name in ["token", "refresh_token"] {
            let token = tokens[name].as_str().unwrap();
            needles.token(name, token);
            for token in [
                token.to_owned(),
                format!("{token}x"),
                token.replace('.', ".."),
            ] {
                let explained = greenroom.run(["token", "explain", &token]).await;
                needles.are_not_in("`token explain`", explained.stdout + &explained.stderr);
            }
        }
        assert_eq!(program.terminate().await, Some(0));
        needles.are_not_in(command, program.stdout() + &program.stderr());
    }

    let id = made.value("id");
    for command in [
        &["api-key", "list"][..],
        &["signing-key", "list"],
        &["signing-key", "rotate"],
        &["config", "check"],
        &["config", "print"],
        &["api-key", "revoke", &id],
        &["openapi"],
    ] {
        let said = greenroom.run(command).await;
        assert_eq!(said.code, Some(0), "{command:?}: {said:?}");
        needles.are_not_in(&format!("{command:?}"), said.stdout + &said.stderr);
    }
}

#[tokio::test]
async fn a_key_that_will_not_do_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for wrong in [
        "no_KEY_at_the_beginning_0123456789",
        "KEY_with a space_0123456789_abcdefgh",
        "KEY_with_a_line_end_0123456789_abcdefgh\n",
    ] {
        let greenroom =
            Greenroom::at(env!("CARGO_BIN_EXE_greenroom")).env("GREENROOM_API_KEY", wrong);
        for command in ["serve", "dev"] {
            let refused = greenroom
                .run([command, "--listen", "127.0.0.1:0", "--data", data])
                .await;
            assert_eq!(refused.code, Some(2), "{refused:?}");
            let said = refused.stdout + &refused.stderr;
            assert!(said.contains("GREENROOM_API_KEY"), "{said}");
            assert!(!said.contains(&wrong[4..20]), "{said}");
        }
    }
}

/// A value in the wrong place of a configuration is named by its key, and not repeated if it looks like one.
#[tokio::test]
async fn a_configuration_error_does_not_repeat_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("greenroom.toml");
    std::fs::write(&file, format!("api_key = \"{ENVIRONMENT_KEY}\"\n")).unwrap();
    let greenroom = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"));
    let refused = greenroom
        .run(["config", "check", "--config", file.to_str().unwrap()])
        .await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let said = refused.stdout + &refused.stderr;
    assert!(said.contains("api_key"), "{said}");
    assert!(!said.contains(&ENVIRONMENT_KEY[12..]), "{said}");
}
