use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use greenroom_domain::Timestamp;
use zeroize::Zeroizing;

use super::*;

const NOW: Timestamp = Timestamp::from_unix_secs(1_700_000_000);
const SCHEMA: i64 = 5;
/// Named by the thumbprint of RFC 8037.
const KEY_FILE: &str = "keys/kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k.pem";

fn part(name: &str, content: &str) -> Part {
    Part {
        name: name.to_owned(),
        content: Content::Text(Zeroizing::new(content.to_owned())),
    }
}

fn archive(parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, parts, SCHEMA, NOW).unwrap();
    bytes
}

fn usual() -> Vec<Part> {
    let database = "not really a database, but as long as one needs to be".repeat(100);
    vec![
        part("greenroom.db", &database),
        part("keys/ring.json", "[]"),
        part("webhook-key.pem", "a key"),
    ]
}

/// Lays an archive down, and makes room to unpack it.
fn laid_down(folder: &Path, bytes: &[u8]) -> (File, PathBuf) {
    let file = folder.join("archive.tar");
    fs::write(&file, bytes).unwrap();
    let into = folder.join("into");
    if into.exists() {
        fs::remove_dir_all(&into).unwrap();
    }
    (File::open(file).unwrap(), into)
}

fn unpacked(folder: &Path, bytes: &[u8]) -> Result<Manifest, ArchiveError> {
    let (file, into) = laid_down(folder, bytes);
    unpack(file, &into, SCHEMA)
}

#[test]
fn what_went_in_comes_out_private() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = unpacked(folder.path(), &archive(&usual())).unwrap();
    assert_eq!(manifest.schema, SCHEMA);
    assert_eq!(manifest.version, env!("CARGO_PKG_VERSION"));
    let into = folder.path().join("into");
    for part in usual() {
        let Content::Text(text) = part.content else {
            unreachable!("all parts are texts")
        };
        let path = into.join(part.name);
        assert_eq!(fs::read_to_string(&path).unwrap(), *text);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let mode = fs::metadata(into.join("keys"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn no_length_but_the_whole_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let whole = archive(&usual());
    for length in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        let cut = unpacked(folder.path(), &whole[..length]);
        assert!(cut.is_err(), "{length} of {}", whole.len());
    }
    let longer = [&*whole, &[0; 512]].concat();
    assert!(unpacked(folder.path(), &longer).is_err());
}

#[test]
fn no_changed_byte_of_what_it_holds_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let whole = archive(&usual());
    let mut taken = 0;
    for at in (0..whole.len()).step_by(61) {
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        if unpacked(folder.path(), &changed).is_ok() {
            // Only padding and what the headers say beside names and sizes: nothing that is used.
            taken += 1;
            let into = folder.path().join("into");
            let Content::Text(database) = &usual()[0].content else {
                unreachable!("it is a text")
            };
            assert_eq!(
                fs::read_to_string(into.join("greenroom.db")).unwrap(),
                **database
            );
        }
    }
    assert!(taken < whole.len() / 61 / 2, "{taken}");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "keys/../../evil",
        "greenroom.lock",
        "keys/not-a-key.pem",
        "keys/ring.json.pem",
        "other/ring.json",
    ] {
        let mut parts = usual();
        parts.push(part(name, "x"));
        let mut bytes = Vec::new();
        // The tar library itself refuses to write some of them.
        if write(&mut bytes, &parts, SCHEMA, NOW).is_ok() {
            let refused = unpacked(folder.path(), &bytes);
            assert!(
                matches!(refused, Err(ArchiveError::NotABackup(_))),
                "{name}"
            );
        }
        assert!(!folder.path().join("evil").exists());
    }
    let twice: Vec<Part> = usual().into_iter().chain(usual()).collect();
    assert!(unpacked(folder.path(), &archive(&twice)).is_err());
    let none = [part("keys/ring.json", "[]")];
    assert!(unpacked(folder.path(), &archive(&none)).is_err());
}

#[test]
fn what_is_newer_is_refused_by_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    write(&mut bytes, &usual(), SCHEMA + 1, NOW).unwrap();
    let refused = unpacked(folder.path(), &bytes).unwrap_err();
    assert!(matches!(refused, ArchiveError::Newer { .. }), "{refused}");
    assert!(refused.to_string().contains(env!("CARGO_PKG_VERSION")));
    assert!(!folder.path().join("into").exists());
}

#[test]
fn a_key_is_known_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = usual();
    parts.push(part(KEY_FILE, "a key"));
    unpacked(folder.path(), &archive(&parts)).unwrap();
}
