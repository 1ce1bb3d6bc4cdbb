//! Starts that cannot succeed: one clear line, and the exit code that belongs to it.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use greenroom_testkit::Finished;

use super::House;

/// The one line that a start which has to fail says.
async fn refusal(house: &House, arguments: &[&str]) -> String {
    let data = house.data();
    let mut all = vec!["serve", "--listen", "127.0.0.1:0", "--data", &data];
    all.extend(arguments);
    let Finished {
        code,
        stdout,
        stderr,
    } = house.greenroom.run(all).await;
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(stdout, "");
    let lines: Vec<_> = stderr.lines().collect();
    let [line] = lines[..] else {
        panic!("not one line: {stderr}")
    };
    assert!(line.starts_with("greenroom: "), "{line}");
    line.to_owned()
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let house = House::new();
    let data = house.data();
    let arguments = ["serve", "--listen", &address, "--data", &data];
    let Finished {
        code,
        stdout,
        stderr,
    } = house.greenroom.run(arguments).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.contains(&address) && stderr.contains("`listen`"),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");

    let house = House::new().env("GREENROOM_METRICS_LISTEN", &address);
    let line = refusal(&house, &[]).await;
    assert!(
        line.contains(&address) && line.contains("`metrics_listen`"),
        "{line}"
    );
}

#[tokio::test]
async fn a_data_directory_that_is_in_use_is_named() {
    let house = House::new();
    let mut running = house.dev().await;
    let line = refusal(&house, &[]).await;
    assert!(line.contains(&house.data()), "{line}");
    assert!(line.contains("another greenroom"), "{line}");
    // The one that runs has not noticed, and its place is free when it has gone, even by a kill.
    super::client(&mut running)
        .await
        .get("/v2/rooms")
        .await
        .expect(200);
    running.kill().await;
    house.dev().await;
}

#[tokio::test]
async fn keys_that_others_can_read_are_refused() {
    let house = House::new();
    house.dev().await.kill().await;
    let keys = house.folder.path().join("data/keys");
    let pem = fs::read_dir(&keys)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .unwrap();
    for (path, good, wide) in [
        (&keys, 0o700, 0o750),
        (&pem, 0o600, 0o644),
        (&keys.join("ring.json"), 0o600, 0o640),
    ] {
        fs::set_permissions(path, Permissions::from_mode(wide)).unwrap();
        let line = refusal(&house, &[]).await;
        let advice = format!("chmod {good:o} '{}'", path.display());
        assert!(line.contains(&advice), "{line}");
        fs::set_permissions(path, Permissions::from_mode(good)).unwrap();
    }
    house.dev().await;
}

#[tokio::test]
async fn damaged_files_are_named() {
    for (file, content) in [
        ("keys/ring.json", "[{]"),
        ("keys/ring.json", "[]"),
        ("keys/ring.json", r#"[{"kid": "../../x", "state": "next"}]"#),
        (
            "greenroom.db",
            "this is no database, whatever its name says",
        ),
    ] {
        let house = House::new();
        house.dev().await.kill().await;
        let data = house.folder.path().join("data");
        for beside in ["greenroom.db-wal", "greenroom.db-shm"] {
            if file == "greenroom.db" && data.join(beside).exists() {
                fs::remove_file(data.join(beside)).unwrap();
            }
        }
        fs::write(data.join(file), content).unwrap();
        let line = refusal(&house, &[]).await;
        assert!(
            line.contains(data.to_str().unwrap()) || content == "[]",
            "{file}: {line}"
        );
        // Nothing was "repaired" over the evidence.
        assert_eq!(fs::read_to_string(data.join(file)).unwrap(), content);
    }
}

#[tokio::test]
async fn a_data_directory_that_is_a_file_is_named() {
    let house = House::new();
    fs::write(house.data(), "").unwrap();
    let line = refusal(&house, &[]).await;
    assert!(line.contains(&house.data()), "{line}");
}
