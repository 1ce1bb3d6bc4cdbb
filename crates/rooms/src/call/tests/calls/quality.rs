//! How people fare: who is asked, how often, and what is told while there is no answer.

use greenroom_media::{MediaReport, PeerReport};

use super::*;
use crate::call::tests::record::person;
use crate::call::tests::requests::sdk_display;
use crate::call::{PersonQuality, Quality};

const MILLIS: Duration = Duration::from_millis(1);

/// A room with Anna, who has a leg of the mix with media.
async fn room() -> (World, Line) {
    let world = World::new();
    let mut anna = world.line(room_id(1));
    ask(&anna, 1, audio_join(&sdk_display(1, Some("Anna")))).await;
    next(&mut anna).await;
    ask(&anna, 1, offer("anna's offer")).await;
    next(&mut anna).await;
    (world, anna)
}

impl OpenRoom {
    /// Those who wait for the media thread.
    fn asked(&self) -> Vec<oneshot::Sender<RoomReport>> {
        let waiting = self.waiting.upgrade().unwrap();
        std::mem::take(&mut *waiting.lock().unwrap())
    }
}

/// A round trip of so many milliseconds, and no loss.
fn fares(millis: u32) -> RoomReport {
    let media = MediaReport::MixLeg {
        bitrate_in_bps: 30_000,
        bitrate_out_bps: 40_000,
        loss_in_permille: 0,
        loss_out_permille: None,
    };
    let rtt = Some(MILLIS * millis);
    RoomReport::from([(PeerId(1), PeerReport { rtt, media })])
}

/// Asks, and answers as the media thread would.
async fn told(world: &World, answer: Option<RoomReport>) -> Arc<[PersonQuality]> {
    let calls = Arc::clone(&world.calls);
    let asks = tokio::spawn(async move { calls.quality(room_id(1)).await });
    let room = world.room(0);
    let mut asked = Vec::new();
    for _ in 0..100 {
        tokio::task::yield_now().await;
        asked.extend(room.asked());
    }
    assert_eq!(asked.len(), 1, "asked once");
    if let Some(answer) = answer {
        asked.remove(0).send(answer).unwrap();
    }
    asks.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_media_thread_is_asked_once_a_second_at_most() {
    let (world, anna) = room().await;
    let people = told(&world, Some(fares(60))).await;
    let [of_anna] = &*people else {
        panic!("{people:?}")
    };
    assert_eq!(of_anna.participant, person(1));
    assert_eq!(of_anna.context.as_deref(), Some("Anna"));
    assert_eq!(
        (of_anna.quality, of_anna.rtt),
        (Quality::Good, Some(MILLIS * 60))
    );
    assert_eq!(of_anna.mixed_audio.bitrate_out_bps, 40_000);

    for _ in 0..50 {
        assert_eq!(world.calls.quality(room_id(1)).await, people);
    }
    assert!(world.room(0).asked().is_empty());
    pass(1).await;
    let people = told(&world, Some(fares(900))).await;
    assert_eq!(people[0].quality, Quality::Poor);

    // Whoever leaves is not told of.
    drop(anna);
    until("no call", || world.shows().0 == 0).await;
    assert_eq!(world.calls.quality(room_id(1)).await.len(), 0);
    assert_eq!(world.calls.quality(room_id(2)).await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_at_once_are_one() {
    let (world, _anna) = room().await;
    let crowd: Vec<_> = (0..100)
        .map(|_| {
            let calls = Arc::clone(&world.calls);
            tokio::spawn(async move { calls.quality(room_id(1)).await })
        })
        .collect();
    let people = told_to(&world, fares(10)).await;
    for one in crowd {
        assert_eq!(one.await.unwrap(), people);
    }
    assert!(world.room(0).asked().is_empty());
}

/// Answers the one question that is there.
async fn told_to(world: &World, answer: RoomReport) -> Arc<[PersonQuality]> {
    let room = world.room(0);
    let mut asked = Vec::new();
    for _ in 0..100 {
        tokio::task::yield_now().await;
        asked.extend(room.asked());
    }
    assert_eq!(asked.len(), 1, "asked once");
    asked.remove(0).send(answer).unwrap();
    world.calls.quality(room_id(1)).await
}

#[tokio::test(start_paused = true)]
async fn while_a_media_thread_is_too_busy_its_last_answer_stands() {
    let (world, mut anna) = room().await;
    let people = told(&world, None).await;
    assert_eq!((people.len(), people[0].quality), (1, Quality::Unknown));
    pass(1).await;
    told(&world, Some(fares(60))).await;
    pass(1).await;
    let before = world.clock.now();
    let people = told(&world, None).await;
    assert_eq!(people[0].quality, Quality::Good);
    assert!(
        world.clock.now().micros_since(before) < 600_000,
        "no long wait"
    );
    // Who is there is known all the same.
    let ben = world.line(room_id(1));
    ask(&ben, 1, audio_join(&sdk_display(2, None))).await;
    next(&mut anna).await;
    pass(1).await;
    let people = told(&world, None).await;
    let grades: Vec<Quality> = people.iter().map(|one| one.quality).collect();
    assert_eq!(grades, [Quality::Good, Quality::Unknown]);
    pass(11).await;
    let people = told(&world, None).await;
    assert!(
        people.iter().all(|one| one.quality == Quality::Unknown),
        "{people:?}"
    );
}
