use std::fs::{self, File};

use greenroom_domain::Timestamp;
use greenroom_server::archive::{Content, Part, write};
use greenroom_store_sqlite::known_schema;
use zeroize::Zeroizing;

use super::{House, Kept, files, mode};
use crate::cli::failed;

#[tokio::test]
async fn a_damaged_backup_is_refused_and_nothing_is_touched() {
    let house = House::build().await;
    let backup = house.back_up("backup.tar").await;
    let whole = fs::read(&backup).unwrap();
    let data = house.path("restored");
    let mut flipped = whole.clone();
    // In the middle of the database, which is nearly all of it.
    flipped[whole.len() / 2] ^= 1;
    let bad = house.path("bad.tar");
    for (bytes, word) in [
        (&whole[..whole.len() / 3], "damaged"),
        (&whole[..whole.len() - 512], "damaged"),
        (&whole[..100], "no backup of Greenroom"),
        (&[][..], "no backup of Greenroom"),
        (&flipped[..], "checksum"),
        (
            &b"what is this?".repeat(1_000)[..],
            "no backup of Greenroom",
        ),
    ] {
        fs::write(&bad, bytes).unwrap();
        let finished = house.restore(&bad, &data, &[]).await;
        failed(&finished, 1, &["bad.tar", word]);
        let left: Vec<_> = files(&data);
        assert_eq!(left, [data.join("greenroom.lock")]);
    }
    // Nor with an existing one, and permission to replace it.
    let before = files(&house.data());
    let finished = house.restore(&bad, &house.data(), &["--force"]).await;
    failed(&finished, 1, &["bad.tar"]);
    let after: Vec<_> = files(&house.data());
    assert!(before.iter().all(|file| after.contains(file)));
    house
        .on(&house.data(), &["api-key", "list"])
        .await
        .succeeded();
    house.restore(&backup, &data, &[]).await.succeeded();
}

#[tokio::test]
async fn a_backup_of_a_newer_program_is_refused() {
    let house = House::build().await;
    let newer = house.path("newer.tar");
    let database = Part {
        name: "greenroom.db".to_owned(),
        content: Content::Text(Zeroizing::new("x".to_owned())),
    };
    let mut file = File::create(&newer).unwrap();
    let schema = known_schema() + 1;
    write(&mut file, &[database], schema, Timestamp::from_unix_secs(0)).unwrap();
    let finished = house.restore(&newer, &house.path("restored"), &[]).await;
    failed(
        &finished,
        1,
        &["newer.tar", "newer than this program", &schema.to_string()],
    );
}

#[tokio::test]
async fn a_directory_in_use_or_with_something_in_it_is_refused() {
    let house = House::build().await;
    let backup = house.back_up("backup.tar").await;
    let mut program = house.serve(&house.data()).await;
    let later = Kept::make(&house.client(&program)).await;
    for more in [&[][..], &["--force"]] {
        let finished = house.restore(&backup, &house.data(), more).await;
        failed(&finished, 1, &["another greenroom is running"]);
    }
    assert_eq!(program.terminate().await, Some(0));
    let finished = house.restore(&backup, &house.data(), &[]).await;
    failed(&finished, 2, &["is not empty", "--force"]);

    let secrets: Vec<_> = files(&house.data()).iter().map(|file| mode(file)).collect();
    assert!(secrets.iter().all(|mode| *mode == 0o600), "{secrets:?}");
    let finished = house.restore(&backup, &house.data(), &["--force"]).await;
    let aside = finished.value("earlier");
    finished.succeeded();
    let mut program = house.serve(&house.data()).await;
    let path = format!("/v2/rooms/{}", later.room);
    let client = house.client(&program);
    client.get(&path).await.expect(404);
    assert_eq!(program.terminate().await, Some(0));

    // What was put aside is a data directory as it was.
    let mut program = house.serve(aside.as_ref()).await;
    later.is_good(&house.client(&program)).await;
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_not_served_and_can_be_done_again() {
    let house = House::build().await;
    let backup = house.back_up("backup.tar").await;
    fs::create_dir(house.data().join("restoring")).unwrap();
    let data = house.data();
    for command in [
        &["serve"][..],
        &["api-key", "list"],
        &["signing-key", "rotate"],
    ] {
        let finished = house.on(&data, command).await;
        failed(&finished, 1, &["did not come to its end", "--force"]);
    }
    house
        .restore(&backup, &data, &["--force"])
        .await
        .succeeded();
    let mut program = house.serve(&data).await;
    Kept::make(&house.client(&program)).await;
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn a_backup_replaces_nothing_unless_told_to() {
    let house = House::build().await;
    let backup = house.back_up("backup.tar").await;
    let (name, before) = (backup.to_str().unwrap(), fs::read(&backup).unwrap());
    let again = house.on(&house.data(), &["backup", name]).await;
    failed(&again, 2, &["backup.tar", "--force"]);
    assert_eq!(fs::read(&backup).unwrap(), before);
    house
        .on(&house.data(), &["backup", name, "--force"])
        .await
        .succeeded();

    let nothing = house.path("nothing");
    let nowhere = house
        .on(&nothing, &["backup", house.path("x.tar").to_str().unwrap()])
        .await;
    failed(&nowhere, 1, &["no server has run on"]);
    assert!(!nothing.exists());
    let there = house.path("no/such/folder/x.tar");
    let no_folder = house
        .on(&house.data(), &["backup", there.to_str().unwrap()])
        .await;
    failed(&no_folder, 1, &["cannot write", "no/such/folder"]);
    let left = fs::read_dir(house.folder.path()).unwrap().count();
    assert_eq!(left, 2, "the data directory and the backup");
}
