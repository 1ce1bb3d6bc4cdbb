//! The store takes no writes, or not these.

use std::time::Duration;

use greenroom_domain::clock::Clock;
use greenroom_domain::{RoomId, Session};
use greenroom_rooms::history::RoomRef;

use super::{Archive, ids};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_store_takes_no_writes_notes_wait() {
    let archive = Archive::with_rooms(1).await;
    let room = archive.rooms[0];
    let writer = archive.start().await;
    let other = archive.open().await;
    let hold = other.begin().await.unwrap();
    let people: Vec<_> = (0..1_000).map(|_| archive.who()).collect();
    for who in &people {
        writer.history.note(room, archive.joined(*who, "in"));
    }
    for who in &people[..999] {
        writer.history.note(room, archive.left(*who));
    }
    let early = tokio::time::timeout(Duration::from_millis(200), writer.history.flushed()).await;
    assert!(early.is_err(), "nothing can be on record yet");
    drop(hold);
    writer.flushed().await;
    let (_, present) = writer.open_session(room).await.unwrap();
    assert_eq!(ids(&present), [people[999]]);
    assert_eq!(writer.stats.history.lost.get(), 0);
    let writes = writer.stats.history.writes.get();
    assert!(writes < 50, "2000 changes in {writes} writes");
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_too_much_was_dropped_the_record_is_right_again() {
    let archive = Archive::with_rooms(2).await;
    let [crowd, quiet] = [archive.rooms[0], archive.rooms[1]];
    let writer = archive.start().await;
    let [ann, ben] = [archive.who(), archive.who()];
    writer.history.note(quiet, archive.joined(ann, "ann"));
    writer.flushed().await;
    let other = archive.open().await;
    let hold = other.begin().await.unwrap();
    let long = "x".repeat(8 * 1024);
    let people: Vec<_> = (0..4_000).map(|_| archive.who()).collect();
    for who in &people {
        writer.history.note(crowd, archive.joined(*who, &long));
    }
    assert!(writer.stats.history.lost.get() > 0);
    for who in &people[10..] {
        writer.history.note(crowd, archive.left(*who));
    }
    writer.history.note(quiet, archive.left(ann));
    writer.history.note(quiet, archive.joined(ben, "ben"));
    drop(hold);
    writer.flushed().await;
    let (_, present) = writer.open_session(crowd).await.unwrap();
    let mut expected = people[..10].to_vec();
    expected.sort_unstable();
    assert_eq!(ids(&present), expected);
    let (_, present) = writer.open_session(quiet).await.unwrap();
    assert_eq!(ids(&present), [ben]);
    // From here on, nothing is lost.
    writer.history.note(quiet, archive.joined(ann, "again"));
    writer.flushed().await;
    let (_, present) = writer.open_session(quiet).await.unwrap();
    assert_eq!(present.len(), 2);
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_does_not_keep_the_rest_from_it() {
    let archive = Archive::with_rooms(1).await;
    let room = archive.rooms[0];
    let unknown = RoomRef {
        room_id: RoomId::random(&*archive.entropy),
        account_id: archive.account_id,
    };
    let writer = archive.start().await;
    let [ann, ben, cid] = [archive.who(), archive.who(), archive.who()];
    writer.history.note(unknown, archive.joined(ann, "ann"));
    writer.history.note(room, archive.joined(ben, "ben"));
    writer.flushed().await;
    writer.history.note(room, archive.joined(cid, "cid"));
    writer.flushed().await;
    let (_, present) = writer.open_session(room).await.unwrap();
    assert_eq!(present.len(), 2);
    assert!(writer.open_session(unknown).await.is_none());
    assert!(writer.stats.history.lost.get() > 0);
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_whose_record_went_astray_is_put_right() {
    let archive = Archive::with_rooms(1).await;
    let room = archive.rooms[0];
    let writer = archive.start().await;
    // Somebody else's session stands in the way.
    let stray = greenroom_domain::SessionId::random(&*archive.entropy);
    let stray = Session::start(stray, room.room_id, room.account_id, archive.clock.now());
    let mut work = writer.store.begin().await.unwrap();
    work.add_session(&stray).await.unwrap();
    work.commit().await.unwrap();
    let [ann, ben] = [archive.who(), archive.who()];
    writer.history.note(room, archive.joined(ann, "ann"));
    writer.flushed().await;
    writer.history.note(room, archive.joined(ben, "ben"));
    writer.flushed().await;
    let (session, present) = writer.open_session(room).await.unwrap();
    assert_ne!(session.id, stray.id);
    assert_eq!(present.len(), 2);
    writer.stop().await;
}
